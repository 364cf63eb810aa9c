//! News of the platform, piece by piece.

use domain::{
    MemberId, Subject, TeamId,
    facts::{Booking, Change, Entitlement, MemberPatch, MemberStatus, Team},
    intake::{Contact, EventKey, News, What},
    rules::Rulebook,
    tenant::Platform,
};
use jiff::Timestamp;

use crate::world::{mapping, subject, tenant};

/// The rules of a tenant whose `plan` gives group 1 and whose `room` gives group 2.
pub(crate) fn rules(platform: Platform) -> Rulebook {
    Rulebook::new(&tenant(platform, vec![mapping("plan/plan", &[1]), mapping("resource/room", &[2])]))
}

pub(crate) fn news(as_of: Timestamp, subject: Subject, what: What) -> News {
    News { event: EventKey { source: "test".to_owned(), id: format!("{subject}@{as_of}") }, subject, as_of, what }
}

pub(crate) fn person(as_of: Timestamp, id: &str, patch: MemberPatch) -> News {
    news(as_of, subject(&format!("member/{id}")), What::Member(patch))
}

pub(crate) fn active() -> MemberPatch {
    MemberPatch { status: Change::Set(MemberStatus::Active), ..MemberPatch::default() }
}

/// Active, with an e-mail address.
pub(crate) fn at_address(address: &str) -> MemberPatch {
    MemberPatch { address: Change::Set(address.into()), ..active() }
}

pub(crate) fn team(as_of: Timestamp, id: &str, members: &[&str]) -> News {
    team_of(as_of, members, (id, None))
}

/// A team and who pays for it.
pub(crate) fn team_of(as_of: Timestamp, members: &[&str], (id, payer): (&str, Option<&str>)) -> News {
    let members = members.iter().map(|member| MemberId::from(*member)).collect();
    let team = Team { id: TeamId::from(id), members, paying_member: payer.map(MemberId::from) };
    news(as_of, subject(&format!("team/{id}")), What::Team(team))
}

pub(crate) fn removed(as_of: Timestamp, name: &str) -> News {
    news(as_of, subject(name), What::Removed)
}

pub(crate) fn entitlement(as_of: Timestamp, entitlement: Entitlement) -> News {
    news(as_of, entitlement.subject(), What::Entitlement(entitlement))
}

pub(crate) fn booked(booking: Booking) -> Entitlement {
    Entitlement::Booking(booking)
}

/// The name that goes with an address.
pub(crate) fn contact(as_of: Timestamp, address: &str, name: &str) -> News {
    let contact = Contact { name: Some(name.to_owned()), email: format!("{address}@example.com") };
    news(as_of, subject(&format!("address/{address}")), What::Contact(contact))
}
