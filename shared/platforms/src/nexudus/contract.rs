//! The entity `CoworkerContract`, which is a membership: a plan, and the desks and offices that go with it.

use domain::{
    LocationId, MemberId, Subject, SubjectKind,
    facts::{AssignedResource, Membership, MembershipStatus},
    tenant::Tenant,
};
use jiff::{Timestamp, civil::Date};
use serde_json::Value;

use super::{coworker::optional_text, id, id_or_none, truth};
use crate::{
    fields::{Faults, Fields, Read},
    moment::{Moment, day_at_midnight_utc, instant_in_utc},
    unplaced::UnplacedMembership,
};

/// The length of a date, `2026-03-01`.
const DATE: usize = 10;

/// What of a contract concerns doors, its dates still days of its location.
pub(super) struct Contract {
    pub(super) id: String,
    pub(super) customer: MemberId,
    pub(super) customer_name: Option<String>,
    pub(super) customer_is_active: bool,
    pub(super) updated_on: Timestamp,
    at: String,
    issued_by: Option<LocationId>,
    plan: String,
    starts: Moment,
    ends: Option<Moment>,
    status: MembershipStatus,
    desks: Vec<String>,
}

/// Reads a contract, which stands at `at`. Nothing that could give access has a default.
///
/// Days are told twice: as the location has them (`StartDateLocal`), and as an instant that is midnight UTC or midnight there.
/// Source: developers.nexudus.com/rest-api/billing/get-coworkercontracts-by-id, 2026-11.
pub(super) fn read(at: &str, fields: &mut Fields<'_, '_>) -> Read<Contract> {
    let id_of_contract = fields.required("Id", id);
    let customer = fields.required("CoworkerId", id);
    let customer_name = optional_text(fields, "CoworkerFullName");
    let customer_is_active = fields.optional("CoworkerActive", truth);
    let plan = fields.required("TariffId", id);
    let issued_by = fields.optional("IssuedById", id_or_none);
    let starts = match fields.optional("StartDateLocal", local_day) {
        Ok(None) => fields.required("StartDate", day_at_midnight_utc),
        Ok(Some(day)) => Ok(day),
        Err(noted) => Err(noted),
    };
    let ends = match fields.optional("CancellationDateLocal", local_day) {
        Ok(None) => fields.optional("CancellationDate", day_at_midnight_utc),
        told => told,
    };
    let active = fields.required("Active", truth);
    let cancelled = fields.required("Cancelled", truth);
    let paused = fields.required("InPausedPeriod", truth);
    let desks = desks(fields);
    let updated_on = fields.required("UpdatedOn", instant_in_utc);
    let (status, ends) = standing(active?, (cancelled?, ends?), paused?);
    Ok(Contract {
        id: id_of_contract?,
        customer: MemberId::new(customer?),
        customer_name: customer_name?,
        customer_is_active: customer_is_active?.unwrap_or(false),
        updated_on: updated_on?,
        at: at.to_owned(),
        issued_by: issued_by?.flatten().map(LocationId::new),
        plan: plan?,
        starts: starts?,
        ends,
        status,
        desks: desks?,
    })
}

/// How a contract stands. One that is not active gives nothing, whatever its dates: Nexudus tells when it becomes active. One
/// that is cancelled stays active until its day.
fn standing(
    active: bool,
    (cancelled, ends): (bool, Option<Moment>),
    paused: bool,
) -> (MembershipStatus, Option<Moment>) {
    if !active {
        (MembershipStatus::Cancelled, None)
    } else if cancelled {
        (MembershipStatus::Cancelled, ends)
    } else if paused {
        (MembershipStatus::Paused, None)
    } else {
        (MembershipStatus::Active, None)
    }
}

/// The desks and offices: a text of ids with commas between, or, where a contract is read alone, a list of them.
fn desks(fields: &mut Fields<'_, '_>) -> Read<Vec<String>> {
    let listed = fields.list("Desks", id);
    let told = fields.optional("FloorPlanDeskIds", |value| match value.as_str() {
        Some(text) => {
            let ids = text.split(',').map(str::trim).filter(|id| !id.is_empty());
            ids.map(|text| id(&Value::from(text))).collect::<Result<Vec<_>, _>>()
        }
        None => id(value).map(|id| vec![id]),
    });
    let (listed, told) = (listed?.unwrap_or_default(), told?.unwrap_or_default());
    Ok(if told.is_empty() { listed } else { told })
}

/// The day of a time of day in the location, `2026-03-01T00:00:00`.
fn local_day(value: &Value) -> Result<Moment, String> {
    let day = value.as_str().and_then(|text| text.get(..DATE)).and_then(|text| text.parse::<Date>().ok());
    day.map(Moment::Day).ok_or_else(|| "must begin with a date like 2026-11-21".to_owned())
}

impl Contract {
    pub(super) fn subject(&self) -> Subject {
        Subject::new(SubjectKind::Membership, &self.id)
    }

    /// Whether it may have desks that are not named, as in a list: it stands, and names none.
    pub(super) fn may_have_more_desks(&self) -> bool {
        let is_over = self.status == MembershipStatus::Cancelled && self.ends.is_none();
        self.desks.is_empty() && !is_over
    }

    /// The membership: where its hook belongs, or else where it was issued, if the tenant has that location.
    pub(super) fn place(&self, tenant: &Tenant, hook: Option<&LocationId>, faults: &mut Faults) -> Read<Membership> {
        let issued_by = self.issued_by.as_ref().filter(|location| tenant.location(location).is_some());
        let resource = |id: &String| AssignedResource { id: id.clone(), floor: None, location: None };
        let membership = UnplacedMembership {
            id: self.id.clone(),
            plan: self.plan.clone(),
            member: Some(self.customer.clone()),
            team: None,
            location: hook.or(issued_by).cloned(),
            starts: self.starts,
            ends: self.ends,
            status: self.status,
            resources: self.desks.iter().map(resource).collect(),
            groups: None,
            products: std::collections::BTreeSet::new(),
            origin: None,
        };
        membership.place(tenant, self.updated_on, &self.at, faults)
    }
}
