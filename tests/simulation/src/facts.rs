//! What a platform says, in words of our own: the truth at the sender, and as an event of the canonical feed.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date};
use serde_json::{Value, json};

/// `booking/b1` and the like.
pub(crate) type Subject = String;

/// An instant, or a day of the place it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    At(Timestamp),
    Day(Date),
}

/// One thing that is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fact {
    Member(Member),
    Team(Team),
    Membership(Membership),
    Booking(Booking),
    Pass(Pass),
    Removed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) active: bool,
    /// Counts changes of e-mail address and telephone number.
    pub(crate) edition: u32,
    pub(crate) teams: BTreeSet<String>,
    pub(crate) choice: Option<BTreeSet<u64>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Team {
    pub(crate) members: BTreeSet<String>,
    pub(crate) payer: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Active,
    Cancelled,
    Paused,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Membership {
    pub(crate) plan: String,
    pub(crate) member: Option<String>,
    pub(crate) team: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) starts: When,
    pub(crate) ends: Option<When>,
    pub(crate) standing: Standing,
    /// Assigned desks and offices, by resource and floor.
    pub(crate) desks: Vec<(String, Option<String>)>,
    pub(crate) groups: Option<BTreeSet<u64>>,
    pub(crate) products: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BookingStatus {
    Confirmed,
    Tentative,
    Cancelled,
}

/// Somebody a booking names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Member(String),
    /// Whoever has this e-mail address.
    Address(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Booking {
    pub(crate) resource: String,
    pub(crate) location: Option<String>,
    pub(crate) starts: Timestamp,
    pub(crate) ends: Timestamp,
    pub(crate) status: BookingStatus,
    pub(crate) booker: Option<Who>,
    pub(crate) invitees: Vec<Who>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pass {
    pub(crate) kind: String,
    pub(crate) member: Option<String>,
    pub(crate) team: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) remaining: Option<u32>,
    pub(crate) from: Option<When>,
    pub(crate) until: Option<When>,
}

/// A fact with the sender's time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) time: Timestamp,
    pub(crate) fact: Fact,
}

/// The newest version of each subject.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts(pub(crate) BTreeMap<Subject, Version>);

impl Facts {
    /// Takes a version in unless it or a newer one is known; whether it was news.
    pub(crate) fn learn(&mut self, subject: &str, version: &Version) -> bool {
        let is_news = self.0.get(subject).is_none_or(|known| known.time < version.time);
        if is_news {
            self.0.insert(subject.to_owned(), version.clone());
        }
        is_news
    }

    /// Takes all of them in; whether any was news.
    pub(crate) fn learn_all(&mut self, news: &[(Subject, Version)]) -> bool {
        news.iter().fold(false, |any, (subject, version)| self.learn(subject, version) || any)
    }

    pub(crate) fn fact(&self, subject: &str) -> Option<&Fact> {
        self.0.get(subject).map(|version| &version.fact)
    }

    /// Subjects of one kind, with their ids.
    pub(crate) fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a Fact)> {
        let all = self.0.iter().filter_map(|(subject, version)| Some((subject.split_once('/')?, &version.fact)));
        all.filter(move |((of, _), _)| *of == kind).map(|((_, id), fact)| (id, fact))
    }
}

impl Facts {
    /// The members who have an e-mail address.
    pub(crate) fn holders<'a>(&'a self, of: &'a str) -> impl Iterator<Item = &'a str> {
        let has = move |id: &str, fact: &Fact| matches!(fact, Fact::Member(it) if address(id, it.edition) == of);
        self.of_kind("member").filter(move |(id, fact)| has(id, fact)).map(|(id, _)| id)
    }

    /// The addresses that bookings name.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = &str> {
        let named = self.0.values().filter_map(|version| match &version.fact {
            Fact::Booking(booking) => Some(booking.booker.iter().chain(&booking.invitees)),
            Fact::Member(_) | Fact::Team(_) | Fact::Membership(_) | Fact::Pass(_) | Fact::Removed => None,
        });
        named.flatten().filter_map(|who| match who {
            Who::Address(address) => Some(address.as_str()),
            Who::Member(_) => None,
        })
    }
}

impl When {
    fn json(self) -> Value {
        match self {
            Self::At(instant) => json!(instant.to_string()),
            Self::Day(day) => json!(day.to_string()),
        }
    }
}

/// The event that tells a version.
pub(crate) fn event(tenant: &str, number: u64, subject: &str, version: &Version) -> Value {
    let (kind, id) = subject.split_once('/').unwrap_or((subject, ""));
    let verb = if version.fact == Fact::Removed { "removed" } else { "upserted" };
    json!({
        "specversion": "1.0", "id": format!("e{number}"), "source": tenant, "type": format!("coworking.{kind}.{verb}"),
        "subject": subject, "time": version.time.to_string(), "data": data(id, &version.fact),
    })
}

fn attendee(who: &Who) -> Value {
    match who {
        Who::Member(member) => json!({"member": member}),
        Who::Address(address) => json!({"name": "Guest Example", "email": address}),
    }
}

/// The e-mail address of a member after so many changes.
pub(crate) fn address(member: &str, edition: u32) -> String {
    format!("{member}.{edition}@example.com")
}

fn data(id: &str, fact: &Fact) -> Value {
    match fact {
        Fact::Member(member) => json!({
            "id": id, "first_name": id, "last_name": "Example", "email": address(id, member.edition),
            "phone": format!("+44 20 7946 {:04}", member.edition),
            "status": if member.active { "active" } else { "inactive" }, "teams": member.teams,
            "door_access": member.choice.as_ref().map(|groups| json!({"groups": groups})),
        }),
        Fact::Team(team) => json!({"id": id, "members": team.members, "paying_member": team.payer}),
        Fact::Membership(it) => {
            let desk = |(id, floor): &(String, Option<String>)| json!({"id": id, "kind": "desk", "floor": floor});
            json!({
                "id": id, "plan": it.plan, "member": it.member, "team": it.team, "location": it.location,
                "starts": it.starts.json(), "ends": it.ends.map(When::json), "groups": it.groups,
                "status": match it.standing {
                    Standing::Active => "active", Standing::Cancelled => "cancelled", Standing::Paused => "paused",
                },
                "resources": it.desks.iter().map(desk).collect::<Vec<_>>(), "products": it.products,
            })
        }
        Fact::Booking(it) => json!({
            "id": id, "resource": it.resource, "kind": "room", "location": it.location,
            "starts": it.starts.to_string(), "ends": it.ends.to_string(),
            "status": match it.status {
                BookingStatus::Confirmed => "confirmed", BookingStatus::Tentative => "tentative",
                BookingStatus::Cancelled => "cancelled",
            },
            "booker": it.booker.as_ref().map(attendee), "invitees": it.invitees.iter().map(attendee).collect::<Vec<_>>(),
        }),
        Fact::Pass(it) => json!({
            "id": id, "pass": it.kind, "member": it.member, "team": it.team, "location": it.location,
            "remaining": it.remaining, "valid_from": it.from.map(When::json), "valid_until": it.until.map(When::json),
        }),
        Fact::Removed => json!({"id": id}),
    }
}
