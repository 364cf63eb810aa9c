//! Users that were in Brivo before we came.

use serde_json::{Value, json};
use simulators::brivo::{BrivoServer, Change, ErrorBody, Fault, Match, Misbehaviour, Model, Profile, Times, UserId};

use super::{by_hand, change, in_group, pass, post, reverting};
use crate::{
    feed::{booking, document, member, tell, world_of},
    tenants::{self, OTHER_ROOM, ROOM},
    world::{ANNA, BEN, NONE, Setting, World, at},
};

const ANNAS: &str = "anna@planted.example";

/// A user with Anna's address, made by hand and in a group of the staff's own choice.
fn like_anna(world: &World) -> UserId {
    make_like_anna(&world.brivo)
}

fn make_like_anna(brivo: &BrivoServer) -> UserId {
    let make = |model: &mut Model, now| model.create_by_hand("A.", "Nameson", &ANNAS.to_uppercase(), now);
    brivo.edit(make).unwrap()
}

/// Brivo lists no users until its faults are cleared.
fn lists_nobody(brivo: &BrivoServer) {
    let what = Misbehaviour::ServerError { status: 503, body: ErrorBody::Html };
    brivo.inject(Fault { on: Match::call("GET", "/users"), what, times: Times::Always }).unwrap();
}

async fn status(world: &World) -> Value {
    let (status, body) = world.bundle.api(&format!("/tenants/{}/status", world.tenant)).await;
    assert_eq!(status, 200, "{body}");
    body["accounts"][0]["sync"].clone()
}

/// R28, CWK-26: the only user with the member's address becomes hers, by our reference alone; repeating costs no write.
#[tokio::test]
async fn the_only_user_with_the_address_is_taken_on() {
    let mut world = World::start().await;
    let known = like_anna(&world);
    change(&world, known, 503, Change::Joined);
    pass(&world).await;
    world.new_calls();

    world.book(1, ROOM, ANNA, ("08:00", "11:00")).await;

    assert_eq!(world.user(ANNA), Some(known));
    assert_eq!(world.new_writes(), ["patch", "change groups"]);
    let profile = world.profile(ANNA);
    assert_eq!((profile.first_name.as_str(), profile.last_name.as_str()), ("A.", "Nameson"));
    assert_eq!(world.groups(ANNA), [501, 503]);
    let (_, audit) = world.bundle.api("/tenants/acme/members/31/audit").await;
    let actions: Vec<_> = audit["records"].as_array().unwrap().iter().map(|record| record["action"].clone()).collect();
    assert!(actions.contains(&json!("link user")), "{audit}");

    for _ in 0..2 {
        pass(&world).await;
    }
    assert_eq!(world.new_writes(), [""; 0]);
    // What was there before us is not ours to take away.
    world.run_until(at("11:15")).await;
    assert_eq!(world.groups(ANNA), [503]);
}

/// CWK-26: whoever nobody in Brivo stands for is made.
#[tokio::test]
async fn nobody_with_the_address_means_a_new_user() {
    let mut world = World::start().await;
    by_hand(&world, 1, 503);
    pass(&world).await;
    world.new_calls();

    world.book(1, ROOM, ANNA, ("08:00", "11:00")).await;

    assert_eq!(world.new_writes(), ["create", "change groups"]);
}

/// R28: if several match, no user is made, and the member is told of; with one left it goes on.
#[tokio::test]
async fn several_users_with_the_address_are_told() {
    let mut world = World::start().await;
    let (first, second) = (like_anna(&world), like_anna(&world));
    pass(&world).await;
    world.new_calls();

    world.book(1, ROOM, ANNA, ("08:00", "11:00")).await;

    assert_eq!(world.new_writes(), [""; 0]);
    let told = world.access(ANNA).await;
    assert!(told["last_error"].as_str().unwrap().contains("several Brivo users"), "{told}");

    world.brivo.edit(|model, now| model.delete_by_hand(second, now)).unwrap();
    world.book(2, OTHER_ROOM, ANNA, ("08:00", "11:00")).await;
    assert_eq!(world.user(ANNA), Some(first));
    assert_eq!(world.groups(ANNA), [501, 502]);
}

/// R28: another application's user is not ours to take.
#[tokio::test]
async fn another_applications_user_is_told() {
    let mut world = World::start().await;
    let make = |model: &mut Model, now| {
        let user = model.create_by_hand("Anna", "Nameson", ANNAS, now);
        let profile = Profile { external_id: Some("payroll-9".to_owned()), ..model.profile_of(user).unwrap().clone() };
        model.delete_by_hand(user, now);
        model.add_user(profile, now)
    };
    world.brivo.edit(make).unwrap();
    pass(&world).await;
    world.new_calls();

    world.book(1, ROOM, ANNA, ("08:00", "11:00")).await;

    assert_eq!(world.new_writes(), [""; 0]);
    let told = world.access(ANNA).await;
    assert!(told["last_error"].as_str().unwrap().contains("another application"), "{told}");
    // Nobody else waits for that.
    world.book(2, ROOM, BEN, ("08:00", "11:00")).await;
    assert_eq!(world.groups(BEN), [501]);
}

/// B7: whoever bears our reference already is found by it, whatever their address became.
#[tokio::test]
async fn a_user_that_was_taken_on_is_known_by_our_reference() {
    let mut world = World::start().await;
    let known = like_anna(&world);
    pass(&world).await;
    world.book(1, ROOM, ANNA, ("08:00", "08:30")).await;
    world.run_until(at("09:30")).await;
    like_anna(&world);
    pass(&world).await;
    world.new_calls();

    world.book(2, OTHER_ROOM, ANNA, ("09:30", "11:00")).await;

    assert_eq!(world.user(ANNA), Some(known));
    assert_eq!(world.groups(ANNA), [502]);
    assert_eq!(world.new_writes(), ["change groups"]);
}

/// R28, CWK-26: whoever was in Brivo before we came is taken on, though nobody asked for a reading.
#[tokio::test]
async fn users_from_before_are_known_from_the_start() {
    let before = |brivo: &BrivoServer| {
        make_like_anna(brivo);
    };
    let mut world = World::of(Setting { before, ..Setting::nexudus() }).await;
    assert_eq!(status(&world).await["users_read_at"], "2026-03-02T08:00:00Z");

    world.book(1, ROOM, ANNA, ("10:00", "11:00")).await;

    assert_eq!(world.new_writes(), ["patch"]);
    assert_eq!((world.users().len(), world.groups_at("09:50:00", ANNA).await), (1, vec![501]));
}

/// R28: until Brivo's users were read nobody is made ahead of time, which is told; INV-2: a door that is to open does not wait.
#[tokio::test]
async fn before_the_first_reading_only_those_with_an_open_window_are_made() {
    let before = |brivo: &BrivoServer| {
        make_like_anna(brivo);
        lists_nobody(brivo);
    };
    let mut world = World::of(Setting { before, ..Setting::nexudus() }).await;

    world.book(1, ROOM, ANNA, ("10:00", "11:00")).await;
    world.book(2, ROOM, BEN, ("08:00", "11:00")).await;

    assert_eq!(world.new_writes(), ["create", "change groups"]);
    assert_eq!((world.user(ANNA), world.groups(BEN)), (None, vec![501]));
    let unread = |text: &Value| text.to_string().contains("have not been read yet");
    assert!(unread(&world.access(ANNA).await["last_error"]));
    for path in ["/tenants/acme/plan", "/tenants/acme/members/31/plan"] {
        let (_, plan) = world.bundle.api(path).await;
        assert!(unread(&plan["notices"]), "{plan}");
    }
    let told = status(&world).await;
    assert!(told["users_read_at"].is_null() && told["trouble"].is_string(), "{told}");

    // The end of the first whole reading wakes whoever waits.
    world.brivo.edit(|model, _| model.clear_faults()).unwrap();
    pass(&world).await;
    assert!(world.user(ANNA).is_some());
    assert_eq!(world.users().len(), 2);
    assert_eq!(world.access(ANNA).await["last_error"], Value::Null);
    let (_, plan) = world.bundle.api("/tenants/acme/members/31/plan").await;
    assert_eq!(plan["notices"], json!([]));
}

/// ALL-17: whoever waits for the reading gets in when the window opens, so nobody is alarmed.
#[tokio::test]
async fn waiting_for_the_first_reading_raises_no_alarm() {
    let mut world = World::of(Setting { before: lists_nobody, ..Setting::nexudus() }).await;
    world.book(1, ROOM, ANNA, ("08:50", "11:00")).await;
    assert_eq!(world.user(ANNA), None);

    assert_eq!(world.groups_at("08:40:00", ANNA).await, [501]);
    assert!(!world.stderr().contains("could not get in"));
}

/// R28: putting the tenant document reads what was never read, and is stored whatever comes of that.
#[tokio::test]
async fn putting_a_tenant_reads_brivos_users_and_never_fails_because_of_it() {
    let before = |brivo: &BrivoServer| {
        make_like_anna(brivo);
        lists_nobody(brivo);
    };
    let mut world = World::of(Setting { before, ..Setting::nexudus() }).await;
    world.book(1, ROOM, ANNA, ("10:00", "11:00")).await;
    world.put_tenant().await;
    assert_eq!((world.user(ANNA), status(&world).await["users_read_at"].clone()), (None, Value::Null));

    world.brivo.edit(|model, _| model.clear_faults()).unwrap();
    world.put_tenant().await;
    assert!(world.user(ANNA).is_some());
    assert_eq!(world.users().len(), 1);

    // Once is enough.
    world.all_new_calls();
    world.put_tenant().await;
    assert_eq!(world.all_new_calls(), [""; 0]);
}

/// R28: of a tenant that is switched off the users are read, so that they are known once it is on.
#[tokio::test]
async fn users_are_known_when_a_tenant_is_switched_on() {
    let mut document = tenants::nexudus();
    document["enabled"] = json!(false);
    let mut world = World::of(Setting::of(document)).await;
    let known = like_anna(&world);
    world.book(1, ROOM, ANNA, ("08:00", "11:00")).await;
    world.run_until(at("09:00")).await;
    assert_eq!((world.new_writes(), world.user(ANNA)), (vec![], None));

    world.document["enabled"] = json!(true);
    world.put_tenant().await;

    assert_eq!((world.user(ANNA), world.groups(ANNA)), (Some(known), vec![501]));
}

/// R28: an address that two members share says of neither who in Brivo they are.
#[tokio::test]
async fn a_user_whose_address_two_members_share_is_taken_on_for_neither() {
    let world = world_of(document("spacebring", &[tenants::resource(ROOM, &[501])])).await;
    let known = like_anna(&world);
    pass(&world).await;
    for (id, name) in [(ANNA, "Anna Nameson"), (BEN, "Ben Nameson")] {
        tell(&world, "member.upserted", member(id, name, ANNAS)).await;
    }

    for id in [ANNA, BEN] {
        tell(&world, "booking.upserted", booking(&format!("b{id}"), ROOM, id, ("08:00", "09:00"))).await;
    }

    assert_eq!((world.groups(ANNA), world.groups(BEN)), (vec![501], vec![501]));
    assert_eq!(world.users().len(), 3);
    assert_eq!(world.brivo.read(|model| model.profile_of(known).unwrap().external_id.clone()), None);
}

/// INV-3: a stranger who turns out to be a member keeps what the member is given, though the stranger's removal was on its way.
#[tokio::test]
async fn a_stranger_who_becomes_a_member_keeps_what_the_member_is_given() {
    let mut world = reverting().await;
    let known = like_anna(&world);
    change(&world, known, 501, Change::Joined);
    let down = Misbehaviour::ServerError { status: 503, body: ErrorBody::Json };
    world.fault(("POST", "/users/*/groups"), down, Times::Count(2));
    pass(&world).await;
    assert_eq!(in_group(&world, 501), [known], "Brivo did not take the removal");

    world.book(1, ROOM, ANNA, ("08:00", "10:00")).await;
    world.run_until(at("08:30")).await;

    assert_eq!((world.user(ANNA), world.groups(ANNA)), (Some(known), vec![501]));
    assert_eq!(world.groups_at("10:15:00", ANNA).await, NONE);
    // Nothing of the stranger is left.
    let (status, body) = world.bundle.api(&format!("/tenants/acme/members/brivo:hq:{}/access", known.0)).await;
    assert_eq!(status, 404, "{body}");
    let (status, _) = post(&world, "sync", json!({})).await;
    assert_eq!((status, world.user(ANNA)), (200, Some(known)));
}
