//! The bookings of the day as the demonstration itself knows them: what they promise, and why a door opens or closes.

use std::collections::{BTreeMap, BTreeSet};

use domain::Window;
use jiff::{SignedDuration, Timestamp};
use simulators::brivo::GroupId;

use super::{
    cast::{Person, Room, door},
    day::Day,
    scenes::{Booked, Change, Scene},
    windows::{Holding, Told, Windows, is_close, joined, promised},
};

/// Every booking of the day.
#[derive(Debug)]
pub(crate) struct Book {
    pub(crate) bookings: Vec<Booking>,
    lag: SignedDuration,
}

/// One booking, from first to last.
#[derive(Debug)]
pub(crate) struct Booking {
    pub(crate) room: Room,
    pub(crate) customer: Option<Person>,
    pub(crate) groups: BTreeSet<GroupId>,
    pub(crate) cancelled_at: Option<Timestamp>,
    /// What it promises to whom, if it has a customer.
    pub(crate) promised: Vec<Window>,
    external_id: Option<String>,
    /// All that is told of it, in the order in which it became true.
    told: Vec<Told>,
}

impl Book {
    /// The bookings of these scenes.
    pub(crate) fn of(scenes: &[Scene], day: &Day) -> anyhow::Result<Self> {
        let mut scenes_of: BTreeMap<u64, Vec<(&Scene, Booked)>> = BTreeMap::new();
        for scene in scenes {
            match scene.change {
                Change::Joins(_) => {}
                Change::Books(booked) | Change::Changes(booked) | Change::Cancels(booked) => {
                    scenes_of.entry(booked.id).or_default().push((scene, booked));
                }
            }
        }
        let bookings = scenes_of.values().map(|scenes| Booking::of(scenes, day)).collect::<Result<_, _>>()?;
        Ok(Self { bookings, lag: day.tenant.policy_for(Some(&day.location.id), None).lag })
    }

    /// Everything promised, by person and group.
    pub(crate) fn promised(&self) -> Windows {
        let mut promised = Windows::new();
        for booking in self.bookings.iter().filter(|booking| !booking.promised.is_empty()) {
            for holding in booking.holdings() {
                promised.entry(holding).or_default().extend(&booking.promised);
            }
        }
        promised.into_iter().map(|(holding, windows)| (holding, joined(windows))).collect()
    }

    /// Why doors open for somebody, by what is told until then.
    pub(crate) fn why_open(&self, day: &Day, external_id: &str, groups: &BTreeSet<GroupId>, at: Timestamp) -> String {
        let told = self.concerned(external_id, groups).filter_map(|booking| {
            let told = booking.told_until(at);
            let window = promised(&told).into_iter().find(|window| window.covers(at) || is_close(window.from, at))?;
            let (name, booked) = (booking.room.name, day.window(&told.last()?.booked));
            Some(format!("{name} is booked {booked}; window {}", day.window(&window)))
        });
        in_words(told)
    }

    /// Why doors close for somebody.
    pub(crate) fn why_close(&self, day: &Day, external_id: &str, groups: &BTreeSet<GroupId>, at: Timestamp) -> String {
        let told = self.concerned(external_id, groups).filter(|booking| booking.ends_at(at));
        in_words(told.map(|booking| self.end(day, booking, at)))
    }

    /// Windows that end without any door closing, because other bookings keep the same doors open: when, whose and why.
    pub(crate) fn quiet_ends(&self, day: &Day) -> Vec<(Timestamp, String, String)> {
        let promised = self.promised();
        let stays_open = |holding: &Holding, at: Timestamp| {
            promised.get(holding).is_some_and(|windows| windows.iter().any(|window| window.covers(at)))
        };
        let ends =
            self.bookings.iter().flat_map(|booking| booking.promised.iter().map(move |window| (booking, window)));
        let told = ends.filter_map(|(booking, window)| {
            let (who, at) = (booking.customer?, window.until?);
            let is_quiet = booking.holdings().iter().all(|holding| stays_open(holding, at));
            is_quiet.then(|| {
                let end = self.end(day, booking, at);
                (at, who.name.to_owned(), format!("{end}. Another booking still needs the same doors, so none closes."))
            })
        });
        told.collect()
    }

    /// The bookings that give somebody these groups.
    fn concerned<'a>(&'a self, who: &'a str, groups: &'a BTreeSet<GroupId>) -> impl Iterator<Item = &'a Booking> {
        let bookings = self.bookings.iter().filter(move |booking| booking.external_id.as_deref() == Some(who));
        bookings.filter(|booking| !booking.groups.is_disjoint(groups))
    }

    fn end(&self, day: &Day, booking: &Booking, at: Timestamp) -> String {
        let name = booking.room.name;
        if booking.cancelled_at.is_some_and(|cancelled_at| is_close(cancelled_at, at)) {
            return format!("{name}: the booking was cancelled");
        }
        match booking.booked().and_then(|booked| booked.until) {
            Some(ended) => format!("{name} was booked until {}, {} min ago", day.clock(ended), self.lag.as_mins()),
            None => format!("{name}: the booking was changed"),
        }
    }
}

impl Booking {
    fn of(scenes: &[(&Scene, Booked)], day: &Day) -> anyhow::Result<Self> {
        let (mut told, mut cancelled_at) = (Vec::new(), None);
        let (room, customer) = match scenes.first() {
            Some((_, booked)) => (booked.room, booked.customer),
            None => anyhow::bail!("a booking without scenes"),
        };
        let mapping = day.mapping(room)?;
        let policy = day.tenant.policy_for(Some(&day.location.id), Some(mapping));
        for (scene, booked) in scenes {
            let (starts, ends) = (day.at(booked.from)?, day.at(booked.to)?);
            let as_of = day.at(scene.at)?;
            let heard_at = scene.arrivals().iter().min().map_or(Ok(as_of), |time| day.at(*time))?;
            let window = Window::around(starts, Some(ends), policy.lead, policy.lag);
            let gives = match scene.change {
                Change::Cancels(_) | Change::Joins(_) => None,
                Change::Books(_) | Change::Changes(_) => Some(window).filter(|_| !booked.tentative),
            };
            if let Change::Cancels(_) = scene.change {
                cancelled_at = Some(heard_at);
            }
            told.push(Told { heard_at, as_of, booked: Window { from: starts, until: Some(ends) }, gives });
        }
        let promised = if customer.is_some() { promised(&told) } else { Vec::new() };
        let groups = mapping.groups.iter().map(|group| GroupId(group.0.unsigned_abs())).collect();
        let external_id = customer.map(|customer| day.external_id(customer));
        Ok(Self { room, customer, groups, cancelled_at, promised, external_id, told })
    }

    /// The time it is booked for in the end.
    pub(crate) fn booked(&self) -> Option<Window> {
        self.told.last().map(|told| told.booked)
    }

    /// The time it was booked for at first, if that was another one.
    pub(crate) fn booked_first(&self) -> Option<Window> {
        self.told.first().map(|told| told.booked).filter(|first| Some(*first) != self.booked())
    }

    fn told_until(&self, at: Timestamp) -> Vec<Told> {
        self.told.iter().filter(|told| told.heard_at <= at).copied().collect()
    }

    /// The places in groups it gives.
    pub(crate) fn holdings(&self) -> Vec<Holding> {
        let of = |external_id: &String| {
            let holding = |group: &GroupId| Holding { external_id: external_id.clone(), group: *group };
            self.groups.iter().map(holding).collect()
        };
        self.external_id.as_ref().map(of).unwrap_or_default()
    }

    fn ends_at(&self, at: Timestamp) -> bool {
        self.promised.iter().any(|window| window.until.is_some_and(|until| is_close(until, at)))
    }
}

/// The doors of some groups, for people.
pub(crate) fn doors<'a>(groups: impl IntoIterator<Item = &'a GroupId>) -> String {
    groups.into_iter().map(|group| door(*group)).collect::<Vec<_>>().join(", ")
}

fn in_words(told: impl Iterator<Item = String>) -> String {
    let told: Vec<String> = told.collect();
    if told.is_empty() { "Nothing that was told explains this.".to_owned() } else { format!("{}.", told.join("; ")) }
}

#[cfg(test)]
mod tests {
    use runtime::document::Document;

    use super::{super::scenes::DAY, *};

    fn day() -> Day {
        Day::of(&Document::from_toml(super::super::TENANT).unwrap().tenant).unwrap()
    }

    #[test]
    fn the_day_promises_what_its_scenes_say() {
        let day = day();

        let book = Book::of(DAY, &day).unwrap();

        let told = |booking: &Booking| {
            let customer = booking.customer.map_or("nobody", |customer| customer.name);
            format!("{customer}, {}: {}", booking.room.name, day.windows(&booking.promised))
        };
        let told: Vec<String> = book.bookings.iter().map(told).collect();
        assert_eq!(
            told,
            [
                "Example Customer One, Small meeting room (120): 10:50–12:15",
                "Example Customer One, Small meeting room (120): 11:50–13:15",
                "Zoë Winter, Large meeting room: 09:50–11:15",
                "Hana Novak, Podcast studio: 15:20–16:45",
                "Ravi Kumar, Large meeting room: 11:20–11:45",
                "Tāne Ross, Podcast studio: nothing",
                "Zoë Winter, Phone booth: 13:50–14:45",
                "nobody, Small meeting room (120): nothing",
                "Ravi Kumar, Phone booth: 13:40–14:30",
                "Hana Novak, Large meeting room: 15:50–17:15",
                "Tāne Ross, Large meeting room: 14:40–15:45",
            ]
        );
    }

    #[test]
    fn a_window_ends_quietly_only_if_another_keeps_every_door_open() {
        let day = day();

        let ends = Book::of(DAY, &day).unwrap().quiet_ends(&day);

        let told: Vec<_> = ends.iter().map(|(at, who, _)| (day.clock(*at), who.as_str())).collect();
        assert_eq!(told, [("12:15".to_owned(), "Example Customer One")]);
    }

    #[test]
    fn a_door_opens_for_what_is_known_by_then() {
        let day = day();
        let book = Book::of(DAY, &day).unwrap();
        let ravi = book.bookings.iter().find(|booking| booking.cancelled_at.is_some() && !booking.promised.is_empty());
        let ravi = ravi.unwrap();
        let opens_at = ravi.promised[0].from;

        let why = book.why_open(&day, ravi.external_id.as_deref().unwrap(), &ravi.groups, opens_at);

        assert_eq!(why, "Large meeting room is booked 11:30–13:00; window 11:20–13:15.");
    }
}
