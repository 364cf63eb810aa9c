//! `coworking.pass.upserted`: a day pass or the like, as a whole.

use domain::{LocationId, MemberId, TeamId, facts::Pass, tenant::Tenant};
use serde_json::Value;

use super::{
    ids::location,
    membership::holder,
    place::{Place, first_zone},
};
use crate::{
    fields::{Faults, Fields, Read, id},
    moment::{Moment, moment},
};

/// A pass whose dates are not yet instants.
pub(super) struct Unplaced {
    id: String,
    pass: String,
    pub(super) member: Option<MemberId>,
    pub(super) team: Option<TeamId>,
    location: Option<LocationId>,
    remaining: Option<u32>,
    valid_from: Option<Moment>,
    valid_until: Option<Moment>,
}

/// Reads a pass.
pub(super) fn read(data: &mut Fields<'_, '_>) -> Read<Unplaced> {
    let id_of_pass = data.required("id", id);
    let pass = data.required("pass", id);
    let holder = holder(data);
    let location = data.optional("location", location);
    let remaining = data.optional("remaining", count);
    let valid_from = data.optional("valid_from", moment);
    let valid_until = data.optional("valid_until", moment);
    let (member, team) = holder?;
    Ok(Unplaced {
        id: id_of_pass?,
        pass: pass?,
        member,
        team,
        location: location?,
        remaining: remaining?,
        valid_from: valid_from?,
        valid_until: valid_until?,
    })
}

fn count(value: &Value) -> Result<u32, String> {
    let count = value.as_u64().and_then(|count| u32::try_from(count).ok());
    count.ok_or_else(|| "must be a whole number from 0".to_owned())
}

impl Unplaced {
    /// The pass with its dates placed: in its location's zone, else in that of the tenant's first location.
    pub(super) fn place(&self, tenant: &Tenant, at: &str, faults: &mut Faults) -> Read<Pass> {
        let mut place = Place::new(tenant, self.location.as_ref(), first_zone, at, faults);
        let valid_from = self.valid_from.map(|from| place.first_instant("valid_from", from)).transpose();
        let valid_until = self.valid_until.map(|until| place.first_instant_after("valid_until", until)).transpose();
        place.is_known()?;
        Ok(Pass {
            id: self.id.clone(),
            pass: self.pass.clone(),
            member: self.member.clone(),
            team: self.team.clone(),
            location: self.location.clone(),
            remaining: self.remaining,
            valid_from: valid_from?,
            valid_until: valid_until?,
        })
    }
}
