//! Many processes at once, each with nothing in common with the others but the state and the API key.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::{
    process::{Child, Command, Stdio},
    sync::Arc,
};

use axum::{body::Body, http::Request};
use brivo::Hosts;
use jiff::{SignedDuration, Timestamp};
use requests::{Shared, install_acme, start_engine};
use runtime::clock::{Clock, SystemClock};
use simulators::brivo::{BrivoServer, GroupId, Host, Options, Rotation};
use tower::ServiceExt;

const PROCESSES: usize = 50;

/// How long a token lives: not as long as the whole takes, so that it has to be refreshed in between.
const TOKEN_SECONDS: u32 = 10;

/// A strict Brivo whose refresh tokens are good for one use, with the limit of a production key in any second.
async fn brivo() -> BrivoServer {
    let options = Options {
        access_token_seconds: TOKEN_SECONDS,
        rotation: Rotation::Strict,
        requests_per_second: Some(50),
        ..Options::default()
    };
    let brivo = BrivoServer::start(Arc::new(|| SystemClock.now()), options).await.unwrap();
    brivo
        .edit(|model, now| {
            model.add_application("client", "secret", "key");
            model.accept_refresh_token("client", "refresh", now);
            for group in [501, 502, 503] {
                model.add_group(GroupId(group), &format!("Group {group}"));
            }
        })
        .unwrap();
    brivo
}

/// Everybody has a booking of the room from now on.
fn crowd(now: Timestamp) -> String {
    let starts = now + SignedDuration::from_mins(5);
    let ends = now + SignedDuration::from_hours(2);
    let events = (0..PROCESSES).map(|number| {
        format!(
            r#"{{"specversion":"1.0","id":"p{number}","source":"test","type":"coworking.member.upserted",
                 "subject":"member/m{number}","time":"{now}","data":{{"id":"m{number}",
                 "full_name":"Example {number}","email":"m{number}@example.com","status":"active"}}}},
               {{"specversion":"1.0","id":"b{number}","source":"test","type":"coworking.booking.upserted",
                 "subject":"booking/b{number}","time":"{now}","data":{{"id":"b{number}","resource":"room","kind":"room",
                 "starts":"{starts}","ends":"{ends}","status":"confirmed","booker":{{"member":"m{number}"}}}}}}"#
        )
    });
    format!("[{}]", events.collect::<Vec<_>>().join(","))
}

fn start_worker(shared: &Shared, member: usize) -> Child {
    let mut worker = Command::new(env!("CARGO_BIN_EXE_worker"));
    worker.args([&shared.engine, &shared.key_file.display().to_string(), &shared.hosts.auth, &shared.hosts.api]);
    worker.arg(format!("m{member}")).stderr(Stdio::piped()).spawn().unwrap()
}

/// ALL-04, ALL-05, ALL-06: one refresh at a time for all of them, no token used twice, nobody made twice or without having been
/// looked for, and no faster together than the API key allows.
#[tokio::test(flavor = "multi_thread")]
async fn fifty_processes_share_one_token_and_one_pace() {
    let (folder, brivo) = (tempfile::tempdir().unwrap(), brivo().await);
    let hosts = Hosts { auth: brivo.auth_url().to_owned(), api: brivo.api_url().to_owned() };
    let shared = Shared { engine: start_engine().await.unwrap(), key_file: folder.path().join("keys"), hosts };
    let (services, _) = shared.process("door").unwrap();
    install_acme(&services, SystemClock.now()).await.unwrap();
    let webhook = Request::post("/hooks/events/acme/0123456789abcdef0123456789abcdef");
    let webhook = webhook.header("authorization", "Bearer signing").body(Body::from(crowd(SystemClock.now())));
    let answer = receive_webhook::router(services).oneshot(webhook.unwrap()).await.unwrap();
    assert!(answer.status().is_success());

    let workers: Vec<Child> = (0..PROCESSES).map(|member| start_worker(&shared, member)).collect();
    for worker in workers {
        let ended = tokio::task::spawn_blocking(|| worker.wait_with_output()).await.unwrap().unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    }

    assert_eq!(brivo.violations(), Vec::<String>::new());
    for group in [501, 502, 503] {
        assert_eq!(brivo.read(|model| model.members_of(GroupId(group)).len()), PROCESSES);
    }
    let calls = brivo.calls();
    // Nobody is found before they are made.
    let is_fine = |status: u16| status < 300 || status == 404;
    let refused: Vec<_> = calls.iter().filter(|call| !call.status.is_some_and(is_fine)).collect();
    assert!(refused.is_empty(), "{refused:#?}");
    let (auth, api): (Vec<_>, Vec<_>) = calls.iter().partition(|call| call.host == Host::Auth);
    let created = api.iter().filter(|call| call.method == "POST" && call.path.ends_with("/users"));
    assert_eq!(created.count(), PROCESSES);
    assert!(auth.len() > 1, "the token was refreshed in between");
    // A token's life counts from before it was asked for, which is a moment on a busy machine.
    let at_least = SignedDuration::from_secs(TOKEN_SECONDS.into()) * 4 / 5 - SignedDuration::from_secs(1);
    for pair in auth.windows(2) {
        let between = pair[1].at.duration_since(pair[0].at);
        assert!(between >= at_least, "one refresh in four fifths of a token's life, not after {between:#}");
    }
    for calls in api.windows(106) {
        assert!(
            calls[105].at.duration_since(calls[0].at) > SignedDuration::from_secs(5),
            "20 a second and 5 % over 5 s"
        );
    }
}
