//! The three dicts -> an answer on its way.

use alchemy_llm::types::Api;
use reqwest::header::HeaderMap;

use crate::crate_engine;
use crate::handoff::assembly::Names;
use crate::handoff::reader::{ReadOptions, Reader};
use crate::handoff::shared::Stream;
use crate::network::engine::Call;
use crate::network::headers;
use crate::record::ErrorInfo;
use crate::request::argument::{Arg, Complaint};
use crate::request::body::body;
use crate::request::context::read_context;
use crate::request::crate_request::CrateRequest;
use crate::request::keys::key_for;
use crate::request::model::ModelSpec;
use crate::request::options::OptionSpec;

/// Why there is no stream.
#[derive(Debug)]
pub enum Refused {
    /// An argument cannot be used.
    Argument(Complaint),
    /// Something is missing that no argument can be blamed for.
    Setup(String),
}

/// A checked request.
pub struct Ask {
    way: Way,
    names: Names,
    coalesce: bool,
}

enum Way {
    Own(Box<Call>),
    Crate(Box<CrateRequest>),
}

impl Ask {
    /// Check the arguments.
    ///
    /// # Errors
    /// One cannot be used, or there is no key.
    pub fn new(model: &Arg, context: &Arg, options: &Arg) -> Result<Self, Refused> {
        let model = ModelSpec::read(model).map_err(invalid("model"))?;
        let context = read_context(context).map_err(invalid("context"))?;
        let options = OptionSpec::read(options).map_err(invalid("options"))?;
        let has_header = options.headers.contains_key("authorization");
        let key = match key_for(&model, options.api_key.as_deref()) {
            Err(_) if has_header => None,
            found => found.map_err(Refused::Setup)?,
        };
        let names = Names {
            api: model.api.to_string(),
            provider: model.provider.to_string(),
            model: model.id.clone(),
        };
        let coalesce = options.coalesce;
        let by_crate = options.by_crate || model.api != Api::OpenAICompletions;
        let way = if by_crate {
            let request = CrateRequest::new(&model, &context, &options, key);
            Way::Crate(Box::new(request.map_err(invalid("context"))?))
        } else {
            let body = body(&model, &context, &options).map_err(invalid("context"))?;
            let call = own(model, options, key.as_deref(), body).map_err(invalid("options"))?;
            Way::Own(Box::new(call))
        };
        Ok(Self {
            way,
            names,
            coalesce,
        })
    }

    /// Send it.
    ///
    /// # Errors
    /// The configuration of the client cannot be used, or the process gets no threads.
    pub fn open(self) -> Result<Reader, Refused> {
        let stream: Result<Stream, Box<ErrorInfo>> = match self.way {
            Way::Own(call) => call.open(),
            Way::Crate(request) => crate_engine::open(*request),
        };
        let options = ReadOptions {
            names: self.names,
            coalesce: self.coalesce,
            bare: false,
        };
        let stream = stream.map_err(|info| {
            if info.kind == "invalid_request" {
                Refused::Argument(info.message)
            } else {
                Refused::Setup(info.message)
            }
        })?;
        Ok(Reader::new(stream, options))
    }
}

fn invalid(what: &'static str) -> impl Fn(Complaint) -> Refused {
    move |complaint| {
        let what = if complaint.starts_with("options.") {
            "options"
        } else {
            what
        };
        Refused::Argument(format!("invalid {what}: {complaint}"))
    }
}

fn own(
    model: ModelSpec,
    options: OptionSpec,
    key: Option<&str>,
    body: Vec<u8>,
) -> Result<Call, Complaint> {
    let mut found = HeaderMap::new();
    headers::set(&mut found, "accept", "text/event-stream")?;
    headers::set(&mut found, "content-type", "application/json")?;
    if let Some(key) = key {
        headers::set(&mut found, "authorization", &format!("Bearer {key}"))?;
    }
    for more in [&model.headers, &options.headers] {
        for (name, value) in more {
            found.insert(name, value.clone());
        }
    }
    Ok(Call {
        provider: model.provider.to_string(),
        url: model.url,
        headers: found,
        body: body.into(),
        timeouts: options.timeouts,
        dialect: options.dialect,
        model: model.id,
        client: options.client,
    })
}
