//! Which key goes where. Source: spec/alchemy.md, 5.4.

use std::net::IpAddr;

use alchemy_llm::get_env_api_key;
use alchemy_llm::types::{KnownProvider, Provider};
use reqwest::Url;

use crate::request::model::{is_of, ModelSpec};

/// The key for a request: the given one, else that of the environment if the host is its own.
///
/// `None` for a server on this machine or in this network, which mostly needs none.
///
/// # Errors
/// There is no key for a server that needs one.
pub fn key_for(model: &ModelSpec, given: Option<&str>) -> Result<Option<String>, String> {
    if let Some(key) = given {
        return Ok(Some(key.to_owned()));
    }
    if owns(&model.provider, &model.url) {
        let found = get_env_api_key(&model.provider).map(|key| key.trim().to_owned());
        if let Some(key) = found.filter(|key| !key.is_empty()) {
            return Ok(Some(key));
        }
    }
    if is_near(&model.url) || model.headers.contains_key("authorization") {
        return Ok(None);
    }
    let error = alchemy_llm::Error::NoApiKey(model.provider.to_string());
    Err(format!("alchemy-llm failed: {error}"))
}

/// Whether a provider's key may be sent there: the environment's go to their own hosts only.
fn owns(provider: &Provider, url: &Url) -> bool {
    let Provider::Known(known) = provider else {
        return false;
    };
    let host = url.host_str().unwrap_or_default();
    url.scheme() == "https" && domains(known).iter().any(|domain| is_of(host, domain))
}

fn domains(provider: &KnownProvider) -> &'static [&'static str] {
    match provider {
        KnownProvider::Anthropic => &["anthropic.com"],
        KnownProvider::Cerebras => &["cerebras.ai"],
        KnownProvider::Featherless => &["featherless.ai"],
        KnownProvider::Google => &["generativelanguage.googleapis.com"],
        KnownProvider::Groq => &["groq.com"],
        KnownProvider::Kimi => &["kimi.com", "moonshot.ai", "moonshot.cn"],
        KnownProvider::Minimax => &["minimax.io"],
        KnownProvider::MinimaxCn => &["minimaxi.com", "minimax.chat"],
        KnownProvider::Mistral => &["mistral.ai"],
        KnownProvider::OpenAI => &["openai.com"],
        KnownProvider::OpenRouter => &["openrouter.ai"],
        KnownProvider::VercelAiGateway => &["ai-gateway.vercel.sh"],
        KnownProvider::Xai => &["x.ai"],
        KnownProvider::Zai => &["z.ai", "bigmodel.cn"],
        KnownProvider::AmazonBedrock | KnownProvider::GoogleVertex => &[],
    }
}

/// Whether a server is on this machine or in this network.
fn is_near(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        Ok(IpAddr::V6(ip)) => {
            ip.is_loopback() || matches!(ip.segments()[0], 0xfc00..=0xfdff | 0xfe80..=0xfebf)
        }
        Err(_) => {
            let is_local = ["localhost", "local", "internal", "lan", "home.arpa"]
                .iter()
                .any(|domain| is_of(host, domain));
            is_local || !host.contains('.')
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn a_key_of_the_environment_goes_to_its_own_host_only() {
        let openrouter = Provider::Known(KnownProvider::OpenRouter);
        assert!(owns(&openrouter, &url("https://openrouter.ai/api/v1")));
        for other in [
            "http://openrouter.ai/api/v1",
            "https://openrouter.ai.evil.com/",
            "https://notopenrouter.ai/",
            "https://api.openai.com/v1",
            "http://127.0.0.1:8080/",
        ] {
            assert!(!owns(&openrouter, &url(other)), "{other}");
        }
        let own = Provider::Custom("own".to_owned());
        assert!(!owns(&own, &url("https://openrouter.ai/")));
    }

    #[test]
    fn servers_nearby_need_no_key() {
        for near in [
            "http://127.0.0.1:1/",
            "http://[::1]/",
            "http://localhost:8080/",
            "http://192.168.1.5/",
            "http://box.local/",
            "http://llm:8000/",
        ] {
            assert!(is_near(&url(near)), "{near}");
        }
        for far in ["https://api.openai.com/", "http://8.8.8.8/"] {
            assert!(!is_near(&url(far)), "{far}");
        }
    }
}
