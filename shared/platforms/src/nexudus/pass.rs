//! The entity `CoworkerTimePass`: a pass that a customer holds, bought, granted by a plan or given by staff.

use domain::{LocationId, MemberId, Subject, SubjectKind, facts::Pass, tenant::Tenant};
use jiff::Timestamp;

use super::{id, id_or_none, truth};
use crate::{
    fields::{Faults, Fields, Read, count},
    moment::{day_at_midnight_utc, instant_in_utc},
    unplaced::UnplacedPass,
};

/// What of a pass concerns doors.
pub(super) struct TimePass {
    pub(super) updated_on: Timestamp,
    at: String,
    pass: UnplacedPass,
}

/// Reads a pass, which stands at `at`. Its kind is the pass that a mapping names by `TimePassId`.
///
/// One that is used has no uses left, whatever it counts. What it expires on counts to its end, if that is a date.
///
/// Source: developers.nexudus.com/rest-api/billing/get-coworkertimepasses-by-id, 2026-11.
pub(super) fn read(at: &str, fields: &mut Fields<'_, '_>) -> Read<TimePass> {
    let id_of_pass = fields.required("Id", id);
    let kind = fields.required("TimePassId", id);
    let customer = fields.required("CoworkerId", id);
    let business = fields.optional("BusinessId", id_or_none);
    let used = fields.required("Used", truth);
    let remaining = fields.optional("RemainingUses", count);
    let expires = fields.optional("ExpireDate", day_at_midnight_utc);
    let updated_on = fields.required("UpdatedOn", instant_in_utc);
    let pass = UnplacedPass {
        id: id_of_pass?,
        pass: kind?,
        member: Some(MemberId::new(customer?)),
        team: None,
        location: business?.flatten().map(LocationId::new),
        remaining: if used? { Some(0) } else { remaining? },
        valid_from: None,
        valid_until: expires?,
    };
    Ok(TimePass { updated_on: updated_on?, at: at.to_owned(), pass })
}

impl TimePass {
    pub(super) fn subject(&self) -> Subject {
        Subject::new(SubjectKind::Pass, &self.pass.id)
    }

    /// The pass: where it was issued, if the tenant has that location.
    pub(super) fn place(mut self, tenant: &Tenant, faults: &mut Faults) -> Read<Pass> {
        self.pass.location = self.pass.location.filter(|location| tenant.location(location).is_some());
        self.pass.place(tenant, &self.at, faults)
    }
}
