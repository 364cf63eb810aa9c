//! Sixteen groups are all that Brivo takes of one person.

use domain::{
    facts::Pass,
    ledger::{AccountLedger, ByHand},
    plan::{MANY_GROUPS, MOST_GROUPS, Plan},
    policy::MaxGroupsPolicy,
    tenant::{CodeMail, Platform, Tenant},
};

use crate::{
    planning::{Someone, carry_out, change, due_since, known, planned, preset, someone},
    world::{PLATFORMS, at, groups, holding, mapping, pass, tenant, wanted},
};

/// Groups 1 to `count`, the first of which is due the longest.
fn many(count: i64) -> Vec<(i64, i64)> {
    (1..=count).map(|group| (group, group)).collect()
}

fn ids(from: i64, to: i64) -> Vec<i64> {
    (from..=to).collect()
}

fn plan_with(foreign_groups: usize, held: &[i64], due: &[(i64, i64)]) -> Plan {
    let ledger = AccountLedger { foreign_groups, ..known(held) };
    planned(&due_since(due), &ledger, &preset(Platform::Nexudus))
}

/// R19, X22: sixteen groups fit and the seventeenth is left out and told.
#[test]
fn the_seventeenth_group_is_left_out() {
    assert_eq!(plan_with(0, &[], &many(16)).left_out, groups(&[]));

    let plan = plan_with(0, &[], &many(17));

    assert_eq!(plan.writes, [change(&ids(1, 16), &[])]);
    assert_eq!(plan.left_out, groups(&[17]));
    assert_eq!(plan.notices()[0], "Brivo takes 16 groups a user; left out: 17");
}

/// R19, X22: of those that are not held the one whose window began first comes first, then the lower id.
#[test]
fn the_earlier_window_comes_first_and_then_the_lower_group() {
    let plan = plan_with(14, &[], &[(9, 10), (8, 20), (7, 20), (1, 30)]);

    assert_eq!(plan.writes, [change(&[7, 9], &[])]);
    assert_eq!(plan.left_out, groups(&[1, 8]));
}

/// X22, INV-10: nothing that is held is dropped to make room for another, however early that began.
#[test]
fn nothing_held_is_dropped_for_another() {
    let mut due = many(16).into_iter().map(|(group, _)| (group, 100)).collect::<Vec<_>>();
    due.push((20, 0));

    let plan = plan_with(0, &ids(1, 16), &due);

    assert_eq!((plan.writes, plan.left_out), (vec![], groups(&[20])));
}

/// R19: groups of others count, and also when they alone are more than Brivo takes of us nothing is lost.
#[test]
fn groups_of_others_take_their_room() {
    assert_eq!(plan_with(15, &[], &many(2)).writes, [change(&[1], &[])]);
    assert_eq!(plan_with(16, &[], &many(2)).writes, []);
    assert_eq!(plan_with(17, &[1], &many(2)).writes, []);
}

/// R19: a group of ours that somebody took away takes no room.
#[test]
fn what_was_taken_away_by_hand_leaves_its_place_to_another() {
    let by_hand = ByHand { taken: groups(&[1]), ..ByHand::default() };
    let ledger = AccountLedger { by_hand, ..known(&ids(1, 16)) };

    let plan = planned(&due_since(&many(17)), &ledger, &preset(Platform::Nexudus));

    assert_eq!((plan.writes, plan.left_out), (vec![change(&[17], &[])], groups(&[])));
}

/// R19: what was left out comes in as soon as a held group is over, in one call.
#[test]
fn room_that_becomes_free_is_filled_at_once() {
    let mut ledger = known(&[]);
    carry_out(&planned(&due_since(&many(18)), &ledger, &preset(Platform::Nexudus)), &mut ledger);
    let rest: Vec<(i64, i64)> = many(18).split_off(2);

    let plan = planned(&due_since(&rest), &ledger, &preset(Platform::Nexudus));

    assert_eq!(plan.writes, [change(&[17, 18], &[1, 2])]);
    assert_eq!(plan.left_out, groups(&[]));
}

/// X22: from fourteen groups on, those of others counted, somebody is told.
#[test]
fn fourteen_groups_are_told() {
    assert_eq!((MANY_GROUPS, MOST_GROUPS), (14, 16));
    assert_eq!(plan_with(0, &[], &many(13)).notices(), [] as [&str; 0]);
    assert_eq!(plan_with(0, &[], &many(14)).notices(), ["is in 14 of the 16 groups that Brivo takes"]);
    assert_eq!(plan_with(4, &ids(1, 10), &many(10)).many_groups, Some(14));
    assert_eq!(plan_with(0, &[], &many(20)).many_groups, Some(16));
}

/// X22: every preset takes the nearest window first.
#[test]
fn every_preset_takes_the_nearest_window_first() {
    for platform in PLATFORMS {
        assert_eq!(preset(platform).max_groups_policy, MaxGroupsPolicy::NearestWindowFirst);
    }
}

/// NEX-07: an operator is warned as soon as the mappings could give one person more than sixteen groups.
#[test]
fn mappings_within_one_persons_reach_are_counted() {
    let with = |count: i64| {
        let passes = (1..=count).map(|group| mapping(&format!("pass/{group}"), &[group]));
        let code_mail = CodeMail { from: "door@example.com".to_owned(), reply_to: None, subject: None, text: None };
        Tenant { code_mail: Some(Box::new(code_mail)), ..tenant(Platform::Nexudus, passes.collect()) }
    };
    let everything =
        |count: i64| holding((1..=count).map(|group| Pass { pass: group.to_string(), ..pass(&format!("p{group}")) }));

    assert_eq!(with(16).warnings(), [] as [&str; 0]);
    assert_eq!(with(17).warnings().len(), 1);
    assert_eq!(
        plan_with(0, &[], &many(17)).left_out.len(),
        wanted(&with(17), &everything(17), at(0)).groups.len() - 16
    );
}

/// R19: room that somebody makes in Brivo is seen though nothing tells of it; whoever has all groups is let alone.
#[test]
fn whoever_lacks_a_group_is_looked_at_again() {
    assert_eq!(plan_with(16, &[], &many(1)).next, Some(at(30)));
    assert_eq!(plan_with(0, &[], &many(16)).next, None);
}

fn plan_without(refused: &[i64], held: &[i64], due: &[(i64, i64)]) -> Plan {
    let someone = Someone { refused: groups(refused), ..someone() };
    someone.plan(&due_since(due), &known(held), &preset(Platform::Nexudus), at(0))
}

/// ALL-12, D21: so is whoever lacks one that Brivo did not know or refused, and nobody else.
#[test]
fn a_group_that_brivo_did_not_take_is_tried_again() {
    let refused = plan_without(&[2], &[], &many(2));
    assert_eq!((refused.writes, refused.next), (vec![change(&[1], &[])], Some(at(30))));

    let stuck = plan_without(&[2], &[1, 2], &[]);
    assert_eq!((stuck.writes, stuck.next), (vec![change(&[], &[1])], Some(at(30))));

    assert_eq!(plan_without(&[3], &[], &many(2)), plan_with(0, &[], &many(2)));
}

/// R19: a group that Brivo does not know takes nobody's place; one that it does not let go of does.
#[test]
fn a_group_that_brivo_did_not_take_leaves_its_place_to_another() {
    let unknown = plan_without(&[1], &[], &many(18));
    assert_eq!(unknown.writes, [change(&ids(2, 17), &[])]);
    assert_eq!(unknown.left_out, groups(&[18]));

    let stuck = plan_without(&[20], &[20], &many(16));
    assert_eq!(stuck.writes, [change(&ids(1, 15), &[])]);
    assert_eq!(stuck.left_out, groups(&[16]));
}
