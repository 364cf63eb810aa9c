//! A person, field by field, so that news in any order gives the same person.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{AddressId, GroupId, MemberId, TeamId, credentials::SealedCode, intake::HINT};

/// What an event says about one field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Change<T> {
    /// Nothing: the field stays as it was.
    #[default]
    Keep,
    /// The field is empty now.
    Clear,
    /// The field is this now.
    Set(T),
}

/// A field with the instant its value is from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub struct Stamped<T> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<T>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    as_of: Option<Timestamp>,
}

impl<T> Default for Stamped<T> {
    fn default() -> Self {
        Self { value: None, as_of: None }
    }
}

impl<T> Stamped<T> {
    /// The value, if there is one.
    pub fn get(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// The instant the value is from, if anything was told.
    pub fn as_of(&self) -> Option<Timestamp> {
        self.as_of
    }

    pub(crate) fn is_blank(&self) -> bool {
        self.as_of.is_none()
    }

    /// Takes the change unless what is known is newer; at the same instant the one received later counts.
    pub(crate) fn merge(&mut self, change: Change<T>, as_of: Timestamp) {
        if self.as_of.is_some_and(|known| known > as_of) {
            return;
        }
        self.value = match change {
            Change::Keep => return,
            Change::Clear => None,
            Change::Set(value) => Some(value),
        };
        self.as_of = Some(as_of);
    }
}

/// Whether a person is a member at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberStatus {
    /// Reasons count.
    Active,
    /// Holds no reason until active again.
    Inactive,
    /// Gone from the platform: holds no reason, and whoever is invited by the same e-mail address is a guest.
    Removed,
}

/// A person of the platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The platform's id.
    pub id: MemberId,
    /// Given name.
    #[serde(default, skip_serializing_if = "Stamped::is_blank")]
    pub first_name: Stamped<String>,
    /// Family name.
    #[serde(default, skip_serializing_if = "Stamped::is_blank")]
    pub last_name: Stamped<String>,
    /// The whole name, from platforms that keep one field.
    #[serde(default, skip_serializing_if = "Stamped::is_blank")]
    pub full_name: Stamped<String>,
    /// E-mail address.
    #[serde(default, skip_serializing_if = "Stamped::is_blank")]
    pub email: Stamped<String>,
    /// The digest of the e-mail address, by which bookings name people who may be no members.
    #[serde(default, skip_serializing_if = "Stamped::is_blank")]
    pub address: Stamped<AddressId>,
    /// Telephone number.
    #[serde(default, skip_serializing_if = "Stamped::is_blank")]
    pub phone: Stamped<String>,
    /// The access code (PIN), sealed.
    #[serde(default, skip_serializing_if = "Stamped::is_blank")]
    pub access_code: Stamped<SealedCode>,
    /// Active or not; never told means inactive.
    #[serde(default, skip_serializing_if = "Stamped::is_blank")]
    pub status: Stamped<MemberStatus>,
    /// The teams the person names.
    #[serde(default, skip_serializing_if = "Stamped::is_blank")]
    pub teams: Stamped<BTreeSet<TeamId>>,
    /// Groups chosen for this person.
    #[serde(default, skip_serializing_if = "Stamped::is_blank")]
    pub door_access: Stamped<BTreeSet<GroupId>>,
    /// Whether the platform knows more than was told: the details are to be fetched by id.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub details_wanted: bool,
    /// The teams for which the person pays, as the teams tell.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub pays_for: BTreeSet<TeamId>,
    /// Set for a person who is known by an e-mail address alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest: Option<Guest>,
}

/// A person who is known by an e-mail address alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Guest {
    /// No member has the address.
    Alone,
    /// Several members have it: nobody can tell which of them is meant, so it is none.
    Disputed,
}

/// What one event says of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemberPatch {
    /// Given name.
    pub first_name: Change<String>,
    /// Family name.
    pub last_name: Change<String>,
    /// The whole name.
    pub full_name: Change<String>,
    /// E-mail address.
    pub email: Change<String>,
    /// The digest of the e-mail address.
    pub address: Change<AddressId>,
    /// Telephone number.
    pub phone: Change<String>,
    /// The access code (PIN), sealed.
    pub access_code: Change<SealedCode>,
    /// Active or not.
    pub status: Change<MemberStatus>,
    /// The teams the person names.
    pub teams: Change<BTreeSet<TeamId>>,
    /// Groups chosen for this person.
    pub door_access: Change<BTreeSet<GroupId>>,
    /// Ask the platform for the rest.
    pub fetch_details: bool,
    /// The platform was asked; this is all it knows.
    pub details_fetched: bool,
}

impl Member {
    /// A person of whom only the id is known.
    pub fn unknown(id: MemberId) -> Self {
        Self {
            id,
            first_name: Stamped::default(),
            last_name: Stamped::default(),
            full_name: Stamped::default(),
            email: Stamped::default(),
            address: Stamped::default(),
            phone: Stamped::default(),
            access_code: Stamped::default(),
            status: Stamped::default(),
            teams: Stamped::default(),
            door_access: Stamped::default(),
            details_wanted: false,
            pays_for: BTreeSet::new(),
            guest: None,
        }
    }

    /// Takes what the patch says, field by field, where it is not older than what is known.
    pub fn merge(&mut self, patch: MemberPatch, as_of: Timestamp) {
        self.details_wanted |= patch.fetch_details && (as_of > HINT || !self.is_settled());
        self.details_wanted &= !patch.details_fetched;
        self.first_name.merge(patch.first_name, as_of);
        self.last_name.merge(patch.last_name, as_of);
        self.full_name.merge(patch.full_name, as_of);
        self.email.merge(patch.email, as_of);
        self.address.merge(patch.address, as_of);
        self.phone.merge(patch.phone, as_of);
        self.access_code.merge(patch.access_code, as_of);
        self.status.merge(patch.status, as_of);
        self.teams.merge(patch.teams, as_of);
        self.door_access.merge(patch.door_access, as_of);
    }

    /// Whether the platform has told of the person itself, not only in passing.
    fn is_settled(&self) -> bool {
        self.status.as_of.is_some_and(|told| told > HINT)
    }

    /// Marks the person as gone: facts about them are kept and count again if they come back.
    pub fn remove(&mut self, as_of: Timestamp) {
        self.status.merge(Change::Set(MemberStatus::Removed), as_of);
    }

    /// The address by which bookings mean this person, unless the person is gone.
    pub fn answers_to(&self) -> Option<&AddressId> {
        self.address.get().filter(|_| self.status.get() != Some(&MemberStatus::Removed))
    }

    /// Whether the platform has told of the person, and not that they are gone: what they pay for counts for others then.
    pub(crate) fn is_there(&self) -> bool {
        self.status.get().is_some_and(|status| *status != MemberStatus::Removed)
    }

    /// Whether reasons count.
    pub fn is_active(&self) -> bool {
        self.status.get() == Some(&MemberStatus::Active)
    }

    /// The teams the person names.
    pub fn team_ids(&self) -> BTreeSet<TeamId> {
        self.teams.get().cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn patches() -> impl Strategy<Value = Vec<(i64, MemberPatch)>> {
        let text = || prop_oneof![Just(Change::Keep), Just(Change::Clear), "[a-z]{1,3}".prop_map(Change::Set)];
        let patch = (text(), text()).prop_map(|(email, phone)| MemberPatch { email, phone, ..MemberPatch::default() });
        proptest::collection::vec(patch, 1..6).prop_map(|patches| (0i64..).zip(patches).collect())
    }

    proptest! {
        #[test]
        fn the_order_in_which_news_arrives_does_not_change_the_person(
            (sent, arrived) in patches().prop_flat_map(|sent| (Just(sent.clone()), Just(sent).prop_shuffle()))
        ) {
            let merged = |news: Vec<(i64, MemberPatch)>| {
                let mut member = Member::unknown("m1".into());
                for (second, patch) in news {
                    member.merge(patch, Timestamp::from_second(second).unwrap());
                }
                member
            };

            prop_assert_eq!(merged(sent), merged(arrived));
        }
    }
}
