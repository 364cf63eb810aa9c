//! Somebody who is told about events: it keeps what it gets and answers what it was told to.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use serde_json::{Value, json};
use simulators::serving::{Served, serve};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::brivo_bench::Bench;

/// A test that waits longer has failed.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

pub(crate) struct Subscriber {
    served: Served,
    told: UnboundedReceiver<Value>,
    answers: Arc<Mutex<Vec<u16>>>,
}

#[derive(Clone)]
struct Ear {
    tell: UnboundedSender<Value>,
    answers: Arc<Mutex<Vec<u16>>>,
}

impl Subscriber {
    pub(crate) async fn start() -> Self {
        let (tell, told) = unbounded_channel();
        let answers = Arc::new(Mutex::new(Vec::new()));
        let ear = Ear { tell, answers: Arc::clone(&answers) };
        let router = Router::new().route("/told/{secret}", post(hear)).with_state(ear);
        Self { served: serve(router, 0).await.unwrap(), told, answers }
    }

    /// The body of a subscription to whatever these criteria ask for.
    pub(crate) fn subscription(&self, criteria: &Value) -> Value {
        json!({
            "name": "Latchwork", "url": format!("{}/told/secret", self.served.base_url()),
            "errorEmail": "operator@example.com", "criteria": criteria,
        })
    }

    pub(crate) async fn subscribe(&self, bench: &Bench, criteria: &Value) -> Value {
        let (status, made) = bench.send("POST", "/event-subscriptions", self.subscription(criteria)).await;
        assert_eq!(status, 200, "{made}");
        made
    }

    /// Answers the next notification with this status; all others with 200.
    pub(crate) fn answer_next(&self, status: u16) {
        self.answers.lock().unwrap().push(status);
    }

    /// The next notification, when it comes.
    pub(crate) async fn told(&mut self) -> Value {
        tokio::time::timeout(PATIENCE, self.told.recv()).await.unwrap().unwrap()
    }
}

async fn hear(State(ear): State<Ear>, body: String) -> StatusCode {
    ear.tell.send(serde_json::from_str(&body).unwrap()).unwrap();
    let status = ear.answers.lock().unwrap().pop().unwrap_or(200);
    StatusCode::from_u16(status).unwrap()
}
