//! The dict `options`. Source: spec/alchemy.md, 2.4.

use reqwest::header::HeaderMap;

use crate::dialect::Dialect;
use crate::network::client::ClientConfig;
use crate::network::engine::Timeouts;
use crate::request::argument::{Arg, Complaint};
use crate::request::model::{effort, header_map};
use crate::request::settings;

/// How to ask.
#[derive(Debug, Clone)]
pub struct OptionSpec {
    /// The key, if one was given.
    pub api_key: Option<String>,
    /// Chance in the answer.
    pub temperature: Option<f64>,
    /// Longest answer.
    pub max_tokens: Option<u32>,
    /// `auto`, `none`, `required`, a tool's name, or what the API takes.
    pub tool_choice: Arg,
    /// How hard to think.
    pub effort: Option<String>,
    /// Added to the request.
    pub headers: HeaderMap,
    /// Added to the body.
    pub extra_body: Vec<(String, Arg)>,
    /// How long it may take.
    pub timeouts: Timeouts,
    /// Which way to the network.
    pub client: ClientConfig,
    /// How the endpoint answers.
    pub dialect: Dialect,
    /// Whether the crate reads the stream.
    pub by_crate: bool,
    /// Join neighbouring deltas.
    pub coalesce: bool,
}

impl OptionSpec {
    /// Read the dict, or nothing.
    ///
    /// # Errors
    /// A field is wrong.
    pub fn read(arg: &Arg) -> Result<Self, Complaint> {
        arg.fields("options")?;
        let text = |name: &str| arg.get(name).maybe_text(&format!("options.{name}"));
        let effort = text("reasoning_effort")?.map(|word| effort(word, "options.reasoning_effort"));
        Ok(Self {
            api_key: api_key(text("api_key")?)?,
            temperature: arg.get("temperature").number("options.temperature")?,
            max_tokens: arg.get("max_tokens").count("options.max_tokens")?,
            tool_choice: tool_choice(arg.get("tool_choice"))?,
            effort: effort.transpose()?,
            headers: header_map(arg.get("headers"), "options.headers")?,
            extra_body: extra_body(arg.get("extra_body"))?,
            timeouts: settings::timeouts(arg.get("timeouts"), "options.timeouts")?,
            client: settings::client(arg.get("proxy"), arg.get("ca_file"), arg.get("verify"))
                .map_err(|complaint| format!("options.{complaint}"))?,
            dialect: settings::dialect(arg.get("dialect"), "options.dialect")?,
            by_crate: by_crate(text("engine")?)?,
            coalesce: arg
                .get("coalesce")
                .flag("options.coalesce")?
                .unwrap_or(false),
        })
    }
}

fn api_key(text: Option<&str>) -> Result<Option<String>, Complaint> {
    let Some(key) = text.map(str::trim).filter(|key| !key.is_empty()) else {
        return Ok(None);
    };
    if key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(Some(key.to_owned()));
    }
    Err("options.api_key holds a blank, a control character or one beyond ASCII".to_owned())
}

fn tool_choice(arg: &Arg) -> Result<Arg, Complaint> {
    match arg {
        Arg::Null | Arg::Text(_) | Arg::Map(_) => Ok(arg.clone()),
        _ => Err(arg.must("options.tool_choice", "a string or a dict")),
    }
}

fn extra_body(arg: &Arg) -> Result<Vec<(String, Arg)>, Complaint> {
    let found = arg.fields("options.extra_body")?;
    for name in ["messages", "stream"] {
        if found.iter().any(|(key, _)| key == name) {
            return Err(format!("options.extra_body may not set {name:?}"));
        }
    }
    Ok(found.to_vec())
}

fn by_crate(name: Option<&str>) -> Result<bool, Complaint> {
    match name {
        None | Some("own") => Ok(false),
        Some("crate") => Ok(true),
        Some(other) => Err(format!("options.engine is {other:?}; there are own, crate")),
    }
}
