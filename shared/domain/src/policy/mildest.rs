//! The keys that speak of a person in a whole Brivo account, and the mildest of what its locations say.
//!
//! Deleting somebody at one centre who is still active at another would take away both, so no location decides alone.

use super::{Backstop, Policy, PolicyChanges, ProfileField, ProfileMode};

impl Policy {
    /// This policy, where every key that speaks of a person in a whole account says the mildest of what `locations` say.
    ///
    /// Without any it stays as it is; a location that changes nothing says what this policy says.
    pub(crate) fn at_mildest<'a>(&self, locations: impl IntoIterator<Item = &'a Self>) -> Self {
        let mildest = locations.into_iter().fold(None, |mildest: Option<Self>, location| {
            Some(self.with_milder_of(mildest.as_ref().unwrap_or(location), location))
        });
        mildest.unwrap_or_else(|| self.clone())
    }

    fn with_milder_of(&self, one: &Self, other: &Self) -> Self {
        let follows = |field: &ProfileField| {
            one.profile_mode.get(field).min(other.profile_mode.get(field)).copied().unwrap_or(ProfileMode::CreateOnly)
        };
        Self {
            create_users: one.create_users.min(other.create_users),
            adopt: one.adopt.min(other.adopt),
            profile_fields: one.profile_fields.intersection(&other.profile_fields).copied().collect(),
            profile_mode: ProfileField::ALL.into_iter().map(|field| (field, follows(&field))).collect(),
            deprovision: one.deprovision.min(other.deprovision),
            delete_after: one.delete_after.max(other.delete_after),
            never_delete: one.never_delete || other.never_delete,
            suspend_when: one.suspend_when.min(other.suspend_when),
            credential: one.credential.min(other.credential),
            backstop: one.backstop.shared_with(other.backstop),
            ..self.clone()
        }
    }
}

impl Backstop {
    /// What both put an end to.
    fn shared_with(self, other: Self) -> Self {
        match (self, other) {
            (Self::Both, either) | (either, Self::Both) => either,
            (Self::Pin, Self::Pin) => Self::Pin,
            (Self::Credential, Self::Credential) => Self::Credential,
            (Self::Off | Self::Pin | Self::Credential, Self::Off | Self::Pin | Self::Credential) => Self::Off,
        }
    }
}

impl PolicyChanges {
    /// The keys named here that speak of a person in a whole account, and so cannot differ from one mapping to the next.
    pub(crate) fn account_keys(&self) -> impl Iterator<Item = &'static str> {
        let keys = [
            ("create_users", self.create_users.is_some()),
            ("adopt", self.adopt.is_some()),
            ("profile_fields", self.profile_fields.is_some()),
            ("profile_mode", self.profile_mode.is_some()),
            ("deprovision", self.deprovision.is_some()),
            ("delete_after", self.delete_after.is_some()),
            ("never_delete", self.never_delete.is_some()),
            ("suspend_when", self.suspend_when.is_some()),
            ("credential", self.credential.is_some()),
            ("backstop", self.backstop.is_some()),
            ("max_groups_policy", self.max_groups_policy.is_some()),
        ];
        keys.into_iter().filter(|(_, named)| *named).map(|(key, _)| key)
    }

    /// The keys that speak of doors, of the API key or of the accounts themselves: no mapping says anything of them.
    pub(crate) fn place_keys(&self) -> impl Iterator<Item = &'static str> {
        let keys = [
            ("doors", self.doors.is_some()),
            ("debounce", self.debounce.is_some()),
            ("require_pass_for_checkin", self.require_pass_for_checkin.is_some()),
            ("api_key", self.api_key.is_some()),
            ("account_scope", self.account_scope.is_some()),
        ];
        keys.into_iter().filter(|(_, named)| *named).map(|(key, _)| key)
    }
}
