//! What differs from a policy, as the tenant document says it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Span, SpanRelativeTo};
use serde::{Deserialize, Deserializer, Serialize};

use super::{
    AccountScope, Adopt, ApiKeyHolder, Backstop, CreateUsers, Credential, Deprovision, Drift, Fanout, MaxGroupsPolicy,
    Nonmembers, Ownership, Paused, PaymentGate, Policy, ProfileField, ProfileMode, SourceOfGroups, SuspendWhen,
};
use crate::{GroupId, facts::BookingKind, tenant::DoorAction};

/// What differs from a policy; every key may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PolicyChanges {
    /// See [`Policy::lead`].
    #[serde(deserialize_with = "duration", skip_serializing_if = "Option::is_none")]
    pub lead: Option<SignedDuration>,
    /// See [`Policy::lag`].
    #[serde(deserialize_with = "duration", skip_serializing_if = "Option::is_none")]
    pub lag: Option<SignedDuration>,
    /// See [`Policy::fanout`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fanout: Option<Fanout>,
    /// See [`Policy::paused`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<Paused>,
    /// Instead of those named before; see [`Policy::invitees`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invitees: Option<BTreeSet<BookingKind>>,
    /// See [`Policy::nonmembers`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonmembers: Option<Nonmembers>,
    /// See [`Policy::source_of_groups`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_of_groups: Option<SourceOfGroups>,
    /// See [`Policy::max_groups_policy`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_groups_policy: Option<MaxGroupsPolicy>,
    /// See [`Policy::payment_gate`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_gate: Option<PaymentGate>,
    /// See [`Policy::create_ahead`].
    #[serde(deserialize_with = "duration", skip_serializing_if = "Option::is_none")]
    pub create_ahead: Option<SignedDuration>,
    /// See [`Policy::create_users`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_users: Option<CreateUsers>,
    /// See [`Policy::adopt`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adopt: Option<Adopt>,
    /// See [`Policy::profile_fields`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile_fields: Option<BTreeSet<ProfileField>>,
    /// One mode for all fields, or a table; see [`Policy::profile_mode`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile_mode: Option<ProfileModes>,
    /// See [`Policy::deprovision`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprovision: Option<Deprovision>,
    /// See [`Policy::delete_after`].
    #[serde(deserialize_with = "duration", skip_serializing_if = "Option::is_none")]
    pub delete_after: Option<SignedDuration>,
    /// See [`Policy::never_delete`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub never_delete: Option<bool>,
    /// See [`Policy::suspend_when`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspend_when: Option<SuspendWhen>,
    /// See [`Policy::credential`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential: Option<Credential>,
    /// See [`Policy::notify_lead`].
    #[serde(deserialize_with = "duration", skip_serializing_if = "Option::is_none")]
    pub notify_lead: Option<SignedDuration>,
    /// See [`Policy::backstop`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backstop: Option<Backstop>,
    /// See [`Policy::drift`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drift: Option<Drift>,
    /// Beside those named before; see [`Policy::drift_groups`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drift_groups: Option<BTreeMap<GroupId, Drift>>,
    /// See [`Policy::ownership`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ownership: Option<Ownership>,
    /// Empty for none; see [`Policy::managed_prefix`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub managed_prefix: Option<String>,
    /// See [`Policy::doors`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doors: Option<DoorAction>,
    /// See [`Policy::debounce`].
    #[serde(deserialize_with = "duration", skip_serializing_if = "Option::is_none")]
    pub debounce: Option<SignedDuration>,
    /// See [`Policy::require_pass_for_checkin`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_pass_for_checkin: Option<bool>,
    /// See [`Policy::api_key`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key: Option<ApiKeyHolder>,
    /// See [`Policy::account_scope`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_scope: Option<AccountScope>,
}

impl PolicyChanges {
    /// Every key there is, for telling a misspelt one.
    pub const KEYS: [&'static str; 30] = [
        "lead",
        "lag",
        "fanout",
        "paused",
        "invitees",
        "nonmembers",
        "source_of_groups",
        "max_groups_policy",
        "payment_gate",
        "create_ahead",
        "create_users",
        "adopt",
        "profile_fields",
        "profile_mode",
        "deprovision",
        "delete_after",
        "never_delete",
        "suspend_when",
        "credential",
        "notify_lead",
        "backstop",
        "drift",
        "drift_groups",
        "ownership",
        "managed_prefix",
        "doors",
        "debounce",
        "require_pass_for_checkin",
        "api_key",
        "account_scope",
    ];
}

/// One mode for all fields, or a table per field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "use continuous, create_only or a table of these per field: first, last, email, phone, pin"
)]
pub enum ProfileModes {
    /// The same for every field.
    All(ProfileMode),
    /// Per field; the others stay as they were.
    PerField(BTreeMap<ProfileField, ProfileMode>),
}

impl Policy {
    /// This policy with what the changes name.
    #[must_use]
    pub fn changed(&self, changes: &PolicyChanges) -> Self {
        let mut policy = self.clone();
        policy.apply(changes);
        policy
    }

    /// Takes over what the changes name.
    pub fn apply(&mut self, changes: &PolicyChanges) {
        take(&mut self.lead, changes.lead.as_ref());
        take(&mut self.lag, changes.lag.as_ref());
        take(&mut self.fanout, changes.fanout.as_ref());
        take(&mut self.paused, changes.paused.as_ref());
        take(&mut self.invitees, changes.invitees.as_ref());
        take(&mut self.nonmembers, changes.nonmembers.as_ref());
        take(&mut self.source_of_groups, changes.source_of_groups.as_ref());
        take(&mut self.max_groups_policy, changes.max_groups_policy.as_ref());
        take(&mut self.payment_gate, changes.payment_gate.as_ref());
        take(&mut self.create_ahead, changes.create_ahead.as_ref());
        take(&mut self.create_users, changes.create_users.as_ref());
        take(&mut self.adopt, changes.adopt.as_ref());
        take(&mut self.profile_fields, changes.profile_fields.as_ref());
        take(&mut self.deprovision, changes.deprovision.as_ref());
        take(&mut self.delete_after, changes.delete_after.as_ref());
        take(&mut self.never_delete, changes.never_delete.as_ref());
        take(&mut self.suspend_when, changes.suspend_when.as_ref());
        take(&mut self.credential, changes.credential.as_ref());
        take(&mut self.notify_lead, changes.notify_lead.as_ref());
        take(&mut self.backstop, changes.backstop.as_ref());
        take(&mut self.drift, changes.drift.as_ref());
        take(&mut self.ownership, changes.ownership.as_ref());
        take(&mut self.doors, changes.doors.as_ref());
        take(&mut self.debounce, changes.debounce.as_ref());
        take(&mut self.require_pass_for_checkin, changes.require_pass_for_checkin.as_ref());
        take(&mut self.api_key, changes.api_key.as_ref());
        take(&mut self.account_scope, changes.account_scope.as_ref());
        match &changes.profile_mode {
            None => {}
            Some(ProfileModes::All(mode)) => {
                self.profile_mode = ProfileField::ALL.into_iter().map(|field| (field, *mode)).collect();
            }
            Some(ProfileModes::PerField(modes)) => self.profile_mode.extend(modes),
        }
        self.drift_groups.extend(changes.drift_groups.iter().flatten());
        if let Some(prefix) = &changes.managed_prefix {
            self.managed_prefix = (!prefix.is_empty()).then(|| prefix.clone());
        }
    }
}

fn take<T: Clone>(value: &mut T, change: Option<&T>) {
    if let Some(change) = change {
        value.clone_from(change);
    }
}

/// The longest duration that makes sense here; longer ones are typing errors.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 366);

/// Reads an ISO 8601 duration (`PT15M`, `P90D`), or `null` for none; a day is 24 hours.
fn duration<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SignedDuration>, D::Error> {
    use serde::de::Error;
    let Some(text) = Option::<String>::deserialize(from)? else {
        return Ok(None);
    };
    let refuse =
        || D::Error::custom(format!("\"{text}\" is no duration of at most P366D, write one like PT15M or P90D"));
    let span: Span = text.parse().map_err(|_| refuse())?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| refuse())?;
    if duration.is_negative() || duration > LONGEST { Err(refuse()) } else { Ok(Some(duration)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenant::Platform;

    #[test]
    fn a_duration_is_iso_8601_and_neither_negative_nor_endless() {
        let lead = |text: &str| serde_json::from_str::<PolicyChanges>(&format!("{{\"lead\":\"{text}\"}}"));

        assert_eq!(lead("PT15M").unwrap().lead, Some(SignedDuration::from_mins(15)));
        assert_eq!(lead("P90D").unwrap().lead, Some(SignedDuration::from_hours(2160)));
        assert!(lead("-PT15M").is_err());
        assert!(lead("P2Y").is_err());
        assert!(lead("15m ago").is_err());
    }

    #[test]
    fn a_change_of_one_field_leaves_the_modes_of_the_others() {
        let mut policy = Policy::preset(Platform::Officernd);
        let changes = r#"{"profile_mode": {"email": "continuous"}}"#;

        policy.apply(&serde_json::from_str(changes).unwrap());

        assert_eq!(policy.continuous_fields(), BTreeSet::from([ProfileField::Email]));
    }

    #[test]
    fn every_field_has_its_key() {
        let shown = format!("{:?}", PolicyChanges::default());
        let fields = shown.trim_start_matches("PolicyChanges { ").trim_end_matches(": None }").split(": None, ");

        assert_eq!(fields.collect::<Vec<_>>(), PolicyChanges::KEYS);
    }
}
