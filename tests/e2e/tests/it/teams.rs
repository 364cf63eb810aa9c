//! What a team has and what whoever pays for it has, and who shares in it.

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{
    bundle::answer,
    deliveries::{accepted, event, events},
    feed::{but, cancelled, document, membership, now, of_team, plan, tell, world_of},
    tenants,
    world::{NONE, Setting, World, at},
};

/// Plan `p1` gives 502 and `p2` 503, office `o1` 501 and office `o2` 511; so many members are known.
async fn world_with_members(platform: &str, members: u64) -> World {
    let office = |id: &str, groups: &[u64]| json!({"kind": "resource", "id": id, "groups": groups});
    let mappings = [plan("p1", &[502]), plan("p2", &[503]), office("o1", &[501]), office("o2", &[511])];
    let world = world_of(document(platform, &mappings)).await;
    tell_members(&world, 1..=members).await;
    world
}

/// Everyone in one delivery, as a platform tells them that is read for the first time.
async fn tell_members(world: &World, members: impl Iterator<Item = u64>) {
    let told = members.map(|id| now(world, "member.upserted", known(id)));
    world.tell(&told.collect::<Vec<_>>()).await;
}

fn known(id: u64) -> Value {
    json!({"id": id.to_string(), "full_name": format!("Member {id}"), "status": "active"})
}

fn team(members: impl IntoIterator<Item = u64>) -> Value {
    let members: Vec<String> = members.into_iter().map(|id| id.to_string()).collect();
    json!({"id": "t1", "members": members})
}

fn team_paid_by(payer: u64, members: impl IntoIterator<Item = u64>) -> Value {
    but(team(members), &json!({"paying_member": payer.to_string()}))
}

/// A contract of one member that comes with an office.
fn contract(id: &str, member: u64, office: &str) -> Value {
    but(membership(id, "office", member), &json!({"resources": [{"id": office, "kind": "office"}]}))
}

/// The groups of the first members, one after another.
fn groups_of(world: &World, members: u64) -> Vec<Vec<u64>> {
    (1..=members).map(|id| world.groups(id)).collect()
}

/// All of them write to the same record of a team nobody heard of before.
#[tokio::test]
async fn fifty_members_who_join_one_team_at_once_are_all_taken_in() {
    let mut document = tenants::with_platform("harbour", "spacebring", "Europe/London");
    document["mappings"] = json!([{"kind": "plan", "id": "p1", "groups": [502]}]);
    let mut world = World::of(Setting::of(document)).await;
    let mut deliveries = JoinSet::new();

    for member in 1..=50_u64 {
        let (id, name) = (member.to_string(), format!("Member {member}"));
        let data = json!({"id": id, "full_name": name, "status": "active", "teams": ["t1"]});
        let body = json!([event(&format!("join {member}"), "member.upserted", world.now(), data)]).to_string();
        deliveries.spawn(answer(events(&world.bundle, &world.tenant, &body, world.now())));
    }

    for (status, body) in deliveries.join_all().await {
        assert_eq!(status, 200, "{body}");
    }
    let membership =
        json!({"id": "s1", "plan": "p1", "team": "t1", "starts": "2026-03-01T00:00:00Z", "status": "active"});
    world.tell(&[event("plan of t1", "membership.upserted", world.now(), membership)]).await;
    world.take_turns().await;
    for member in 1..=50 {
        assert_eq!(world.groups(member), [502], "member {member}");
    }
}

/// NEX-33, NEX-34: the contract of whoever pays for the team is everybody's; another member's is his own.
#[tokio::test]
async fn the_payers_contract_opens_for_the_whole_team_and_anothers_for_himself() {
    let world = world_with_members("nexudus", 4).await;
    tell(&world, "team.upserted", team_paid_by(1, [1, 2, 3])).await;

    tell(&world, "membership.upserted", contract("c1", 1, "o1")).await;
    tell(&world, "membership.upserted", contract("c2", 2, "o2")).await;

    assert_eq!(groups_of(&world, 4), [vec![501], vec![501, 511], vec![501], vec![]]);
    let reason = &world.access(3).await["groups"][0]["reasons"][0];
    assert_eq!((&reason["fact"], &reason["path"]), (&json!("membership/c1"), &json!("team/t1 paid for by member/1")));
    // A pass of whoever pays stays his own, R15.
    assert!(world.access(4).await["groups"].as_array().unwrap().is_empty());
}

/// NEX-33: whoever pays need not be among those who use it.
#[tokio::test]
async fn a_payer_outside_the_team_opens_for_the_team_and_himself() {
    let world = world_with_members("nexudus", 3).await;

    tell(&world, "membership.upserted", contract("c1", 1, "o1")).await;
    tell(&world, "team.upserted", team_paid_by(1, [2, 3])).await;

    assert_eq!(groups_of(&world, 3), [[501], [501], [501]]);
}

/// NEX-35: by the team's word or the member's own.
#[tokio::test]
async fn whoever_joins_the_team_later_comes_in_and_whoever_leaves_goes_out() {
    let mut world = world_with_members("nexudus", 5).await;
    tell(&world, "team.upserted", team_paid_by(1, [1, 2])).await;
    tell(&world, "membership.upserted", contract("c1", 1, "o1")).await;
    world.run_until(at("09:00")).await;

    tell(&world, "team.upserted", team_paid_by(1, [1, 2, 3])).await;
    tell(&world, "member.upserted", but(known(4), &json!({"teams": ["t1"]}))).await;
    assert_eq!(groups_of(&world, 5), [vec![501], vec![501], vec![501], vec![501], vec![]]);

    world.run_until(at("10:00")).await;
    tell(&world, "team.upserted", team_paid_by(1, [1, 3])).await;
    tell(&world, "member.upserted", but(known(4), &json!({"teams": []}))).await;
    assert_eq!(groups_of(&world, 5), [vec![501], vec![], vec![501], vec![], vec![]]);
    assert_eq!(world.stays(1, 501), ["08:00:00 to"]);
    assert_eq!(
        (world.stays(2, 501), world.stays(3, 501)),
        (vec!["08:00:00 to 10:00:00".to_owned()], vec!["09:00:00 to".to_owned()])
    );

    // The payer leaves the team and still pays for it.
    tell(&world, "team.upserted", team_paid_by(1, [3])).await;
    assert_eq!(groups_of(&world, 5), [vec![501], vec![], vec![501], vec![], vec![]]);
}

/// NEX-35: each keeps his own, and the team follows whoever pays now, in one call for each.
#[tokio::test]
async fn another_paying_member_brings_the_team_his_contracts_instead() {
    let mut world = world_with_members("nexudus", 3).await;
    tell(&world, "team.upserted", team_paid_by(1, [1, 2, 3])).await;
    tell(&world, "membership.upserted", contract("c1", 1, "o1")).await;
    tell(&world, "membership.upserted", contract("c2", 2, "o2")).await;
    assert_eq!(groups_of(&world, 3), [vec![501], vec![501, 511], vec![501]]);
    world.new_calls();

    tell(&world, "team.upserted", team_paid_by(2, [1, 2, 3])).await;
    assert_eq!(groups_of(&world, 3), [vec![501, 511], vec![511], vec![511]]);
    assert_eq!(world.new_writes(), ["change groups"; 3]);
    assert_eq!(
        (world.stays(1, 501), world.stays(2, 511)),
        (vec!["08:00:00 to".to_owned()], vec!["08:00:00 to".to_owned()])
    );

    // Of whoever paid before, the team hears nothing any more.
    tell(&world, "membership.upserted", contract("c3", 1, "o2")).await;
    tell(&world, "membership.upserted", cancelled(contract("c2", 2, "o2"))).await;
    assert_eq!(groups_of(&world, 3), [vec![501, 511], vec![], vec![]]);

    tell(&world, "team.upserted", team([1, 2, 3])).await;
    assert_eq!(groups_of(&world, 3), [vec![501, 511], vec![], vec![]], "nobody pays");
}

/// NEX-36: everybody who came in by it goes out, at once, and without anybody's approval, R33.
#[tokio::test]
async fn a_cancelled_contract_takes_everybody_out_who_came_in_by_it() {
    let mut world = world_with_members("nexudus", 20).await;
    tell(&world, "team.upserted", team_paid_by(1, 1..=20)).await;
    tell(&world, "membership.upserted", contract("c1", 1, "o1")).await;
    tell(&world, "membership.upserted", membership("s2", "p1", 2)).await;
    world.take_turns().await;
    assert!(groups_of(&world, 20).iter().all(|groups| groups.contains(&501)));

    tell(&world, "membership.upserted", cancelled(contract("c1", 1, "o1"))).await;
    world.take_turns().await;

    let expected: Vec<Vec<u64>> = (1..=20).map(|id| if id == 2 { vec![502] } else { vec![] }).collect();
    assert_eq!(groups_of(&world, 20), expected);
}

/// NEX-37: reaching its end is the same as cancelling it; a second contract on the same office keeps everybody in.
#[tokio::test]
async fn a_contract_that_ends_takes_the_team_out_unless_a_second_one_keeps_it() {
    let mut world = world_with_members("nexudus", 3).await;
    let until = |end: &str| json!({"ends": end});
    tell(&world, "team.upserted", team_paid_by(1, [1, 2, 3])).await;
    tell(&world, "membership.upserted", but(contract("c1", 1, "o1"), &until("2026-03-02T12:00:00Z"))).await;
    tell(&world, "membership.upserted", but(contract("c2", 1, "o1"), &until("2026-03-02T15:00:00Z"))).await;
    tell(&world, "membership.upserted", but(contract("c3", 1, "o2"), &until("2026-03-02T12:00:00Z"))).await;
    tell(&world, "membership.upserted", contract("c4", 3, "o1")).await;

    world.run_until(at("11:59:59")).await;
    assert_eq!(groups_of(&world, 3), [[501, 511], [501, 511], [501, 511]]);
    world.run_until(at("12:00:00")).await;
    assert_eq!(groups_of(&world, 3), [[501], [501], [501]]);
    world.run_until(at("15:00:00")).await;
    assert_eq!(groups_of(&world, 3), [vec![], vec![], vec![501]]);
    assert_eq!(
        (world.stays(2, 501), world.stays(3, 501)),
        (vec!["08:00:00 to 15:00:00".to_owned()], vec!["08:00:00 to".to_owned()])
    );
}

/// NEX-36, R33: a removed team shares nothing, whoever still names it.
#[tokio::test]
async fn a_removed_team_shares_nothing_and_its_payer_keeps_what_is_his() {
    let world = world_with_members("nexudus", 3).await;
    tell(&world, "team.upserted", team_paid_by(1, [1, 2])).await;
    tell(&world, "member.upserted", but(known(3), &json!({"teams": ["t1"]}))).await;
    tell(&world, "membership.upserted", contract("c1", 1, "o1")).await;
    assert_eq!(groups_of(&world, 3), [[501], [501], [501]]);

    tell(&world, "team.removed", json!({"id": "t1"})).await;

    assert_eq!(groups_of(&world, 3), [vec![501], vec![], vec![]]);
}

/// ORD-08, ORD-09, ORD-10: narrowed to the one it is assigned to, who stays without a gap, and widened again.
#[tokio::test]
async fn assigning_a_teams_membership_narrows_it_to_one_who_never_leaves() {
    let mut world = world_with_members("officernd", 4).await;
    tell(&world, "team.upserted", team([1, 2, 3])).await;
    tell(&world, "membership.upserted", of_team("s1", "p1", "t1")).await;
    assert_eq!(groups_of(&world, 4), [vec![502], vec![502], vec![502], vec![]]);

    world.run_until(at("09:00")).await;
    let assigned = but(of_team("s1", "p1", "t1"), &json!({"member": "2"}));
    tell(&world, "membership.upserted", assigned).await;
    assert_eq!(groups_of(&world, 4), [vec![], vec![502], vec![], vec![]]);
    world.run_until(at("09:30")).await;
    let another = but(of_team("s1", "p1", "t1"), &json!({"member": "3"}));
    tell(&world, "membership.upserted", another).await;
    assert_eq!(groups_of(&world, 4), [vec![], vec![], vec![502], vec![]]);
    world.run_until(at("10:00")).await;
    tell(&world, "membership.upserted", of_team("s1", "p1", "t1")).await;
    assert_eq!(groups_of(&world, 4), [vec![502], vec![502], vec![502], vec![]]);

    assert_eq!(world.stays(1, 502), ["08:00:00 to 09:00:00", "10:00:00 to"]);
    assert_eq!(world.stays(2, 502), ["08:00:00 to 09:30:00", "10:00:00 to"]);
    assert_eq!(world.stays(3, 502), ["08:00:00 to 09:00:00", "09:30:00 to"]);
}

/// SPB-12, SPB-13: a company's subscription is everybody's until it is cancelled or its end is reached.
#[tokio::test]
async fn a_companys_subscription_opens_for_all_its_users_until_it_is_over() {
    let mut world = world_with_members("spacebring", 3).await;
    tell(&world, "team.upserted", team([1, 2, 3])).await;
    // Both name the company; one names who signed too.
    let signed = json!({"member": "1", "ends": "2026-03-02T12:00:00Z"});
    tell(&world, "membership.upserted", but(of_team("s1", "p1", "t1"), &signed)).await;
    tell(&world, "membership.upserted", of_team("s2", "p2", "t1")).await;
    assert_eq!(groups_of(&world, 3), [[502, 503], [502, 503], [502, 503]]);

    world.run_until(at("09:00")).await;
    tell(&world, "membership.upserted", cancelled(of_team("s2", "p2", "t1"))).await;
    assert_eq!(groups_of(&world, 3), [[502], [502], [502]]);
    world.run_until(at("11:59:59")).await;
    assert_eq!(groups_of(&world, 3), [[502], [502], [502]]);
    world.run_until(at("12:00:00")).await;
    assert_eq!(groups_of(&world, 3), [NONE, NONE, NONE]);
    assert_eq!(world.users().len(), 3, "SPB-35: the accounts stay");
}

/// SPB-14: in and out with the company; whoever has a subscription of his own stays by it, without a gap.
#[tokio::test]
async fn users_come_and_go_with_their_company_and_keep_what_is_their_own() {
    let mut world = world_with_members("spacebring", 3).await;
    tell(&world, "team.upserted", team([1, 2])).await;
    tell(&world, "membership.upserted", of_team("s1", "p1", "t1")).await;
    tell(&world, "membership.upserted", membership("own", "p1", 2)).await;
    world.run_until(at("09:00")).await;

    tell(&world, "team.upserted", team([1, 3])).await;
    assert_eq!(groups_of(&world, 3), [[502], [502], [502]]);
    tell(&world, "team.upserted", team([1])).await;
    assert_eq!(groups_of(&world, 3), [vec![502], vec![502], vec![]]);
    tell(&world, "membership.upserted", cancelled(of_team("s1", "p1", "t1"))).await;

    assert_eq!(groups_of(&world, 3), [vec![], vec![502], vec![]]);
    assert_eq!(world.stays(2, 502), ["08:00:00 to"]);
}

/// Sends one event and does not wait for what follows from it.
async fn send(world: &World, kind: &str, data: Value) {
    let body = event(&format!("{kind} {}", data["status"]), kind, world.now(), data).to_string();
    accepted(events(&world.bundle, &world.tenant, &body, world.now())).await;
}

/// INV-2, ORD-08: a large team comes in by one membership and goes out with it, nobody a moment before.
#[tokio::test]
async fn a_team_of_hundreds_comes_in_and_goes_out_together() {
    const TEAM: u64 = 200;
    let mut world = world_of(document("officernd", &[plan("p1", &[502])])).await;
    let members = (1..=TEAM).map(|id| now(&world, "member.upserted", but(known(id), &json!({"teams": ["t1"]}))));
    world.tell(&members.collect::<Vec<_>>()).await;
    world.new_calls();

    tell(&world, "membership.upserted", of_team("s1", "p1", "t1")).await;
    world.run_until(at("08:10")).await;

    // A look, a creation and a change of groups each, and a token now and then.
    let calls = world.new_calls().into_iter().filter(|call| call != "token").count();
    assert_eq!(calls, 3 * usize::try_from(TEAM).unwrap());
    assert!((1..=TEAM).all(|id| world.groups(id) == [502]));

    tell(&world, "membership.upserted", cancelled(of_team("s1", "p1", "t1"))).await;
    world.run_until(at("08:12")).await;
    assert!((1..=TEAM).all(|id| world.groups(id) == NONE));
    let calls = world.new_calls().into_iter().filter(|call| call != "token");
    assert!(calls.eq(std::iter::repeat_n("change groups", usize::try_from(TEAM).unwrap())));
}

/// INV-6: five thousand are taken in by one delivery each, and hold what the team holds. How much that asks of DynamoDB is
/// counted in the tests of `state`; the engine here takes its time over ten thousand writes.
#[tokio::test]
async fn a_team_of_five_thousand_is_taken_in_whole() {
    const TEAM: u64 = 5000;
    // Nothing is written while the tenant is not enabled, so that this is about the webhook alone.
    let mut document = document("officernd", &[plan("p1", &[502])]);
    document["enabled"] = json!(false);
    let world = world_of(document).await;
    let some = [1, TEAM / 2, TEAM];
    tell_members(&world, some.into_iter()).await;

    send(&world, "team.upserted", team(1..=TEAM)).await;
    send(&world, "membership.upserted", of_team("s1", "p1", "t1")).await;

    for id in some {
        let access = world.access(id).await;
        let row = &access["groups"][0];
        assert_eq!((&row["group"], &row["due"]), (&json!(502), &json!(true)), "{access}");
        assert_eq!(row["reasons"][0]["path"], "team/t1");
    }
}
