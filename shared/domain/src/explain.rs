//! Why a fact gives a person nothing.

use jiff::Timestamp;

use crate::{
    Subject,
    facts::{
        Booking, BookingStatus, Entitlement, Guest, Member, MemberFacts, MemberStatus, Membership, MembershipStatus,
        Pass,
    },
    policy::{Nonmembers, Paused},
    reasons::{Path, Reason, path_to, reaches, reasons, stands},
    rules::Rulebook,
    tenant::MappingKind,
};

/// A fact that gives a person no access now or later, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// The fact.
    pub fact: Subject,
    /// Why, for people to read.
    pub because: String,
}

/// Everything known of a person that gives no access from `now` on, with the cause of it.
pub fn objections(rules: &Rulebook, facts: &MemberFacts, now: Timestamp) -> Vec<Objection> {
    let Some(member) = &facts.member else {
        let unknown = |held: &Entitlement| Objection {
            fact: held.subject(),
            because: "nothing is known of the person yet".to_owned(),
        };
        return facts.entitlements.iter().map(unknown).collect();
    };
    if let Some(because) = standing(member) {
        return vec![Objection { fact: Subject::new(crate::SubjectKind::Member, member.id.as_str()), because }];
    }
    let known_reasons = reasons(rules, facts);
    let gives = |fact: &Subject| {
        known_reasons.iter().any(|reason: &Reason<'_>| reason.fact.subject() == *fact && !reason.window.is_over(now))
    };
    let own = facts.entitlements.iter().map(|held| (held, Path::Own));
    let shared = facts.teams.iter().flat_map(|team| {
        let payer = team.payer.iter().flat_map(move |payer| {
            payer
                .memberships
                .iter()
                .map(move |held| (held, Path::PayingMember { team: &team.id, payer: &payer.member }))
        });
        team.entitlements.iter().map(move |held| (held, Path::Team(&team.id))).chain(payer)
    });
    let mut objections: Vec<Objection> = Vec::new();
    for (held, path) in own.chain(shared) {
        let fact = held.subject();
        if gives(&fact) || objections.iter().any(|known| known.fact == fact) {
            continue;
        }
        let because = match held {
            Entitlement::Booking(booking) => of_booking(rules, member, booking, now),
            Entitlement::Membership(membership) => of_membership(rules, membership, path, now),
            Entitlement::Pass(pass) => of_pass(pass, now),
        };
        objections.push(Objection { fact, because });
    }
    objections
}

/// Why a person can hold no reason at all.
fn standing(member: &Member) -> Option<String> {
    if member.guest == Some(Guest::Disputed) {
        return Some("several members have this e-mail address, so nobody can tell who is meant".to_owned());
    }
    match member.status.get() {
        Some(MemberStatus::Active) => None,
        Some(MemberStatus::Inactive) => Some("the member is inactive".to_owned()),
        Some(MemberStatus::Removed) => Some("the member was removed".to_owned()),
        None => Some("nobody has told that the member is active".to_owned()),
    }
}

fn of_booking(rules: &Rulebook, member: &Member, booking: &Booking, now: Timestamp) -> String {
    match booking.status {
        BookingStatus::Tentative => return "the booking is not confirmed yet".to_owned(),
        BookingStatus::Cancelled => return "the booking was cancelled".to_owned(),
        BookingStatus::Confirmed => {}
    }
    let location = booking.location.as_ref().or_else(|| rules.location_of_resource(&booking.resource));
    let Some((_, policy)) = rules.mapped(MappingKind::Resource, &booking.resource, location).next() else {
        return format!("no mapping gives groups for resource/{} there", booking.resource);
    };
    match path_to(booking, member) {
        None => "the booking names somebody else".to_owned(),
        Some(Path::Invitation) if !policy.invitees.contains(&booking.kind) => {
            "the policy gives invitees of such bookings nothing".to_owned()
        }
        Some(_) if member.guest.is_some() && policy.nonmembers == Nonmembers::Deny => {
            "the policy gives people who are no members nothing".to_owned()
        }
        Some(_) => ended(Some(booking.ends), now),
    }
}

fn of_membership(rules: &Rulebook, membership: &Membership, path: Path<'_>, now: Timestamp) -> String {
    let location = membership.location.as_ref();
    let mapped = rules.mapped(MappingKind::Plan, &membership.plan, location).next();
    let policy = mapped.map_or_else(|| rules.policy(location), |(_, policy)| policy);
    match membership.status {
        MembershipStatus::Cancelled if membership.ends.is_none() => "the membership was cancelled".to_owned(),
        MembershipStatus::Paused if policy.paused == Paused::Revoke => "the membership is paused".to_owned(),
        MembershipStatus::Active | MembershipStatus::Cancelled | MembershipStatus::Paused => {
            if !stands(membership, policy) || !reaches(membership, path, policy) {
                "the policy does not share this membership with the person's team".to_owned()
            } else if membership.ends.is_some_and(|end| end <= now) {
                ended(membership.ends, now)
            } else {
                format!("no mapping gives groups for plan/{} there, nor for what comes with it", membership.plan)
            }
        }
    }
}

fn of_pass(pass: &Pass, now: Timestamp) -> String {
    if pass.remaining == Some(0) {
        "all of its uses are used up".to_owned()
    } else if pass.valid_until.is_some_and(|end| end <= now) {
        ended(pass.valid_until, now)
    } else {
        format!("no mapping gives groups for pass/{} there", pass.pass)
    }
}

fn ended(end: Option<Timestamp>, now: Timestamp) -> String {
    match end {
        Some(end) if end <= now => format!("it ended at {end}"),
        Some(_) | None => "it has no instant inside, or no Brivo account guards the place".to_owned(),
    }
}
