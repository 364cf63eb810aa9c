//! A pass as a platform tells it, its dates still days of some location.

use domain::{LocationId, MemberId, Subject, TeamId, facts::Pass, tenant::Tenant};

use crate::{
    fields::{Faults, Read},
    ids::holders,
    moment::Moment,
    place::{Place, first_zone},
};

/// A pass whose dates are not yet instants.
pub(crate) struct UnplacedPass {
    pub(crate) id: String,
    pub(crate) pass: String,
    pub(crate) member: Option<MemberId>,
    pub(crate) team: Option<TeamId>,
    pub(crate) location: Option<LocationId>,
    pub(crate) remaining: Option<u32>,
    pub(crate) valid_from: Option<Moment>,
    pub(crate) valid_until: Option<Moment>,
}

impl UnplacedPass {
    /// Whose records are needed beside its own.
    pub(crate) fn subjects(&self) -> impl Iterator<Item = Subject> {
        holders(self.member.as_ref(), self.team.as_ref())
    }

    /// The pass with its dates placed: in its location's zone, else in that of the tenant's first location.
    pub(crate) fn place(&self, tenant: &Tenant, at: &str, faults: &mut Faults) -> Read<Pass> {
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
            groups: None,
        })
    }
}
