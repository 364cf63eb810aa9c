//! What says less of a thing than is known of it.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::{
    facts::{
        Booking, BookingStatus, Change, Entitlement, Member, MemberPatch, MemberStatus, Membership, MembershipStatus,
        Pass, Stamped, Team,
    },
    intake::{Record, What},
};

/// Whether what is told gives somebody less than what is known: fewer groups, teams or desks, an earlier end, another plan.
pub(super) fn lessens(record: &Record, told: &What) -> bool {
    match (record, told) {
        (Record::Member(member), What::Member(patch)) => lessens_member(member, patch),
        (Record::Team(record), What::Team(told)) => {
            record.told.as_ref().and_then(|(_, team)| team.as_ref()).is_some_and(|known| lessens_team(known, told))
        }
        (Record::Entitlement(record), What::Entitlement(told)) => {
            record.held.as_deref().is_some_and(|known| lessens_entitlement(known, told))
        }
        // What is of another kind than its record.
        _ => false,
    }
}

fn lessens_member(member: &Member, patch: &MemberPatch) -> bool {
    let stops = matches!(patch.status, Change::Set(MemberStatus::Inactive | MemberStatus::Removed) | Change::Clear);
    (stops && member.is_active())
        || loses(&member.door_access, &patch.door_access)
        || loses(&member.teams, &patch.teams)
}

fn loses<T: Ord>(known: &Stamped<BTreeSet<T>>, told: &Change<BTreeSet<T>>) -> bool {
    let known = known.get().filter(|known| !known.is_empty());
    known.is_some_and(|known| match told {
        Change::Keep => false,
        Change::Clear => true,
        Change::Set(told) => !known.is_subset(told),
    })
}

fn lessens_team(known: &Team, told: &Team) -> bool {
    let loses_payer = known.paying_member.is_some() && known.paying_member != told.paying_member;
    loses_payer || !known.members.is_subset(&told.members)
}

fn lessens_entitlement(known: &Entitlement, told: &Entitlement) -> bool {
    let loses_holders = !known.holders().is_subset(&told.holders());
    let is_elsewhere = known.location() != told.location();
    let lessens = match (known, told) {
        (Entitlement::Membership(known), Entitlement::Membership(told)) => lessens_membership(known, told),
        (Entitlement::Booking(known), Entitlement::Booking(told)) => lessens_booking(known, told),
        (Entitlement::Pass(known), Entitlement::Pass(told)) => lessens_pass(known, told),
        // A subject of one kind is never told as another.
        _ => true,
    };
    loses_holders || is_elsewhere || lessens
}

fn lessens_membership(known: &Membership, told: &Membership) -> bool {
    let stops = known.status == MembershipStatus::Active && told.status != MembershipStatus::Active;
    let loses_groups = match (&known.groups, &told.groups) {
        (None, None) => false,
        (Some(known), Some(told)) => !known.is_subset(told),
        // Those of the plan instead, or the other way round.
        (None, Some(_)) | (Some(_), None) => true,
    };
    stops
        || loses_groups
        || known.plan != told.plan
        || told.starts > known.starts
        || ends_earlier(told.ends, known.ends)
        || known.resources.iter().any(|resource| !told.resources.contains(resource))
        || !known.products.is_subset(&told.products)
}

fn lessens_booking(known: &Booking, told: &Booking) -> bool {
    let stops = known.status == BookingStatus::Confirmed && told.status != BookingStatus::Confirmed;
    let is_shorter = told.starts > known.starts || told.ends < known.ends;
    stops || is_shorter || known.resource != told.resource
}

fn lessens_pass(known: &Pass, told: &Pass) -> bool {
    let is_used_up = told.remaining == Some(0) && known.remaining != Some(0);
    // A pass without a first day counts from ever.
    let begins_later = told.valid_from.is_some() && told.valid_from > known.valid_from;
    is_used_up
        || begins_later
        || ends_earlier(told.valid_until, known.valid_until)
        || known.pass != told.pass
        || known.groups != told.groups
}

/// No end is later than any.
fn ends_earlier(told: Option<Timestamp>, known: Option<Timestamp>) -> bool {
    told.is_some_and(|told| known.is_none_or(|known| told < known))
}
