//! How an operator sets up who brings pass codes to people.

use serde_json::{Value, json};

use crate::{
    bundle::{answer, files_under},
    world::{Setting, World},
};

const HOOK_SECRET: &str = "whsec_cGxhbnRlZC1ob29rLXNlY3JldC00NzE2";

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// The warnings about pass codes after this document is put.
async fn warnings(world: &World, document: &Value) -> Value {
    let (status, body) = world.bundle.put_tenant("acme", document).await;
    assert_eq!(status, 200, "{body}");
    body["warnings"].clone()
}

/// NEX-23, ORD-47: a document that could not bring a code, or would bring it to the wrong place, is refused with every fault.
#[tokio::test]
async fn faults_of_both_tables_are_told_at_once_and_nothing_is_stored() {
    let world = World::start().await;
    let mut document = world.document.clone();
    document["code_mail"] = json!({
        "from": "Acme <door@example.com>\r\nBcc: eve@example.com", "reply_to": "desk", "subject": "{pass_code}",
        "text": "Hello {nick_name}",
    });
    document["app_hook"] = json!({"url": "http://app.example.com/planted-4717", "secret": "whsec_planted-4718"});

    let (status, body) = world.bundle.put_tenant("acme", &document).await;

    assert_eq!(status, 400, "{body}");
    let faults: Vec<_> = body["faults"].as_array().unwrap().iter().map(|fault| fault.as_str().unwrap()).collect();
    for place in [
        "code_mail.from:",
        "code_mail.reply_to:",
        "code_mail.subject:",
        "code_mail.text: line 1:",
        "app_hook.url:",
        "app_hook.secret:",
    ] {
        assert!(faults.iter().any(|fault| fault.starts_with(place)), "{place} is not in {faults:?}");
    }
    assert!(!body.to_string().contains("planted"), "{body}");
    document["code_mail"] = json!({"from": "Acme <door@example.com>", "text": "Welcome to Acme"});
    document["app_hook"] = Value::Null;
    let (status, body) = world.bundle.put_tenant("acme", &document).await;
    let fault = "code_mail.text: put {pass_code} into it, else nobody learns the code";
    assert_eq!((status, &body["faults"]), (400, &json!([fault])));
}

/// NEX-23, X12: older documents for Nexudus say nothing of mails; they are taken in, and the operator is told.
#[tokio::test]
async fn a_way_that_is_asked_for_and_not_set_up_is_a_warning() {
    let world = World::start().await;
    let mut document = world.document.clone();
    let warning = |table: &str| {
        format!(
            "accounts.hq: the policy says credential = {table}, so nobody is told a pass code until there is a [{table}]"
        )
    };

    assert_eq!(warnings(&world, &document).await, json!([warning("code_mail")]));
    document["code_mail"] = json!({"from": "door@example.com"});
    assert_eq!(warnings(&world, &document).await, json!([]));
    document["policy"] = json!({"credential": "app_hook"});
    assert_eq!(warnings(&world, &document).await, json!([warning("app_hook")]));
    document["app_hook"] = json!({"url": "https://app.example.com/passes", "secret": HOOK_SECRET});
    assert_eq!(warnings(&world, &document).await, json!([]));
    document["policy"] = json!({"credential": "brivo_mail"});
    document["code_mail"] = Value::Null;
    document["app_hook"] = Value::Null;
    assert_eq!(warnings(&world, &document).await, json!([]));
}

/// ORD-47: the secret by which the app knows us is sealed.
#[tokio::test]
async fn the_secret_of_a_hook_is_neither_on_disk_nor_in_logs_nor_in_answers() {
    let world = World::of(Setting { keeps_data: true, ..Setting::nexudus() }).await;
    let mut document = world.document.clone();
    document["code_mail"] = json!({"from": "door@example.com", "text": "Türcode: {pass_code}\nbis {expires}"});
    document["app_hook"] = json!({"url": "http://127.0.0.1:9/passes", "secret": HOOK_SECRET});

    let (status, body) = world.bundle.put_tenant("acme", &document).await;

    assert_eq!(status, 200, "{body}");
    let (_, told) = world.bundle.api("/tenants/acme/status").await;
    assert!(!format!("{body}{told}{}", world.stderr()).contains(HOOK_SECRET));
    let is_stored = |text: &str| files_under(world.data()).iter().any(|(_, bytes)| holds(bytes, text));
    assert!(!is_stored(HOOK_SECRET));
    assert!(is_stored("app_hook.secret"), "the sealed secret is kept");
}

/// On one machine nothing is sent: there is a place to look.
#[tokio::test]
async fn the_outbox_can_be_read_and_is_empty_at_first() {
    let world = World::start().await;

    assert_eq!(answer(world.bundle.get("/local/mails")).await, (200, json!([])));
}
