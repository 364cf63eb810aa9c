//! The values a policy key can have, by the words of the tenant document.
//!
//! Where locations of one Brivo account differ, the mildest value holds; such choices list the mildest first.

use serde::{Deserialize, Deserializer, Serialize};

/// Who shares what a member or a team holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fanout {
    /// Only the person named.
    MemberOnly,
    /// The whole team if nobody is named.
    TeamIfUnassigned,
    /// The whole team if the person named pays for it.
    TeamIfPayer,
    /// Always the whole team that holds it.
    CompanyAlways,
}

/// What a pause does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Paused {
    /// Access goes on.
    Keep,
    /// Access stops until the pause ends.
    Revoke,
}

/// Whether bookers who are no members get access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nonmembers {
    /// By their e-mail address.
    Allow,
    /// Only members do.
    Deny,
}

/// Where the groups of a membership are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceOfGroups {
    /// In the mapping of its plan, as it stands.
    Mapping,
    /// For each subscription; the mapping of the plan is copied when a subscription is first seen.
    PerSubscription,
    /// For each person.
    PerPerson,
}

/// Which groups come first when Brivo's limit does not leave room for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaxGroupsPolicy {
    /// Those held already, then those whose window begins first.
    NearestWindowFirst,
}

/// What unpaid invoices do. Nothing: the feed does not tell of payments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentGate {
    /// Access goes on.
    Ignore,
}

impl<'de> Deserialize<'de> for PaymentGate {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        match String::deserialize(from)?.as_str() {
            "ignore" => Ok(Self::Ignore),
            "block_when_overdue" => Err(D::Error::custom(
                "block_when_overdue is not possible, the feed does not tell of payments; use ignore",
            )),
            other => Err(D::Error::unknown_variant(other, &["ignore"])),
        }
    }
}

/// What makes the Brivo user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CreateUsers {
    /// The first reason, open or upcoming.
    OnFirstReason,
    /// The active member.
    OnMember,
}

/// Whether a Brivo user that somebody else made, with the member's e-mail address, becomes ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Adopt {
    /// A new user is made.
    Never,
    /// If just one user has that address and no other application marked it.
    ExactEmail,
}

/// A field of a Brivo user that can be ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProfileField {
    /// Given name.
    First,
    /// Family name.
    Last,
    /// E-mail address.
    Email,
    /// Telephone number.
    Phone,
    /// Access code.
    Pin,
}

impl ProfileField {
    pub(crate) const ALL: [Self; 5] = [Self::First, Self::Last, Self::Email, Self::Phone, Self::Pin];

    /// Whether Brivo keeps a list of them, in which others may stand beside ours.
    pub fn is_listed(self) -> bool {
        match self {
            Self::Email | Self::Phone => true,
            Self::First | Self::Last | Self::Pin => false,
        }
    }
}

/// Whether a field follows later edits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProfileMode {
    /// Sent when the user is made, never again.
    CreateOnly,
    /// Every edit is sent.
    Continuous,
}

/// What happens to the Brivo user of somebody who left, beside losing the groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deprovision {
    /// Nothing.
    RemoveGroups,
    /// It is suspended.
    Suspend,
    /// It is deleted.
    Delete,
}

/// When somebody counts as having left, for suspending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuspendWhen {
    /// As soon as the platform calls the member inactive.
    Inactive,
    /// Also while active, as soon as no reason is open or upcoming.
    NoReasonOpenOrUpcoming,
}

/// How people get to what opens doors. The mildest is what sends them the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Credential {
    /// Staff sees to it.
    None,
    /// A hook tells the operator's own application.
    AppHook,
    /// A code, in a mail of ours.
    CodeMail,
    /// Brivo's invitation mail.
    BrivoMail,
}

/// What gets an end of its own in Brivo, so that access ends even if we do not act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Backstop {
    /// Nothing.
    Off,
    /// The PIN.
    Pin,
    /// The mobile pass.
    Credential,
    /// The PIN and the mobile pass.
    Both,
}

/// What is done about hand edits in Brivo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Drift {
    /// Nothing.
    Ignore,
    /// They are told.
    Report,
    /// They are undone.
    Revert,
}

/// Whether managed groups are ours alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ownership {
    /// Nobody else may be in them.
    Exclusive,
    /// Staff may use them too.
    Additive,
}

/// Who holds the Brivo API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiKeyHolder {
    /// Whoever runs Latchwork, one for all operators.
    Vendor,
    /// The operator.
    Tenant,
    /// Each location.
    Location,
}

/// Whether there is one Brivo account for all or one for each location.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountScope {
    /// One for all.
    Tenant,
    /// One for each location.
    Location,
}
