//! Platforms read by their own APIs: what no webhook told, what is missing, and what goes wrong on the way.

use serde_json::{Value, json};

use crate::{
    bundle::{ADMIN_KEY, answer},
    world::World,
};

mod nexudus;
mod officernd;
mod spacebring;

/// Reads at once, as an operator may; what is due then has happened.
async fn read(world: &mut World) -> Value {
    let (status, body) = post(world, "sync", &json!({})).await;
    assert_eq!(status, 200, "{body}");
    world.take_turns().await;
    body["platform"].clone()
}

async fn post(world: &World, what: &str, body: &Value) -> (u16, Value) {
    let post = world.bundle.post(&format!("/api/v1/tenants/harbour/{what}"));
    answer(post.bearer_auth(ADMIN_KEY).json(body)).await
}

/// How the reads of the platform stand.
async fn standing(world: &World) -> Value {
    let (status, body) = world.bundle.api("/tenants/harbour/full-read").await;
    assert_eq!(status, 200, "{body}");
    body
}
