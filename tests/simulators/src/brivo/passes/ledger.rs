//! All invitations of an account, and how many passes it may give.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::invitation::{End, Invitation, Status};
use crate::brivo::ids::{CredentialId, UserId};

/// Apart from the numbers of users and credentials.
const FIRST_INVITATION: u64 = 3_000_001;

/// As many as nobody uses up by accident.
const MOBILE_ALLOTTED: u64 = 100;

/// The invitations and what limits them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::brivo) struct Passes {
    pub(super) invitations: BTreeMap<u64, Invitation>,
    made: u64,
    /// How many passes there may be; `None` for as many as nobody uses up.
    pub(super) mobile_allotted: Option<u64>,
    pub(super) wallet_allotted: u64,
    /// The passes that are in a telephone's wallet too.
    pub(super) in_wallets: BTreeSet<CredentialId>,
    pub(super) visitors: BTreeSet<UserId>,
}

impl Passes {
    pub(in crate::brivo) fn wallet_allotted(&self) -> u64 {
        self.wallet_allotted
    }

    pub(super) fn mobile_allotted(&self) -> u64 {
        self.mobile_allotted.unwrap_or(MOBILE_ALLOTTED)
    }

    pub(super) fn insert(&mut self, invitation: Invitation) -> u64 {
        let id = FIRST_INVITATION + self.made;
        self.made += 1;
        self.invitations.insert(id, invitation);
        id
    }

    pub(super) fn pending(&self, now: Timestamp) -> impl Iterator<Item = (u64, &Invitation)> {
        let is_pending = move |invitation: &Invitation| invitation.status(now) == Status::Pending;
        self.invitations.iter().filter(move |(_, one)| is_pending(one)).map(|(id, one)| (*id, one))
    }

    /// The invitation that a user may redeem, of which there is one at most.
    pub(super) fn pending_of(&self, user: UserId, now: Timestamp) -> Option<u64> {
        self.pending(now).find(|(_, invitation)| invitation.user == user).map(|(id, _)| id)
    }

    /// Takes back what a user could have redeemed.
    pub(in crate::brivo) fn cancel(&mut self, user: UserId, now: Timestamp) -> Option<u64> {
        let id = self.pending_of(user, now)?;
        self.invitations.get_mut(&id)?.end = Some(End::Cancelled(now));
        Some(id)
    }

    /// Forgets a user who is no more.
    pub(in crate::brivo) fn forget(&mut self, user: UserId) {
        self.invitations.retain(|_, invitation| invitation.user != user);
        self.visitors.remove(&user);
    }
}
