//! KMS of the emulator, behind a counter of what it is asked.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use cloud::Emulator;
use tokio::net::TcpListener;

/// Passes calls on to the emulator and remembers the operations, for example `TrentService.Decrypt`.
pub(crate) struct CountingKms {
    endpoint: String,
    operations: Arc<Mutex<Vec<String>>>,
}

#[derive(Clone)]
struct Passage {
    http: reqwest::Client,
    emulator: String,
    operations: Arc<Mutex<Vec<String>>>,
}

impl CountingKms {
    pub(crate) async fn before(emulator: &Emulator) -> Result<Self> {
        let operations = Arc::default();
        let http = reqwest::Client::builder().no_proxy().build()?;
        let passage = Passage { http, emulator: emulator.endpoint(), operations: Arc::clone(&operations) };
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let routes = Router::new().fallback(pass).with_state(passage);
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Ok(Self { endpoint, operations })
    }

    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    pub(crate) fn operations(&self) -> Vec<String> {
        self.operations.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn pass(State(passage): State<Passage>, headers: HeaderMap, body: Bytes) -> Response {
    let operation = headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    passage.operations.lock().unwrap_or_else(PoisonError::into_inner).push(operation);
    match passage.forward(headers, body).await {
        Ok((status, body)) => (status, [(CONTENT_TYPE, "application/x-amz-json-1.1")], body).into_response(),
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}

impl Passage {
    async fn forward(&self, headers: HeaderMap, body: Bytes) -> reqwest::Result<(StatusCode, Bytes)> {
        let answer = self.http.post(&self.emulator).headers(headers).body(body).send().await?;
        Ok((answer.status(), answer.bytes().await?))
    }
}
