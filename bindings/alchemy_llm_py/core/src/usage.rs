//! Token counts of one answer. Source: spec/agent.md, 12.

use serde_json::Value;

/// Largest count that is taken for one: what Python and databases can hold.
const NO_COUNT: f64 = 9_223_372_036_854_775_808.0;

/// Tokens of one answer; zeros when the provider reports nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens of the request, cached ones included.
    pub input: u64,
    /// Tokens of the answer, reasoning included.
    pub output: u64,
    /// Part of `input` that was read from a cache.
    pub cache_read: u64,
    /// Tokens written to a cache.
    pub cache_write: u64,
    /// As reported, else `input + output`.
    pub total_tokens: u64,
    /// Part of `output` that was spent on thinking.
    pub reasoning: u64,
}

impl Usage {
    /// Read the usage object of an OpenAI-compatible answer; anything odd counts as zero.
    pub fn from_openai(raw: &Value) -> Self {
        let prompt = &raw["prompt_tokens_details"];
        let input = first_number(&[&raw["prompt_tokens"]]).unwrap_or(0);
        let output = first_number(&[&raw["completion_tokens"]]).unwrap_or(0);
        Self {
            input,
            output,
            cache_read: first_number(&[
                &raw["cache_read_input_tokens"],
                &prompt["cached_tokens"],
                &raw["prompt_cache_hit_tokens"],
                &raw["cached_tokens"],
            ])
            .unwrap_or(0),
            cache_write: first_number(&[
                &raw["cache_creation_input_tokens"],
                &prompt["cache_write_tokens"],
            ])
            .unwrap_or(0),
            total_tokens: first_number(&[&raw["total_tokens"]])
                .unwrap_or_else(|| input.saturating_add(output)),
            reasoning: first_number(&[&raw["completion_tokens_details"]["reasoning_tokens"]])
                .unwrap_or(0),
        }
    }
}

/// Return the first that can be a count of tokens; zero counts, and ends the search.
fn first_number(candidates: &[&Value]) -> Option<u64> {
    candidates.iter().find_map(|value| {
        let number = value.as_f64()?;
        if !(0.0..NO_COUNT).contains(&number) {
            return None;
        }
        // The cast cuts the fraction off, and nothing else: the number is in range.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        Some(value.as_u64().unwrap_or(number as u64))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn counts_are_read_wherever_services_put_them() {
        let usage = Usage::from_openai(&json!({
            "prompt_tokens": 10, "completion_tokens": 5.9,
            "prompt_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 2},
            "completion_tokens_details": {"reasoning_tokens": 3},
        }));
        assert_eq!(
            usage,
            Usage {
                input: 10,
                output: 5,
                cache_read: 4,
                cache_write: 2,
                total_tokens: 15,
                reasoning: 3
            }
        );
    }

    #[test]
    fn nonsense_counts_as_zero() {
        let usage = Usage::from_openai(&json!({
            "prompt_tokens": "7", "completion_tokens": true, "total_tokens": -1,
            "cached_tokens": 1e300, "prompt_tokens_details": null,
        }));
        assert_eq!(usage, Usage::default());
        assert_eq!(Usage::from_openai(&json!([1])), Usage::default());
    }

    #[test]
    fn an_explicit_zero_ends_the_search() {
        let usage = Usage::from_openai(&json!({"cache_read_input_tokens": 0, "cached_tokens": 7}));
        assert_eq!(usage.cache_read, 0);
    }
}
