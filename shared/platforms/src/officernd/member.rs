//! Members: people who have an account, whether or not they hold anything.

use std::collections::BTreeSet;

use domain::{
    Subject, TeamId,
    facts::{Change, MemberPatch, MemberStatus},
};

use super::{either, optional_text, reference};
use crate::{
    address::{address_change, address_subject},
    fields::{Fields, Read, set_or_clear, text},
    ids::team_subject,
};

/// The states in which what a member holds counts: the dates of what is held say the rest.
///
/// `pending` is a member whose membership is yet to begin, `drop-in` one who holds bookings or day passes only. All others
/// (`former`, `lead`, `contact`, `not_approved`, and words we do not know) are no members of the space at present.
const ACTIVE: [&str; 3] = ["active", "drop-in", "pending"];

/// Reads all that is said of a member: what is absent is empty.
///
/// `calculatedStatus`, which webhooks carry, is what lists call `status`; a webhook's own `status` says less.
///
/// Source: developer.officernd.com/reference, member; a receiver's types for `member.updated`; 2026-11.
pub(super) fn read(fields: &mut Fields<'_, '_>) -> Read<MemberPatch> {
    let name = fields.required("name", text);
    let email = optional_text(fields, "email");
    let phone = optional_text(fields, "phone");
    let company = either(fields, ["company", "team"], reference);
    let status = match either(fields, ["calculatedStatus", "status"], text) {
        Ok(Some(status)) => Ok(status),
        Ok(None) => fields.required("status", text),
        Err(noted) => Err(noted),
    };
    let email = set_or_clear(email?);
    let active = ACTIVE.contains(&status?.as_str());
    Ok(MemberPatch {
        full_name: Change::Set(name?),
        address: address_change(&email),
        email,
        phone: set_or_clear(phone?),
        status: Change::Set(if active { MemberStatus::Active } else { MemberStatus::Inactive }),
        teams: set_or_clear(company?.map(|company| BTreeSet::from([TeamId::new(company)]))),
        ..MemberPatch::default()
    })
}

/// The company that the member is of, and the member's address.
pub(super) fn subjects(patch: &MemberPatch) -> BTreeSet<Subject> {
    let teams = match &patch.teams {
        Change::Set(teams) => teams.iter().map(team_subject).collect(),
        Change::Keep | Change::Clear => BTreeSet::new(),
    };
    match &patch.address {
        Change::Set(address) => teams.into_iter().chain([address_subject(address)]).collect(),
        Change::Keep | Change::Clear => teams,
    }
}
