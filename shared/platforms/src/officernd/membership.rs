//! Memberships: what a company or a member subscribes to, and the desks and offices that come with it.
//!
//! Two facts are told of one membership. What its plan gives is told by webhooks and lists alike. Which desks it has is told
//! only by the lists of assignments: no webhook carries them, and a change of an assignment sends none. Were they one fact,
//! every webhook would take all desks away until the next reading. So the desks are a fact of their own, under the id of the
//! membership with [`DESKS`] behind it and a plan that nobody has. A webhook leaves it alone if it says that nothing changed
//! on which the desks' access depends; else it takes it away, and the next reading brings it back as it is then.

use std::collections::BTreeSet;

use domain::facts::{AssignedResource, MembershipStatus};
use serde_json::{Map, Value};

use super::{either, holder, reference};
use crate::{
    fields::{Fields, Read, text},
    ids::location,
    moment::day_at_midnight_utc,
    unplaced::UnplacedMembership,
};

/// What stands behind the id of a membership in the id of the fact about its desks.
const DESKS: &str = "_desks";

/// The plan of that fact; no id of OfficeRnD has parentheses.
const NO_PLAN: &str = "(desks)";

/// What may change without a membership's desks giving anything else.
const OF_NO_ACCOUNT: [&str; 18] = [
    "modifiedAt",
    "modifiedBy",
    "name",
    "price",
    "discount",
    "discountAmount",
    "discountedPrice",
    "calculatedDiscountAmount",
    "calculatedStatus",
    "deposit",
    "intervalLength",
    "intervalCount",
    "fees",
    "invoices",
    "locked",
    "addOns",
    "plan",
    "contract",
];

/// Reads a membership. A membership without a member is the whole company's.
///
/// Only one that is approved gives anything. `calculatedStatus` (`not_started`, `active`, `expired`) is what OfficeRnD makes of
/// the dates; it is left aside, because no event is promised when a date comes, and the dates themselves are read. The last
/// day counts: whether it does at OfficeRnD is not documented.
///
/// Source: developer.officernd.com/reference, membership; cschouten/tap-officernd memberships.json; 2026-11.
pub(super) fn read(id: &str, fields: &mut Fields<'_, '_>) -> Read<UnplacedMembership> {
    let plan = fields.required("plan", reference);
    let holder = holder(fields);
    let location_of_membership = either(fields, ["location", "office"], |value| location(&reference(value)?.into()));
    let status = fields.required("status", text);
    let starts = fields.required("startDate", day_at_midnight_utc);
    let ends = fields.optional("endDate", day_at_midnight_utc);
    let (member, company) = holder?;
    let approved = status? == "approved";
    Ok(UnplacedMembership {
        id: id.to_owned(),
        plan: plan?,
        member,
        team: company,
        location: location_of_membership?,
        starts: starts?,
        // One that is not approved ends when that is told.
        ends: ends?.filter(|_| approved),
        status: if approved { MembershipStatus::Active } else { MembershipStatus::Cancelled },
        resources: Vec::new(),
        groups: None,
        products: BTreeSet::new(),
        origin: None,
    })
}

/// The id of the fact about a membership's desks.
pub(super) fn id_of_desks(membership: &str) -> String {
    format!("{membership}{DESKS}")
}

/// What a membership gives by its desks.
pub(super) fn with_desks(membership: &UnplacedMembership, desks: Vec<AssignedResource>) -> UnplacedMembership {
    UnplacedMembership {
        id: id_of_desks(&membership.id),
        plan: NO_PLAN.to_owned(),
        member: membership.member.clone(),
        team: membership.team.clone(),
        location: membership.location.clone(),
        starts: membership.starts,
        ends: membership.ends,
        status: membership.status,
        resources: desks,
        groups: None,
        products: BTreeSet::new(),
        origin: None,
    }
}

/// Whether a change leaves what the desks give as it was. One that does not say what changed may have changed anything.
pub(super) fn leaves_desks(previous: Option<&Map<String, Value>>) -> bool {
    previous.is_some_and(|previous| previous.keys().all(|name| OF_NO_ACCOUNT.contains(&name.as_str())))
}
