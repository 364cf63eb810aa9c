//! What operators may choose, as data: one preset per platform, and what differs from it.
//!
//! Preset, tenant, location and mapping are laid over one another in this order. Whoever decides asks the policy, never the
//! platform; `policy/presets.rs` is the one place that knows what a platform's own integration does.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;

use crate::{GroupId, facts::BookingKind, tenant::DoorAction};

mod changes;
mod choices;
mod mildest;
mod presets;

pub use changes::{PolicyChanges, ProfileModes};
pub use choices::{
    AccountScope, Adopt, ApiKeyHolder, Backstop, CreateUsers, Credential, Deprovision, Drift, Fanout, MaxGroupsPolicy,
    Nonmembers, Ownership, Paused, PaymentGate, ProfileField, ProfileMode, SourceOfGroups, SuspendWhen,
};

/// Every choice, settled. The keys of a policy table in the tenant document have the same names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How long before a booking starts its access begins.
    pub lead: SignedDuration,
    /// How long after a booking ends its access ends.
    pub lag: SignedDuration,
    /// Who shares what a member or a team holds.
    pub fanout: Fanout,
    /// Whether a paused membership keeps its access.
    pub paused: Paused,
    /// The kinds of bookings whose invitees get access.
    pub invitees: BTreeSet<BookingKind>,
    /// Whether bookers who are no members get access.
    pub nonmembers: Nonmembers,
    /// Where the groups of a membership are chosen.
    pub source_of_groups: SourceOfGroups,
    /// Which groups come first when Brivo's limit does not leave room for all.
    pub max_groups_policy: MaxGroupsPolicy,
    /// What unpaid invoices do.
    pub payment_gate: PaymentGate,

    /// How long before its window opens a reason makes the Brivo user.
    pub create_ahead: SignedDuration,
    /// What makes the Brivo user.
    pub create_users: CreateUsers,
    /// Whether a Brivo user that somebody else made becomes ours.
    pub adopt: Adopt,
    /// Which fields of the Brivo user are ours.
    pub profile_fields: BTreeSet<ProfileField>,
    /// Whether a field of ours follows later edits.
    pub profile_mode: BTreeMap<ProfileField, ProfileMode>,

    /// What happens to the Brivo user of somebody who left, beside losing the groups.
    pub deprovision: Deprovision,
    /// How long after leaving the user is deleted, if at all.
    pub delete_after: SignedDuration,
    /// Whether deleting is out of the question.
    pub never_delete: bool,
    /// When somebody counts as having left, for suspending.
    pub suspend_when: SuspendWhen,

    /// How people get to what opens doors.
    pub credential: Credential,
    /// How long before a booking starts the person is told the code.
    pub notify_lead: SignedDuration,
    /// What gets an end of its own in Brivo, so that access ends even if we do not act.
    pub backstop: Backstop,

    /// What is done about hand edits in Brivo, for groups that `drift_groups` does not name.
    pub drift: Drift,
    /// What is done about hand edits of single groups; see [`Policy::drift_of`].
    pub drift_groups: BTreeMap<GroupId, Drift>,
    /// Whether the groups are ours alone.
    pub ownership: Ownership,
    /// What the name of every managed group begins with, if names mark them.
    pub managed_prefix: Option<String>,

    /// What an unlock does at a door that the document does not list.
    pub doors: DoorAction,
    /// For how long further unlocks of a person at a door count as the same one.
    pub debounce: SignedDuration,
    /// Whether only somebody with a valid pass is checked in. Access never depends on it.
    pub require_pass_for_checkin: bool,

    /// Who holds the Brivo API key.
    pub api_key: ApiKeyHolder,
    /// Whether there is one Brivo account for all or one for each location.
    pub account_scope: AccountScope,
}

impl Policy {
    /// What is done about hand edits of a group.
    pub fn drift_of(&self, group: GroupId) -> Drift {
        self.drift_groups.get(&group).copied().unwrap_or(self.drift)
    }

    /// The fields that follow later edits.
    pub fn continuous_fields(&self) -> BTreeSet<ProfileField> {
        let follows = |field: &ProfileField| self.profile_mode.get(field) == Some(&ProfileMode::Continuous);
        self.profile_fields.iter().copied().filter(follows).collect()
    }

    /// Whether deleting is both chosen and out of the question.
    pub(crate) fn contradicts_itself(&self) -> bool {
        self.never_delete && self.deprovision == Deprovision::Delete
    }
}
