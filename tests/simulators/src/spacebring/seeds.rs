//! What a test puts into the network, and its form in the API.
//!
//! Source: `spec/openapi.json` (2026-08-20). Members that play no part in access are left out.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::record::{Record, Shown, members, show};

/// A location.
#[derive(Clone, Debug, Default)]
pub struct Location {
    /// `id`.
    pub id: String,
    /// `title`.
    pub title: String,
    /// `timezoneId`, an IANA name.
    pub time_zone: String,
}

/// A user as shown beside what is theirs. A hidden address is `null`.
#[derive(Clone, Debug, Default)]
pub struct Person {
    /// `name`.
    pub name: Option<String>,
    /// `surname`.
    pub surname: Option<String>,
    /// `email`.
    pub email: Option<String>,
}

/// Somebody at a location.
#[derive(Clone, Debug, Default)]
pub struct Membership {
    /// `id`.
    pub id: String,
    /// `locationRef`.
    pub location: String,
    /// `companyRef`.
    pub company: Option<String>,
    /// `status`: requested or approved.
    pub status: String,
    /// `type`: member or nonmember.
    pub kind: String,
    /// `user`.
    pub user: Person,
}

/// A company.
#[derive(Clone, Debug, Default)]
pub struct Company {
    /// `id`.
    pub id: String,
    /// `locationRef`.
    pub location: String,
    /// `title`.
    pub title: String,
}

/// A plan.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// `id`.
    pub id: String,
    /// `locationRef`.
    pub location: String,
    /// `access.brivoGroupRef`.
    pub brivo_group: Option<u64>,
}

/// Something that can be booked.
#[derive(Clone, Debug, Default)]
pub struct Resource {
    /// `id`.
    pub id: String,
    /// Where it lies; its bookings do not say.
    pub location: String,
    /// `type`, such as `meetingRoom`.
    pub kind: String,
    /// `brivoGroupRef`.
    pub brivo_group: Option<u64>,
}

/// A subscription with one item.
#[derive(Clone, Debug, Default)]
pub struct Subscription {
    /// `id`.
    pub id: String,
    /// `locationRef`.
    pub location: String,
    /// `companyRef`, if it is a company's.
    pub company: Option<String>,
    /// `membershipRef`, if it is a person's.
    pub membership: Option<String>,
    /// `status`.
    pub status: String,
    /// `startDate`.
    pub starts: Timestamp,
    /// `endDate`.
    pub ends: Option<Timestamp>,
    /// `planRef` of its item.
    pub plan: String,
    /// `brivoGroupRef` of its item.
    pub brivo_group: Option<u64>,
}

/// A booking.
#[derive(Clone, Debug, Default)]
pub struct Booking {
    /// `id`.
    pub id: String,
    /// `resourceRef`.
    pub resource: String,
    /// The status it is listed by and does not show: tentative, confirmed or canceled.
    pub status: String,
    /// `startDate`.
    pub starts: Timestamp,
    /// `endDate`.
    pub ends: Timestamp,
    /// `membershipRefOwner` and `userOwner`.
    pub owner: (Option<String>, Person),
    /// `attendees`.
    pub attendees: Vec<(Option<String>, Person)>,
    /// How many weeks in a row it is repeated; 0 and 1 for once.
    pub weeks: u32,
}

/// A line of a balance of day passes.
#[derive(Clone, Debug, Default)]
pub struct DayPasses {
    /// `amount`.
    pub amount: i64,
    /// `expirationDate`.
    pub expires: Option<Timestamp>,
    /// `subscriptionRef`.
    pub subscription: Option<String>,
}

impl Person {
    /// An id made of the address.
    fn id(&self) -> String {
        format!("user-{}", self.email.as_deref().unwrap_or("hidden"))
    }

    pub(super) fn shown(&self) -> Value {
        json!({
            "id": self.id(), "name": self.name, "surname": self.surname,
            "email": self.email, "phoneNumber": null, "photoUrl": null, "about": null,
        })
    }
}

impl Location {
    pub(super) fn record(&self) -> Record {
        let shown = members(
            &json!({"id": self.id, "title": self.title, "timezoneId": self.time_zone, "networkRef": "network"}),
        );
        once(&self.id, "", shown)
    }
}

impl Membership {
    pub(super) fn record(&self, now: Timestamp) -> Record {
        let mut shown = members(&json!({
            "id": self.id, "locationRef": self.location, "role": "member", "status": self.status, "type": self.kind,
            "createDate": now.to_string(), "user": self.user.shown(), "userRef": self.user.id(), "metadata": {}, "notes": "",
        }));
        put_if_any(&mut shown, "companyRef", self.company.as_ref());
        once(&self.location, &self.status, shown)
    }
}

impl Company {
    pub(super) fn record(&self, now: Timestamp) -> Record {
        let shown = members(&json!({
            "id": self.id, "locationRef": self.location, "title": self.title, "createDate": now.to_string(), "metadata": {},
        }));
        once(&self.location, "", shown)
    }
}

impl Plan {
    pub(super) fn record(&self) -> Record {
        let mut shown = members(&json!({
            "id": self.id, "locationRef": self.location, "title": self.id, "period": "month", "price": 250,
        }));
        if let Some(group) = self.brivo_group {
            show(&mut shown, "access", json!({ "brivoGroupRef": group }));
        }
        once(&self.location, "", shown)
    }
}

impl Resource {
    pub(super) fn record(&self) -> Record {
        let shown =
            members(&json!({"id": self.id, "title": self.id, "type": self.kind, "brivoGroupRef": self.brivo_group}));
        once(&self.location, "", shown)
    }
}

impl Subscription {
    pub(super) fn record(&self, now: Timestamp) -> Record {
        let kind = if self.company.is_some() { "company" } else { "user" };
        let item = json!({
            "id": "item-1", "type": "recurring", "planRef": self.plan, "quantity": 1, "brivoGroupRef": self.brivo_group,
            "startDate": self.starts.to_string(),
        });
        let mut shown = members(&json!({
            "id": self.id, "status": self.status, "subscriptionType": kind, "locationRef": self.location, "timezoneId": "Europe/Berlin",
            "customerRef": self.company.as_ref().or(self.membership.as_ref()), "startDate": self.starts.to_string(),
            "createDate": now.to_string(), "period": "month", "price": 250, "credits": 5, "dayPasses": 0, "items": [item],
            "assignments": [],
        }));
        put_if_any(&mut shown, "companyRef", self.company.as_ref());
        put_if_any(&mut shown, "membershipRef", self.membership.as_ref());
        put_if_any(&mut shown, "endDate", self.ends.map(|ends| ends.to_string()).as_ref());
        once(&self.location, &self.status, shown)
    }
}

impl Booking {
    /// A booking shows neither where its resource lies nor how it stands.
    pub(super) fn record(&self, location: &str, now: Timestamp) -> Record {
        let attendee = |(membership, user): &(Option<String>, Person)| {
            let mut attendee = members(&json!({"user": user.shown()}));
            put_if_any(&mut attendee, "membershipRef", membership.as_ref());
            attendee
        };
        let attendees: Vec<Shown> = self.attendees.iter().map(attendee).collect();
        let mut shown = members(&json!({
            "id": self.id, "resourceRef": self.resource, "startDate": self.starts.to_string(), "endDate": self.ends.to_string(),
            "createDate": now.to_string(), "userOwner": self.owner.1.shown(), "attendees": attendees, "seats": 1, "entire": true,
            "payment": {"status": "pending", "type": "invoice"}, "title": "Booking",
        }));
        put_if_any(&mut shown, "membershipRefOwner", self.owner.0.as_ref());
        Record { weeks: self.weeks.max(1), ..once(location, &self.status, shown) }
    }
}

impl DayPasses {
    pub(super) fn shown(&self) -> Shown {
        let mut shown = members(&json!({"amount": self.amount, "allocation": "expiring"}));
        put_if_any(&mut shown, "expirationDate", self.expires.map(|expires| expires.to_string()).as_ref());
        put_if_any(&mut shown, "subscriptionRef", self.subscription.as_ref());
        shown
    }
}

fn once(location: &str, status: &str, shown: Shown) -> Record {
    Record { location: location.to_owned(), status: status.to_owned(), shown, weeks: 1 }
}

fn put_if_any(shown: &mut Shown, name: &str, value: Option<&String>) {
    if let Some(value) = value {
        show(shown, name, value.as_str());
    }
}
