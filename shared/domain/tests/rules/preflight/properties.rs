//! Whatever is seen of an account, and however little.

use std::collections::BTreeMap;

use domain::{
    BrivoUserId, GroupId,
    preflight::{Check, Ledgers, Level, Look, Refusal, Seen, SeenGroup, SeenSite},
    tenant::Platform,
};
use proptest::{collection::btree_map, option, prelude::*};

use super::{acme, doors, ledger, report, sound};
use crate::world::{PLATFORMS, groups};

fn looks<T: std::fmt::Debug + Clone>(seen: impl Strategy<Value = T> + 'static) -> impl Strategy<Value = Look<T>> {
    let refusals = [Refusal::Forbidden, Refusal::NotOffered, Refusal::Unknown, Refusal::Failed, Refusal::NoAnswer];
    prop_oneof![
        4 => seen.prop_map(Look::Seen),
        1 => prop::sample::select(refusals.to_vec()).prop_map(Look::Refused),
        1 => Just(Look::NotLooked),
    ]
}

prop_compose! {
    fn accounts()(
        groups in looks(btree_map(500_i64..506, (
            looks(btree_map(1_i64..5, option::of(prop::sample::select(vec!["acme:m1", "beta:m2", "x"])), 0..5)),
            looks(prop::bool::ANY),
        ), 0..6)),
        sites in looks(btree_map(6_i64..9, looks(prop::bool::ANY), 0..3)),
        ledgers in looks(btree_map(1_i64..5, prop::bool::ANY, 0..4)),
    ) -> Seen {
        let few = |some| if some { doors() } else { BTreeMap::new() };
        let group = |(people, doors): (Look<BTreeMap<i64, Option<&str>>>, Look<bool>)| SeenGroup {
            name: "Group".to_owned(),
            people: people.map(|people| people.into_iter().map(|(id, it)| (BrivoUserId(id), it.map(Into::into))).collect()),
            doors: doors.map(few),
        };
        let site = |doors: Look<bool>| SeenSite { name: "Site".to_owned(), doors: doors.map(few) };
        Seen {
            groups: groups.map(|all| all.into_iter().map(|(id, it)| (GroupId(id), group(it))).collect()),
            sites: sites.map(|all| all.into_iter().map(|(id, it)| (id, site(it))).collect()),
            ledgers: ledgers.map(|all| {
                let mut ledgers = Ledgers::default();
                for (user, held) in all {
                    ledgers.note(&ledger(user, if held { &[501] } else { &[] }));
                }
                ledgers
            }),
            ..sound()
        }
    }
}

proptest! {
    /// Whatever was seen: nothing fails, no count is larger than what it is part of, and what nobody saw is not said to be fine.
    #[test]
    fn counts_fit_and_nothing_unseen_is_called_fine(seen in accounts(), platform in prop::sample::select(PLATFORMS.to_vec())) {
        let report = report(&acme(platform), &seen);

        for row in report.inventory.groups.iter().flatten() {
            prop_assert!(row.other_references <= row.not_ours && row.not_ours <= row.people, "{:?}", row);
        }
        let is_fine = |check| report.findings.iter().any(|it| it.check == check && it.level == Level::Fine);
        let mapped = || seen.groups.seen().into_iter().flatten().filter(|(id, _)| groups(&[501, 502]).contains(id));
        let all_seen = |is_seen: fn(&SeenGroup) -> bool| mapped().all(|(_, group)| is_seen(group));
        if is_fine(Check::Exclusivity) && platform == Platform::Spacebring {
            prop_assert!(all_seen(|group| group.people.seen().is_some()));
        }
        if is_fine(Check::Doors) {
            prop_assert!(all_seen(|group| group.doors.seen().is_some_and(|doors| !doors.is_empty())));
        }
        prop_assert_eq!(is_fine(Check::Groups), mapped().count() == 2);
        prop_assert!(report.findings.iter().any(|finding| finding.check == Check::Permissions));
    }

    /// The same account read twice gives the same report, and reading less of it never makes a fault of what was fine.
    #[test]
    fn looking_at_less_never_makes_a_fault(seen in accounts()) {
        let tenant = acme(Platform::Spacebring);
        let less = Seen { ledgers: Look::NotLooked, sites: Look::NotLooked, ..seen.clone() };

        let faults = |seen| report(&tenant, seen).findings.into_iter().filter(|it| it.level == Level::Fault).count();

        prop_assert_eq!(report(&tenant, &seen), report(&tenant, &seen));
        prop_assert!(faults(&less) <= faults(&seen));
    }
}
