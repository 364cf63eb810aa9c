//! An app that is told of pass codes over real HTTP.

use std::{net::Ipv4Addr, sync::Mutex};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, response::Redirect, routing::post};
use platforms::{Proof, Source, verify};
use state::{MemoryStore, Store};
use tokio::net::{TcpListener, TcpSocket};

use super::*;
use crate::{courier::tests::pass, data_key::DataKey, document::Document, tenants::install};

const SECRET: &str = "planted-hook-secret";

/// What an app was sent, and what it answers.
#[derive(Clone)]
struct App {
    status: StatusCode,
    heard: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
}

impl App {
    /// Starts on 127.0.0.1; answers its URL too.
    async fn start(status: u16) -> (Self, String) {
        let app = Self { status: StatusCode::from_u16(status).unwrap(), heard: Arc::default() };
        let router = Router::new()
            .route("/passes", post(hear))
            .route("/moved", post(async || Redirect::temporary("/passes")))
            .route("/silent", post(async || std::future::pending::<()>().await))
            .with_state(app.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (app, url)
    }
}

async fn hear(State(app): State<App>, headers: HeaderMap, body: Bytes) -> StatusCode {
    app.heard.lock().unwrap().push((headers, body));
    app.status
}

/// A stored tenant whose app is there, and what opens its secrets.
async fn tenant(url: &str) -> (TenantRecord, Arc<Sealer>) {
    let document = json!({
        "tenant": "acme", "platform": "officernd", "accounts": [{"id": "hq", "region": "us"}],
        "app_hook": {"url": url, "secret": SECRET},
    });
    let store = MemoryStore::default();
    let sealer = Arc::new(Sealer::new(DataKey::generate().unwrap()));
    install(&store, &sealer, &Document::from_json(document.to_string().as_bytes()).unwrap()).await.unwrap();
    (store.tenant(&"acme".into()).await.unwrap().unwrap(), sealer)
}

async fn tell(url: &str, reach: Reach) -> Result<(), CourierError> {
    let (record, sealer) = tenant(url).await;
    AppHooks::new(reach, sealer).unwrap().tell(&record, &pass(), now()).await
}

fn now() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

/// ORD-47, NEX-28: Brivo sends no e-mail; the operator's app gets address and code, signed.
#[tokio::test]
async fn an_app_gets_what_it_needs_signed_by_the_tenants_secret() {
    let (app, url) = App::start(204).await;

    tell(&format!("{url}/passes"), Reach::Anywhere).await.unwrap();

    let (headers, body) = app.heard.lock().unwrap().remove(0);
    let secrets = [SecretString::from(SECRET)];
    assert_eq!(verify(&Source::Events, &headers, &body, &secrets, now()), Ok(Proof::Whole));
    assert_eq!(headers["content-type"], "application/json");
    let message: Value = serde_json::from_slice(&body).unwrap();
    let data = json!({
        "tenant": "acme", "member": "31", "first_name": "Ann", "email": "ann@example.com", "pass_id": "ann@example.com",
        "pass_code": "AB12CD34", "invitation": 71, "credential": 72, "expires": "2026-03-05T09:00:00Z",
        "starts": "2026-03-02T10:00:00Z", "location": "london",
    });
    assert_eq!(message, json!({"type": "pass.issued", "timestamp": "2026-03-02T09:00:00Z", "data": data}));
}

#[tokio::test]
async fn an_app_knows_a_repeat_by_its_id() {
    let (app, url) = App::start(200).await;
    let (record, sealer) = tenant(&format!("{url}/passes")).await;
    let hooks = AppHooks::new(Reach::Anywhere, sealer).unwrap();
    let next = PassCode { invitation: brivo::InvitationId(99), ..pass() };
    let later = now() + jiff::SignedDuration::from_hours(1);

    for (pass, at) in [(pass(), now()), (pass(), later), (next, later)] {
        hooks.tell(&record, &pass, at).await.unwrap();
    }

    let heard = app.heard.lock().unwrap();
    let ids: Vec<_> = heard.iter().map(|(headers, _)| headers["webhook-id"].to_str().unwrap()).collect();
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0], ids[2]);
    assert!(ids[0].starts_with("pass_") && ids[0].len() == 37, "{ids:?}");
}

/// The vector that Svix publishes.
#[test]
fn signatures_are_those_of_other_makers() {
    let vector = include_str!("../../../../../tests/fixtures/spacebring/signature_vectors.json");
    let vector: Value = serde_json::from_str(vector).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let headers = &vector["headers"];
    let sent_at = Timestamp::from_second(text(&headers["svix-timestamp"]).parse().unwrap()).unwrap();

    let signature =
        sign(&text(&vector["secret"]).into(), &text(&headers["svix-id"]), sent_at, &text(&vector["body_utf8"]));

    assert_eq!(signature.unwrap(), text(&headers["svix-signature"]));
}

#[tokio::test]
async fn what_the_app_answers_says_whether_it_passes_by_itself() {
    for (status, needs_person) in
        [(429, false), (500, false), (503, false), (408, false), (410, true), (400, true), (401, true)]
    {
        let (_, url) = App::start(status).await;

        let error = tell(&format!("{url}/passes?key=planted"), Reach::Anywhere).await.unwrap_err();

        assert_eq!(error.needs_person(), needs_person, "{error}");
        assert!(error.to_string().contains(&status.to_string()), "{error}");
        assert!(!format!("{error:?}").contains("planted"), "{error:?}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (app, url) = App::start(200).await;

    let error = tell(&format!("{url}/moved"), Reach::Anywhere).await.unwrap_err();

    assert!(error.needs_person(), "{error}");
    assert!(app.heard.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_app_that_is_silent_or_gone_may_come_back() {
    let (_, url) = App::start(200).await;
    let (record, sealer) = tenant(&format!("{url}/silent?key=planted")).await;
    let hooks = AppHooks::within(Duration::from_millis(50), Reach::Anywhere, sealer).unwrap();
    // Held, so that no other test gets the port, but nobody listens.
    let held = TcpSocket::new_v4().unwrap();
    held.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let closed = held.local_addr().unwrap();

    let silent = hooks.tell(&record, &pass(), now()).await.unwrap_err();
    let gone = tell(&format!("http://{closed}/?key=planted"), Reach::Anywhere).await.unwrap_err();

    for (error, what) in [(silent, "did not answer in time"), (gone, "could not be reached")] {
        assert!(!error.needs_person() && error.to_string().contains(what), "{error}");
        assert!(!format!("{error:?}").contains("planted"), "{error:?}");
    }
}

#[tokio::test]
async fn in_the_cloud_nothing_that_is_not_public_is_asked() {
    let (app, url) = App::start(200).await;
    let by_name = url.replace("127.0.0.1", "localhost");

    for url in [url, by_name] {
        let error = tell(&format!("{url}/passes"), Reach::Public).await.unwrap_err();

        assert!(error.needs_person() && error.to_string().contains("no public address"), "{error}");
    }
    assert!(app.heard.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_app_without_a_secret_is_told_nothing() {
    let (app, url) = App::start(200).await;
    let (mut record, sealer) = tenant(&format!("{url}/passes")).await;
    record.sealed.clear();

    let error = AppHooks::new(Reach::Anywhere, sealer).unwrap().tell(&record, &pass(), now()).await.unwrap_err();

    assert!(matches!(error, CourierError::NotReady(Way::App)) && !record.courier_ready(Way::App));
    assert!(app.heard.lock().unwrap().is_empty());
}
