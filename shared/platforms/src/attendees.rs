//! People as a booking names them: members by id, anybody else by an e-mail address.

use std::collections::{BTreeMap, BTreeSet};

use domain::{AddressId, MemberId, Subject, facts::Attendee, intake::Contact};

use crate::{
    address::{address_of, address_subject},
    ids::member_subject,
};

/// The people of a booking.
#[derive(Clone)]
pub(crate) struct Attendees {
    /// For whom it is.
    pub(crate) booker: Told,
    /// Who is invited to it.
    pub(crate) invitees: Vec<Told>,
}

/// What is told of one of them.
#[derive(Clone)]
pub(crate) enum Told {
    /// That there is none.
    Nobody,
    /// A member; who else the platform says that is does not matter then.
    Member(MemberId),
    /// Whoever has this address.
    Address(AddressId, Contact),
    /// Somebody, but neither a member nor an address.
    Stranger,
}

impl Attendees {
    /// Who booked, if that can be told.
    pub(crate) fn booker(&self) -> Option<Attendee> {
        self.booker.attendee()
    }

    /// Who is invited, as far as that can be told.
    pub(crate) fn invitees(&self) -> BTreeSet<Attendee> {
        self.invitees.iter().filter_map(Told::attendee).collect()
    }

    /// Whether somebody is left out because nothing tells who that is.
    pub(crate) fn leave_out_somebody(&self) -> bool {
        self.all().any(|told| matches!(told, Told::Stranger))
    }

    /// Whom the addresses belong to. Of two names for one address the booker's counts, then the first.
    pub(crate) fn contacts(&self) -> BTreeMap<&AddressId, &Contact> {
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
    pub(crate) fn subjects(&self) -> impl Iterator<Item = Subject> {
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
    /// Whoever has this address, which may be none; a blank name is none.
    pub(crate) fn addressed(name: Option<String>, email: Option<String>) -> Self {
        let name = name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
        let known = email.and_then(|email| address_of(&email).map(|address| (address, Contact { name, email })));
        known.map_or(Self::Stranger, |(address, contact)| Self::Address(address, contact))
    }

    fn attendee(&self) -> Option<Attendee> {
        match self {
            Self::Member(member) => Some(Attendee::Member(member.clone())),
            Self::Address(address, _) => Some(Attendee::Address(address.clone())),
            Self::Nobody | Self::Stranger => None,
        }
    }
}
