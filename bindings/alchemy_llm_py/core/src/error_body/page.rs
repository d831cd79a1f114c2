//! The text of a body that is no JSON.

use std::borrow::Cow;
use std::sync::OnceLock;

use regex::Regex;

use crate::python_text::clipped;

const MAX_TEXT_CHARS: usize = 500;
const MAX_BYTES: usize = 64 * 1024;

struct Patterns {
    title: Regex,
    page: Regex,
    tags: Regex,
    entity: Regex,
}

/// Return the text: of HTML the title, else what is between the tags.
pub fn as_text(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(MAX_BYTES)]);
    let text = match patterns() {
        None => text,
        Some(patterns) => Cow::Owned(patterns.unescaped(&patterns.without_tags(&text))),
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    clipped(&words.join(" "), MAX_TEXT_CHARS).to_owned()
}

fn patterns() -> Option<&'static Patterns> {
    static PATTERNS: OnceLock<Option<Patterns>> = OnceLock::new();
    let made = PATTERNS.get_or_init(|| {
        Some(Patterns {
            title: Regex::new(r"(?is)<title[^>]*>(.*?)</title>").ok()?,
            page: Regex::new(r"(?i)<(!doctype|html|head|body)\b").ok()?,
            tags: Regex::new(r"(?is)<script.*?</script>|<style.*?</style>|<[^>]*>").ok()?,
            entity: Regex::new(r"&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,8});").ok()?,
        })
    });
    made.as_ref()
}

impl Patterns {
    fn without_tags<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if let Some(title) = self.title.captures(text).and_then(|found| found.get(1)) {
            return Cow::Borrowed(title.as_str());
        }
        if self.page.is_match(text) {
            return self.tags.replace_all(text, " ");
        }
        Cow::Borrowed(text)
    }

    /// Replace the entities that pages of errors have; rare ones stay.
    fn unescaped(&self, text: &str) -> String {
        let replaced = self
            .entity
            .replace_all(text, |found: &regex::Captures<'_>| {
                letter(&found[1]).map_or_else(|| found[0].to_owned(), String::from)
            });
        replaced.into_owned()
    }
}

fn letter(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let hex = number.strip_prefix(['x', 'X']);
        let code = hex.map_or_else(|| number.parse(), |hex| u32::from_str_radix(hex, 16));
        return char::from_u32(code.ok()?).filter(|letter| !letter.is_control());
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "copy" => '©',
        "reg" => '®',
        "middot" => '·',
        "bull" => '•',
        "hellip" => '…',
        "ndash" => '–',
        "mdash" => '—',
        "lsquo" => '‘',
        "rsquo" => '’',
        "ldquo" => '“',
        "rdquo" => '”',
        "laquo" => '«',
        "raquo" => '»',
        _ => return None,
    })
}
