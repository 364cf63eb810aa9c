//! `coworking.pass.upserted`: a day pass or the like, as a whole.

use super::membership::holder;
use crate::{
    fields::{Fields, Read, count, id},
    ids::location,
    moment::moment,
    unplaced::UnplacedPass,
};

/// Reads a pass.
pub(super) fn read(data: &mut Fields<'_, '_>) -> Read<UnplacedPass> {
    let id_of_pass = data.required("id", id);
    let pass = data.required("pass", id);
    let holder = holder(data);
    let location = data.optional("location", location);
    let remaining = data.optional("remaining", count);
    let valid_from = data.optional("valid_from", moment);
    let valid_until = data.optional("valid_until", moment);
    let (member, team) = holder?;
    Ok(UnplacedPass {
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
