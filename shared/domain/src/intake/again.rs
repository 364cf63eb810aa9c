//! News that is told once more, long after it came in.

use jiff::Timestamp;
use serde::Deserialize;

use super::{News, Record, What, says_nothing_new};
use crate::facts::{Change, Member, MemberPatch, Stamped};

/// What becomes of news that is as of the very instant of what is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SameInstant {
    /// What is known stays: as a rule it is that news.
    #[default]
    Known,
    /// The news counts: it is read otherwise than it was.
    Anew,
}

/// What of a piece of news counts beside what is known, if anything does.
///
/// Told in the order they came in, two pieces of one instant leave the later one. Told again, the earlier must not take its
/// place, not even until the later follows: so nothing of that instant counts then, unless it is asked for.
pub fn newer(news: &News, record: Option<&Record>, same_instant: SameInstant) -> Option<News> {
    if says_nothing_new(news, record) {
        return None;
    }
    let is_newer = |known: Option<Timestamp>| {
        known.is_none_or(|known| match same_instant {
            SameInstant::Known => known < news.as_of,
            SameInstant::Anew => known <= news.as_of,
        })
    };
    let counts = match (&news.what, record) {
        (What::Member(patch), Some(Record::Member(member))) => {
            let patch = newer_fields(patch, member, is_newer)?;
            return Some(News { what: What::Member(patch), ..news.clone() });
        }
        (What::Removed, Some(Record::Member(member))) => is_newer(member.status.as_of()),
        (What::Team(_) | What::Removed, Some(Record::Team(record))) => {
            is_newer(record.told.as_ref().map(|(as_of, _)| *as_of))
        }
        (What::Entitlement(_) | What::Removed, Some(Record::Entitlement(record))) => is_newer(Some(record.as_of)),
        (What::Contact(contact), Some(Record::Address(record))) => {
            is_newer(record.email.as_of()) || (contact.name.is_some() && is_newer(record.name.as_of()))
        }
        (What::Member(patch), None) => *patch != MemberPatch::default(),
        (_, None) => true,
        // What is of another kind than its record.
        _ => false,
    };
    counts.then(|| news.clone())
}

/// The fields of a patch that count; none if no field does.
fn newer_fields(
    patch: &MemberPatch,
    known: &Member,
    is_newer: impl Fn(Option<Timestamp>) -> bool,
) -> Option<MemberPatch> {
    let newer = MemberPatch {
        first_name: kept(&patch.first_name, &known.first_name, &is_newer),
        last_name: kept(&patch.last_name, &known.last_name, &is_newer),
        full_name: kept(&patch.full_name, &known.full_name, &is_newer),
        email: kept(&patch.email, &known.email, &is_newer),
        address: kept(&patch.address, &known.address, &is_newer),
        phone: kept(&patch.phone, &known.phone, &is_newer),
        access_code: kept(&patch.access_code, &known.access_code, &is_newer),
        status: kept(&patch.status, &known.status, &is_newer),
        teams: kept(&patch.teams, &known.teams, &is_newer),
        door_access: kept(&patch.door_access, &known.door_access, &is_newer),
        fetch_details: false,
        details_fetched: false,
    };
    let says_something = newer != MemberPatch::default();
    says_something.then_some(MemberPatch {
        fetch_details: patch.fetch_details,
        details_fetched: patch.details_fetched,
        ..newer
    })
}

fn kept<T: Clone>(change: &Change<T>, known: &Stamped<T>, is_newer: &impl Fn(Option<Timestamp>) -> bool) -> Change<T> {
    if is_newer(known.as_of()) { change.clone() } else { Change::Keep }
}
