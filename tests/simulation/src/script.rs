//! What happens at a platform: people come, book, move, cancel and leave. It depends on the seed and on nothing else.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp, ToSpan as _, tz::TimeZone};

use crate::{
    facts::{
        Booking, BookingStatus, Fact, Facts, Member, Membership, Pass, Standing, Subject, Team, When, Who, address,
    },
    random::Random,
    setting::{Tenant, group},
};

/// Invents what happens at one tenant's platform.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) random: Random,
    made: u64,
}

impl Script {
    pub(crate) fn of(seed: u64, tenant: &str) -> Self {
        Self { random: Random::of(seed, &format!("script of {tenant}")), made: 0 }
    }

    /// The people of the first day.
    pub(crate) fn people(&mut self) -> Vec<String> {
        let count = self.random.between(3, 8);
        (1..=count).map(|number| format!("m{number}")).collect()
    }

    /// What is told on the first day: everybody, and some teams.
    pub(crate) fn beginning(&mut self, tenant: &Tenant, people: &[String]) -> Vec<(Subject, Fact)> {
        let mut news = Vec::new();
        let teams: Vec<String> = (1..=self.random.between(0, 2)).map(|number| format!("t{number}")).collect();
        for team in &teams {
            let members =
                people.iter().filter(|_| tenant.teams_name_members && self.random.chance(400)).cloned().collect();
            let payer = if self.random.chance(500) { self.random.pick(people).cloned() } else { None };
            news.push((format!("team/{team}"), Fact::Team(Team { members, payer })));
        }
        for person in people {
            let in_team = |_: &&String| !tenant.teams_name_members;
            let teams = teams.iter().filter(in_team).filter(|_| self.random.chance(400)).cloned().collect();
            let member = Member { active: !self.random.chance(100), edition: 0, teams, choice: None };
            news.push((format!("member/{person}"), Fact::Member(member)));
        }
        news
    }

    /// The next thing that happens, if it makes sense.
    pub(crate) fn next(&mut self, tenant: &Tenant, truth: &Facts, now: Timestamp) -> Option<(Subject, Fact)> {
        match self.random.between(0, 99) {
            0..=34 => self.book(tenant, truth, now),
            35..=57 => self.change_booking(tenant, truth, now),
            58..=70 => self.change_member(tenant, truth),
            71..=78 => self.subscribe(tenant, truth, now),
            79..=86 => self.change_membership(truth, now, tenant),
            87..=90 => self.sell_pass(tenant, truth, now),
            91..=95 => self.change_pass(truth),
            _ => self.change_team(tenant, truth),
        }
    }

    fn new_id(&mut self, kind: &str) -> Subject {
        self.made += 1;
        let letter = kind.chars().next().unwrap_or('x');
        format!("{kind}/{letter}{}", self.made)
    }

    fn book(&mut self, tenant: &Tenant, truth: &Facts, now: Timestamp) -> Option<(Subject, Fact)> {
        let place = self.random.pick(&tenant.locations)?.id.clone();
        let room = self.random.one_of(["oak", "elm", "ash", "oak", "elm", "fir"]);
        let booker = if self.random.chance(30) { None } else { Some(self.attendee(truth)?) };
        let (starts, ends) = self.slot(truth, booker.as_ref(), now);
        let says_place = room == "fir" || self.random.chance(500);
        let status = if self.random.chance(100) { BookingStatus::Tentative } else { BookingStatus::Confirmed };
        let resource = format!("{place}-{room}");
        let invitees = if self.random.chance(250) { self.attendee(truth).into_iter().collect() } else { Vec::new() };
        let location = says_place.then_some(place);
        Some((
            self.new_id("booking"),
            Fact::Booking(Booking { resource, location, starts, ends, status, booker, invitees }),
        ))
    }

    /// Soon, later, already running, or right after another booking of the same person.
    fn slot(&mut self, truth: &Facts, booker: Option<&Who>, now: Timestamp) -> (Timestamp, Timestamp) {
        let theirs = |fact: &Fact| match fact {
            Fact::Booking(booking) if booking.booker.as_ref() == booker => Some(booking.ends),
            Fact::Booking(_)
            | Fact::Member(_)
            | Fact::Team(_)
            | Fact::Membership(_)
            | Fact::Pass(_)
            | Fact::Removed => None,
        };
        let ends: Vec<Timestamp> =
            truth.of_kind("booking").filter_map(|(_, fact)| theirs(fact)).filter(|ends| *ends > now).collect();
        let starts = match self.random.pick(&ends) {
            Some(end) if self.random.chance(400) => *end,
            Some(_) | None => {
                let seconds = now.as_second() + self.random.between(-1800, 10 * 3600);
                let whole = if self.random.chance(700) { seconds - seconds.rem_euclid(300) } else { seconds };
                Timestamp::from_second(whole).unwrap_or(now)
            }
        };
        let long = self.random.one_of([60, 300, 900, 1800, 3600, 3 * 3600]);
        (starts, starts + SignedDuration::from_secs(long))
    }

    fn change_booking(&mut self, tenant: &Tenant, truth: &Facts, now: Timestamp) -> Option<(Subject, Fact)> {
        let all: Vec<_> = truth.of_kind("booking").filter(|(_, fact)| **fact != Fact::Removed).collect();
        // The latest are the likeliest to matter still.
        let recent = all.iter().filter(|(_, fact)| matches!(fact, Fact::Booking(it) if it.ends > now - 40.minutes()));
        let recent: Vec<_> = recent.copied().collect();
        let (id, fact) = *self.random.pick(&recent)?;
        let Fact::Booking(booking) = fact else { return None };
        let mut booking = booking.clone();
        let shift = SignedDuration::from_secs(self.random.between(-3600, 7200));
        match self.random.between(0, 9) {
            0 | 1 => {
                booking.starts += shift;
                booking.ends += shift;
            }
            2 | 3 => booking.ends = (booking.ends + shift).max(booking.starts + SignedDuration::from_secs(60)),
            4 | 5 => booking.status = BookingStatus::Cancelled,
            6 => booking.status = BookingStatus::Confirmed,
            7 => booking.booker = Some(self.attendee(truth)?),
            8 => {
                let place = self.random.pick(&tenant.locations)?.id.clone();
                booking.resource = format!("{place}-{}", self.random.one_of(["oak", "elm", "ash"]));
                booking.location = None;
            }
            _ => return Some((format!("booking/{id}"), Fact::Removed)),
        }
        Some((format!("booking/{id}"), Fact::Booking(booking)))
    }

    fn change_member(&mut self, tenant: &Tenant, truth: &Facts) -> Option<(Subject, Fact)> {
        let all: Vec<_> = truth.of_kind("member").collect();
        let (id, fact) = *self.random.pick(&all)?;
        let subject = format!("member/{id}");
        let back = Member { active: true, edition: 0, teams: BTreeSet::new(), choice: None };
        let Fact::Member(member) = fact else { return Some((subject, Fact::Member(back))) };
        let mut member = member.clone();
        match self.random.between(0, 9) {
            0..=3 => member.active = !member.active,
            4..=6 => member.edition += 1,
            7 | 8 => {
                let choosable: Vec<u64> = tenant.choosable.iter().copied().collect();
                let chosen = self.random.pick(&choosable).copied().into_iter().collect();
                member.choice = if member.choice.is_some() { None } else { Some(chosen) };
            }
            _ => return Some((subject, Fact::Removed)),
        }
        Some((subject, Fact::Member(member)))
    }

    fn subscribe(&mut self, tenant: &Tenant, truth: &Facts, now: Timestamp) -> Option<(Subject, Fact)> {
        let location = self.random.pick(&tenant.locations)?;
        let team = self.some_team(truth).filter(|_| self.random.chance(400));
        let member = if team.is_some() && self.random.chance(600) { None } else { Some(self.somebody(truth)?) };
        let starts = self.when(now, &location.time_zone(), -24 * 3600, 12 * 3600);
        let ends = self.random.chance(600).then(|| self.when(now, &location.time_zone(), 12 * 3600, 48 * 3600));
        let desk = (format!("{}-ash", location.id), self.random.chance(600).then(|| "first".to_owned()));
        let of_account = group(location.account, 0)..group(location.account, 100);
        let choosable: Vec<u64> = tenant.choosable.iter().copied().filter(|it| of_account.contains(it)).collect();
        let chosen = self.random.pick(&choosable).copied().into_iter().collect();
        let membership = Membership {
            plan: self.random.one_of(["day", "night", "attic"]).to_owned(),
            member,
            team,
            location: Some(location.id.clone()),
            starts,
            ends,
            standing: Standing::Active,
            desks: if self.random.chance(300) { vec![desk] } else { Vec::new() },
            groups: self.random.chance(150).then_some(chosen),
            products: if self.random.chance(200) { vec!["locker".to_owned()] } else { Vec::new() },
        };
        Some((self.new_id("membership"), Fact::Membership(membership)))
    }

    fn change_membership(&mut self, truth: &Facts, now: Timestamp, tenant: &Tenant) -> Option<(Subject, Fact)> {
        let all: Vec<_> = truth.of_kind("membership").collect();
        let (id, fact) = *self.random.pick(&all)?;
        let Fact::Membership(membership) = fact else { return None };
        let mut membership = membership.clone();
        let zone = membership.location.as_deref().and_then(|id| tenant.location(id))?.time_zone();
        match self.random.between(0, 9) {
            0 | 1 => membership.standing = Standing::Paused,
            2 | 3 => membership.standing = Standing::Active,
            4 | 5 => membership.standing = Standing::Cancelled,
            6 | 7 => membership.ends = Some(self.when(now, &zone, 0, 24 * 3600)),
            8 => self.random.one_of(["day", "night"]).clone_into(&mut membership.plan),
            _ => return Some((format!("membership/{id}"), Fact::Removed)),
        }
        Some((format!("membership/{id}"), Fact::Membership(membership)))
    }

    fn sell_pass(&mut self, tenant: &Tenant, truth: &Facts, now: Timestamp) -> Option<(Subject, Fact)> {
        let location = self.random.pick(&tenant.locations)?;
        let zone = location.time_zone();
        let team = self.some_team(truth).filter(|_| self.random.chance(200));
        let member = if team.is_some() { None } else { Some(self.somebody(truth)?) };
        let pass = Pass {
            kind: "visit".to_owned(),
            member,
            team,
            location: Some(location.id.clone()),
            remaining: self.random.chance(500).then_some(2),
            from: self.random.chance(500).then(|| self.when(now, &zone, -3600, 12 * 3600)),
            until: self.random.chance(700).then(|| self.when(now, &zone, 12 * 3600, 36 * 3600)),
        };
        Some((self.new_id("pass"), Fact::Pass(pass)))
    }

    fn change_pass(&mut self, truth: &Facts) -> Option<(Subject, Fact)> {
        let all: Vec<_> = truth.of_kind("pass").collect();
        let (id, fact) = *self.random.pick(&all)?;
        let Fact::Pass(pass) = fact else { return None };
        let mut pass = pass.clone();
        match pass.remaining {
            Some(left) if left > 0 => pass.remaining = Some(left - 1),
            Some(_) => pass.remaining = Some(3),
            None => return Some((format!("pass/{id}"), Fact::Removed)),
        }
        Some((format!("pass/{id}"), Fact::Pass(pass)))
    }

    fn change_team(&mut self, tenant: &Tenant, truth: &Facts) -> Option<(Subject, Fact)> {
        let team = self.some_team(truth)?;
        let person = self.somebody(truth)?;
        let toggled = |mut set: BTreeSet<String>, name: &String| {
            if !set.remove(name) {
                set.insert(name.clone());
            }
            set
        };
        if tenant.teams_name_members {
            let subject = format!("team/{team}");
            let Some(Fact::Team(known)) = truth.fact(&subject) else { return None };
            let members = toggled(known.members.clone(), &person);
            let payer = if self.random.chance(300) { Some(person) } else { known.payer.clone() };
            return Some((subject, Fact::Team(Team { members, payer })));
        }
        let subject = format!("member/{person}");
        let Some(Fact::Member(known)) = truth.fact(&subject) else { return None };
        Some((subject, Fact::Member(Member { teams: toggled(known.teams.clone(), &team), ..known.clone() })))
    }

    /// Somebody who was ever known, whether or not they are still.
    fn somebody(&mut self, truth: &Facts) -> Option<String> {
        let all: Vec<&str> = truth.of_kind("member").map(|(id, _)| id).collect();
        self.random.pick(&all).map(|id| (*id).to_owned())
    }

    /// A member, by id or by an address the member has or is to have, or somebody else.
    fn attendee(&mut self, truth: &Facts) -> Option<Who> {
        let member = self.somebody(truth)?;
        Some(match self.random.between(0, 19) {
            0 | 1 => match truth.fact(&format!("member/{member}")) {
                Some(Fact::Member(known)) => {
                    Who::Address(address(&member, known.edition + u32::from(self.random.chance(300))))
                }
                Some(_) | None => Who::Member(member),
            },
            2 | 3 => Who::Address(format!("guest{}@example.com", self.random.between(1, 3))),
            _ => Who::Member(member),
        })
    }

    fn some_team(&mut self, truth: &Facts) -> Option<String> {
        let all: Vec<&str> = truth.of_kind("team").map(|(id, _)| id).collect();
        self.random.pick(&all).map(|id| (*id).to_owned())
    }

    /// An instant between so many seconds from now, or the day it falls on.
    fn when(&mut self, now: Timestamp, zone: &TimeZone, least: i64, most: i64) -> When {
        let at = Timestamp::from_second(now.as_second() + self.random.between(least, most)).unwrap_or(now);
        if self.random.chance(500) { When::Day(at.to_zoned(zone.clone()).date()) } else { When::At(at) }
    }
}
