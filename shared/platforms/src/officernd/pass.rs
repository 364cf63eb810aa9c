//! Day passes.

use super::{either, holder, reference};
use crate::{
    fields::{Fields, Read, count, text},
    ids::location,
    moment::day_at_midnight_utc,
    unplaced::UnplacedPass,
};

/// The kind under which a mapping names day passes: OfficeRnD's own settings give one set of groups to all of them.
const DAY_PASS: &str = "day";

/// The states in which what is left of a pass can be used; its dates say when.
const USABLE: [&str; 2] = ["valid", "pending"];

/// Reads a pass. Its last day counts, as it does everywhere that no platform says otherwise.
///
/// A pass without an end lasts until it is used up. One in another state than `valid` or `pending` has no uses left, whatever
/// it counts.
///
/// Source: developer.officernd.com/reference, pass; 2026-11.
pub(super) fn read(id: &str, fields: &mut Fields<'_, '_>) -> Read<UnplacedPass> {
    let holder = holder(fields);
    let location_of_pass = either(fields, ["location", "office"], |value| location(&reference(value)?.into()));
    let count_of_pass = fields.required("count", count);
    let used = fields.required("usedCount", count);
    let status = fields.required("status", text);
    let valid_from = either(fields, ["validFrom", "startDate"], day_at_midnight_utc);
    let valid_until = either(fields, ["validTo", "endDate"], day_at_midnight_utc);
    let (member, company) = holder?;
    let Some(valid_from) = valid_from? else {
        return Err(fields.note("validFrom", "is missing, and so is startDate; a pass begins some day"));
    };
    let usable = USABLE.contains(&status?.as_str());
    let left = count_of_pass?.saturating_sub(used?);
    Ok(UnplacedPass {
        id: id.to_owned(),
        pass: DAY_PASS.to_owned(),
        member,
        team: company,
        location: location_of_pass?,
        remaining: Some(if usable { left } else { 0 }),
        valid_from: Some(valid_from),
        valid_until: valid_until?,
    })
}
