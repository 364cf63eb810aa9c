//! Why somebody has access, why not, until when, and what comes next: ALL-16.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use simulators::brivo::{Change, ErrorBody, GroupId, Misbehaviour, Times};

use crate::{
    feed::{booking, but, cancelled, document, document_with, member, membership, of_team, plan, tell, world_of},
    tenants::{self, OTHER_ROOM, ROOM, UNMAPPED_ROOM},
    world::{ANNA, BEN, NONE, World, at},
};

const ANNAS: &str = "anna@example.com";
const BENS: &str = "ben@example.com";

/// Two rooms, two plans and a pass kind; Anna and Ben are members.
async fn world(platform: &str) -> World {
    let mappings = [
        tenants::resource(ROOM, &[501]),
        tenants::resource(OTHER_ROOM, &[502]),
        plan("p1", &[503]),
        json!({"kind": "pass", "id": "day", "groups": [511]}),
    ];
    let world = world_of(document(platform, &mappings)).await;
    tell(&world, "member.upserted", member(ANNA, "Anna Example", ANNAS)).await;
    tell(&world, "member.upserted", member(BEN, "Ben Example", BENS)).await;
    world
}

/// What is known and gives a member nothing, each with the cause.
async fn refusals(world: &World, member: u64) -> BTreeMap<String, String> {
    let access = world.access(member).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let refusals = access["gives_nothing"].as_array().unwrap();
    let refusals: BTreeMap<_, _> =
        refusals.iter().map(|refusal| (text(&refusal["fact"]), text(&refusal["because"]))).collect();
    assert_eq!(refusals.len(), access["gives_nothing"].as_array().unwrap().len(), "each fact once: {access}");
    refusals
}

async fn live(world: &World, member: u64) -> Value {
    let path = format!("/tenants/{}/members/{member}/access?live=true", world.tenant);
    let (status, body) = world.bundle.api(&path).await;
    assert_eq!(status, 200, "{body}");
    body
}

/// The row of one group.
fn row(access: &Value, group: u64) -> &Value {
    let rows = access["groups"].as_array().unwrap();
    rows.iter().find(|row| row["group"] == group).unwrap_or_else(|| panic!("no row of {group}: {access}"))
}

fn because(expected: &[(&str, &str)]) -> BTreeMap<String, String> {
    expected.iter().map(|(fact, because)| ((*fact).to_owned(), (*because).to_owned())).collect()
}

/// ALL-16, ORD-38, ORD-39: one group by several ways, with the window of each, and what comes next.
#[tokio::test]
async fn why_somebody_has_access_is_every_reason_with_its_way_and_window() {
    let mut world = world("spacebring").await;
    let ends = json!({"ends": "2026-03-02T20:00:00Z"});
    tell(&world, "membership.upserted", but(membership("own", "p1", ANNA), &ends)).await;
    tell(&world, "team.upserted", json!({"id": "t1", "members": [ANNA.to_string(), BEN.to_string()]})).await;
    tell(&world, "membership.upserted", of_team("shared", "p1", "t1")).await;
    let invited = but(booking("r1", ROOM, BEN, ("10:00", "11:00")), &json!({"invitees": [{"email": ANNAS}]}));
    tell(&world, "booking.upserted", invited).await;
    world.run_until(at("09:00")).await;

    let access = world.access(ANNA).await;

    let by_plan = row(&access, 503);
    assert_eq!((&by_plan["due"], &by_plan["held"], &by_plan["managed"]), (&json!(true), &json!(true), &json!(true)));
    let mut reasons = by_plan["reasons"].as_array().unwrap().clone();
    reasons.sort_by_key(|reason| reason["fact"].to_string());
    let from = "2026-03-01T00:00:00Z";
    let mapping = "plan/p1 as first seen";
    let own = json!({"fact": "membership/own", "path": "own", "mapping": mapping, "from": from, "until": "2026-03-02T20:00:00Z"});
    let shared =
        json!({"fact": "membership/shared", "path": "team/t1", "mapping": mapping, "from": from, "until": null});
    assert_eq!(reasons, [own, shared]);
    let by_invitation = row(&access, 501);
    assert_eq!((&by_invitation["due"], &by_invitation["held"]), (&json!(false), &json!(false)));
    let reason = &by_invitation["reasons"][0];
    assert_eq!((&reason["path"], &reason["mapping"]), (&json!("invitation"), &json!(format!("resource/{ROOM}"))));
    assert_eq!((&reason["from"], &reason["until"]), (&json!("2026-03-02T09:30:00Z"), &json!("2026-03-02T11:30:00Z")));
    assert_eq!((&access["next_change"], &access["gives_nothing"]), (&json!("2026-03-02T09:30:00Z"), &json!([])));

    // What comes next is what comes next: the end of one of two reasons changes nothing.
    world.run_until(at("12:00")).await;
    assert_eq!(world.access(ANNA).await["next_change"], Value::Null);
}

/// ALL-16, R11, R8: bookings that open nothing.
#[tokio::test]
async fn bookings_that_open_nothing_say_why() {
    let mut world = world("nexudus").await;
    let tentative = but(booking("maybe", ROOM, ANNA, ("10:00", "11:00")), &json!({"status": "tentative"}));
    let invitation = but(booking("bens", ROOM, BEN, ("10:00", "11:00")), &json!({"invitees": [{"email": ANNAS}]}));
    for data in [
        tentative,
        cancelled(booking("off", ROOM, ANNA, ("10:00", "11:00"))),
        booking("elsewhere", UNMAPPED_ROOM, ANNA, ("10:00", "11:00")),
        booking("past", OTHER_ROOM, ANNA, ("05:00", "06:00")),
        invitation,
    ] {
        tell(&world, "booking.upserted", data).await;
    }

    let expected = [
        ("booking/maybe", "the booking is not confirmed yet"),
        ("booking/off", "the booking was cancelled"),
        ("booking/elsewhere", &format!("no mapping gives groups for resource/{UNMAPPED_ROOM} there")),
        ("booking/past", "it ended at 2026-03-02T06:00:00Z"),
        ("booking/bens", "the policy gives invitees of such bookings nothing"),
    ];
    assert_eq!(refusals(&world, ANNA).await, because(&expected));
    let access = world.access(ANNA).await;
    assert_eq!((&access["groups"], &access["next_change"]), (&json!([]), &Value::Null));
    assert_eq!(refusals(&world, BEN).await, because(&[]), "Ben's own booking opens his door");

    // Confirmed, it opens; and over, it says so.
    tell(&world, "booking.upserted", booking("maybe", ROOM, ANNA, ("10:00", "11:00"))).await;
    assert!(!refusals(&world, ANNA).await.contains_key("booking/maybe"));
    world.run_until(at("11:30")).await;
    assert_eq!(refusals(&world, ANNA).await["booking/maybe"], "it ended at 2026-03-02T11:00:00Z");
}

/// ALL-16, NEX-14, NEX-15, R8, R9: memberships and passes that open nothing.
#[tokio::test]
async fn memberships_and_passes_that_open_nothing_say_why() {
    let world = world("nexudus").await;
    let of_both = but(membership("bens", "p1", BEN), &json!({"team": "t1"}));
    tell(&world, "team.upserted", json!({"id": "t1", "members": [ANNA.to_string(), BEN.to_string()]})).await;
    for data in [
        but(membership("paused", "p1", ANNA), &json!({"status": "paused"})),
        cancelled(membership("off", "p1", ANNA)),
        membership("other", "p9", ANNA),
        but(membership("past", "p1", ANNA), &json!({"ends": "2026-03-02T07:00:00Z"})),
        of_both,
    ] {
        tell(&world, "membership.upserted", data).await;
    }
    let pass = |id: &str, fields: Value| but(json!({"id": id, "pass": "day", "member": ANNA.to_string()}), &fields);
    for data in [
        pass("used", json!({"remaining": 0})),
        pass("expired", json!({"remaining": 3, "valid_until": "2026-03-01"})),
        pass("other-kind", json!({"pass": "night", "remaining": 1})),
    ] {
        tell(&world, "pass.upserted", data).await;
    }

    let expected = [
        ("membership/paused", "the membership is paused"),
        ("membership/off", "it ended at 2026-03-02T08:00:00Z"),
        ("membership/other", "no mapping gives groups for plan/p9 there, nor for what comes with it"),
        ("membership/past", "it ended at 2026-03-02T07:00:00Z"),
        ("membership/bens", "the policy does not share this membership with the person's team"),
        ("pass/used", "all of its uses are used up"),
        ("pass/expired", "it ended at 2026-03-02T00:00:00Z"),
        ("pass/other-kind", "no mapping gives groups for pass/night there"),
    ];
    assert_eq!(refusals(&world, ANNA).await, because(&expected));
    assert_eq!((world.groups(ANNA), world.groups(BEN)), (vec![], vec![503]));
}

/// ALL-16, R5, R22: what keeps a person out whatever they hold.
#[tokio::test]
async fn a_person_who_is_inactive_removed_or_unknown_is_told_so_instead_of_every_fact() {
    let world = world("nexudus").await;
    tell(&world, "membership.upserted", membership("own", "p1", ANNA)).await;
    tell(&world, "membership.upserted", membership("early", "p1", 77)).await;
    assert_eq!((world.groups(ANNA), world.groups(77)), (vec![503], vec![]));

    tell(&world, "member.upserted", json!({"id": ANNA.to_string(), "status": "inactive"})).await;
    assert_eq!(refusals(&world, ANNA).await, because(&[("member/31", "the member is inactive")]));
    assert_eq!(world.access(ANNA).await["groups"], json!([]));

    tell(&world, "member.removed", json!({"id": ANNA.to_string()})).await;
    assert_eq!(refusals(&world, ANNA).await, because(&[("member/31", "the member was removed")]));

    let unknown = [("membership/early", "nothing is known of the person yet")];
    assert_eq!(refusals(&world, 77).await, because(&unknown));
    tell(&world, "member.upserted", member(77, "Early Bird", "early@example.com")).await;
    assert_eq!((refusals(&world, 77).await, world.groups(77)), (because(&[]), vec![503]));
}

/// ALL-16, R12: a booker without a membership, where the policy wants one.
#[tokio::test]
async fn a_booker_who_is_no_member_is_told_that_the_policy_wants_one() {
    let world = world("deskworks").await;
    let gina = json!({"booker": {"name": "Gina Guest", "email": "gina@example.com"}});
    tell(&world, "booking.upserted", but(booking("r1", ROOM, ANNA, ("10:00", "11:00")), &gina)).await;

    // The first half of the SHA-256 of the address names whoever is known by it alone.
    let guest = "guest:599d34717b7120c914a6ee1efee023a0";
    let (status, access) = world.bundle.api(&format!("/tenants/harbour/members/{guest}/access")).await;

    assert_eq!(status, 200, "{access}");
    let refusal = json!({"fact": "booking/r1", "because": "the policy gives people who are no members nothing"});
    assert_eq!((&access["gives_nothing"], &access["groups"]), (&json!([refusal]), &json!([])));
    assert!(!access.to_string().contains("gina"), "ids, not addresses: {access}");
}

/// ALL-16, ORD-39: what Brivo itself shows, asked only on request.
#[tokio::test]
async fn a_live_look_shows_what_brivo_has_beside_what_we_know() {
    let mut world = world("nexudus").await;
    tell(&world, "membership.upserted", membership("own", "p1", ANNA)).await;
    tell(&world, "booking.upserted", booking("r1", ROOM, ANNA, ("12:00", "13:00"))).await;
    let user = world.user(ANNA).unwrap();
    world
        .brivo
        .edit(|model, now| {
            model.change_by_hand(user, GroupId(503), Change::Left, now);
            model.change_by_hand(user, GroupId(518), Change::Joined, now);
            model.suspend_by_hand(user, now);
        })
        .unwrap();
    world.new_calls();

    let known = world.access(ANNA).await;
    assert_eq!(world.new_calls(), [""; 0]);
    assert_eq!((&row(&known, 503)["held"], &row(&known, 503)["in_brivo"]), (&json!(true), &Value::Null));
    assert_eq!(known["accounts"][0]["brivo_shows"], Value::Null);

    let shown = live(&world, ANNA).await;
    assert_eq!(shown["accounts"][0]["brivo_shows"], json!({"groups": [518], "suspended": true}));
    assert_eq!((&row(&shown, 503)["held"], &row(&shown, 503)["in_brivo"]), (&json!(true), &json!(false)));
    assert_eq!(row(&shown, 501)["in_brivo"], false);
    let calls: Vec<String> = world.new_calls().into_iter().filter(|call| call != "token").collect();
    assert_eq!(calls, ["read groups", "read suspension"]);

    // Nobody to ask Brivo about.
    assert_eq!(live(&world, BEN).await["accounts"], json!([]));
    assert_eq!(world.new_calls(), [""; 0]);
}

/// ALL-16: the rest of the answer does not wait for Brivo to come back.
#[tokio::test]
async fn a_live_look_while_brivo_is_down_says_so_and_tells_the_rest() {
    let world = world("nexudus").await;
    tell(&world, "membership.upserted", membership("own", "p1", ANNA)).await;
    let is_told = |access: &Value| {
        let error = access["accounts"][0]["brivo_shows"]["error"].as_str();
        assert!(error.is_some_and(|text| !text.is_empty() && !text.contains("planted")), "{access}");
        assert_eq!((&row(access, 503)["held"], &row(access, 503)["in_brivo"]), (&json!(true), &Value::Null));
    };

    for what in [
        Misbehaviour::ServerError { status: 503, body: ErrorBody::Html },
        Misbehaviour::AppliedThenDropped,
        Misbehaviour::DeveloperInactive,
        Misbehaviour::HtmlBody,
    ] {
        world.brivo.edit(|model, _| model.clear_faults()).unwrap();
        world.fault(("GET", "/users/*/groups"), what, Times::Always);
        is_told(&live(&world, ANNA).await);
    }
    world.brivo.edit(|model, _| model.clear_faults()).unwrap();
    assert_eq!(live(&world, ANNA).await["accounts"][0]["brivo_shows"]["groups"], json!([503]));

    let user = world.user(ANNA).unwrap();
    world.brivo.edit(|model, now| model.delete_by_hand(user, now)).unwrap();
    is_told(&live(&world, ANNA).await);
}

/// ORD-39: what went wrong last, until it goes right.
#[tokio::test]
async fn the_last_error_is_told_until_it_is_over() {
    let mut world = world("officernd").await;
    let down = Misbehaviour::ServerError { status: 503, body: ErrorBody::Json };
    world.fault(("POST", "/users/*/groups"), down, Times::Always);
    tell(&world, "membership.upserted", membership("own", "p1", ANNA)).await;

    let access = world.access(ANNA).await;
    assert_eq!((&row(&access, 503)["due"], &row(&access, 503)["held"]), (&json!(true), &json!(false)), "{access}");
    assert!(access["last_error"].is_object() || access["last_error"].is_string(), "{access}");

    world.brivo.edit(|model, _| model.clear_faults()).unwrap();
    world.run_until(at("08:05")).await;
    let access = world.access(ANNA).await;
    assert_eq!((&row(&access, 503)["held"], &access["last_error"]), (&json!(true), &Value::Null));
}

/// ORD-38, ORD-39, ORD-15: a desk on a floor in a building, as staff sees it beside the member.
#[tokio::test]
async fn a_desk_shows_the_building_and_the_floor_each_with_its_mapping() {
    let mappings = [
        json!({"kind": "location", "id": "main", "groups": [501]}),
        json!({"kind": "floor", "id": "first", "groups": [502]}),
    ];
    let world = world_of(document_with("officernd", &mappings, json!({}))).await;
    tell(&world, "member.upserted", member(ANNA, "Joe Example", "joe@example.com")).await;
    let desk = json!({"resources": [{"id": "desk 1", "kind": "desk", "floor": "first", "location": "main"}]});
    tell(&world, "membership.upserted", but(membership("own", "flex", ANNA), &desk)).await;

    let access = world.access(ANNA).await;

    let told: Vec<_> = [501, 502].map(|group| row(&access, group)["reasons"][0]["mapping"].clone()).into();
    assert_eq!(told, ["location/main", "floor/first"]);
    assert_eq!(world.groups(ANNA), [501, 502]);
    tell(&world, "membership.upserted", cancelled(but(membership("own", "flex", ANNA), &desk))).await;
    assert_eq!((world.groups(ANNA), refusals(&world, ANNA).await.len()), (NONE.to_vec(), 1));
}
