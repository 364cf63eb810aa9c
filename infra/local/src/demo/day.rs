//! The day in the location's zone, and the operator it happens to.

use anyhow::Context;
use domain::{
    MemberId, MemberKey, Window,
    tenant::{Location, Mapping, MappingKind, Tenant},
};
use jiff::{Timestamp, civil::Time, tz::TimeZone};

use super::{
    cast::{PEOPLE, Person, Room},
    scenes::DATE,
};

/// The day of an operator with one location.
#[derive(Debug)]
pub(crate) struct Day {
    pub(crate) tenant: Tenant,
    pub(crate) location: Location,
    zone: TimeZone,
}

impl Day {
    /// The day at the operator's first location.
    pub(crate) fn of(tenant: &Tenant) -> anyhow::Result<Self> {
        let location = tenant.locations.first().context("the tenant has no location")?.clone();
        let zone = TimeZone::get(&location.time_zone).context("the location's time zone is not known")?;
        Ok(Self { tenant: tenant.clone(), location, zone })
    }

    /// The instant of a time of day.
    pub(crate) fn at(&self, time: Time) -> anyhow::Result<Timestamp> {
        let zoned = DATE.to_datetime(time).to_zoned(self.zone.clone());
        Ok(zoned.context("a time of the day cannot be told as an instant")?.timestamp())
    }

    /// An instant as a clock on the wall shows it, with seconds unless they are zero.
    pub(crate) fn clock(&self, instant: Timestamp) -> String {
        self.format(instant, if instant.as_second() % 60 == 0 { "%H:%M" } else { "%H:%M:%S" })
    }

    /// An instant to the second.
    pub(crate) fn clock_with_seconds(&self, instant: Timestamp) -> String {
        self.format(instant, "%H:%M:%S")
    }

    /// A window as two times of day.
    pub(crate) fn window(&self, window: &Window) -> String {
        let until = window.until.map_or_else(|| "no end".to_owned(), |until| self.clock(until));
        format!("{}–{until}", self.clock(window.from))
    }

    /// Windows one after the other; a word if there are none.
    pub(crate) fn windows(&self, windows: &[Window]) -> String {
        let told: Vec<String> = windows.iter().map(|window| self.window(window)).collect();
        if told.is_empty() { "nothing".to_owned() } else { told.join(", ") }
    }

    fn format(&self, instant: Timestamp, format: &str) -> String {
        instant.to_zoned(self.zone.clone()).strftime(format).to_string()
    }

    /// The mapping of a room.
    pub(crate) fn mapping(&self, room: Room) -> anyhow::Result<&Mapping> {
        let id = room.id.to_string();
        let mut mappings = self.tenant.mappings.iter();
        let found = mappings.find(|mapping| mapping.kind == MappingKind::Resource && mapping.id == id);
        found.with_context(|| format!("the tenant has no mapping for the {}", room.name))
    }

    /// What a person is called in Brivo.
    pub(crate) fn external_id(&self, person: Person) -> String {
        let key = MemberKey { tenant: self.tenant.id.clone(), member: MemberId::new(person.id.to_string()) };
        key.external_id().to_string()
    }

    /// The name of whoever has this id in Brivo.
    pub(crate) fn name(&self, external_id: &str) -> String {
        let person = PEOPLE.into_iter().find(|person| self.external_id(*person) == external_id);
        person.map_or_else(|| external_id.to_owned(), |person| person.name.to_owned())
    }
}
