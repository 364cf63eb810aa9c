//! The mails that were not sent, over HTTP.

use std::sync::Arc;

use axum::{Json, Router, extract::State, routing::get};
use runtime::courier::{Kept, Outbox};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

/// `GET /local/mails`.
pub(crate) fn router(outbox: Arc<Outbox>) -> Router {
    Router::new().route("/local/mails", get(read)).with_state(outbox)
}

/// The mails, oldest first, with the pass codes: nowhere else can they be seen on one machine.
async fn read(State(outbox): State<Arc<Outbox>>) -> Json<Value> {
    Json(outbox.mails().iter().map(shown).collect())
}

fn shown(kept: &Kept) -> Value {
    let mail = &kept.mail;
    json!({
        "at": kept.at,
        "from": mail.from,
        "reply_to": mail.reply_to,
        "to": mail.to,
        "subject": mail.subject,
        "text": mail.text.expose_secret(),
    })
}
