//! The working day as data: what happens in Nexudus at which time of day, and when its webhook arrives.

use jiff::civil::{Date, Time, date, time};
use simulators::nexudus::Hashing;

use super::cast::{BOOTH, HANA, LARGE_ROOM, ONE, Person, RAVI, Room, SMALL_ROOM, STUDIO, TANE, ZOE};

/// The day of the captured booking, in Auckland.
pub(crate) const DATE: Date = date(2022, 5, 14);

/// When the demonstration starts.
pub(crate) const OPENING: Time = at(8, 30);

/// When nobody may be left inside.
pub(crate) const CLOSING: Time = at(18, 0);

/// A webhook as it was captured in 2022, delivered byte for byte.
const CAPTURED: &str = include_str!("../../../../tests/fixtures/nexudus/webhook_BookingCreate.json");

/// When it was sent.
const CAPTURED_AT: Time = time(8, 55, 44, 551_519_800);

/// Something that happens in Nexudus, and its webhook.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene {
    /// When it happens.
    pub(crate) at: Time,
    pub(crate) change: Change,
    /// When its webhook arrives.
    pub(crate) arrives: Arrives,
    /// The form of its signature.
    pub(crate) signed: Hashing,
    /// The webhook's body if it was captured; the simulator makes the others.
    pub(crate) captured: Option<&'static str>,
    /// What happens, in words.
    pub(crate) told: &'static str,
}

/// What happens to a record.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    Joins(Person),
    Books(Booked),
    Changes(Booked),
    Cancels(Booked),
}

/// A booking as it stands after a change.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Booked {
    pub(crate) id: u64,
    pub(crate) room: Room,
    pub(crate) customer: Option<Person>,
    pub(crate) from: Time,
    pub(crate) to: Time,
    /// Waits for the staff to agree.
    pub(crate) tentative: bool,
    /// The name of somebody who is brought along.
    pub(crate) visitor: Option<&'static str>,
}

/// When the webhook of a change arrives.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Arrives {
    AtOnce,
    At(&'static [Time]),
}

impl Scene {
    /// When the webhook arrives, each time that it does.
    pub(crate) fn arrivals(&self) -> &[Time] {
        match &self.arrives {
            Arrives::AtOnce => std::slice::from_ref(&self.at),
            Arrives::At(times) => times,
        }
    }
}

impl Change {
    /// The action of the webhook.
    pub(crate) fn action(&self) -> &'static str {
        match self {
            Self::Joins(_) => "CoworkerCreate",
            Self::Books(_) => "BookingCreate",
            Self::Changes(_) => "BookingUpdate",
            Self::Cancels(_) => "BookingDelete",
        }
    }

    /// Whom it concerns.
    pub(crate) fn person(&self) -> Option<Person> {
        match self {
            Self::Joins(person) => Some(*person),
            Self::Books(booked) | Self::Changes(booked) | Self::Cancels(booked) => booked.customer,
        }
    }
}

const fn at(hour: i8, minute: i8) -> Time {
    time(hour, minute, 0, 0)
}

const fn scene(at: Time, change: Change, told: &'static str) -> Scene {
    Scene { at, change, arrives: Arrives::AtOnce, signed: Hashing::RawBytes, captured: None, told }
}

const fn booked(id: u64, room: Room, customer: Option<Person>, from: Time, to: Time) -> Booked {
    Booked { id, room, customer, from, to, tentative: false, visitor: None }
}

const FIRST: Booked = booked(1_418_686_279, SMALL_ROOM, Some(ONE), at(11, 0), at(12, 0));
const SECOND: Booked = booked(1_418_686_301, SMALL_ROOM, Some(ONE), at(12, 0), at(13, 0));
const ZOES_ROOM: Booked = booked(1_418_686_302, LARGE_ROOM, Some(ZOE), at(10, 0), at(11, 0));
const HANAS_STUDIO: Booked = booked(1_418_686_303, STUDIO, Some(HANA), at(14, 0), at(15, 0));
const RAVIS_ROOM: Booked = booked(1_418_686_304, LARGE_ROOM, Some(RAVI), at(11, 30), at(13, 0));
const TANES_STUDIO: Booked = booked(1_418_686_305, STUDIO, Some(TANE), at(12, 0), at(13, 0));
const ZOES_BOOTH: Booked = booked(1_418_686_306, BOOTH, Some(ZOE), at(13, 0), at(13, 30));
const INTERNAL: Booked = booked(1_418_686_307, SMALL_ROOM, None, at(15, 0), at(16, 0));
const RAVIS_BOOTH: Booked = booked(1_418_686_308, BOOTH, Some(RAVI), at(13, 45), at(14, 15));
const HANAS_GUEST: Booked =
    Booked { visitor: Some("Visitor Example"), ..booked(1_418_686_309, LARGE_ROOM, Some(HANA), at(16, 0), at(17, 0)) };
const TANES_ROOM: Booked = booked(1_418_686_310, LARGE_ROOM, Some(TANE), at(14, 30), at(15, 30));

/// The day, in the order in which things happen in Nexudus.
pub(crate) const DAY: &[Scene] = &[
    Scene {
        captured: Some(CAPTURED),
        ..scene(
            CAPTURED_AT,
            Change::Books(Booked { tentative: true, ..FIRST }),
            "asks for the Small meeting room, 11:00–12:00: the webhook captured in 2022, byte for byte. The staff has not agreed \
             yet, so no door is promised.",
        )
    },
    scene(at(9, 5), Change::Joins(ZOE), "becomes a customer. Without a booking that opens no door."),
    Scene {
        signed: Hashing::AsciiReplaced,
        ..scene(
            at(9, 10),
            Change::Books(ZOES_ROOM),
            "books the Large meeting room, 10:00–11:00. The signature covers only the body's ASCII letters, so her name is \
             asked for at Nexudus.",
        )
    },
    scene(at(9, 20), Change::Changes(FIRST), "gets the room: the staff agrees to 11:00–12:00."),
    scene(at(9, 30), Change::Books(SECOND), "books the hour after it too: same room, 12:00–13:00, no gap."),
    scene(at(9, 40), Change::Books(HANAS_STUDIO), "books the Podcast studio, 14:00–15:00."),
    Scene {
        signed: Hashing::AsciiReplaced,
        ..scene(at(9, 50), Change::Books(TANES_STUDIO), "books the Podcast studio, 12:00–13:00.")
    },
    scene(at(10, 5), Change::Books(RAVIS_ROOM), "books the Large meeting room, 11:30–13:00."),
    scene(
        at(10, 30),
        Change::Changes(Booked { from: at(15, 30), to: at(16, 30), ..HANAS_STUDIO }),
        "moves the Podcast studio to 15:30–16:30.",
    ),
    scene(at(10, 40), Change::Cancels(TANES_STUDIO), "cancels the Podcast studio long before it starts."),
    scene(at(11, 0), Change::Books(ZOES_BOOTH), "books the Phone booth, 13:00–13:30."),
    Scene {
        arrives: Arrives::At(&[at(11, 25)]),
        ..scene(
            at(11, 10),
            Change::Changes(Booked { from: at(13, 30), to: at(14, 0), ..ZOES_BOOTH }),
            "moved the Phone booth to 13:30–14:00 at 11:10. The news comes late and is older than what is known: ignored.",
        )
    },
    scene(
        at(11, 12),
        Change::Changes(Booked { from: at(14, 0), to: at(14, 30), ..ZOES_BOOTH }),
        "moves the Phone booth to 14:00–14:30.",
    ),
    scene(at(11, 45), Change::Cancels(RAVIS_ROOM), "cancels the Large meeting room while being inside."),
    Scene {
        arrives: Arrives::At(&[at(12, 30), at(12, 31)]),
        ..scene(
            at(12, 30),
            Change::Books(HANAS_GUEST),
            "books the Large meeting room, 16:00–17:00, and brings a visitor. Doors open for her, not for the visitor.",
        )
    },
    scene(
        at(13, 0),
        Change::Books(INTERNAL),
        "blocks the Small meeting room, 15:00–16:00. A booking without customer opens no door.",
    ),
    scene(
        at(13, 40),
        Change::Books(RAVIS_BOOTH),
        "books the Phone booth, 13:45–14:15: the ten minutes before it have begun.",
    ),
    scene(
        at(14, 40),
        Change::Books(TANES_ROOM),
        "is booked into the Large meeting room, 14:30–15:30, which is running already.",
    ),
];
