//! A browser before the consent page: it reads forms and sends them as a person would.

use std::collections::BTreeMap;

use reqwest::redirect::Policy;
use reqwest::{Client, Response};

use crate::brivo_bench::{Bench, parts};

pub(crate) const BACK: &str = "https://console.example.com/back";

/// A page as a person sees it: its status, its text, and what its form would send unseen.
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) html: String,
    pub(crate) hidden: BTreeMap<String, String>,
}

pub(crate) struct Browser {
    http: Client,
    url: String,
}

impl Browser {
    /// A browser at a Brivo that knows the application `client` and the administrator `admin7`.
    pub(crate) fn at(bench: &Bench) -> Self {
        let furnish = |model: &mut simulators::brivo::Model, _| {
            model.set_redirect_uri("client", BACK);
            model.add_administrator("admin7", "open sesame");
        };
        bench.brivo.edit(furnish).unwrap();
        let http = Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
        Self { http, url: format!("{}/oauth/authorize", bench.brivo.auth_url()) }
    }

    pub(crate) async fn open(&self, query: &[(&str, &str)]) -> Page {
        page(self.http.get(&self.url).query(query).send().await.unwrap()).await
    }

    /// Sends the page's form with what the person entered.
    pub(crate) async fn send(&self, page: &Page, entered: &[(&str, &str)]) -> Response {
        let mut fields = page.hidden.clone();
        fields.extend(entered.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.http.post(&self.url).form(&fields).send().await.unwrap()
    }

    pub(crate) async fn log_in(&self, state: &str, password: &str) -> Page {
        let query = [("response_type", "code"), ("client_id", "client"), ("state", state)];
        let login = self.open(&query).await;
        page(self.send(&login, &[("username", "admin7"), ("password", password)]).await).await
    }

    /// Where the browser is sent after the administrator decided.
    pub(crate) async fn decide(&self, state: &str, decision: &str) -> String {
        let question = self.log_in(state, "open sesame").await;
        let response = self.send(&question, &[("decision", decision)]).await;
        assert_eq!(response.status(), 302);
        response.headers()["location"].to_str().unwrap().to_owned()
    }

    pub(crate) async fn code(&self) -> String {
        let target = self.decide("s", "allow").await;
        target.split_once("?code=").unwrap().1.split_once('&').unwrap().0.to_owned()
    }
}

/// What the token endpoint says to a code.
pub(crate) async fn exchange(bench: &Bench, code: &str, more: &[(&str, &str)]) -> (u16, serde_json::Value) {
    let form = [&[("grant_type", "authorization_code"), ("code", code)], more].concat();
    parts(bench.token_call().form(&form).send().await.unwrap()).await
}

pub(crate) async fn page(response: Response) -> Page {
    let status = response.status().as_u16();
    let html = response.text().await.unwrap();
    let inputs = html.split("<input type=\"hidden\" name=\"").skip(1).map(|rest| {
        let (name, rest) = rest.split_once("\" value=\"").unwrap();
        let value = rest.split_once('"').unwrap().0;
        (name.to_owned(), value.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
    });
    Page { status, hidden: inputs.collect(), html }
}
