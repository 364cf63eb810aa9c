//! Coworks: its preset as it stands, told over the feed.

use serde_json::{Value, json};
use simulators::brivo::{GroupId, Misbehaviour, Times};

use crate::{
    feed::{but, document, member, membership, plan, tell, world_of},
    world::{ANNA, BEN, NONE, World, at},
};

const DAY: u64 = 501;
const NIGHT: u64 = 502;
const SUITES: u64 = 503;

/// Three groups to choose from; the public plans `day` and `suite` give theirs at sign-up, `desk` has no switch.
fn campus() -> Value {
    let automatic = |id: &str, group: u64| but(plan(id, &[group]), &json!({"automatic": "public_signup"}));
    let mut document = document("coworks", &[automatic("day", DAY), automatic("suite", SUITES)]);
    document["managed_groups"] = json!([DAY, NIGHT, SUITES]);
    document
}

async fn coworks() -> World {
    world_of(campus()).await
}

/// Anna as the member form has her, with these door groups.
fn anna(groups: &[u64]) -> Value {
    but(member(ANNA, "Anna Example", "anna@example.com"), &json!({"door_access": {"groups": groups}}))
}

fn signed_up(id: &str, plan: &str, member: u64) -> Value {
    but(membership(id, plan, member), &json!({"origin": "public_signup"}))
}

/// CWK-08: "Add to Door Access" off.
#[tokio::test]
async fn without_door_access_no_user_is_made() {
    let mut world = coworks().await;

    tell(&world, "member.upserted", member(ANNA, "Anna Example", "anna@example.com")).await;
    tell(&world, "member.upserted", anna(&[])).await;
    world.run_until(at("08:30")).await;

    assert_eq!(world.new_calls(), [""; 0]);
    assert_eq!(world.users().len(), 0);
}

/// CWK-09, CWK-11: on, with one or several door groups: there after the save, and in exactly these.
#[tokio::test]
async fn with_door_access_the_member_exists_in_brivo_in_exactly_the_chosen_groups() {
    for groups in [vec![DAY], vec![DAY, NIGHT], vec![DAY, NIGHT, SUITES]] {
        let world = coworks().await;

        tell(&world, "member.upserted", anna(&groups)).await;

        assert_eq!(world.groups(ANNA), groups);
        let profile = world.profile(ANNA);
        assert_eq!((profile.first_name.as_str(), profile.last_name.as_str()), ("Anna", "Example"));
        assert_eq!(profile.emails[0].address, "anna@example.com");
    }
}

/// CWK-10: the same in a team; teammates and what the team has are another matter.
#[tokio::test]
async fn in_a_team_it_is_the_same() {
    let world = coworks().await;
    tell(&world, "member.upserted", member(BEN, "Ben Example", "ben@example.com")).await;
    tell(&world, "team.upserted", json!({"id": "t1", "members": [BEN.to_string()]})).await;

    tell(&world, "member.upserted", but(anna(&[DAY, SUITES]), &json!({"teams": ["t1"]}))).await;

    assert_eq!((world.groups(ANNA), world.groups(BEN)), (vec![DAY, SUITES], vec![]));
    assert_eq!(world.users().len(), 1);
}

/// CWK-16: the switch in the profile of somebody who is there already; another choice later is one call.
#[tokio::test]
async fn switched_on_later_it_is_the_same_and_the_choice_can_be_changed() {
    let mut world = coworks().await;
    tell(&world, "member.upserted", member(ANNA, "Anna Example", "anna@example.com")).await;
    assert_eq!(world.users().len(), 0);

    tell(&world, "member.upserted", anna(&[DAY, NIGHT])).await;
    assert_eq!(world.groups(ANNA), [DAY, NIGHT]);
    world.new_calls();

    tell(&world, "member.upserted", anna(&[NIGHT, SUITES])).await;
    assert_eq!((world.groups(ANNA), world.new_writes()), (vec![NIGHT, SUITES], vec!["change groups".to_owned()]));
}

/// CWK-21, CWK-24: without the switch, and where staff made the membership, signing up gives nothing.
#[tokio::test]
async fn without_automatic_door_access_signing_up_gives_nothing() {
    let world = coworks().await;
    tell(&world, "member.upserted", member(ANNA, "Anna Example", "anna@example.com")).await;

    tell(&world, "membership.upserted", signed_up("s1", "desk", ANNA)).await;
    tell(&world, "membership.upserted", but(membership("s2", "day", ANNA), &json!({"origin": "staff"}))).await;

    assert_eq!(world.users().len(), 0);
}

/// CWK-22, CWK-23: each public plan gives its own groups, without staff.
#[tokio::test]
async fn with_automatic_door_access_whoever_signs_up_has_the_groups_of_the_plan() {
    let world = coworks().await;
    tell(&world, "member.upserted", member(ANNA, "Anna Example", "anna@example.com")).await;
    tell(&world, "member.upserted", member(BEN, "Ben Example", "ben@example.com")).await;

    tell(&world, "membership.upserted", signed_up("s1", "day", ANNA)).await;
    tell(&world, "membership.upserted", signed_up("s2", "suite", BEN)).await;

    assert_eq!((world.groups(ANNA), world.groups(BEN)), (vec![DAY], vec![SUITES]));
}

/// CWK-24: the switch belongs to plans; anywhere else the document is refused.
#[tokio::test]
async fn only_a_plan_can_be_automatic() {
    let world = coworks().await;
    let mut refused = campus();
    refused["mappings"][0]["kind"] = json!("resource");

    let (status, body) = world.bundle.put_tenant("harbour", &refused).await;

    assert_eq!(status, 400, "{body}");
    assert!(body["faults"].to_string().contains("automatic"), "{body}");
}

/// CWK-28: the refusal shows on the member, the save is kept, and access comes when Brivo no longer refuses.
#[tokio::test]
async fn a_refusal_by_brivo_shows_on_the_member_and_loses_nothing() {
    let mut world = coworks().await;
    world.fault(("POST", "/**"), Misbehaviour::DeveloperInactive, Times::Always);

    tell(&world, "member.upserted", anna(&[DAY])).await;
    let access = world.access(ANNA).await;
    assert!(access["last_error"].as_str().unwrap().contains("key"), "{access}");
    assert_eq!((&access["groups"][0]["due"], &access["groups"][0]["held"]), (&json!(true), &json!(false)));

    world.brivo.edit(|model, _| model.clear_faults()).unwrap();
    world.run_until(at("08:01:01")).await;
    assert_eq!((world.groups(ANNA), world.access(ANNA).await["last_error"].clone()), (vec![DAY], Value::Null));
}

/// CWK-28: one group that is refused shows too and keeps back none of the others.
#[tokio::test]
async fn a_refused_group_shows_on_the_member_and_the_others_are_given() {
    let world = coworks().await;
    tell(&world, "member.upserted", anna(&[DAY])).await;
    let user = world.user(ANNA).unwrap();
    world.brivo.edit(|model, _| model.link_group(GroupId(SUITES), user)).unwrap();

    tell(&world, "member.upserted", anna(&[DAY, NIGHT, SUITES])).await;

    assert_eq!(world.groups(ANNA), [DAY, NIGHT]);
    let access = world.access(ANNA).await;
    assert!(access["last_error"].as_str().unwrap().contains("400"), "{access}");
    let held: Vec<&Value> = access["groups"].as_array().unwrap().iter().map(|row| &row["held"]).collect();
    assert_eq!(held, [&json!(true), &json!(true), &json!(false)]);
}

/// CWK-25: everyone by the allocation of their plans, looked at first and then done; a second time costs nothing.
#[tokio::test]
async fn the_first_sync_by_plan_is_looked_at_first_and_repeats_without_a_write() {
    let mut document = document("coworks", &[plan("desk", &[DAY]), plan("suite", &[SUITES])]);
    document["enabled"] = json!(false);
    let mut world = world_of(document).await;
    for (id, plan) in [(41, "desk"), (42, "desk"), (43, "suite")] {
        tell(&world, "member.upserted", member(id, &format!("Member {id}"), &format!("{id}@example.com"))).await;
        tell(&world, "membership.upserted", membership(&format!("s{id}"), plan, id)).await;
    }

    let (status, plan) = world.bundle.api("/tenants/harbour/plan").await;
    assert_eq!((status, &plan["people"]), (200, &json!(3)), "{plan}");
    assert_eq!(plan["writes"]["43"].as_array().unwrap().len(), 2, "{plan}");
    assert_eq!((world.new_calls(), world.users().len()), (vec![], 0));

    world.document["enabled"] = json!(true);
    world.put_tenant().await;
    assert_eq!((world.groups(41), world.groups(42), world.groups(43)), (vec![DAY], vec![DAY], vec![SUITES]));
    world.new_calls();
    world.put_tenant().await;
    world.run_until(at("10:30")).await;
    assert_eq!(world.new_writes(), [""; 0]);
}

/// CWK-26, R28: whoever has the address in Brivo already goes on as that user, the rest are made.
#[tokio::test]
async fn the_first_sync_takes_over_who_is_there_by_the_address() {
    let mut world = coworks().await;
    let by_hand =
        world.brivo.edit(|model, now| model.create_by_hand("Anna", "By-Hand", "ANNA@example.com", now)).unwrap();
    world.run_until(at("09:30")).await;

    tell(&world, "member.upserted", anna(&[DAY])).await;
    tell(
        &world,
        "member.upserted",
        but(member(BEN, "Ben Example", "ben@example.com"), &json!({"door_access": {"groups": [NIGHT]}})),
    )
    .await;

    assert_eq!((world.user(ANNA), world.groups(ANNA)), (Some(by_hand), vec![DAY]));
    assert_eq!((world.groups(BEN), world.users().len()), (vec![NIGHT], 2));
    world.new_calls();
    world.put_tenant().await;
    world.run_until(at("12:30")).await;
    assert_eq!(world.new_writes(), [""; 0]);
    assert_ne!(world.groups(ANNA), NONE);
}
