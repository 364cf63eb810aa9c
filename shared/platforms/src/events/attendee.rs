//! The people of a booking of the feed.

use crate::{
    attendees::{Attendees, Told},
    fields::{Fields, Read, email, text},
    ids::member,
};

/// Reads the booker, who has to be said, and the invitees.
pub(super) fn read(data: &mut Fields<'_, '_>) -> Read<Attendees> {
    let booker = booker(data);
    let invitees = data.objects("invitees", attendee);
    Ok(Attendees { booker: booker?, invitees: invitees?.unwrap_or_default() })
}

fn booker(data: &mut Fields<'_, '_>) -> Read<Told> {
    if !data.names("booker") {
        return Err(data.note("booker", "is missing; give {\"member\": id} or {\"name\", \"email\"}, null if nobody"));
    }
    match data.object("booker")? {
        Some(mut booker) => attendee(&mut booker),
        None => Ok(Told::Nobody),
    }
}

fn attendee(fields: &mut Fields<'_, '_>) -> Read<Told> {
    let member = fields.optional("member", member);
    let name = fields.optional("name", text);
    let email = fields.optional("email", email);
    let (member, name, email) = (member?, name?, email?.flatten());
    Ok(member.map_or_else(|| Told::addressed(name, email), Told::Member))
}
