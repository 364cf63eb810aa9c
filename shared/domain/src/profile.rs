//! The part of a Brivo user that describes the person.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    facts::{Member, Stamped},
    policy::ProfileField,
};

/// The longest name that is sent, in characters.
///
/// Brivo documents no limit; 50 is what its own forms are said to take. Source: Brivo API, users, 2025-11-25.
const LONGEST_NAME: usize = 50;

/// What stands for a last name where the platform knows only one word; Brivo requires both names.
const NO_LAST_NAME: &str = "-";

/// Names and addresses of a Brivo user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Given name; never empty.
    pub first: String,
    /// Family name; never empty.
    pub last: String,
    /// E-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

impl Profile {
    /// The profile of a member, with the fields that policy sends; `None` while no name is known.
    pub fn of(member: &Member, fields: &BTreeSet<ProfileField>) -> Option<Self> {
        let (first, last) = names(member)?;
        let sent = |name, value| field(value).filter(|_| fields.contains(&name)).map(str::to_owned);
        Some(Self {
            first,
            last,
            email: sent(ProfileField::Email, &member.email),
            phone: sent(ProfileField::Phone, &member.phone),
        })
    }

    /// The fields among `fields` that differ from `sent`.
    pub fn differs_from(&self, sent: &Self, fields: &BTreeSet<ProfileField>) -> BTreeSet<ProfileField> {
        fields
            .iter()
            .copied()
            .filter(|field| match field {
                ProfileField::First => self.first != sent.first,
                ProfileField::Last => self.last != sent.last,
                ProfileField::Email => self.email != sent.email,
                ProfileField::Phone => self.phone != sent.phone,
                ProfileField::Pin => false,
            })
            .collect()
    }

    /// Takes these fields from another profile.
    pub fn take_over(&mut self, from: &Self, fields: &BTreeSet<ProfileField>) {
        for field in fields {
            match field {
                ProfileField::First => self.first.clone_from(&from.first),
                ProfileField::Last => self.last.clone_from(&from.last),
                ProfileField::Email => self.email.clone_from(&from.email),
                ProfileField::Phone => self.phone.clone_from(&from.phone),
                ProfileField::Pin => {}
            }
        }
    }
}

/// What was sent of an address or a number before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent<'a> {
    /// Nobody knows.
    Unknown,
    /// None.
    Nothing,
    /// This one.
    Text(&'a str),
}

impl<'a> Sent<'a> {
    /// What was sent of a field, if the profile that was sent is known.
    pub fn of(sent: Option<&'a Profile>, field: impl FnOnce(&'a Profile) -> Option<&'a str>) -> Self {
        match sent.map(field) {
            None => Self::Unknown,
            Some(None) => Self::Nothing,
            Some(Some(text)) => Self::Text(text),
        }
    }
}

/// What a list of addresses or numbers in Brivo becomes: our entry in place of the one we sent before, and those of others as they
/// are.
///
/// Of a user of ours of whom it is not known what was sent the first entry is taken for it.
pub fn with_our_entry<T: AsRef<str>>(shown: Vec<T>, sent: Sent<'_>, ours: Option<T>) -> Vec<T> {
    let is = |entry: &T, text: &str| entry.as_ref().trim().eq_ignore_ascii_case(text.trim());
    let is_new = |entry: &T| ours.as_ref().is_some_and(|ours| is(entry, ours.as_ref()));
    let is_first_ours = ours.is_some() && !shown.iter().any(is_new);
    let is_old = |place: usize, entry: &T| match sent {
        Sent::Text(sent) => is(entry, sent),
        Sent::Nothing => false,
        Sent::Unknown => is_first_ours && place == 0,
    };
    let places: Vec<bool> =
        shown.iter().enumerate().map(|(place, entry)| is_old(place, entry) || is_new(entry)).collect();
    let place = places.iter().position(|is_ours| *is_ours);
    let mut list: Vec<T> = shown.into_iter().zip(places).filter(|(_, is_ours)| !is_ours).map(|(it, _)| it).collect();
    if let Some(ours) = ours {
        list.insert(place.unwrap_or(list.len()).min(list.len()), ours);
    }
    list
}

/// First and last name: two fields win over one; of one field the first word is the first name and the rest the last.
fn names(member: &Member) -> Option<(String, String)> {
    let (first, last) = match (field(&member.first_name), field(&member.last_name)) {
        (Some(first), Some(last)) => (first, last),
        (only_first, only_last) => {
            let whole = field(&member.full_name).or(only_first).or(only_last)?;
            whole.split_once(char::is_whitespace).unwrap_or((whole, NO_LAST_NAME))
        }
    };
    Some((shortened(first), shortened(last)))
}

/// A field's text, unless it is blank.
fn field(field: &Stamped<String>) -> Option<&str> {
    field.get().map(|text| text.trim()).filter(|text| !text.is_empty())
}

fn shortened(name: &str) -> String {
    name.trim().chars().take(LONGEST_NAME).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::facts::{Change, MemberPatch};

    fn named(full_name: &str) -> Option<(String, String)> {
        let mut member = Member::unknown("m1".into());
        let patch = MemberPatch { full_name: Change::Set(full_name.to_owned()), ..MemberPatch::default() };
        member.merge(patch, Timestamp::UNIX_EPOCH);
        names(&member)
    }

    #[test]
    fn a_full_name_is_split_without_losing_a_word() {
        assert_eq!(named("María del Carmen López"), Some(("María".into(), "del Carmen López".into())));
        assert_eq!(named("  Zoë  Example "), Some(("Zoë".into(), "Example".into())));
        assert_eq!(named("山田太郎"), Some(("山田太郎".into(), "-".into())));
        assert_eq!(named("  "), None);
    }

    /// SPB-27: what is not among the fields is never sent, and a blank text is none.
    #[test]
    fn only_the_fields_of_the_policy_are_sent() {
        let mut member = Member::unknown("m1".into());
        let patch = MemberPatch {
            full_name: Change::Set("Ann Example".to_owned()),
            email: Change::Set(" ann@example.com ".to_owned()),
            phone: Change::Set("  ".to_owned()),
            ..MemberPatch::default()
        };
        member.merge(patch, Timestamp::UNIX_EPOCH);
        let sent = |fields: &[ProfileField]| Profile::of(&member, &fields.iter().copied().collect()).unwrap();

        assert_eq!(sent(&[ProfileField::Phone]).email, None);
        assert_eq!(sent(&[ProfileField::Email]).email.as_deref(), Some("ann@example.com"));
        assert_eq!(sent(&[ProfileField::Phone]).phone, None);
    }
}
