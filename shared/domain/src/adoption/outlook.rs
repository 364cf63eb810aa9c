//! What would become of members who have no Brivo user yet, told before it happens.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Candidates, Reference, only_one};
use crate::{AddressId, BrivoUserId, ExternalId, MemberId, policy::Adopt};

/// A member who has no Brivo user of ours in an account, and what is known of that account's users.
#[derive(Clone, Copy, Debug)]
pub struct WithoutUser<'a> {
    /// The reference that the member's user bears or will bear.
    pub external_id: &'a ExternalId,
    /// Whose the member's e-mail address is.
    pub address: Address,
    /// The users who have the address, as the last readings of the account saw them.
    pub users: &'a BTreeMap<BrivoUserId, Reference>,
    /// Whether the users of the account were read whole once.
    pub read_whole: bool,
    /// The tenant's policy there.
    pub adopt: Adopt,
}

/// Whose an e-mail address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    /// None was told.
    Untold,
    /// The member's alone.
    Own,
    /// Several members'.
    Shared,
}

impl Address {
    /// Whose the address of a member is, if one was told, by who has which.
    pub fn of(
        address: Option<&AddressId>,
        member: &MemberId,
        owners: &BTreeMap<AddressId, BTreeSet<MemberId>>,
    ) -> Self {
        let Some(address) = address else { return Self::Untold };
        let is_alone = |members: &BTreeSet<MemberId>| members.len() == 1 && members.contains(member);
        if owners.get(address).is_some_and(is_alone) { Self::Own } else { Self::Shared }
    }
}

/// What is found of a member in Brivo, and what follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outlook {
    /// What is found.
    pub found: UsersFound,
    /// Who has the member's address there; nobody if the address is not the member's alone.
    pub users: BTreeSet<BrivoUserId>,
    /// What follows once the member needs a user.
    pub then: Then,
}

/// Which users of an account have the e-mail address of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UsersFound {
    /// Just one whom nobody else claims.
    One,
    /// Nobody, or only users of other members of ours.
    None,
    /// Several.
    Several,
    /// Just one, who bears the reference of another application or of another tenant.
    Anothers,
    /// The user that bears the member's own reference.
    Own,
    /// There is no telling: several members have the address.
    SharedAddress,
    /// There is no telling: no address was told.
    NoAddress,
    /// There is no telling yet: the users were never read whole.
    Unread,
}

/// What becomes of a member without a user who needs one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// A user is made.
    Made,
    /// The user that was found becomes the member's, by our reference alone.
    TakenOn,
    /// The user is known again by the member's reference.
    Recognised,
    /// Nobody is made or taken on until somebody has settled in Brivo who is meant.
    LeftToStaff,
    /// Nobody is made ahead of time until the users were read; an open door does not wait.
    Waits,
}

/// What is found of a member, and what the rules of adoption make of it.
pub fn outlook(member: WithoutUser<'_>) -> Outlook {
    let (found, users) = found(member);
    let then = match (found, member.adopt) {
        (UsersFound::Own, Adopt::ExactEmail | Adopt::Never) => Then::Recognised,
        (_, Adopt::Never)
        | (UsersFound::None | UsersFound::SharedAddress | UsersFound::NoAddress, Adopt::ExactEmail) => Then::Made,
        (UsersFound::One, Adopt::ExactEmail) => Then::TakenOn,
        (UsersFound::Several | UsersFound::Anothers, Adopt::ExactEmail) => Then::LeftToStaff,
        (UsersFound::Unread, Adopt::ExactEmail) => Then::Waits,
    };
    Outlook { found, users, then }
}

fn found(member: WithoutUser<'_>) -> (UsersFound, BTreeSet<BrivoUserId>) {
    let candidates =
        only_one(member.users.iter().map(|(user, reference)| (user, reference.clone())), member.external_id);
    let own = Reference::Ours(member.external_id.clone());
    let is_own = |reference: &Reference| *reference == own;
    let is_strangers = |reference: &Reference| !matches!(reference, Reference::Ours(_));
    let users = |is_meant: &dyn Fn(&Reference) -> bool| {
        let meant = member.users.iter().filter(|(_, reference)| is_meant(reference));
        meant.map(|(user, _)| *user).collect()
    };
    let found = match (candidates, member.address) {
        (Candidates::Own, Address::Own | Address::Shared | Address::Untold) => {
            return (UsersFound::Own, users(&is_own));
        }
        (_, Address::Shared) => return (UsersFound::SharedAddress, BTreeSet::new()),
        (_, Address::Untold) => return (UsersFound::NoAddress, BTreeSet::new()),
        (Candidates::None, Address::Own) => UsersFound::None,
        (Candidates::One(_), Address::Own) => UsersFound::One,
        (Candidates::Several, Address::Own) => UsersFound::Several,
        (Candidates::Others, Address::Own) => UsersFound::Anothers,
    };
    (if member.read_whole { found } else { UsersFound::Unread }, users(&is_strangers))
}
