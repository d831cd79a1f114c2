//! The dict `model`. Source: spec/alchemy.md, 2.2 and 5.2.

use alchemy_llm::types::{Api, Provider};
use reqwest::header::HeaderMap;
use reqwest::Url;
use serde_json::{Map, Value};

use crate::network::headers;
use crate::network::url::read_url;
use crate::request::argument::{Arg, Complaint};

const DEFAULT_CONTEXT_WINDOW: u32 = 128_000;
const DEFAULT_MAX_TOKENS: u32 = 4096;
const EFFORTS: [&str; 5] = ["minimal", "low", "medium", "high", "xhigh"];

/// A model and where it is served.
#[derive(Debug, Clone)]
pub struct ModelSpec {
    /// Sent as `model`.
    pub id: String,
    /// For people.
    pub name: String,
    /// Which API.
    pub api: Api,
    /// Whose model; decides which environment variable holds the key.
    pub provider: Provider,
    /// The endpoint.
    pub url: Url,
    /// Added to each request.
    pub headers: HeaderMap,
    /// Whether it thinks.
    pub reasons: bool,
    /// How hard, if that was said.
    pub effort: Option<String>,
    /// Whether it takes images.
    pub takes_images: bool,
    /// A hint; not sent.
    pub context_window: u32,
    /// A hint; sent by the APIs that need one.
    pub max_tokens: u32,
    /// What the endpoint wants, by the names of `OpenAICompletionsCompat`.
    pub compat: Map<String, Value>,
}

impl ModelSpec {
    /// Read the dict.
    ///
    /// # Errors
    /// A field is missing or wrong.
    pub fn read(arg: &Arg) -> Result<Self, Complaint> {
        if !matches!(arg, Arg::Map(_)) {
            return Err(arg.must("model", "a dict"));
        }
        let id = required(arg, "id")?;
        let api = api(arg.get("api").maybe_text("model.api")?)?;
        let base_url = required(arg, "base_url")?;
        let (reasons, effort) = reasoning(arg.get("reasoning"))?;
        Ok(Self {
            name: arg
                .get("name")
                .maybe_text("model.name")?
                .unwrap_or(id)
                .to_owned(),
            id: id.to_owned(),
            api,
            provider: provider(arg.get("provider").maybe_text("model.provider")?),
            url: endpoint(base_url, api).map_err(|reason| format!("model.base_url: {reason}"))?,
            headers: header_map(arg.get("headers"), "model.headers")?,
            reasons,
            effort,
            takes_images: takes_images(arg.get("input"))?,
            context_window: arg
                .get("context_window")
                .count("model.context_window")?
                .unwrap_or(DEFAULT_CONTEXT_WINDOW),
            max_tokens: arg
                .get("max_tokens")
                .count("model.max_tokens")?
                .unwrap_or(DEFAULT_MAX_TOKENS),
            compat: arg.get("compat").object("model.compat")?,
        })
    }

    /// Whether the endpoint is known to have a property.
    pub fn has(&self, name: &str) -> bool {
        self.compat.get(name) == Some(&Value::Bool(true))
    }

    /// Whether the endpoint is known not to have it.
    pub fn lacks(&self, name: &str) -> bool {
        self.compat.get(name) == Some(&Value::Bool(false))
    }

    /// Whether it is served by that domain.
    pub fn is_at(&self, domain: &str) -> bool {
        is_of(self.url.host_str().unwrap_or_default(), domain)
    }
}

/// Whether a host belongs to a domain.
pub fn is_of(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Read headers; a value of None leaves one out.
///
/// # Errors
/// One cannot be sent; its value is not told.
pub fn header_map(arg: &Arg, place: &str) -> Result<HeaderMap, Complaint> {
    let mut found = HeaderMap::new();
    for (name, value) in arg.fields(place)? {
        let here = format!("{place}[{name:?}]");
        if let Some(value) = value.maybe_text(&here)? {
            headers::set(&mut found, name, value).map_err(|reason| format!("{here}: {reason}"))?;
        }
    }
    Ok(found)
}

/// Read one of the five words for how hard a model thinks.
///
/// # Errors
/// It is another.
pub fn effort(word: &str, place: &str) -> Result<String, Complaint> {
    if EFFORTS.contains(&word) {
        return Ok(word.to_owned());
    }
    Err(format!(
        "{place} is {word:?}; there are {}",
        EFFORTS.join(", ")
    ))
}

fn required<'a>(arg: &'a Arg, name: &str) -> Result<&'a str, Complaint> {
    let place = format!("model.{name}");
    let found = arg.get(name).text(&place)?;
    if found.trim().is_empty() {
        return Err(format!("{place} is empty"));
    }
    Ok(found)
}

fn provider(name: Option<&str>) -> Provider {
    let name = name
        .filter(|name| !name.trim().is_empty())
        .unwrap_or("custom");
    name.parse()
        .unwrap_or_else(|_| Provider::Custom(name.to_owned()))
}

fn api(name: Option<&str>) -> Result<Api, Complaint> {
    match name.unwrap_or("openai-completions") {
        "openai-completions" | "openai" | "openai-compatible" | "chat-completions" => {
            Ok(Api::OpenAICompletions)
        }
        "minimax-completions" | "minimax" => Ok(Api::MinimaxCompletions),
        "zai-completions" => Ok(Api::ZaiCompletions),
        "anthropic-messages" => Ok(Api::AnthropicMessages),
        other => Err(format!(
            "model.api is {other:?}; there are openai-completions, minimax-completions, \
             zai-completions, anthropic-messages"
        )),
    }
}

/// The crate adds a path to Anthropic's itself.
fn endpoint(base_url: &str, api: Api) -> Result<Url, String> {
    let mut url = read_url(base_url)?;
    let path = url.path().trim_end_matches('/').to_owned();
    if api == Api::AnthropicMessages {
        let root = path.strip_suffix("/messages").unwrap_or(&path);
        let root = root.strip_suffix("/v1").unwrap_or(root).to_owned();
        url.set_path(&root);
    } else if !path.ends_with("/chat/completions") {
        url.set_path(&format!("{path}/chat/completions"));
    }
    Ok(url)
}

fn reasoning(arg: &Arg) -> Result<(bool, Option<String>), Complaint> {
    match arg {
        Arg::Text(word) => Ok((true, Some(effort(word, "model.reasoning")?))),
        _ => Ok((arg.flag("model.reasoning")?.unwrap_or(false), None)),
    }
}

fn takes_images(arg: &Arg) -> Result<bool, Complaint> {
    if arg.is_null() {
        return Ok(true);
    }
    let mut found = false;
    for (at, item) in arg.list("model.input")?.iter().enumerate() {
        let place = format!("model.input[{at}]");
        match item.text(&place)? {
            "text" => {}
            "image" => found = true,
            other => return Err(format!("{place} is {other:?}; there are text, image")),
        }
    }
    Ok(found)
}
