//! The machine itself: what each request does, gateway first, account last.

use std::io;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::account::Account;
use super::ask::Ask;
use super::authority::Authority;
use super::call::Call;
use super::fault::{self, Fault};
use super::gateway;
use super::options::{Options, Strictness};
use super::quota::Quota;
use super::route::{Host, Route};
use super::storage;
use super::strict::Watch;
use crate::message::{Answer, Request, Response};

/// One Brivo account with everything before it.
#[derive(Clone, Debug)]
pub struct Model {
    options: Options,
    quota: Quota,
    pub(super) state: State,
}

/// What outlives a restart.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) authority: Authority,
    pub(super) account: Account,
    pub(super) watch: Watch,
    pub(super) faults: Vec<Fault>,
    pub(super) calls: Vec<Call>,
}

impl Model {
    /// An empty account that nobody may use yet.
    pub fn new(options: Options) -> Self {
        let account = Account::seeded(!options.seed);
        let state = State { authority: Authority::seeded(options.seed), account, ..State::default() };
        Self { options, quota: Quota::default(), state }
    }

    /// The account kept in `file`, or an empty one if there is no such file.
    pub(super) fn load(file: &Path, options: Options) -> io::Result<Self> {
        let empty = Self::new(options);
        Ok(match storage::load(file)? {
            Some(state) => Self { state, ..empty },
            None => empty,
        })
    }

    pub(super) fn save(&self, file: &Path) -> io::Result<()> {
        storage::save(file, &self.state)
    }

    /// Answers one request.
    pub fn handle(&mut self, host: Host, request: &Request, now: Timestamp) -> Answer {
        let route = Route::of(host, request);
        if self.options.strictness == Strictness::Strict {
            let State { watch, account, .. } = &mut self.state;
            watch.inspect(host, request, route.as_ref());
            watch.inspect_target(request, route.as_ref(), account);
        }
        let striking = fault::striking(&mut self.state.faults, host, request);
        let mut carry_out = || self.carry_out(host, request, route.as_ref(), now);
        let answer = match striking {
            Some(misbehaviour) => misbehaviour.answer(carry_out),
            None => Answer::Response(carry_out()),
        };
        self.follow(request, route.as_ref(), &answer, now);
        let call = Call::of(host, request, &answer, now);
        self.state.calls.push(call);
        answer
    }

    fn carry_out(&mut self, host: Host, request: &Request, route: Option<&Route>, now: Timestamp) -> Response {
        if route == Some(&Route::Authorize) {
            return self.state.authority.authorize(request, &self.options, now);
        }
        if let Err(refusal) = self.pass_gateway(host, request, now) {
            return refusal;
        }
        match route {
            None => gateway::service_not_found(),
            Some(Route::Authorize | Route::Token) => self.exchange(request, now),
            Some(Route::Account(operation)) => {
                let State { authority, account, .. } = &mut self.state;
                let ask = Ask::of(request, &self.options, now);
                let response = authority.admit(request, now).map(|administrator| {
                    let ask = Ask { administrator, ..ask };
                    account.perform(operation, &ask)
                });
                gateway::stamped(response.unwrap_or_else(|refusal| refusal))
            }
        }
    }

    fn pass_gateway(&mut self, host: Host, request: &Request, now: Timestamp) -> Result<(), Response> {
        let key = request.header("api-key").unwrap_or_default();
        let is_wanted = host == Host::Api || self.options.auth_wants_api_key;
        if is_wanted && !self.state.authority.api_keys.contains(key) {
            return Err(gateway::developer_inactive());
        }
        if let Some(limit) = self.options.requests_per_month
            && let Some(seconds) = self.quota.count(key, limit, now)
        {
            return Err(gateway::over_rate(seconds));
        }
        match self.options.requests_per_second {
            Some(limit) if !self.quota.take(key, limit, now) => Err(gateway::over_qps(1)),
            Some(_) | None => Ok(()),
        }
    }

    fn exchange(&mut self, request: &Request, now: Timestamp) -> Response {
        let is_strict = self.options.strictness == Strictness::Strict;
        if is_strict && self.state.authority.overlaps(request, now) {
            let finding = "two refreshes of one token at the same time";
            self.state.watch.report(request, finding);
        }
        self.state.authority.exchange(request, &self.options, now)
    }

    /// Learns from what the client got to see.
    fn follow(&mut self, request: &Request, route: Option<&Route>, answer: &Answer, now: Timestamp) {
        match route {
            Some(Route::Token) if !is_readable(answer) => self.state.authority.lose_answer(request, now),
            Some(Route::Account(operation)) if self.options.strictness == Strictness::Strict => {
                self.state.watch.follow(operation, request, answer);
            }
            Some(Route::Authorize | Route::Token | Route::Account(_)) | None => {}
        }
    }
}

/// Whether a client can read tokens out of the answer.
fn is_readable(answer: &Answer) -> bool {
    match answer {
        Answer::Response(response) => response.status == 200 && response.body_json().is_object(),
        Answer::Dropped | Answer::Hanging => false,
    }
}
