//! ALL-05: Brivo's bad days, on each kind of write. Never a second user, always the right end.
//!
//! A world checks by itself, when it is dropped, that strict mode found nothing and that nobody is in Brivo twice.

use jiff::SignedDuration;
use serde_json::{Value, json};
use simulators::{
    brivo::{Change, ErrorBody, GroupId, Misbehaviour, Times},
    nexudus::Trouble,
};

use crate::{
    feed::{cancelled, document, member, membership, plan, tell, world_of},
    tenants::{API_KEY, OTHER_ROOM, ROOM, ROOM_WITH_UNKNOWN_GROUP, SHARING_ROOM},
    world::{ANNA, BEN, NONE, World, at, customer},
};

const TOKEN: (&str, &str) = ("POST", "/oauth/token");
const LOOK_UP: (&str, &str) = ("GET", "/users/*/external");
const CREATE: (&str, &str) = ("POST", "/users");
const GROUPS: (&str, &str) = ("POST", "/users/*/groups");
const PATCH: (&str, &str) = ("PATCH", "/users/*");

/// One strike of a fault at each kind of write, and whether each still comes about in time.
async fn strike_every_write(what: Misbehaviour) {
    let mut world = World::start().await;
    let tolerance = SignedDuration::from_secs(2);
    let once = Times::Count(1);

    // The user is made ahead of time.
    world.fault(CREATE, what.clone(), once);
    world.book(1, SHARING_ROOM, ANNA, ("10:00", "11:00")).await;
    world.run_until(world.now() + tolerance).await;
    assert_eq!(world.users().len(), 1, "creation after {what:?}");

    // The grant.
    world.fault(GROUPS, what.clone(), once);
    world.run_until(at("09:50") + tolerance).await;
    assert_eq!(world.groups(ANNA), [501, 503], "grant after {what:?}");

    // A new address.
    world.fault(PATCH, what.clone(), once);
    let changed = customer(ANNA, "Anna Planted-Nameson", "moved@planted.example");
    world.nexudus.edit(|model, now| model.put_customer(&changed, now));
    let body = world.body(simulators::nexudus::Entity::Coworker, ANNA);
    world.deliver("CoworkerUpdate", &body).await;
    world.run_until(world.now() + tolerance).await;
    assert_eq!(world.users()[0]["emails"][0]["address"], "moved@planted.example", "patch after {what:?}");

    // The revoke.
    world.fault(GROUPS, what.clone(), once);
    world.run_until(at("11:15") + tolerance).await;
    assert_eq!(world.groups(ANNA), NONE, "revoke after {what:?}");

    // Somebody new whose window is open: both writes in one run, both struck.
    world.fault(CREATE, what.clone(), once);
    world.fault(GROUPS, what.clone(), once);
    world.book(2, ROOM, BEN, ("11:00", "12:00")).await;
    world.run_until(world.now() + tolerance + tolerance).await;
    assert_eq!(world.groups(BEN), [501], "both after {what:?}");

    world.run_until(at("18:00")).await;
    assert_eq!((world.groups(ANNA), world.groups(BEN)), (vec![], vec![]), "in the end after {what:?}");
    let stays = [(ANNA, 501), (ANNA, 503), (BEN, 501)].map(|(member, group)| world.stays(member, group).len());
    assert_eq!(stays, [1, 1, 1], "{what:?}");
    assert_eq!(world.users().len(), 2);
    assert_eq!(world.access(ANNA).await["last_error"], Value::Null);
}

#[tokio::test]
async fn a_write_refused_with_503_is_made_after_all() {
    strike_every_write(Misbehaviour::ServerError { status: 503, body: ErrorBody::Json }).await;
}

#[tokio::test]
async fn a_write_that_was_applied_and_answered_with_503_is_not_made_twice() {
    strike_every_write(Misbehaviour::AppliedThenError { status: 503 }).await;
}

#[tokio::test]
async fn a_write_that_was_applied_and_whose_answer_was_lost_is_not_made_twice() {
    strike_every_write(Misbehaviour::AppliedThenDropped).await;
}

#[tokio::test]
async fn a_refused_token_is_replaced_and_the_write_repeated() {
    strike_every_write(Misbehaviour::TokenRefused).await;
}

/// A token may be refused after Brivo has made the user, so a new one looks before it asks again.
#[tokio::test]
async fn no_user_is_asked_for_again_without_a_look() {
    let mut world = World::start().await;
    world.fault(CREATE, Misbehaviour::TokenRefused, Times::Count(1));
    world.new_calls();

    world.book(1, ROOM, ANNA, ("10:00", "11:00")).await;
    world.run_until(world.now() + SignedDuration::from_secs(2)).await;

    let mut calls = world.new_calls();
    calls.retain(|call| call == "look up" || call == "create");
    assert_eq!(calls, ["look up", "create", "look up", "create"]);
}

#[tokio::test]
async fn too_many_calls_in_a_second_wait_as_long_as_asked() {
    strike_every_write(Misbehaviour::OverQps { retry_after_seconds: 1 }).await;
}

#[tokio::test]
async fn a_429_waits_as_long_as_asked() {
    strike_every_write(Misbehaviour::TooMany).await;
}

#[tokio::test]
async fn a_418_is_taken_for_a_bad_moment() {
    strike_every_write(Misbehaviour::Teapot).await;
}

#[tokio::test]
async fn a_page_instead_of_an_answer_is_not_believed() {
    strike_every_write(Misbehaviour::HtmlBody).await;
}

#[tokio::test]
async fn an_empty_answer_is_not_believed() {
    strike_every_write(Misbehaviour::EmptyBody).await;
}

#[tokio::test]
async fn a_path_the_gateway_forgot_for_a_moment_is_tried_again() {
    strike_every_write(Misbehaviour::ServerError { status: 596, body: ErrorBody::Html }).await;
}

/// Calls that write nothing fail as well: the token, the look-up.
#[tokio::test]
async fn a_failing_token_or_look_up_delays_and_does_no_harm() {
    for what in [
        Misbehaviour::ServerError { status: 503, body: ErrorBody::Html },
        Misbehaviour::AppliedThenDropped,
        Misbehaviour::AppliedThenError { status: 502 },
        Misbehaviour::HtmlBody,
    ] {
        let mut world = World::start().await;
        // The token of the first reading is over.
        world.run_until(at("08:05")).await;
        world.fault(TOKEN, what.clone(), Times::Count(1));
        world.fault(LOOK_UP, what.clone(), Times::Count(1));

        world.book(1, ROOM, ANNA, ("08:00", "09:00")).await;
        world.run_until(at("08:05:05")).await;

        assert_eq!(world.groups(ANNA), [501], "{what:?}");
        assert_eq!(world.groups_at("09:15:00", ANNA).await, NONE, "{what:?}");
    }
}

/// D8: a refresh whose answer is lost while the old access token still works is repeated before the old refresh token dies.
#[tokio::test]
async fn a_lost_answer_to_an_early_refresh_does_not_cost_the_connection() {
    let mut world = World::start().await;
    world.book(1, ROOM, ANNA, ("08:00", "09:00")).await;
    world.run_until(at("08:04:30")).await;
    world.fault(TOKEN, Misbehaviour::AppliedThenDropped, Times::Count(1));

    // The token of 08:00 is past 80 % of its life and still good.
    world.book(2, OTHER_ROOM, ANNA, ("08:05", "09:00")).await;
    assert_eq!(world.groups(ANNA), [501, 502]);

    assert_eq!(world.groups_at("09:15:02", ANNA).await, NONE);
}

/// A longer outage: the window is honoured as soon as Brivo answers again; the wait between tries never exceeds 30 s.
#[tokio::test]
async fn an_outage_over_the_edges_of_windows_ends_with_everything_in_step() {
    for what in [Misbehaviour::ServerError { status: 503, body: ErrorBody::Html }, Misbehaviour::AppliedThenDropped] {
        let mut world = World::start().await;
        world.book(1, ROOM, ANNA, ("10:00", "11:00")).await;
        world.book(2, OTHER_ROOM, BEN, ("08:00", "09:30")).await;
        assert_eq!(world.groups(BEN), [502]);

        world.run_until(at("09:44")).await;
        world.fault(("POST", "/users/**"), what.clone(), Times::Always);
        world.run_until(at("09:52:10")).await;
        world.brivo.edit(|model, _| model.clear_faults()).unwrap();
        world.run_until(at("09:52:41")).await;

        assert_eq!((world.groups(ANNA), world.groups(BEN)), (vec![501], vec![]), "{what:?}");
        world.run_until(at("11:15:00")).await;
        assert_eq!(world.groups(ANNA), NONE);
    }
}

/// ALL-06, INV-1: whoever waits for a retry is overdue since the first try was due, however often that was put off; who is due
/// later is not.
#[tokio::test]
async fn the_status_tells_who_is_overdue_and_since_when() {
    let mut world = World::start().await;
    world.book(1, ROOM, ANNA, ("10:00", "11:00")).await;
    world.book(2, OTHER_ROOM, BEN, ("08:00", "09:30")).await;
    world.run_until(at("09:44")).await;
    assert_eq!(queue(&world).await, json!({"overdue": 0, "oldest_due": null}));

    world.fault(("POST", "/users/**"), Misbehaviour::ServerError { status: 503, body: ErrorBody::Html }, Times::Always);
    world.run_until(at("09:48:50")).await;
    assert_eq!(queue(&world).await, json!({"overdue": 1, "oldest_due": "2026-03-02T09:45:00Z"}));

    world.brivo.edit(|model, _| model.clear_faults()).unwrap();
    world.run_until(at("09:49:30")).await;
    assert_eq!((queue(&world).await, world.groups(BEN)), (json!({"overdue": 0, "oldest_due": null}), NONE.to_vec()));
}

async fn queue(world: &World) -> Value {
    world.bundle.api("/tenants/acme/status").await.1["queue"].clone()
}

/// Nothing that ends during an outage is granted afterwards.
#[tokio::test]
async fn a_window_that_passes_while_brivo_is_down_is_not_granted_later() {
    let mut world = World::start().await;
    world.book(1, ROOM, ANNA, ("10:00", "10:01")).await;
    world.fault(("POST", "/**"), Misbehaviour::ServerError { status: 503, body: ErrorBody::Html }, Times::Always);

    world.run_until(at("10:20")).await;
    world.brivo.edit(|model, _| model.clear_faults()).unwrap();
    world.run_until(at("12:00")).await;

    assert_eq!(world.stays(ANNA, 501), [""; 0]);
    assert_eq!(world.access(ANNA).await["last_error"], Value::Null);
}

/// DWK-03, ALL-04: nothing is written, the operator reads why; when the key works again, so does access.
#[tokio::test]
async fn an_inactive_key_is_told_and_access_returns_with_it() {
    let mut world = World::start().await;
    // The token of the first reading is over.
    world.run_until(at("08:05")).await;
    world.fault(("POST", "/**"), Misbehaviour::DeveloperInactive, Times::Always);

    world.book(1, ROOM, ANNA, ("08:00", "12:00")).await;
    world.run_until(at("08:30")).await;
    assert_eq!(world.users().len(), 0);
    let error = world.access(ANNA).await["last_error"].as_str().unwrap().to_owned();
    assert!(error.contains("key") && !error.contains(API_KEY), "{error}");
    assert!(world.new_calls().len() < 40, "the key is not hammered");

    world.brivo.edit(|model, _| model.clear_faults()).unwrap();
    world.run_until(at("08:31")).await;
    assert_eq!(world.groups(ANNA), [501]);
}

/// DWK-03, ALL-04: a key that is dead has one alarm, however many are refused and whatever they are refused for; once it worked again
/// the next time it is dead has another.
#[tokio::test]
async fn an_inactive_key_has_one_alarm_for_everybody() {
    const ALARM: &str = "brivo does not accept an api key";
    for methods in [&["POST"] as &[_], &["GET", "POST", "PATCH"]] {
        let mut world = World::start().await;
        world.book(1, ROOM, ANNA, ("08:00", "12:00")).await;
        world.book(2, ROOM, BEN, ("09:30", "10:00")).await;
        let alarms = |world: &World| {
            let (ours, others): (Vec<String>, Vec<String>) = world
                .stderr()
                .lines()
                .filter(|line| line.contains("ERROR"))
                .map(str::to_owned)
                .partition(|line| line.contains(ALARM));
            assert!(ours.iter().all(|line| line.contains("acme") && line.contains("hq") && !line.contains(API_KEY)));
            assert_eq!(others, [""; 0]);
            ours.len()
        };
        let dies = |world: &World| {
            for method in methods {
                world.fault((method, "/**"), Misbehaviour::DeveloperInactive, Times::Always);
            }
        };

        dies(&world);
        world.book(3, OTHER_ROOM, ANNA, ("08:00", "12:00")).await;
        world.book(4, OTHER_ROOM, BEN, ("08:00", "12:00")).await;
        world.run_until(at("08:20")).await;
        assert_eq!(alarms(&world), 1, "{methods:?}");

        world.brivo.edit(|model, _| model.clear_faults()).unwrap();
        world.run_until(at("08:40")).await;
        assert_eq!((world.groups(ANNA), world.groups(BEN)), (vec![501, 502], vec![502]));
        dies(&world);
        world.run_until(at("09:25")).await;
        assert_eq!(alarms(&world), 2, "{methods:?}");
    }
}

/// ALL-13: somebody deletes the user by hand.
#[tokio::test]
async fn a_user_deleted_by_hand_is_made_again_once_while_a_reason_is_open() {
    let mut world = World::start().await;
    world.book(1, ROOM, ANNA, ("08:00", "12:00")).await;
    world.delete_by_hand(ANNA);
    assert_eq!(world.groups(ANNA), NONE);

    // The next change finds out.
    world.book(2, OTHER_ROOM, ANNA, ("08:30", "09:00")).await;
    world.run_until(at("08:20:02")).await;
    assert_eq!(world.groups(ANNA), [501, 502]);
    assert_eq!(world.users().len(), 1);

    // Deleted when there is nothing left to give: nothing to make.
    world.run_until(at("11:00")).await;
    world.delete_by_hand(ANNA);
    world.run_until(at("18:00")).await;
    assert_eq!(world.users().len(), 0);
    assert_eq!(world.access(ANNA).await["last_error"], Value::Null);
}

/// ALL-12: a group that Brivo does not know takes nothing from the others.
#[tokio::test]
async fn an_unknown_group_is_told_and_the_others_are_granted_and_revoked() {
    let mut world = World::start().await;
    world.book(1, ROOM_WITH_UNKNOWN_GROUP, ANNA, ("10:00", "11:00")).await;
    world.book(2, SHARING_ROOM, ANNA, ("10:00", "11:00")).await;

    assert_eq!(world.groups_at("09:50:02", ANNA).await, [501, 503, 521]);
    let access = world.access(ANNA).await;
    assert!(access["last_error"].as_str().unwrap().contains("999"), "{access}");
    world.new_calls();
    world.run_until(at("11:14:59")).await;
    assert!(world.new_calls().len() < 20, "no storm of repeats");

    assert_eq!(world.groups_at("11:15:02", ANNA).await, NONE);
    assert_eq!(world.access(ANNA).await["last_error"], Value::Null);
}

/// ALL-12: a group deleted in Brivo while somebody is in it.
#[tokio::test]
async fn a_group_deleted_while_held_keeps_nobody_from_leaving_the_others() {
    let mut world = World::start().await;
    world.book(1, SHARING_ROOM, ANNA, ("08:00", "09:00")).await;
    world.book(2, OTHER_ROOM, ANNA, ("08:30", "10:00")).await;

    forget_group(&world, 503);
    assert_eq!(world.groups_at("08:20:02", ANNA).await, [501, 502]);
    assert_eq!(world.groups_at("09:15:02", ANNA).await, [502]);
    assert_eq!(world.groups_at("10:15:02", ANNA).await, NONE);
}

/// D21, INV-1, INV-2: one group is refused to one person; the others are given and taken at their instants, removals first.
#[tokio::test]
async fn a_refused_group_holds_up_no_other_group_and_no_removal() {
    let mut world = World::start().await;
    world.book(1, OTHER_ROOM, ANNA, ("08:00", "09:00")).await;
    let user = world.brivo.read(|model| model.user_by_external_id("acme:31")).unwrap();
    world.brivo.edit(|model, _| model.link_group(GroupId(503), user)).unwrap();

    // 502 ends at the instant at which 501 and the refused 503 begin, and once more while 503 is still wanted.
    world.book(2, SHARING_ROOM, ANNA, ("09:25", "12:00")).await;
    world.book(3, OTHER_ROOM, ANNA, ("09:45", "10:15")).await;
    world.run_until(at("09:15:00")).await;
    assert_eq!(world.groups(ANNA), [501]);
    let last = world.brivo.history().split_off(world.brivo.history().len() - 2);
    assert_eq!(last.iter().map(|change| change.change).collect::<Vec<_>>(), [Change::Left, Change::Joined]);
    let access = world.access(ANNA).await;
    assert!(access["last_error"].as_str().unwrap().contains("400"), "{access}");

    world.new_calls();
    world.run_until(at("10:30:00")).await;
    assert_eq!(world.stays(ANNA, 502), ["08:00:00 to 09:15:00", "09:35:00 to 10:30:00"]);
    assert!(world.new_calls().len() < 80, "the refused group is not hammered");

    world.brivo.edit(|model, _| model.unlink_group(GroupId(503), user)).unwrap();
    assert_eq!(world.groups_at("10:40:00", ANNA).await, [501, 503]);
    assert_eq!(world.access(ANNA).await["last_error"], Value::Null);
    assert_eq!(world.groups_at("12:15:00", ANNA).await, NONE);
}

/// D21: the refusal is one person's, whoever else is due for the group gets in.
#[tokio::test]
async fn a_group_refused_to_one_is_given_to_another() {
    let mut world = World::start().await;
    world.book(1, ROOM, ANNA, ("08:00", "09:00")).await;
    let user = world.brivo.read(|model| model.user_by_external_id("acme:31")).unwrap();
    world.brivo.edit(|model, _| model.link_group(GroupId(503), user)).unwrap();

    world.book(2, SHARING_ROOM, ANNA, ("08:30", "10:00")).await;
    world.book(3, SHARING_ROOM, BEN, ("08:30", "10:00")).await;
    world.run_until(at("08:20:00")).await;

    assert_eq!((world.groups(ANNA), world.groups(BEN)), (vec![501], vec![501, 503]));
    world.run_until(at("10:15:00")).await;
    assert_eq!((world.groups(ANNA), world.groups(BEN)), (vec![], vec![]));
}

/// A group somebody gave by hand is not ours to take.
#[tokio::test]
async fn a_group_given_by_hand_survives_all_that_we_do() {
    let mut world = World::start().await;
    world.book(1, ROOM, ANNA, ("08:00", "09:00")).await;
    let user = world.brivo.read(|model| model.user_by_external_id("acme:31")).unwrap();
    world.brivo.edit(|model, now| model.change_by_hand(user, GroupId(511), Change::Joined, now)).unwrap();

    assert_eq!(world.groups_at("12:00", ANNA).await, [511]);
}

/// The platform's API fails: whoever is known by the webhook gets in all the same.
#[tokio::test]
async fn a_platform_that_does_not_answer_keeps_nobody_out() {
    let mut world = World::start().await;
    world.nexudus.edit(|model, _| model.inject(Trouble::Status(503), 1000));

    world.book(1, ROOM, ANNA, ("10:00", "11:00")).await;

    assert_eq!(world.groups_at("09:50:02", ANNA).await, [501]);
    assert_eq!(world.groups_at("11:15:00", ANNA).await, NONE);
}

fn forget_group(world: &World, group: u64) {
    world.brivo.edit(|model, now| model.remove_group(GroupId(group), now)).unwrap();
}

/// ALL-12: a group that Brivo did not know is given soon after somebody has made it there.
#[tokio::test]
async fn a_group_that_is_made_in_brivo_later_is_given_though_nothing_tells() {
    let mut world = World::start().await;
    world.book(1, ROOM_WITH_UNKNOWN_GROUP, ANNA, ("08:00", "12:00")).await;
    assert_eq!(world.groups(ANNA), [521]);
    world.run_until(at("08:10")).await;

    world.brivo.edit(|model, _| model.add_group(GroupId(999), "Made later")).unwrap();
    world.run_until(at("08:30")).await;

    assert_eq!(world.groups(ANNA), [521, 999]);
    assert_eq!(world.access(ANNA).await["last_error"], Value::Null);
}

/// R19, X22: a group that was left out is given soon after somebody has made room for it in Brivo.
#[tokio::test]
async fn a_group_that_was_left_out_is_given_once_there_is_room() {
    let mut world = World::start().await;
    world.book(1, ROOM, ANNA, ("08:00", "12:00")).await;
    let user = world.user(ANNA).unwrap();
    let by_hand = |change: Change, groups: std::ops::Range<u64>| {
        for group in groups.map(GroupId) {
            let edit = |model: &mut simulators::brivo::Model, now| {
                model.add_group(group, "By hand");
                model.change_by_hand(user, group, change, now);
            };
            world.brivo.edit(edit).unwrap();
        }
    };
    by_hand(Change::Joined, 601..615);
    world.book(2, OTHER_ROOM, ANNA, ("08:00", "12:00")).await;
    world.book(3, SHARING_ROOM, ANNA, ("08:05", "12:00")).await;
    let access = world.access(ANNA).await;
    assert!(access["last_error"].as_str().unwrap().contains("left out: 503"), "{access}");

    let by_hand = |change: Change, group: u64| {
        world.brivo.edit(|model, now| model.change_by_hand(user, GroupId(group), change, now)).unwrap();
    };
    by_hand(Change::Left, 601);
    world.run_until(at("08:31")).await;

    assert!(world.groups(ANNA).contains(&503), "{:?}", world.groups(ANNA));
}

/// D21: a refused group keeps back neither the others nor the end of a suspension.
#[tokio::test]
async fn a_refused_group_keeps_nobody_suspended() {
    let mappings = [plan("office", &[501]), plan("suite", &[502, 503])];
    let world = world_of(document("deskworks", &mappings)).await;
    tell(&world, "member.upserted", member(ANNA, "Anna Example", "anna@example.com")).await;
    tell(&world, "membership.upserted", membership("b1", "office", ANNA)).await;
    tell(&world, "membership.upserted", cancelled(membership("b1", "office", ANNA))).await;
    assert!(world.is_suspended(ANNA));
    let user = world.user(ANNA).unwrap();
    world.brivo.edit(|model, _| model.link_group(GroupId(503), user)).unwrap();

    tell(&world, "membership.upserted", membership("b2", "suite", ANNA)).await;

    assert_eq!((world.groups(ANNA), world.is_suspended(ANNA)), (vec![502], false));
    assert!(world.access(ANNA).await["last_error"].as_str().unwrap().contains("400"));
}

/// INV-1: a group in which Brivo shows the user and which it does not know when it is to be left stays ours to take away.
#[tokio::test]
async fn a_group_that_is_hidden_when_it_is_to_be_left_stays_in_the_ledger() {
    let mut world = World::start().await;
    world.book(1, ROOM, ANNA, ("08:00", "08:30")).await;
    world.run_until(at("08:40")).await;
    world.fault(GROUPS, Misbehaviour::ServerError { status: 404, body: ErrorBody::Json }, Times::Always);

    world.run_until(at("08:46")).await;

    assert_eq!(world.groups(ANNA), [501]);
    let access = world.access(ANNA).await;
    let row = &access["groups"][0];
    assert_eq!((&row["group"], &row["held"], &row["due"]), (&501.into(), &true.into(), &false.into()), "{access}");
    assert!(access["last_error"].is_string(), "{access}");
    world.brivo.edit(|model, _| model.clear_faults()).unwrap();
    assert_eq!(world.groups_at("08:56", ANNA).await, NONE);
}
