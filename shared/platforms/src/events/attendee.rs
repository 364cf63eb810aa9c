//! People as a booking of the feed names them: members by id, anybody else by an e-mail address.

use std::collections::{BTreeMap, BTreeSet};

use domain::{AddressId, MemberId, Subject, facts::Attendee, intake::Contact};
use serde_json::Value;

use super::ids::{member, member_subject};
use crate::{
    address::{address_of, address_subject},
    fields::{Fields, Read, text},
};

/// The people of a booking.
pub(super) struct Attendees {
    booker: Told,
    invitees: Vec<Told>,
}

/// What is told of one of them.
enum Told {
    /// That there is none.
    Nobody,
    /// A member; who else the platform says that is does not matter then.
    Member(MemberId),
    /// Whoever has this address.
    Address(AddressId, Contact),
    /// Somebody, but neither a member nor an address.
    Stranger,
}

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
    if let Some(member) = member {
        return Ok(Told::Member(member));
    }
    let name = name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    let known = email.and_then(|email| address_of(&email).map(|address| (address, Contact { name, email })));
    Ok(known.map_or(Told::Stranger, |(address, contact)| Told::Address(address, contact)))
}

/// Reads an e-mail address, which may be blank if there is none. Whether mail gets there is not for us to know.
fn email(value: &Value) -> Result<Option<String>, String> {
    let email = text(value)?.trim().to_owned();
    if email.is_empty() {
        return Ok(None);
    }
    if email.contains('@') && !email.contains(|c: char| c.is_whitespace() || c.is_control()) {
        Ok(Some(email))
    } else {
        Err("must be an e-mail address: with an @, and without white space".to_owned())
    }
}

impl Attendees {
    /// Who booked, if that can be told.
    pub(super) fn booker(&self) -> Option<Attendee> {
        self.booker.attendee()
    }

    /// Who is invited, as far as that can be told.
    pub(super) fn invitees(&self) -> BTreeSet<Attendee> {
        self.invitees.iter().filter_map(Told::attendee).collect()
    }

    /// Whether somebody is left out because nothing tells who that is.
    pub(super) fn leave_out_somebody(&self) -> bool {
        self.all().any(|told| matches!(told, Told::Stranger))
    }

    /// Whom the addresses belong to. Of two names for one address the booker's counts, then the first.
    pub(super) fn contacts(&self) -> BTreeMap<&AddressId, &Contact> {
        let mut contacts = BTreeMap::new();
        for (address, contact) in self.addressed() {
            let known: &mut &Contact = contacts.entry(address).or_insert(contact);
            if known.name.is_none() {
                *known = contact;
            }
        }
        contacts
    }

    /// The addresses, and who would be known by them alone: members need not be known to hold a booking.
    pub(super) fn subjects(&self) -> impl Iterator<Item = Subject> {
        self.addressed().flat_map(|(address, _)| [address_subject(address), member_subject(&address.guest())])
    }

    fn all(&self) -> impl Iterator<Item = &Told> {
        [&self.booker].into_iter().chain(&self.invitees)
    }

    fn addressed(&self) -> impl Iterator<Item = (&AddressId, &Contact)> {
        self.all().filter_map(|told| match told {
            Told::Address(address, contact) => Some((address, contact)),
            Told::Nobody | Told::Member(_) | Told::Stranger => None,
        })
    }
}

impl Told {
    fn attendee(&self) -> Option<Attendee> {
        match self {
            Self::Member(member) => Some(Attendee::Member(member.clone())),
            Self::Address(address, _) => Some(Attendee::Address(address.clone())),
            Self::Nobody | Self::Stranger => None,
        }
    }
}
