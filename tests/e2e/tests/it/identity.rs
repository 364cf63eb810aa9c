//! To which account of Brivo a document's refresh token belongs, where nobody ever logged in by a link.

use serde_json::{Value, json};
use simulators::brivo::{BrivoServer, ErrorBody, Fault, Match, Misbehaviour, Times};

use crate::{
    connecting::account,
    tenants::{CLIENT_ID, ROOM},
    world::{ANNA, NONE, Setting, World, at},
};

const WHO: &str = "GET /administrators/whoami";

/// Puts a new token of whatever account Brivo is by now; answers the warnings about it.
async fn put_token(world: &mut World, token: &str) -> Vec<String> {
    world.brivo.edit(|model, now| model.accept_refresh_token(CLIENT_ID, token, now)).unwrap();
    world.document["accounts"][0]["refresh_token"] = json!(token);
    let (status, body) = world.bundle.put_tenant("acme", &world.document).await;
    assert_eq!(status, 200, "{body}");
    world.settle().await;
    let warnings = body["warnings"].as_array().unwrap().iter().map(|warning| warning.as_str().unwrap().to_owned());
    warnings.filter(|warning| warning.contains("refresh_token")).collect()
}

/// ORD-04: it is asked once and remembered.
#[tokio::test]
async fn which_account_a_token_belongs_to_is_learnt_once() {
    let mut world = World::start().await;
    world.run_until(at("12:00")).await;

    assert!(account(&world).await["brivo_account"]["id"].is_i64());
    let calls = world.all_new_calls();
    assert_eq!(calls.iter().filter(|call| *call == WHO).count(), 1, "{calls:?}");
}

/// ORD-04: nothing is written to another account with old ids, and status and access say why and what to do.
#[tokio::test]
async fn a_new_token_of_another_account_is_refused_and_nothing_is_written_with_it() {
    let mut world = World::start().await;
    world.book(1, ROOM, ANNA, ("08:00", "10:00")).await;
    let before = account(&world).await["brivo_account"].clone();
    world.brivo.edit(|model, _| model.become_account(60_001, "Elsewhere Ltd")).unwrap();
    world.new_writes();

    let warnings = put_token(&mut world, "planted-refresh-token-of-elsewhere").await;
    world.run_until(at("12:00")).await;

    let why = &warnings[0];
    assert!(why.starts_with("accounts.hq.refresh_token") && why.contains("Elsewhere Ltd"), "{why}");
    assert_eq!((world.groups(ANNA), world.new_writes()), (vec![501], vec![]));
    let known = account(&world).await;
    assert_eq!((&known["connected"], &known["brivo_account"]), (&json!(false), &before));
    assert!(known["refused"].as_str().unwrap().contains("Elsewhere Ltd"), "{known}");
    let access = world.access(ANNA).await;
    assert!(access["notices"].to_string().contains("as an account of its own"), "{access}");
    assert_eq!(world.stderr().lines().filter(|line| line.contains("ERROR")).count(), 1, "one alarm");

    let (id, name) = (before["id"].as_u64().unwrap(), before["name"].as_str().unwrap_or_default());
    world.brivo.edit(|model, _| model.become_account(id, name)).unwrap();
    assert_eq!(put_token(&mut world, "planted-refresh-token-of-home").await, [""; 0]);
    assert_eq!((world.groups(ANNA), &account(&world).await["refused"]), (NONE.to_vec(), &Value::Null));
}

/// ORD-04, ALL-05: while Brivo cannot be asked whose a new token is, nothing is written with it; once it can, everything is.
#[tokio::test]
async fn a_new_token_waits_until_brivo_says_whose_it_is() {
    let mut world = World::start().await;
    world.book(1, ROOM, ANNA, ("08:20", "10:00")).await;
    world.run_until(at("08:05")).await;
    world.fault(("GET", "/administrators/**"), Misbehaviour::AppliedThenDropped, Times::Always);
    world.new_writes();

    put_token(&mut world, "planted-refresh-token-of-noon").await;
    world.run_until(at("08:12")).await;
    assert_eq!(world.new_writes(), Vec::<String>::new());
    world.brivo.edit(|model, _| model.clear_faults()).unwrap();

    assert_eq!(world.groups_at("08:13", ANNA).await, [501]);
    assert_eq!(account(&world).await["connected"], true);
}

/// ORD-04: an administrator who may not see whose account it is works as before.
#[tokio::test]
async fn an_account_that_brivo_does_not_tell_works_all_the_same() {
    let before = |brivo: &BrivoServer| {
        let on = Match::call("GET", "/administrators/*");
        brivo
            .inject(Fault {
                on,
                what: Misbehaviour::ServerError { status: 403, body: ErrorBody::Json },
                times: Times::Always,
            })
            .unwrap();
    };
    let mut world = World::of(Setting { before, ..Setting::nexudus() }).await;
    world.book(1, ROOM, ANNA, ("08:00", "10:00")).await;

    assert_eq!((world.groups(ANNA), &account(&world).await["brivo_account"]), (vec![501], &Value::Null));
    assert_eq!(put_token(&mut world, "planted-refresh-token-of-noon").await, [""; 0]);
    assert_eq!(world.groups_at("12:00", ANNA).await, NONE);
}
