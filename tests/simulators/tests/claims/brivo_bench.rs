//! A served Brivo with an application, a consent and a client that does as it is told.

use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;
use simulators::brivo::{BrivoServer, GroupId, Options, Profile, UserId};

use simulators::clock::TestClock;

pub(crate) const CONSENT: &str = "refresh-token-of-the-consent";

pub(crate) struct Bench {
    pub(crate) brivo: BrivoServer,
    pub(crate) clock: TestClock,
    pub(crate) http: Client,
}

/// Options under which a standing clock admits any number of calls.
pub(crate) fn unlimited() -> Options {
    Options { requests_per_second: None, ..Options::default() }
}

impl Bench {
    pub(crate) async fn start() -> Self {
        Self::with(unlimited()).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        let clock = TestClock::new();
        let brivo = BrivoServer::start(clock.reader(), options).await.unwrap();
        let bench = Self { brivo, clock, http: Client::builder().no_proxy().build().unwrap() };
        bench.register();
        bench
    }

    pub(crate) fn register(&self) {
        let register = |model: &mut simulators::brivo::Model, now| {
            model.add_application("client", "secret", "key");
            model.accept_refresh_token("client", CONSENT, now);
        };
        self.brivo.edit(register).unwrap();
    }

    pub(crate) fn add_groups(&self, ids: impl IntoIterator<Item = u64>) {
        for id in ids {
            self.brivo.edit(|model, _| model.add_group(GroupId(id), &format!("Group {id:02}"))).unwrap();
        }
    }

    pub(crate) fn add_user(&self, first_name: &str, last_name: &str, external_id: &str) -> UserId {
        let profile = Profile::named(first_name, last_name, external_id);
        self.brivo.edit(|model, now| model.add_user(profile, now)).unwrap()
    }

    /// A call of the token endpoint with all headers it wants.
    pub(crate) fn token_call(&self) -> RequestBuilder {
        let url = format!("{}/oauth/token", self.brivo.auth_url());
        self.http.post(url).basic_auth("client", Some("secret")).header("api-key", "key")
    }

    pub(crate) async fn refresh(&self, refresh_token: &str) -> (u16, Value) {
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
        parts(self.token_call().form(&form).send().await.unwrap()).await
    }

    pub(crate) async fn access_token(&self) -> String {
        let token = self.brivo.edit(|model, now| model.issue_refresh_token("client", now)).unwrap();
        let (status, tokens) = self.refresh(&token).await;
        assert_eq!(status, 200);
        tokens["access_token"].as_str().unwrap().to_owned()
    }

    /// A call of the API with all headers it wants.
    pub(crate) fn api_call(&self, method: &str, path: &str, token: &str) -> RequestBuilder {
        let url = format!("{}/v1/api{path}", self.brivo.api_url());
        let method: Method = method.parse().unwrap();
        self.http.request(method, url).header("api-key", "key").header("authorization", format!("bearer {token}"))
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        let token = self.access_token().await;
        parts(self.api_call("GET", path, &token).send().await.unwrap()).await
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let token = self.access_token().await;
        let call = self.api_call(method, path, &token);
        let call = if body.is_null() { call } else { call.json(&body) };
        parts(call.send().await.unwrap()).await
    }
}

/// Status and body; null if the body is not JSON.
pub(crate) async fn parts(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let body = response.bytes().await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

/// What one of the questions beside the API is answered with.
pub(crate) async fn hook(bench: &Bench, name: &str) -> Value {
    let url = format!("{}/_sim/{name}", bench.brivo.api_url());
    parts(bench.http.get(url).send().await.unwrap()).await.1
}

/// The status of one of the orders beside the API.
pub(crate) async fn post_hook(bench: &Bench, name: &str, body: Value) -> u16 {
    let url = format!("{}/_sim/{name}", bench.brivo.api_url());
    bench.http.post(url).json(&body).send().await.unwrap().status().as_u16()
}
