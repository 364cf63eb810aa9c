//! Memberships: what a company or a member subscribes to, and the desks and offices that come with it.
//!
//! Two facts are told of one membership. What its plan gives is told by webhooks and lists alike. Which desks it has is told
//! only by the lists of assignments: no webhook carries them, and a change of an assignment sends none. Were they one fact,
//! every webhook would take all desks away until the next reading. So the desks are a fact of their own, under the id of the
//! membership with [`DESKS`] behind it and a plan that nobody has. A webhook leaves it alone if it says that nothing changed
//! on which the desks' access depends; else it takes it away, and the next reading brings it back as it is then.
//!
//! A fact has one time and an assignment its own, so there is a fact for each time that is not over ([`PARTS`] at most), the
//! others under `…_desks/2` and so on. They open and close by themselves, between two readings too.

use std::collections::{BTreeMap, BTreeSet};

use domain::facts::{AssignedResource, Membership, MembershipStatus};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{directory::Desk, either, holder, reference};
use crate::{
    fields::{Fields, Read, text},
    ids::location,
    moment::day_at_midnight_utc,
    unplaced::UnplacedMembership,
};

/// What stands behind the id of a membership in the id of the fact about its desks.
const DESKS: &str = "_desks";

/// How many facts a membership's desks become at most.
const PARTS: usize = 4;

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

/// The ids of the facts about a membership's desks.
pub(super) fn ids_of_desks(membership: &str) -> impl Iterator<Item = String> {
    (1..=PARTS).map(move |number| match number {
        1 => format!("{membership}{DESKS}"),
        _ => format!("{membership}{DESKS}/{number}"),
    })
}

/// The time of a fact about desks.
type Span = (Timestamp, Option<Timestamp>);

/// What a membership gives by its desks, a fact for each time, in the order of their ids; `whole` has all of its desks for all
/// its time.
///
/// When a desk that is assigned already was assigned is of no account. Desks of many ends are told without them, as one fact, so
/// that nobody is locked out; of more times to come the next are told, and the others by a later reading.
pub(super) fn parts(whole: &Membership, desks: Vec<Desk>, now: Timestamp) -> Vec<Membership> {
    let mut parts = by_time(whole, &desks, now);
    if parts.len() > PARTS {
        tracing::warn!(membership.id = whole.id, "the desks of a membership have too many times; some ends come late");
        let endless = desks.into_iter().map(|desk| Desk { ends: desk.ends.filter(|_| !desk.is_held(now)), ..desk });
        parts = by_time(whole, &endless.collect::<Vec<_>>(), now);
    }
    let of_part = |(((starts, ends), resources), id): ((Span, Vec<AssignedResource>), String)| Membership {
        id,
        starts,
        ends,
        resources,
        ..whole.clone()
    };
    parts.into_iter().zip(ids_of_desks(&whole.id)).map(of_part).collect()
}

/// The desks by their time within that of the membership. If all of it is over, only what was last is left.
fn by_time(whole: &Membership, desks: &[Desk], now: Timestamp) -> BTreeMap<Span, Vec<AssignedResource>> {
    let mut parts: BTreeMap<Span, Vec<AssignedResource>> = BTreeMap::new();
    for desk in desks {
        let starts = if desk.starts <= now { whole.starts } else { desk.starts.max(whole.starts) };
        let ends = [desk.ends, whole.ends].into_iter().flatten().min();
        let of_part = parts.entry((starts, ends)).or_default();
        if !of_part.contains(&desk.resource) {
            of_part.push(desk.resource.clone());
        }
    }
    let is_over = |ends: &Option<Timestamp>| ends.is_some_and(|ends| ends <= now);
    parts.retain(|(starts, ends), _| ends.is_none_or(|ends| *starts < ends));
    if parts.keys().all(|(_, ends)| is_over(ends)) {
        return parts.into_iter().max_by_key(|((_, ends), _)| *ends).into_iter().collect();
    }
    parts.retain(|(_, ends), _| !is_over(ends));
    parts
}

/// What a membership gives by all of its desks, for all its time.
pub(super) fn with_desks(membership: &UnplacedMembership, desks: Vec<AssignedResource>) -> UnplacedMembership {
    UnplacedMembership {
        id: membership.id.clone(),
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
