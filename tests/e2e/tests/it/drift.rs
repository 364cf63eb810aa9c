//! What people change in Brivo by hand, and users they made there before we came.

use serde_json::{Value, json};
use simulators::brivo::{Change, ErrorBody, GroupId, Misbehaviour, Model, Profile, Times, UserId};

use crate::{
    bundle::{ADMIN_KEY, Answer, answer},
    tenants::{self, OTHER_ROOM, ROOM, SUITE},
    world::{ANNA, BEN, Setting, World, at, is_about_account},
};

mod adoption;
mod adoption_outlook;

/// `acme` on Nexudus with this policy; every other group is told of at most.
async fn world_with(policy: Value) -> World {
    let mut document = tenants::nexudus();
    document["policy"] = policy;
    World::of(Setting::of(document)).await
}

async fn reverting() -> World {
    world_with(json!({"drift": "revert"})).await
}

async fn post(world: &World, path: &str, body: Value) -> Answer {
    let request = world.bundle.post(&format!("/api/v1/tenants/{}/{path}", world.tenant));
    let answer = answer(request.bearer_auth(ADMIN_KEY).json(&body)).await;
    world.settle().await;
    answer
}

/// A pass over the account, and all that follows from it.
async fn pass(world: &World) -> Value {
    let (status, body) = post(world, "sync", json!({})).await;
    assert_eq!(status, 200, "{body}");
    body
}

/// Somebody whom the staff made in Brivo and put into a group.
fn by_hand(world: &World, number: usize, group: u64) -> UserId {
    let make = |model: &mut Model, now| {
        let user = model.create_by_hand("Stranger", &format!("No. {number}"), &format!("s{number}@hand.example"), now);
        model.change_by_hand(user, GroupId(group), Change::Joined, now);
        user
    };
    world.brivo.edit(make).unwrap()
}

/// The staff puts a user into a group, or takes it out.
fn change(world: &World, user: UserId, group: u64, change: Change) {
    world.brivo.edit(|model, now| model.change_by_hand(user, GroupId(group), change, now)).unwrap();
}

fn in_group(world: &World, group: u64) -> Vec<UserId> {
    world.brivo.read(|model| model.members_of(GroupId(group))).into_iter().collect()
}

async fn drift(world: &World) -> Value {
    let (status, body) = world.bundle.api(&format!("/tenants/{}/drift", world.tenant)).await;
    assert_eq!(status, 200, "{body}");
    body
}

/// ORD-40: somebody added by hand to a managed group is removed by the next pass.
/// ORD-41: an entry in the log names him.
/// X9: a few strangers go at once.
#[tokio::test]
async fn a_stranger_in_a_managed_group_is_removed_and_named() {
    let mut world = reverting().await;
    world.book(1, ROOM, ANNA, ("08:00", "11:00")).await;
    let stranger = by_hand(&world, 1, 501);
    change(&world, stranger, 502, Change::Joined);

    let passed = pass(&world).await;

    assert_eq!(in_group(&world, 501), [world.user(ANNA).unwrap()]);
    assert_eq!(in_group(&world, 502), []);
    assert_eq!(passed["accounts"][0]["reverted"], 1, "{passed}");
    let log = world.stderr();
    let told = log.lines().find(|line| line.contains("groups were changed by hand")).unwrap();
    assert!(told.contains(&stranger.0.to_string()) && !told.contains("Stranger"), "{told}");
    let name = format!("brivo:hq:{}", stranger.0);
    let (_, audit) = world.bundle.api(&format!("/tenants/acme/members/{name}/audit")).await;
    let record = &audit["records"][0];
    assert_eq!((&record["removed"], &record["outcome"]), (&json!([501, 502]), &json!("done")), "{audit}");

    // The user stays as it is otherwise, and is forgotten with the next pass.
    pass(&world).await;
    assert!(world.brivo.read(|model| model.profile_of(stranger).is_some() && !model.is_suspended(stranger)));
    let (status, _) = world.bundle.api(&format!("/tenants/acme/members/{name}/access")).await;
    assert_eq!(status, 404);

    // And all of it again, if somebody does it again.
    change(&world, stranger, 501, Change::Joined);
    pass(&world).await;
    assert_eq!(in_group(&world, 501), [world.user(ANNA).unwrap()]);
}

/// ORD-41: within the hour nobody has to ask for it.
#[tokio::test]
async fn the_clock_alone_finds_a_stranger() {
    let mut world = reverting().await;
    by_hand(&world, 1, 501);

    world.run_until(at("08:59")).await;
    assert_eq!(in_group(&world, 501).len(), 1);
    world.run_until(at("09:00")).await;
    assert_eq!(in_group(&world, 501), []);
}

/// ORD-42: a group that the configuration does not name stays untouched.
/// INV-4: and so does whoever is in one whose hand edits are none of our business.
#[tokio::test]
async fn an_unmanaged_group_is_none_of_our_business() {
    let mut world = world_with(json!({"drift": "revert", "drift_groups": {"502": "ignore", "503": "report"}})).await;
    world.brivo.edit(|model, _| model.add_group(GroupId(700), "Cleaners")).unwrap();
    world.book(1, ROOM, ANNA, ("08:00", "11:00")).await;
    let anna = world.user(ANNA).unwrap();
    for group in [700, 502, 503] {
        by_hand(&world, usize::try_from(group).unwrap(), group);
        change(&world, anna, group, Change::Joined);
    }

    pass(&world).await;
    world.run_until(at("12:00")).await;

    assert_eq!([700, 502, 503].map(|group| in_group(&world, group).len()), [2; 3]);
    assert_eq!(world.groups(ANNA), [502, 503, 700]);
}

/// ORD-43: a group whose name lacks the prefix is never managed.
#[tokio::test]
async fn a_group_without_the_prefix_is_left_alone() {
    let world = world_with(json!({"drift": "revert", "managed_prefix": "OR "})).await;
    world.brivo.edit(|model, _| model.add_group(GroupId(501), "OR Room")).unwrap();
    by_hand(&world, 1, 501);
    let stranger = by_hand(&world, 2, 502);

    let passed = pass(&world).await;

    assert_eq!((in_group(&world, 501), in_group(&world, 502)), (vec![], vec![stranger]));
    let unmarked = passed["accounts"][0]["groups_without_prefix"].as_array().unwrap();
    assert!(unmarked.contains(&json!(502)) && !unmarked.contains(&json!(501)), "{passed}");
}

/// CWK-19: what staff adds in Brivo stays, and is told.
/// CWK-20: what staff takes away is told and not silently added again.
#[tokio::test]
async fn hand_edits_are_told_where_they_are_not_undone() {
    let mut world = world_with(json!({"drift": "report"})).await;
    world.book(1, ROOM, ANNA, ("08:00", "11:00")).await;
    let anna = world.user(ANNA).unwrap();
    change(&world, anna, 501, Change::Left);
    change(&world, anna, 502, Change::Joined);
    world.new_calls();

    pass(&world).await;

    let told = world.access(ANNA).await;
    assert_eq!(told["accounts"][0]["by_hand"], json!({"added": [502], "taken": [501]}), "{told}");
    assert_eq!(world.new_writes(), [""; 0]);
    // Known already, so nobody is looked at again.
    pass(&world).await;
    assert_eq!(world.new_calls(), [""; 0]);
    world.run_until(at("10:30")).await;
    assert_eq!(world.groups(ANNA), [502]);

    // Once all is as it was, there is nothing to tell.
    change(&world, anna, 501, Change::Joined);
    change(&world, anna, 502, Change::Left);
    pass(&world).await;
    let told = world.access(ANNA).await;
    assert_eq!(told["accounts"][0]["by_hand"], json!({"added": [], "taken": []}), "{told}");
}

/// CWK-20: under `revert` what was taken away is added again; X8: and what was added to a person of ours is taken away.
#[tokio::test]
async fn hand_edits_are_undone_where_policy_says_so() {
    let mut world = reverting().await;
    world.book(1, ROOM, ANNA, ("08:00", "11:00")).await;
    let anna = world.user(ANNA).unwrap();
    change(&world, anna, 501, Change::Left);
    change(&world, anna, 502, Change::Joined);
    world.new_calls();

    pass(&world).await;

    assert_eq!(world.groups(ANNA), [501]);
    assert_eq!(world.new_writes(), ["change groups"]);
    pass(&world).await;
    assert_eq!(world.new_calls(), [""; 0]);
    world.run_until(at("11:15")).await;
    assert_eq!(world.groups(ANNA), [0_u64; 0]);
}

/// X9: more than five strangers wait for approval, those of the list go once it is given, and another list is refused.
/// B14: what is approved is what was seen.
#[tokio::test]
async fn many_strangers_wait_for_approval() {
    let mut world = reverting().await;
    world.book(1, ROOM, ANNA, ("08:00", "11:00")).await;
    for number in 0..6 {
        by_hand(&world, number, 501);
    }
    by_hand(&world, 6, 502);

    pass(&world).await;

    // Seven in all are too many, so nobody goes.
    assert_eq!((in_group(&world, 501).len(), in_group(&world, 502).len()), (7, 1));
    let list = drift(&world).await;
    assert_eq!((&list["waits_for_approval"], &list["accounts"][0]["people"]["losers"]), (&json!(true), &json!(7)));
    let of_501 = &list["accounts"][0]["groups"][0];
    assert_eq!(
        (&of_501["group"], &of_501["losers"], &of_501["holders"]),
        (&json!(501), &json!(6), &json!(7)),
        "{list}"
    );
    let first = json!({"hash": list["hash"]});

    // The next pass finds more: the list that was looked at is not the one that would be carried out.
    by_hand(&world, 7, 501);
    pass(&world).await;
    let (status, refused) = post(&world, "drift/apply", first.clone()).await;
    assert_eq!((status, &refused["drift"]["accounts"][0]["people"]["losers"]), (409, &json!(8)), "{refused}");
    assert_eq!(in_group(&world, 501).len(), 8);
    let (status, _) = post(&world, "drift/apply", first).await;
    assert_eq!(status, 409);

    let (status, answer) = post(&world, "drift/apply", json!({"hash": refused["drift"]["hash"]})).await;

    assert_eq!((status, &answer["accounts"][0]["reverted"]), (200, &json!(8)), "{answer}");
    world.take_turns().await;
    assert_eq!(in_group(&world, 501), [world.user(ANNA).unwrap()]);
    assert_eq!(in_group(&world, 502), []);
    assert_eq!(drift(&world).await["waits_for_approval"], false);
    let (status, _) = post(&world, "drift/apply", json!({"hash": refused["drift"]["hash"]})).await;
    assert_eq!(status, 409);
}

/// INV-9: removals due by time are never held back by the breaker, and neither is what was taken away by hand.
#[tokio::test]
async fn what_waits_for_approval_holds_up_nothing_else() {
    let mut world = reverting().await;
    world.book(1, ROOM, ANNA, ("08:00", "08:30")).await;
    world.book(2, OTHER_ROOM, BEN, ("08:00", "11:00")).await;
    for number in 0..9 {
        by_hand(&world, number, 501);
    }
    change(&world, world.user(BEN).unwrap(), 502, Change::Left);

    pass(&world).await;

    assert_eq!(world.groups(BEN), [502]);
    world.run_until(at("08:45")).await;
    assert_eq!(world.groups(ANNA), [0_u64; 0]);
    assert_eq!(in_group(&world, 501).len(), 9);
}

/// B2: the limit is a tenth of a large group; a group of more than one page is read whole.
/// SPB-04: a group that others use already is found out before any write.
#[tokio::test]
async fn a_group_of_many_pages_is_read_whole() {
    let mut world = reverting().await;
    world.book(1, ROOM, ANNA, ("08:00", "11:00")).await;
    for number in 0..130 {
        by_hand(&world, number, 501);
    }
    world.new_calls();

    pass(&world).await;

    assert_eq!(world.new_writes(), [""; 0]);
    let list = drift(&world).await;
    let group = &list["accounts"][0]["groups"][0];
    assert_eq!((&group["holders"], &group["losers"]), (&json!(131), &json!(130)), "{list}");
    let (status, answer) = post(&world, "drift/apply", json!({"hash": list["hash"]})).await;
    assert_eq!((status, &answer["accounts"][0]["reverted"]), (200, &json!(130)), "{answer}");
    world.run_until(at("08:05")).await;
    assert_eq!(in_group(&world, 501), [world.user(ANNA).unwrap()]);
}

/// B3: a reading that is not whole decides nothing; the next one does.
#[tokio::test]
async fn half_a_reading_decides_nothing() {
    let mut world = reverting().await;
    world.book(1, SUITE, ANNA, ("08:00", "11:00")).await;
    by_hand(&world, 1, 511);
    change(&world, world.user(ANNA).unwrap(), 512, Change::Left);
    let down = Misbehaviour::ServerError { status: 503, body: ErrorBody::Html };
    world.fault(("GET", "/groups/518/users"), down, Times::Count(1));
    world.new_calls();

    let cut = pass(&world).await;

    assert_eq!(world.new_writes(), [""; 0]);
    assert_eq!(cut["accounts"][0]["finished"], false, "{cut}");
    assert!(cut["accounts"][0]["trouble"].is_string(), "{cut}");
    let whole = pass(&world).await;
    assert_eq!((&whole["accounts"][0]["finished"], &whole["accounts"][0]["reverted"]), (&json!(true), &json!(2)));
    assert_eq!((in_group(&world, 511).len(), world.groups(ANNA).len()), (1, 8));
}

/// ALL-12: a group deleted in Brivo while mapped: people keep everything else, the mapping shows broken, no storm.
#[tokio::test]
async fn a_mapped_group_that_brivo_lacks_is_told() {
    let mut world = reverting().await;
    world.book(1, SUITE, ANNA, ("08:00", "11:00")).await;
    world.brivo.edit(|model, now| model.remove_group(GroupId(513), now)).unwrap();
    world.new_calls();

    let passed = pass(&world).await;

    // The document of the tests names one that never was.
    assert_eq!(passed["missing_groups"], json!([513, 999]), "{passed}");
    let (_, status) = world.bundle.api("/tenants/acme/status").await;
    assert_eq!(status["missing_groups"], json!([513, 999]), "{status}");
    assert_eq!(world.groups(ANNA), [511, 512, 514, 515, 516, 517, 518]);
    world.run_until(at("10:59")).await;
    assert_eq!(world.new_writes(), [""; 0]);
}

/// ALL-13: a user deleted by hand while a reason is open is made again, once.
#[tokio::test]
async fn a_user_deleted_by_hand_is_made_again_once() {
    let mut world = reverting().await;
    world.book(1, ROOM, ANNA, ("08:00", "11:00")).await;
    let before = world.user(ANNA).unwrap();
    world.brivo.edit(|model, now| model.delete_by_hand(before, now)).unwrap();
    world.new_calls();

    pass(&world).await;
    pass(&world).await;

    assert_eq!(world.new_writes(), ["create", "change groups"]);
    assert_eq!(world.groups(ANNA), [501]);
    assert_ne!(world.user(ANNA), Some(before));
}

/// ALL-13: where hand edits are only told, the user is not made again for them.
#[tokio::test]
async fn a_user_deleted_by_hand_is_told_where_hand_edits_are() {
    let mut world = world_with(json!({"drift": "report"})).await;
    world.book(1, ROOM, ANNA, ("08:00", "11:00")).await;
    let user = world.user(ANNA).unwrap();
    world.brivo.edit(|model, now| model.delete_by_hand(user, now)).unwrap();
    world.new_calls();

    pass(&world).await;

    assert_eq!(world.access(ANNA).await["accounts"][0]["by_hand"]["taken"], json!([501]));
    assert_eq!(world.new_writes(), [""; 0]);
}

/// Somebody under our reference whom our state does not know is a stranger, and only where strangers are.
#[tokio::test]
async fn a_user_of_ours_that_the_state_lost_is_a_stranger() {
    let world = world_with(json!({"drift": "revert", "drift_groups": {"502": "report"}})).await;
    let lost = Profile::named("Lost", "Member", "acme:77");
    let lost = world.brivo.edit(|model, now| model.add_user(lost, now)).unwrap();
    change(&world, lost, 501, Change::Joined);
    change(&world, lost, 502, Change::Joined);

    pass(&world).await;

    assert_eq!(in_group(&world, 501), []);
    assert_eq!(in_group(&world, 502), [lost]);
}

/// X9, B14: an approval stands though Brivo cannot be read at once; the next pass undoes what was approved.
#[tokio::test]
async fn an_approval_outlives_a_reading_that_fails() {
    let mut world = reverting().await;
    for number in 0..8 {
        by_hand(&world, number, 501);
    }
    pass(&world).await;
    let list = drift(&world).await;
    let down = Misbehaviour::ServerError { status: 503, body: ErrorBody::Html };
    world.fault(("GET", "/groups/**"), down, Times::Always);

    let (status, answer) = post(&world, "drift/apply", json!({"hash": list["hash"]})).await;

    assert_eq!((status, &answer["accounts"][0]["finished"]), (200, &json!(false)), "{answer}");
    assert_eq!((in_group(&world, 501).len(), &drift(&world).await["waits_for_approval"]), (8, &json!(false)));
    world.brivo.edit(|model, _| model.clear_faults()).unwrap();
    world.run_until(at("09:00")).await;
    world.take_turns().await;
    assert_eq!(in_group(&world, 501), []);
}

/// B14: whoever came after the list was made is not approved with it, and waits where they are many.
#[tokio::test]
async fn an_approval_covers_nobody_who_came_later() {
    let mut world = reverting().await;
    for number in 0..6 {
        by_hand(&world, number, 501);
    }
    pass(&world).await;
    let list = drift(&world).await;
    let later: Vec<UserId> = (6..12).map(|number| by_hand(&world, number, 501)).collect();

    let (status, answer) = post(&world, "drift/apply", json!({"hash": list["hash"]})).await;

    assert_eq!((status, &answer["accounts"][0]["reverted"]), (200, &json!(6)), "{answer}");
    world.take_turns().await;
    assert_eq!(in_group(&world, 501), later);
    let rest = drift(&world).await;
    assert_eq!((&rest["waits_for_approval"], &rest["accounts"][0]["people"]["losers"]), (&json!(true), &json!(6)));
    pass(&world).await;
    assert_eq!(in_group(&world, 501), later);
}

/// A tenant that is switched off is left alone; only its users are read.
#[tokio::test]
async fn of_a_tenant_that_is_off_only_the_users_are_read() {
    let mut document = tenants::nexudus();
    document["policy"] = json!({"drift": "revert"});
    document["enabled"] = json!(false);
    let mut world = World::of(Setting::of(document)).await;
    by_hand(&world, 1, 501);

    pass(&world).await;
    world.run_until(at("10:00")).await;

    let mut calls = world.all_new_calls();
    calls.retain(|call| !is_about_account(call));
    assert!(calls.iter().all(|call| call == "token" || call.starts_with("GET /users?")), "{calls:?}");
    assert_eq!((calls.len(), in_group(&world, 501).len()), (5, 1), "{calls:?}");
}
