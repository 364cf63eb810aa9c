//! Calls of a bundle's API.

use std::{collections::BTreeMap, env, path::Path, time::Duration};

use anyhow::{Context, bail};
use reqwest::{Client, RequestBuilder, StatusCode, Url, header::CONTENT_TYPE};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::cli::read_key;

/// The variable that holds the admin key.
const KEY_VARIABLE: &str = "LATCHWORK_ADMIN_KEY";

/// A call is given up after this: in the cloud the gateway has given up by then.
const PATIENCE: Duration = Duration::from_mins(1);

/// The API of one tenant.
#[derive(Debug)]
pub(super) struct Api {
    http: Client,
    base: Url,
    tenant: String,
    key: SecretString,
}

impl Api {
    pub(super) fn new(url: &str, tenant: &str, key_file: Option<&Path>) -> anyhow::Result<Self> {
        let key = match key_file {
            Some(file) => read_key(file)?,
            None => key_of_variable().with_context(|| {
                format!("which admin key? Give --admin-key-file FILE, or put the key into the variable {KEY_VARIABLE}")
            })?,
        };
        let base: Url = url.parse().with_context(|| format!("{url} is no address"))?;
        if base.cannot_be_a_base() {
            bail!("{url} is no address of a bundle: write it like http://127.0.0.1:9000");
        }
        let http = Client::builder().timeout(PATIENCE).build()?;
        Ok(Self { http, base, tenant: tenant.to_owned(), key })
    }

    pub(super) async fn get(&self, path: &[&str], query: &[(&str, &str)]) -> anyhow::Result<Value> {
        self.send(self.http.get(self.address(path)).query(query)).await
    }

    pub(super) async fn post(&self, path: &[&str], body: &Value) -> anyhow::Result<Value> {
        self.send(self.http.post(self.address(path)).json(body)).await
    }

    pub(super) async fn upload(
        &self,
        (list, media_type): (&[u8], &str),
        query: &BTreeMap<String, String>,
    ) -> anyhow::Result<Value> {
        let request = self.http.post(self.address(&["upload"])).query(query).header(CONTENT_TYPE, media_type);
        self.send(request.body(list.to_vec())).await
    }

    fn address(&self, path: &[&str]) -> Url {
        let mut address = self.base.clone();
        if let Ok(mut segments) = address.path_segments_mut() {
            segments.pop_if_empty().extend(["api", "v1", "tenants", &self.tenant]).extend(path);
        }
        address
    }

    async fn send(&self, request: RequestBuilder) -> anyhow::Result<Value> {
        let answer = request.bearer_auth(self.key.expose_secret()).send().await;
        let answer = answer.map_err(reqwest::Error::without_url);
        let answer = answer.with_context(|| format!("{} does not answer; is the bundle running there?", self.base))?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(reqwest::Error::without_url)?;
        let told: Option<Value> = serde_json::from_slice(&body).ok();
        match told {
            Some(told) if status.is_success() => Ok(told),
            told => bail!("{}", refusal(status, told.as_ref())),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a setting of whoever types the command, not of a function")]
fn key_of_variable() -> Option<SecretString> {
    env::var(KEY_VARIABLE).ok().map(SecretString::from)
}

/// What a refusal says: its one error, or all of its faults.
fn refusal(status: StatusCode, told: Option<&Value>) -> String {
    let error = told.and_then(|told| told.get("error")).and_then(Value::as_str);
    let faults = told.and_then(|told| told.get("faults")).and_then(Value::as_array);
    let faults = faults.into_iter().flatten().filter_map(Value::as_str);
    let lines: Vec<&str> = error.into_iter().chain(faults).collect();
    if lines.is_empty() { format!("the answer was {status} and nothing that can be read") } else { lines.join("\n  ") }
}
