//! Facts as platforms tell them, before their civil dates meet a location's time zone.

mod membership;
mod pass;

pub(crate) use membership::UnplacedMembership;
pub(crate) use pass::UnplacedPass;
