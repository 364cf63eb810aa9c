//! The platform's own list of webhooks: what is registered there, and what was switched off.

use serde_json::{Value, json};

use crate::{
    bundle::{ADMIN_KEY, answer},
    tenants,
    world::{Setting, World},
};

mod nexudus;
mod officernd;

const LATER: jiff::SignedDuration = jiff::SignedDuration::from_mins(61);

/// What the API says of the hooks.
async fn shown(world: &World, query: &str) -> Value {
    let (status, body) = world.bundle.api(&format!("/tenants/{}/hooks{query}", world.tenant)).await;
    assert_eq!(status, 200, "{body}");
    body
}

async fn post(world: &World, body: &Value) -> (u16, Value) {
    let post = world.bundle.post(&format!("/api/v1/tenants/{}/hooks", world.tenant));
    answer(post.bearer_auth(ADMIN_KEY).json(body)).await
}

/// Registers what is missing, as far as one call comes.
async fn register(world: &World) -> Value {
    let (status, body) = post(world, &json!({})).await;
    assert_eq!(status, 200, "{body}");
    body
}

async fn status(world: &World) -> Value {
    let (status, body) = world.bundle.api(&format!("/tenants/{}/status", world.tenant)).await;
    assert_eq!(status, 200, "{body}");
    body
}

/// How many of a list's hooks stand like this.
fn standing(body: &Value, standing: &str) -> usize {
    body["hooks"].as_array().unwrap().iter().filter(|hook| hook["standing"] == standing).count()
}

/// The lines that say this, so far.
fn said(world: &World, level: &str, text: &str) -> usize {
    world.stderr().lines().filter(|line| line.contains(level) && line.contains(text)).count()
}

fn alarms(world: &World) -> usize {
    said(world, "ERROR", "the platform has switched this hook off")
}

/// The next hourly pass.
async fn an_hour_later(world: &mut World) {
    world.run_until(world.now() + LATER).await;
}

/// Where nothing can be registered, what is to be entered by hand is told.
#[tokio::test]
async fn platforms_without_an_api_for_hooks_are_told_what_to_enter_by_hand() {
    for (platform, paths) in [
        (
            "spacebring",
            &[
                "spacebring/acme/{path_secret}/subscription.updated",
                "spacebring/acme/{path_secret}/subscription.deleted",
            ] as &[_],
        ),
        ("coworks", &["events/acme/{path_secret}"]),
        ("deskworks", &["events/acme/{path_secret}"]),
    ] {
        let world = World::of(Setting::of(tenants::with_platform("acme", platform, "Europe/London"))).await;

        let body = shown(&world, "?url=https://doors.example").await;
        let urls: Vec<_> = body["hooks"].as_array().unwrap().iter().map(|hook| hook["url"].as_str().unwrap()).collect();
        assert_eq!(urls, paths.iter().map(|path| format!("https://doors.example/hooks/{path}")).collect::<Vec<_>>());
        assert!(body["by_hand"].as_str().unwrap().len() > 20 && body["hooks"][0]["standing"].is_null(), "{body}");
        let (status, refused) = post(&world, &json!({})).await;
        assert_eq!(status, 400, "{refused}");
        assert!(refused["error"].as_str().unwrap().contains(body["by_hand"].as_str().unwrap()));
    }
}
