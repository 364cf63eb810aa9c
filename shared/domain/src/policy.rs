//! What operators may choose, as data: one preset per platform, and what differs from it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Span, SpanRelativeTo};
use serde::{Deserialize, Deserializer, Serialize};

use crate::tenant::Platform;

/// Every choice, settled.
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
    /// How long before its window opens a reason makes the Brivo user.
    pub create_ahead: SignedDuration,
    /// Which fields of the Brivo user are ours.
    pub profile_fields: BTreeSet<ProfileField>,
    /// Whether a field of ours follows later edits.
    pub profile_mode: BTreeMap<ProfileField, ProfileMode>,
}

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

/// Whether a field follows later edits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProfileMode {
    /// Every edit is sent.
    Continuous,
    /// Sent when the user is made, never again.
    CreateOnly,
}

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
    /// See [`Policy::create_ahead`].
    #[serde(deserialize_with = "duration", skip_serializing_if = "Option::is_none")]
    pub create_ahead: Option<SignedDuration>,
    /// See [`Policy::profile_fields`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile_fields: Option<BTreeSet<ProfileField>>,
    /// See [`Policy::profile_mode`]: one for all fields, or a table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile_mode: Option<ProfileModes>,
}

/// One mode for all fields, or a table per field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ProfileModes {
    /// The same for every field.
    All(ProfileMode),
    /// Per field; the others stay as they were.
    PerField(BTreeMap<ProfileField, ProfileMode>),
}

/// The longest lead, lag or look-ahead that makes sense; longer ones are typing errors.
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

const FIELDS: [ProfileField; 5] =
    [ProfileField::First, ProfileField::Last, ProfileField::Email, ProfileField::Phone, ProfileField::Pin];

impl Policy {
    /// The preset of a platform: its own help pages, as data.
    ///
    /// Source: the platforms' pages on their Brivo integration; Coworks names no window, OfficeRnD says that access comes
    /// "when the booking time approaches" without a number, for which 10 minutes is our choice.
    pub fn preset(platform: Platform) -> Self {
        use Fanout::{CompanyAlways, MemberOnly, TeamIfPayer, TeamIfUnassigned};
        use ProfileField::{Email, First, Last, Phone, Pin};
        use ProfileMode::{Continuous, CreateOnly};

        let names = [First, Last, Email];
        let (lead, lag, fanout, paused, fields, mode): (i64, i64, _, _, &[ProfileField], _) = match platform {
            Platform::Deskworks => {
                (10, 0, CompanyAlways, Paused::Revoke, &[First, Last, Email, Phone, Pin], Continuous)
            }
            Platform::Coworks => (0, 0, MemberOnly, Paused::Revoke, &names, CreateOnly),
            Platform::Nexudus => (10, 15, TeamIfPayer, Paused::Revoke, &names, Continuous),
            Platform::Spacebring => (30, 30, CompanyAlways, Paused::Keep, &names, Continuous),
            Platform::Officernd => (10, 0, TeamIfUnassigned, Paused::Revoke, &[First, Last, Email, Phone], CreateOnly),
        };
        Self {
            lead: SignedDuration::from_mins(lead),
            lag: SignedDuration::from_mins(lag),
            fanout,
            paused,
            create_ahead: SignedDuration::from_hours(90 * 24),
            profile_fields: fields.iter().copied().collect(),
            profile_mode: FIELDS.into_iter().map(|field| (field, mode)).collect(),
        }
    }

    /// Takes over what the changes name.
    pub fn apply(&mut self, changes: &PolicyChanges) {
        self.lead = changes.lead.unwrap_or(self.lead);
        self.lag = changes.lag.unwrap_or(self.lag);
        self.fanout = changes.fanout.unwrap_or(self.fanout);
        self.paused = changes.paused.unwrap_or(self.paused);
        self.create_ahead = changes.create_ahead.unwrap_or(self.create_ahead);
        if let Some(fields) = &changes.profile_fields {
            self.profile_fields.clone_from(fields);
        }
        match &changes.profile_mode {
            None => {}
            Some(ProfileModes::All(mode)) => {
                self.profile_mode = FIELDS.into_iter().map(|field| (field, *mode)).collect();
            }
            Some(ProfileModes::PerField(modes)) => self.profile_mode.extend(modes),
        }
    }

    /// The fields that follow later edits.
    pub fn continuous_fields(&self) -> BTreeSet<ProfileField> {
        let follows = |field: &ProfileField| self.profile_mode.get(field) == Some(&ProfileMode::Continuous);
        self.profile_fields.iter().copied().filter(follows).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
