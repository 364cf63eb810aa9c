//! Who and what is there on the day, and how Nexudus and Brivo know it.

use anyhow::Context;
use simulators::{
    brivo::{BrivoServer, GroupId},
    nexudus::{Business, Customer, Model, NexudusServer, Resource},
};

/// A customer of the coworking space.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Person {
    pub(crate) id: u64,
    pub(crate) name: &'static str,
    pub(crate) email: &'static str,
}

/// Something that can be booked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    pub(crate) id: u64,
    pub(crate) name: &'static str,
}

/// The customer of the captured booking.
pub(crate) const ONE: Person = Person { id: 1_415_914_201, name: "Example Customer One", email: "one@example.com" };
pub(crate) const HANA: Person = Person { id: 1_415_914_202, name: "Hana Novak", email: "hana@example.com" };
pub(crate) const RAVI: Person = Person { id: 1_415_914_203, name: "Ravi Kumar", email: "ravi@example.com" };
pub(crate) const TANE: Person = Person { id: 1_415_914_204, name: "Tāne Ross", email: "tane@example.com" };
/// Not a customer yet when the day begins.
pub(crate) const ZOE: Person = Person { id: 1_415_914_205, name: "Zoë Winter", email: "zoe@example.com" };

pub(crate) const SMALL_ROOM: Room = Room { id: 1_414_925_063, name: "Small meeting room (120)" };
pub(crate) const LARGE_ROOM: Room = Room { id: 1_414_925_070, name: "Large meeting room" };
pub(crate) const STUDIO: Room = Room { id: 1_414_925_081, name: "Podcast studio" };
pub(crate) const BOOTH: Room = Room { id: 1_414_925_094, name: "Phone booth" };

/// Everyone who may become a member of a group.
pub(crate) const PEOPLE: [Person; 5] = [ONE, HANA, RAVI, TANE, ZOE];

/// The customers Nexudus knows when the day begins.
const CUSTOMERS: [Person; 4] = [ONE, HANA, RAVI, TANE];

const ROOMS: [Room; 4] = [SMALL_ROOM, LARGE_ROOM, STUDIO, BOOTH];

/// What the groups in Brivo open.
const DOORS: [(GroupId, &str); 4] = [
    (GroupId(501), "Front door"),
    (GroupId(511), "Small meeting room"),
    (GroupId(512), "Large meeting room"),
    (GroupId(513), "Podcast studio"),
];

/// The record of the time zone in Nexudus.
const TIME_ZONE: u64 = 1_414_700_031;

/// The type of all rooms, that of the captured booking.
const ROOM_TYPE: (u64, &str) = (1_414_984_685, "Meeting room");

/// What a group in Brivo opens.
pub(crate) fn door(group: GroupId) -> String {
    let door = DOORS.iter().find(|(id, _)| *id == group);
    door.map_or_else(|| format!("group {group}"), |(_, name)| (*name).to_owned())
}

/// Gives the groups in Brivo their names.
pub(crate) fn name_doors(brivo: &BrivoServer) -> anyhow::Result<()> {
    for (group, name) in DOORS {
        brivo.edit(|model, _| model.add_group(group, name))?;
    }
    Ok(())
}

/// Puts location, rooms and customers into Nexudus.
pub(crate) fn furnish(nexudus: &NexudusServer, location: &str, name: &str) -> anyhow::Result<()> {
    let business_id = location.parse().context("the location's id is not a business of Nexudus")?;
    nexudus.edit(|model, now| {
        model.put_time_zone(TIME_ZONE, "New Zealand Standard Time", now);
        let business = Business {
            id: business_id,
            unique_id: guid(business_id),
            name: name.to_owned(),
            simple_time_zone_id: TIME_ZONE,
        };
        model.put_business(&business, now);
        for room in ROOMS {
            model.put_resource(&resource(room, business_id), now);
        }
        for person in CUSTOMERS {
            put_customer(model, &person, now);
        }
    });
    Ok(())
}

/// Puts a customer into Nexudus.
pub(crate) fn put_customer(model: &mut Model, person: &Person, now: jiff::Timestamp) {
    let customer = Customer {
        id: person.id,
        unique_id: guid(person.id),
        full_name: person.name.to_owned(),
        email: person.email.to_owned(),
        active: true,
        ..Customer::default()
    };
    model.put_customer(&customer, now);
}

/// A made-up GUID for a record.
pub(crate) fn guid(id: u64) -> String {
    format!("00000000-0000-4000-8000-{id:012}")
}

fn resource(room: Room, business_id: u64) -> Resource {
    let (resource_type_id, resource_type_name) = ROOM_TYPE;
    Resource {
        id: room.id,
        unique_id: guid(room.id),
        name: room.name.to_owned(),
        business_id,
        resource_type_id,
        resource_type_name: resource_type_name.to_owned(),
    }
}
