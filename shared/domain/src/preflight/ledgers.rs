//! What our ledgers say of an account, added up.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    BrivoUserId, GroupId,
    ledger::{AccountLedger, Pending},
    plan::Write,
};

/// What our ledgers say of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledgers {
    /// Whom we put into which group.
    pub put: BTreeMap<GroupId, BTreeSet<BrivoUserId>>,
    /// In how many groups each user is, as last seen.
    pub sizes: BTreeMap<BrivoUserId, usize>,
}

impl Ledgers {
    /// Takes in what one ledger says of the account.
    pub fn note(&mut self, ledger: &AccountLedger) {
        let Some(user) = ledger.user else { return };
        let size = ledger.groups.len().saturating_add(ledger.foreign_groups);
        self.sizes.insert(user, size.saturating_sub(ledger.by_hand.taken.len()));
        // A stranger's ledger names groups that are to be taken away, and we put nobody there.
        if ledger.stranger {
            return;
        }
        let mut groups = ledger.groups.clone();
        // What is being written may show already.
        if let Some(Pending { write: Write::ChangeGroups { add, .. }, .. }) = &ledger.pending {
            groups.extend(add);
        }
        for group in groups {
            self.put.entry(group).or_default().insert(user);
        }
    }
}
