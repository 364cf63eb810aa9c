//! Hand edits in Brivo: what is told, what is undone, and what waits for approval.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    BrivoUserId, ExternalId, GroupId, MemberKey,
    drift::{ByGroup, Scope, Strangers, looked_for, missing_everywhere},
    ledger::{AccountLedger, ByHand},
    policy::Drift,
    rules::Rulebook,
    tenant::{Account, Location, Mapping, Platform, Region, Tenant},
};
use proptest::{
    collection::{btree_map, btree_set},
    prelude::*,
    sample::select,
};

use crate::world::{account, groups, in_london, location, mapping};

fn any_groups() -> impl Strategy<Value = BTreeSet<GroupId>> {
    btree_set((0_i64..12).prop_map(GroupId), 0..12)
}

/// Some groups told, some undone; the others are none of our business.
fn any_scope() -> impl Strategy<Value = Scope> {
    let drift = select(vec![Drift::Report, Drift::Revert]);
    btree_map((0_i64..12).prop_map(GroupId), drift, 0..12).prop_map(|groups| Scope { groups, ..Scope::default() })
}

fn is(scope: &Scope, drift: Drift) -> impl Fn(&GroupId) -> bool {
    move |group| scope.groups.get(group) == Some(&drift)
}

fn users(ids: impl IntoIterator<Item = i64>) -> BTreeSet<BrivoUserId> {
    ids.into_iter().map(BrivoUserId).collect()
}

fn named(ids: &[i64]) -> BTreeMap<GroupId, String> {
    ids.iter().map(|id| (GroupId(*id), format!("Door {id}"))).collect()
}

fn policed(policy: &str, mappings: Vec<Mapping>) -> Tenant {
    Tenant { policy: serde_json::from_str(policy).unwrap(), ..in_london(Platform::Nexudus, mappings) }
}

/// That many strangers in a group of that size, all of it in an account of a hundred thousand people.
fn staged(strangers: i64, size: usize) -> bool {
    let mut counted = Strangers::among([(GroupId(1), size)].into(), 100_000);
    for user in 0..strangers {
        counted.count(BrivoUserId(user), &groups(&[1]));
    }
    counted.staged(&ByGroup::new()).is_some()
}

proptest! {
    /// INV-4: the ledger changes for groups under `revert` alone, and only towards what Brivo shows.
    #[test]
    fn nothing_outside_groups_under_revert_is_touched(
        scope in any_scope(), held in any_groups(), due in any_groups(), shown in any_groups(), waiting in any_groups(),
    ) {
        let found = scope.by_hand(&held, &due, &shown);
        let treatment = scope.treatment(&found, |group| waiting.contains(&group));
        let mut ledger = AccountLedger { groups: held.clone(), ..AccountLedger::default() };
        ledger.treated(treatment.clone(), &shown);

        let changed: BTreeSet<GroupId> = ledger.groups.symmetric_difference(&held).copied().collect();
        prop_assert!(changed.iter().all(is(&scope, Drift::Revert)));
        prop_assert!(changed.iter().all(|group| ledger.groups.contains(group) == shown.contains(group)));
        prop_assert!(treatment.report.taken.iter().all(is(&scope, Drift::Report)));
        prop_assert!(treatment.revert.added.is_disjoint(&waiting));
        prop_assert_eq!(ledger.foreign_groups, shown.difference(&ledger.groups).count());
    }

    /// INV-9: whoever has a reason for a group is no stranger in it.
    #[test]
    fn who_is_due_is_never_touched(
        scope in any_scope(), held in any_groups(), due in any_groups(), shown in any_groups(),
    ) {
        let found = scope.by_hand(&held, &due, &shown);

        prop_assert!(found.added.is_disjoint(&due));
        prop_assert!(found.added.is_subset(&shown) && found.added.is_disjoint(&held));
        prop_assert!(found.taken.is_subset(&held) && found.taken.is_disjoint(&shown));
    }

    /// B10: every difference of a group that is looked into is told or undone, and none is both.
    #[test]
    fn every_difference_is_either_told_or_undone(
        scope in any_scope(), held in any_groups(), shown in any_groups(), waiting in any_groups(),
    ) {
        let found = scope.by_hand(&held, &BTreeSet::new(), &shown);
        let treatment = scope.treatment(&found, |group| waiting.contains(&group));

        let both = |one: &BTreeSet<GroupId>, other: &BTreeSet<GroupId>| -> BTreeSet<GroupId> { one | other };
        prop_assert_eq!(both(&treatment.report.added, &treatment.revert.added), found.added);
        prop_assert_eq!(both(&treatment.report.taken, &treatment.revert.taken), found.taken);
        prop_assert!(treatment.report.added.is_disjoint(&treatment.revert.added));
        prop_assert!(treatment.report.taken.is_disjoint(&treatment.revert.taken));
    }

    /// B2, X9: what is undone without approval is never more than five people or a tenth, in a group or in all.
    #[test]
    fn what_goes_without_approval_stays_below_the_limits(
        strangers in btree_map((0_i64..200).prop_map(BrivoUserId), any_groups(), 0..40), size in 0_usize..200,
    ) {
        let sizes = (0..12).map(|group| (GroupId(group), size)).collect();
        let mut counted = Strangers::among(sizes, 3 * size);
        for (user, groups) in &strangers {
            counted.count(*user, groups);
        }

        let staged = counted.staged(&ByGroup::new());
        let holds = |group: GroupId, user| {
            staged.as_ref().is_some_and(|staged| staged.holds_back(group, user, &ByGroup::new()))
        };
        let going = |group: GroupId| {
            strangers.iter().filter(|(user, groups)| groups.contains(&group) && !holds(group, **user)).count()
        };
        let gone = strangers.iter().filter(|(user, groups)| groups.iter().any(|group| !holds(*group, **user))).count();
        prop_assert!((0..12).all(|group| going(GroupId(group)) <= 5.max(size / 10)));
        prop_assert!(gone <= 5.max(3 * size / 10));
    }

    /// B14: what was approved waits no more, and approves nobody else.
    #[test]
    fn an_approval_is_of_those_it_names(
        strangers in btree_map((0_i64..60).prop_map(BrivoUserId), any_groups(), 0..40),
        later in btree_map((100_i64..160).prop_map(BrivoUserId), any_groups(), 0..40),
    ) {
        let mut counted = Strangers::among(BTreeMap::new(), 0);
        for (user, groups) in &strangers {
            counted.count(*user, groups);
        }
        let Some(first) = counted.staged(&ByGroup::new()) else { return Ok(()) };
        prop_assert_eq!(counted.staged(&first.who).map(|rest| rest.who), None);
        for (user, groups) in &later {
            counted.count(*user, groups);
        }
        if let Some(second) = counted.staged(&first.who) {
            let again = |(group, users): (&GroupId, &BTreeSet<BrivoUserId>)| {
                first.who.get(group).is_some_and(|before| !before.is_disjoint(users))
            };
            prop_assert!(!second.who.iter().any(again));
        }
        prop_assert_eq!(counted.of(&first.who), first.who);
    }

    /// B7: our reference leads back to the member, whatever letters the id has.
    #[test]
    fn a_reference_leads_back_to_its_member(tenant in "[A-Za-z0-9_-]{1,64}", member in any::<String>()) {
        let key = MemberKey { tenant: tenant.as_str().into(), member: member.as_str().into() };

        prop_assert_eq!(MemberKey::of_external_id(&key.external_id()), Some(key));
    }

    /// B7: and no other text does.
    #[test]
    fn only_our_own_references_lead_to_members(text in any::<String>()) {
        let reference = ExternalId::new(text);

        if let Some(key) = MemberKey::of_external_id(&reference) {
            prop_assert_eq!(key.external_id(), reference);
        }
    }
}

/// X9: five always go, and of a large group a tenth.
#[test]
fn the_limit_is_five_or_a_tenth() {
    assert_eq!(
        [(5, 5), (6, 6), (6, 59), (6, 60), (10, 100), (11, 100)].map(|(strangers, size)| staged(strangers, size)),
        [false, true, true, false, false, true]
    );
}

/// B14: of a very long list the first are told, and the rest comes with the next list.
#[test]
fn a_very_long_list_comes_in_parts() {
    let mut counted = Strangers::among(BTreeMap::new(), 0);
    for user in 0..12_000 {
        counted.count(BrivoUserId(user), &groups(&[1]));
    }

    let first = counted.staged(&ByGroup::new()).unwrap();
    assert_eq!((first.people.losers, first.who[&GroupId(1)].len()), (12_000, 5000));
    let second = counted.staged(&first.who).unwrap();
    assert_eq!(second.who[&GroupId(1)], users(5000..10_000));
}

/// X8: each platform's own integration says what is done, group by group.
#[test]
fn policy_says_of_each_group_what_is_done() {
    let tenant = policed(
        r#"{"drift": "revert", "drift_groups": {"2": "report", "3": "ignore"}}"#,
        vec![mapping("plan/p1", &[1, 2, 3])],
    );

    let scope = Scope::of(&Rulebook::new(&tenant), None, &account(), &named(&[1, 2, 3, 4]));

    assert_eq!(scope.groups, [(GroupId(1), Drift::Revert), (GroupId(2), Drift::Report)].into());
}

/// INV-9: while a change of settings waits for approval, the milder of the two says what is done.
#[test]
fn a_change_that_waits_undoes_nothing_more_than_before() {
    let mappings = vec![mapping("plan/p1", &[1])];
    let before = Rulebook::new(&policed(r#"{"drift": "report"}"#, mappings.clone()));
    let after = Rulebook::new(&policed(r#"{"drift": "revert"}"#, mappings));
    let drift = |rules, before| Scope::of(rules, before, &account(), &named(&[1])).groups[&GroupId(1)];

    assert_eq!(drift(&after, Some(&before)), Drift::Report);
    assert_eq!(drift(&before, Some(&after)), Drift::Report);
    assert_eq!(drift(&after, None), Drift::Revert);
}

/// ORD-43: a group whose name lacks the prefix is never managed.
/// ALL-12: one that Brivo does not have is told.
#[test]
fn groups_without_the_prefix_and_groups_that_are_gone_are_left_out() {
    let tenant = policed(r#"{"drift": "revert", "managed_prefix": "Door"}"#, vec![mapping("plan/p1", &[1, 2, 3])]);
    let mut names = named(&[1]);
    names.insert(GroupId(2), "Cleaners".to_owned());

    let mut scope = Scope::of(&Rulebook::new(&tenant), None, &account(), &names);

    assert_eq!(scope.groups.into_keys().collect::<Vec<_>>(), [GroupId(1)]);
    assert_eq!((&scope.unmarked, &scope.missing), (&groups(&[2]), &groups(&[3])));
    scope.groups = [(GroupId(1), Drift::Revert)].into();
    scope.is_gone(GroupId(1));
    assert_eq!((scope.groups.len(), &scope.missing), (0, &groups(&[1, 3])));
}

/// A group is looked for in the accounts whose locations' mappings name it; where nothing says so, in all.
#[test]
fn a_group_is_looked_for_where_its_mappings_count() {
    let second = Account { id: "second".into(), region: Region::Eu, budget: None };
    let mut tenant = in_london(
        Platform::Nexudus,
        vec![mapping("plan/p1@london", &[1]), mapping("plan/p1@paris", &[2]), mapping("plan/p2", &[3])],
    );
    tenant.accounts.push(second.clone());
    tenant.locations.push(Location { account: second.id.clone(), ..location("paris", "Europe/Paris") });
    tenant.managed_groups = groups(&[4]);

    assert_eq!(looked_for(&tenant, &account()), groups(&[1, 3, 4]));
    assert_eq!(looked_for(&tenant, &second.id), groups(&[2, 3, 4]));
    let missing = BTreeMap::from([(account(), groups(&[1, 3])), (second.id, groups(&[3, 4]))]);
    assert_eq!(missing_everywhere(&tenant, &missing), groups(&[1, 3]));
}

/// A ledger from before anything was told of hand edits.
#[test]
fn an_older_ledger_tells_of_no_hand_edits() {
    let ledger: AccountLedger = serde_json::from_str(r#"{"user": 7, "groups": [1]}"#).unwrap();

    assert_eq!(ledger.by_hand, ByHand::default());
    assert!(!serde_json::to_string(&ledger).unwrap().contains("by_hand"));
}
