//! Brivo as a process sees it: an account for each API key, and a network that loses answers.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use brivo::{Answer, NoAnswer, Transport};
use reqwest::{Method, RequestBuilder, header::HeaderMap};
use serde_json::Value;
use simulators::{
    brivo::{Fault, Host, Match, Misbehaviour, Times},
    message::{self, Request, Response},
};

use crate::{
    adversary::Trouble,
    outage, planted,
    process::{Process, Reach},
    setting::api_key,
    stage::Stage,
    writes,
};

/// How long a call waits for its answer, as the client of the network does.
const PATIENCE: Duration = Duration::from_secs(10);

/// A process's connection to Brivo.
#[derive(Debug)]
pub(crate) struct SimulatedBrivo {
    process: Arc<Process>,
    http: reqwest::Client,
}

/// One call on its way.
pub(crate) struct Call {
    pub(crate) account: usize,
    pub(crate) host: Host,
    pub(crate) request: Request,
}

impl SimulatedBrivo {
    pub(crate) fn new(process: Arc<Process>, http: reqwest::Client) -> Self {
        Self { process, http }
    }
}

#[async_trait]
impl Transport for SimulatedBrivo {
    fn request(&self, verb: Method, url: String) -> RequestBuilder {
        self.http.request(verb, url)
    }

    async fn send(&self, request: RequestBuilder) -> Result<Answer, NoAnswer> {
        let request = request.build().map_err(|error| NoAnswer::Unsendable(error.into()))?;
        let stage = Arc::clone(&self.process.stage);
        let mut call = Call::of(&request);
        self.process.step(Reach::Far).await;
        let now = stage.now();
        let down = stage.world().accounts.get(call.account).and_then(|account| outage::at(&account.outages, now));
        if let Some(how) = down {
            return outage::befall(&stage, how, PATIENCE).await.map(|status| answered(Response::empty(status)));
        }
        if let Some(answer) = planted::instead(&stage, &mut call) {
            return Ok(answer);
        }
        writes::before(&stage, &call);
        let answer = planted::afterwards(&self.process, &call, carry_out(&stage, &call));
        writes::after(&stage, &call, &answer);
        if writes::is_write(&call) {
            stage.look();
        }
        self.process.step(Reach::Far).await;
        match answer {
            message::Answer::Response(response) => Ok(answered(response)),
            message::Answer::Dropped => Err(NoAnswer::CutOff("the simulated connection ended".into())),
            message::Answer::Hanging => {
                tokio::time::sleep(PATIENCE).await;
                stage.excuse_until(stage.now());
                Err(NoAnswer::TimedOut("the simulated Brivo did not answer".into()))
            }
        }
    }
}

/// Gives the call to the model, with whatever goes wrong on the way.
fn carry_out(stage: &Stage, call: &Call) -> message::Answer {
    let misbehaves = stage.strikes(Trouble::Brivo);
    let now = stage.now();
    let mut world = stage.world();
    let what = misbehaves.then(|| world.adversary.misbehaviour());
    let Some(account) = world.accounts.get_mut(call.account) else {
        return message::Answer::Response(Response::empty(403));
    };
    let what = match &call.host {
        // A page in place of tokens is as good as a lost answer; what the gateway says of other calls is said here too.
        Host::Auth => what.filter(|what| *what != Misbehaviour::TokenRefused),
        Host::Api => what,
    };
    if let Some(what) = &what {
        account.model.inject(Fault { on: Match::default(), what: what.clone(), times: Times::Count(1) });
    }
    let answer = account.model.handle(call.host, &call.request, now);
    account.model.clear_faults();
    answer
}

pub(crate) fn answered(response: Response) -> Answer {
    let headers = response.headers.iter().filter_map(|(name, value)| {
        let name = reqwest::header::HeaderName::from_bytes(name.as_bytes()).ok()?;
        Some((name, reqwest::header::HeaderValue::from_str(value).ok()?))
    });
    Answer { status: response.status, headers: headers.collect::<HeaderMap>(), body: response.body }
}

impl Call {
    fn of(request: &reqwest::Request) -> Self {
        let header = |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
            (name.as_str().to_owned(), value.to_str().unwrap_or_default().to_owned())
        };
        let headers: BTreeMap<String, String> = request.headers().iter().map(header).collect();
        let key = headers.get("api-key").cloned().unwrap_or_default();
        let host = if request.url().host_str() == Some("auth.brivo") { Host::Auth } else { Host::Api };
        Self {
            account: (0..8).find(|index| api_key(*index) == key).unwrap_or(usize::MAX),
            host,
            request: Request {
                method: request.method().to_string(),
                path: request.url().path().to_owned(),
                query: request.url().query().unwrap_or_default().to_owned(),
                headers,
                body: request.body().and_then(|body| body.as_bytes()).unwrap_or_default().to_vec(),
            },
        }
    }

    pub(crate) fn body(&self) -> Value {
        serde_json::from_slice(&self.request.body).unwrap_or_default()
    }
}
