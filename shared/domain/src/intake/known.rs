//! News that says what is known already, as most of a full read does.

use super::{News, Record, What};
use crate::facts::{Change, MemberStatus, Stamped};

/// Whether the news says nothing that the record does not say, so that nobody need be looked at for it.
///
/// How new the record is stays as it was: something told late that lies between the two counts until the next full read.
pub fn says_nothing_new(news: &News, record: Option<&Record>) -> bool {
    match (&news.what, record) {
        (What::Member(patch), Some(Record::Member(member))) => {
            !patch.fetch_details
                && same(&patch.first_name, &member.first_name)
                && same(&patch.last_name, &member.last_name)
                && same(&patch.full_name, &member.full_name)
                && same(&patch.email, &member.email)
                && same(&patch.address, &member.address)
                && same(&patch.phone, &member.phone)
                && same(&patch.access_code, &member.access_code)
                && same(&patch.status, &member.status)
                && same(&patch.teams, &member.teams)
                && same(&patch.door_access, &member.door_access)
        }
        (What::Team(team), Some(Record::Team(record))) => record.begun.is_none() && record.team() == Some(team),
        (What::Entitlement(told), Some(Record::Entitlement(record))) => {
            record.begun.is_none() && record.held.as_deref() == Some(told)
        }
        (What::Contact(contact), Some(Record::Address(record))) => {
            let is_named = contact.name.is_none() || contact.name.as_ref() == record.name.get();
            is_named && record.email.get() == Some(&contact.email)
        }
        (What::Removed, Some(Record::Member(member))) => member.status.get() == Some(&MemberStatus::Removed),
        (What::Removed, Some(Record::Team(record))) => record.begun.is_none() && record.is_removed(),
        (What::Removed, Some(Record::Entitlement(record))) => {
            record.begun.is_none() && record.holders.is_empty() && record.held.is_none()
        }
        // What is of another kind than its record, and what has none.
        _ => false,
    }
}

fn same<T: PartialEq>(change: &Change<T>, known: &Stamped<T>) -> bool {
    match change {
        Change::Keep => true,
        Change::Clear => known.get().is_none() && known.as_of().is_some(),
        Change::Set(value) => known.get() == Some(value),
    }
}
