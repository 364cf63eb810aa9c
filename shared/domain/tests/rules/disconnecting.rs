//! What becomes of people in an account that was disconnected.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    GroupId,
    case::{Step, preview},
    ledger::{AccountLedger, ByHand, Ledger},
    plan::{Write, revoke},
    rules::Rulebook,
    tenant::{Parting, Platform},
};
use proptest::prelude::*;

use crate::{
    planning::known,
    world::{DAY, account, at, booking, groups, holding, mapping, tenant},
};

/// What is written for somebody who is in group 1, where a booking gives group 2 now.
fn steps(parting: Option<Parting>) -> Vec<Step> {
    let mut tenant = tenant(Platform::Nexudus, vec![mapping("resource/room", &[2])]);
    tenant.disconnected = parting.map(|parting| (account(), parting)).into_iter().collect();
    let ledger = Ledger { accounts: BTreeMap::from([(account(), known(&[1]))]), ..Ledger::default() };
    let facts = holding([booking("b1", at(0), at(DAY))]);
    preview(&Rulebook::new(&tenant), &facts, &ledger, &"acme:m1".into(), at(10))
}

/// ALL-15.
#[test]
fn an_account_that_is_left_as_it_is_sees_no_write() {
    assert_ne!(steps(None), []);
    assert_eq!(steps(Some(Parting::Leave)), []);
}

/// ALL-15: neither a reason that stands nor one to come keeps anything, and nobody is suspended or deleted.
#[test]
fn an_account_that_is_revoked_sees_the_groups_go_and_nothing_else() {
    let [step] = steps(Some(Parting::Revoke)).try_into().unwrap();

    assert_eq!(step.write, Write::ChangeGroups { add: BTreeSet::new(), remove: groups(&[1]) });
    assert_eq!(step.because, ["the account is disconnected"]);
}

proptest! {
    /// INV-4: what is taken away is what we gave, as far as it is still there and Brivo knows it.
    #[test]
    fn only_what_we_gave_is_revoked(
        ours in prop::collection::btree_set(1_i64..9, 0..8),
        taken in prop::collection::btree_set(1_i64..9, 0..4),
        refused in prop::collection::btree_set(1_i64..9, 0..4),
    ) {
        let ids = |set: &BTreeSet<i64>| -> BTreeSet<GroupId> { set.iter().copied().map(GroupId).collect() };
        let by_hand = ByHand { taken: ids(&taken), ..ByHand::default() };
        let ledger = AccountLedger { groups: ids(&ours), by_hand, ..known(&[]) };

        let plan = revoke(&ledger, &ids(&refused));

        let expected: BTreeSet<GroupId> = ids(&ours).into_iter().filter(|id| !taken.contains(&id.0) && !refused.contains(&id.0)).collect();
        let removal = Write::ChangeGroups { add: BTreeSet::new(), remove: expected.clone() };
        prop_assert_eq!(plan.writes, if expected.is_empty() { vec![] } else { vec![removal] });
        prop_assert_eq!(plan.left, ledger.left);
    }
}
