//! When a recurring booking takes place: a rule of RFC 5545, counted in the civil time of the booking's zone.
//!
//! The rule itself is expanded by the crate `rrule`, which passes the RFC's own examples: by-rules, positions and week starts
//! have more corners than code of our own would see. It is given civil times that say they are UTC, and no time zone. What
//! those times mean in the zone is found here with the zone database that everything else uses, so that there is one.
//!
//! * A time that clocks jump over does not take place, as the RFC says; one that they show twice is the first of the two.
//! * Every occurrence lasts as long as the first, by the clock that never changes.
//! * `UNTIL` is an instant, or a day of the zone that counts whole.
//!
//! Source: RFC 5545, 3.3.10 and 3.8.5.3.

use std::{collections::BTreeSet, ops::Range};

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, DateTime, Time},
    tz::TimeZone,
};
use rrule::RRuleSet;

use super::optional_text;
use crate::{
    fields::{Fields, Read},
    moment::instant_in_utc,
};

/// The most occurrences told of one series: more than six a day for a month. Of a rule that has more, those that come first count.
pub(super) const MOST: usize = 200;

/// How long ago a series may have begun: an hourly rule is counted from there in a fraction of a second.
const LONGEST_AGO: SignedDuration = SignedDuration::from_hours(24 * 366 * 25);

/// Two days in seconds.
const MARGIN: i64 = 2 * 24 * 60 * 60;

/// When something takes place again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Recurrence {
    /// The parts of the rule but for `UNTIL`.
    rule: String,
    until: Option<Until>,
    exceptions: BTreeSet<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Until {
    Instant(Timestamp),
    Local(DateTime),
    Day(Date),
}

/// Reads `recurrence`: `{"rrule", "exdates"}`, whose rule is `null` for what takes place once.
pub(super) fn read(fields: &mut Fields<'_, '_>) -> Read<Option<Recurrence>> {
    let Some(mut recurrence) = fields.object("recurrence")? else { return Ok(None) };
    let Some(rule) = optional_text(&mut recurrence, "rrule")? else { return Ok(None) };
    let exceptions = recurrence.list("exdates", instant_in_utc)?.unwrap_or_default();
    match parse(&rule) {
        Some((rule, until)) => Ok(Some(Recurrence { rule, until, exceptions: exceptions.into_iter().collect() })),
        None => Err(recurrence.note("rrule", "must be a rule of RFC 5545 for hours, days, weeks, months or years")),
    }
}

/// The rule without `UNTIL`, and that.
fn parse(text: &str) -> Option<(String, Option<Until>)> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("DTSTART"));
    let (line, None) = (lines.next()?, lines.next()) else { return None };
    let (mut kept, mut until) = (Vec::new(), None);
    for part in line.strip_prefix("RRULE:").unwrap_or(line).split(';').filter(|part| !part.is_empty()) {
        match part.strip_prefix("UNTIL=") {
            Some(text) => until = Some(parse_until(text)?),
            None => kept.push(part),
        }
    }
    let too_often = ["FREQ=MINUTELY", "FREQ=SECONDLY"];
    let rule = kept.join(";");
    let sound = !kept.iter().any(|part| too_often.contains(part))
        && set(&rule, DateTime::constant(2000, 1, 1, 0, 0, 0, 0)).is_some();
    sound.then_some((rule, until))
}

fn parse_until(text: &str) -> Option<Until> {
    let civil = |text: &str| DateTime::strptime("%Y%m%dT%H%M%S", text).ok();
    match text.strip_suffix('Z') {
        Some(utc) => Some(Until::Instant(civil(utc)?.to_zoned(TimeZone::UTC).ok()?.timestamp())),
        None => civil(text).map(Until::Local).or_else(|| Date::strptime("%Y%m%d", text).ok().map(Until::Day)),
    }
}

/// The rule from a civil time on, which poses as UTC.
fn set(rule: &str, first: DateTime) -> Option<RRuleSet> {
    let text = format!("DTSTART:{}Z\nRRULE:{rule}", first.strftime("%Y%m%dT%H%M%S"));
    text.parse::<RRuleSet>().ok().map(RRuleSet::limit)
}

impl Recurrence {
    /// When it begins inside the window, in order, exceptions left out; `first` is when it began for the first time.
    ///
    /// None if that is more than 25 years ago.
    pub(super) fn starts(&self, first: Timestamp, zone: &TimeZone, window: &Range<Timestamp>) -> BTreeSet<Timestamp> {
        if first >= window.end || window.start.duration_since(first) > LONGEST_AGO {
            return BTreeSet::new();
        }
        let Some(set) = set(&self.rule, zone.to_datetime(first)) else { return BTreeSet::new() };
        // What poses as UTC is off by the zone's offset, which is less than two days either way.
        let (from, until) = (window.start.as_second() - MARGIN, window.end.as_second() + MARGIN);
        let starts: BTreeSet<Timestamp> = set
            .into_iter()
            .map(|posing| posing.timestamp())
            .skip_while(|second| *second < from)
            .take_while(|second| *second < until)
            .filter_map(|second| instant(Timestamp::from_second(second).ok()?, zone))
            // Of a doubled hour the first counts, unless the series began in the second.
            .map(|start| start.max(first))
            .filter(|start| window.contains(start) && self.until.is_none_or(|until| until.admits(*start, zone)))
            .collect();
        let excepted: BTreeSet<Timestamp> =
            self.exceptions.iter().flat_map(|exception| excepted(*exception, &starts, zone)).collect();
        starts.difference(&excepted).copied().take(MOST).collect()
    }

    /// The instants at which it does not take place though the rule says so.
    pub(super) fn exceptions(&self) -> impl Iterator<Item = Timestamp> {
        self.exceptions.iter().copied()
    }
}

impl Until {
    fn admits(self, start: Timestamp, zone: &TimeZone) -> bool {
        match self {
            Self::Instant(until) => start <= until,
            Self::Local(until) => zone.to_datetime(start) <= until,
            Self::Day(until) => zone.to_datetime(start).date() <= until,
        }
    }
}

/// The instant at which a civil time that posed as UTC is shown in the zone, if it is.
fn instant(posing: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let civil = TimeZone::UTC.to_datetime(posing);
    let instant = zone.to_timestamp(civil).ok()?;
    (zone.to_datetime(instant) == civil).then_some(instant)
}

/// What an exception takes away: the occurrence that begins then, or if it is midnight UTC and none does, those of that day.
fn excepted(exception: Timestamp, starts: &BTreeSet<Timestamp>, zone: &TimeZone) -> Vec<Timestamp> {
    if starts.contains(&exception) {
        return vec![exception];
    }
    let civil = TimeZone::UTC.to_datetime(exception);
    let of_that_day = |start: &&Timestamp| zone.to_datetime(**start).date() == civil.date();
    if civil.time() == Time::midnight() { starts.iter().filter(of_that_day).copied().collect() } else { Vec::new() }
}

#[cfg(test)]
mod tests;
