//! Bad days, ordered in advance: which calls go wrong, how, and how often.

use serde::{Deserialize, Serialize};

use super::gateway;
use super::refusal;
use super::route::{API_PREFIX, Host};
use crate::message::{Answer, Request, Response};
use crate::random::Random;

/// One thing that goes wrong. The first fault that matches a call and strikes decides its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The calls it may strike.
    #[serde(default)]
    pub on: Match,
    /// What happens to them.
    pub what: Misbehaviour,
    /// How often it strikes; once if not said.
    #[serde(default)]
    pub times: Times,
}

/// Which calls are meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Match {
    /// Which verbs.
    pub methods: Methods,
    /// Which paths, without `/v1/api`: `*` stands for one segment, a last `**` for all that follow.
    pub path: String,
}

/// Which verbs are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Methods {
    /// Every verb, on both hosts.
    #[default]
    Any,
    /// Every verb but GET, on the api host.
    Writes,
    /// This verb, in capitals.
    Only(String),
}

/// What happens to a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Misbehaviour {
    /// An error before anything was done.
    ServerError {
        /// The status, such as 500, 503, 504.
        status: u16,
        /// The style of the body.
        body: ErrorBody,
    },
    /// The call is carried out, then answered with an error.
    AppliedThenError {
        /// The status.
        status: u16,
    },
    /// The call is carried out, then the connection closes without an answer.
    AppliedThenDropped,
    /// The call is carried out, then nothing comes back until the client gives up.
    AppliedThenHang,
    /// Nothing is done and nothing comes back until the client gives up.
    Hang,
    /// The gateway finds too many requests in this second.
    OverQps {
        /// The `Retry-After` header.
        retry_after_seconds: u64,
    },
    /// The gateway finds too many requests in this month.
    OverRate {
        /// The `Retry-After` header.
        retry_after_seconds: u64,
    },
    /// The gateway finds the api-key disabled.
    DeveloperInactive,
    /// The access token is taken for an expired one.
    TokenRefused,
    /// 418 without a body, seen by one client.
    Teapot,
    /// Over the limit, said with 429.
    TooMany,
    /// The call is carried out; its answer has the right status and a page for a body.
    HtmlBody,
    /// The call is carried out; its answer has the right status and no body.
    EmptyBody,
}

/// The style of an error's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorBody {
    /// `{code, message}`, from Brivo.
    Json,
    /// A page, from something before Brivo.
    Html,
    /// Nothing.
    Empty,
}

/// How often a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Times {
    /// At every matching call.
    Always,
    /// At this many matching calls.
    Count(u32),
    /// At random, the same way for the same seed.
    Percent {
        /// The chance at each matching call, 0 to 100.
        percent: u8,
        /// Where the chain of throws starts.
        seed: u64,
    },
}

impl Default for Times {
    fn default() -> Self {
        Self::Count(1)
    }
}

impl Default for Match {
    fn default() -> Self {
        Self { methods: Methods::Any, path: "/**".to_owned() }
    }
}

impl Match {
    /// Every call that could change the account.
    pub fn writes() -> Self {
        Self { methods: Methods::Writes, ..Self::default() }
    }

    /// The calls with this verb whose path, without `/v1/api`, fits the pattern.
    pub fn call(method: &str, path: &str) -> Self {
        Self { methods: Methods::Only(method.to_owned()), path: path.to_owned() }
    }

    pub(super) fn covers(&self, host: Host, request: &Request) -> bool {
        let method = match &self.methods {
            Methods::Any => true,
            Methods::Writes => host == Host::Api && request.method != "GET",
            Methods::Only(method) => *method == request.method,
        };
        let path = request.path.strip_prefix(API_PREFIX);
        method && fits(&self.path, path.unwrap_or(&request.path))
    }
}

/// What the first fault that strikes this call does to it.
pub(super) fn striking(faults: &mut [Fault], host: Host, request: &Request) -> Option<Misbehaviour> {
    faults.iter_mut().find_map(|fault| {
        let strikes = fault.on.covers(host, request) && fault.times.strikes();
        strikes.then(|| fault.what.clone())
    })
}

fn fits(pattern: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    for wanted in pattern.split('/') {
        if wanted == "**" {
            return true;
        }
        match segments.next() {
            Some(segment) if wanted == "*" || wanted == segment => {}
            Some(_) | None => return false,
        }
    }
    segments.next().is_none()
}

impl Times {
    /// Whether it strikes this time; counts down or throws.
    pub(super) fn strikes(&mut self) -> bool {
        match self {
            Self::Always => true,
            Self::Count(left) => {
                let strikes = *left > 0;
                *left = left.saturating_sub(1);
                strikes
            }
            Self::Percent { percent, seed } => {
                let mut random = Random::seeded(*seed);
                let strikes = random.succeeds(*percent);
                *seed = random.state();
                strikes
            }
        }
    }
}

impl Misbehaviour {
    /// The answer, carrying the call out if that is part of the misbehaviour.
    pub(super) fn answer(&self, carry_out: impl FnOnce() -> Response) -> Answer {
        Answer::Response(match self {
            Self::ServerError { status, body } => body.with(*status),
            Self::AppliedThenError { status } => {
                carry_out();
                ErrorBody::Json.with(*status)
            }
            Self::AppliedThenDropped => {
                carry_out();
                return Answer::Dropped;
            }
            Self::AppliedThenHang => {
                carry_out();
                return Answer::Hanging;
            }
            Self::Hang => return Answer::Hanging,
            Self::OverQps { retry_after_seconds } => gateway::over_qps(*retry_after_seconds),
            Self::OverRate { retry_after_seconds } => gateway::over_rate(*retry_after_seconds),
            Self::DeveloperInactive => gateway::developer_inactive(),
            Self::TokenRefused => refusal::invalid_token(),
            Self::Teapot => Response::empty(418),
            Self::TooMany => gateway::too_many(1),
            Self::HtmlBody => gateway::page(carry_out().status),
            Self::EmptyBody => Response::empty(carry_out().status),
        })
    }
}

impl ErrorBody {
    fn with(self, status: u16) -> Response {
        match self {
            Self::Json => refusal::coded(status, "The service is unavailable"),
            Self::Html => gateway::page(status),
            Self::Empty => Response::empty(status),
        }
    }
}
