//! Who may be in which group and when: a naive reading of the specification, written without looking at the engine.
//!
//! Every rule names its line in section 7 of the behaviours. Nothing of `domain` is used here, so that engine and oracle share
//! no mistake.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

use crate::{
    facts::{Booking, BookingStatus, Fact, Facts, Membership, Pass, Standing, Version, When, Who},
    setting::{Fanout, Location, Tenant},
};

/// A stretch of time in which a person may be in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Window {
    pub(crate) account: usize,
    pub(crate) group: u64,
    pub(crate) from: Timestamp,
    /// First instant after; `None` for no end.
    pub(crate) until: Option<Timestamp>,
}

impl Window {
    pub(crate) fn covers(&self, at: Timestamp) -> bool {
        self.from <= at && self.until.is_none_or(|until| at < until)
    }
}

/// Everything that gives a person a group, whenever; a guest is known by an address.
pub(crate) fn windows(tenant: &Tenant, facts: &Facts, person: &str, guest: Option<&str>) -> Vec<Window> {
    if let Some(address) = guest {
        return guests_windows(tenant, facts, address);
    }
    // R5, R22: only a known, active member has reasons.
    let Some(Fact::Member(member)) = facts.fact(&format!("member/{person}")) else { return Vec::new() };
    if !member.active {
        return Vec::new();
    }
    let mut all = Vec::new();
    // R6, R1.
    for group in member.choice.iter().flatten().filter(|group| tenant.managed().contains(group)) {
        if let Some(account) = account_of(tenant, *group) {
            grant(&mut all, account, &[*group].into(), (Timestamp::MIN, None));
        }
    }
    for (subject, version) in &facts.0 {
        match &version.fact {
            Fact::Booking(booking) if is_attended(tenant, booking, |who| is_meant(facts, who, person)) => {
                by_booking(tenant, booking, &mut all);
            }
            Fact::Membership(membership) if membership_reaches(tenant, facts, membership, person) => {
                by_membership(tenant, membership, version, &mut all);
            }
            Fact::Pass(pass) if pass_reaches(facts, pass, person) => by_pass(tenant, pass, &mut all),
            Fact::Member(_) | Fact::Team(_) | Fact::Removed => {}
            Fact::Booking(_) | Fact::Membership(_) | Fact::Pass(_) => debug_assert!(subject.contains('/')),
        }
    }
    tidy(all)
}

fn tidy(mut all: Vec<Window>) -> Vec<Window> {
    all.retain(|window| window.until.is_none_or(|until| window.from < until));
    all.sort();
    all.dedup();
    all
}

/// R12, R13: somebody who is known by an address alone, where people who are no members get access.
fn guests_windows(tenant: &Tenant, facts: &Facts, address: &str) -> Vec<Window> {
    let mut all = Vec::new();
    if tenant.preset.lets_guests_in() && facts.holders(address).next().is_none() {
        for version in facts.0.values() {
            if let Fact::Booking(booking) = &version.fact
                && is_attended(tenant, booking, |who| *who == Who::Address(address.to_owned()))
            {
                by_booking(tenant, booking, &mut all);
            }
        }
    }
    tidy(all)
}

/// R13: the booker attends, and invitees do where the preset says so for rooms.
fn is_attended(tenant: &Tenant, booking: &Booking, is: impl Fn(&Who) -> bool) -> bool {
    booking.booker.as_ref().is_some_and(&is) || (tenant.preset.lets_invitees_in() && booking.invitees.iter().any(is))
}

/// R13: an address is the one member's who has it; if two have it, nobody's.
fn is_meant(facts: &Facts, who: &Who, person: &str) -> bool {
    match who {
        Who::Member(member) => member == person,
        Who::Address(address) => facts.holders(address).eq([person]),
    }
}

/// R3: a person is in a team if either says so; a removed team is none.
fn is_in_team(facts: &Facts, team: &str, person: &str) -> bool {
    let Some(Fact::Team(known)) = facts.fact(&format!("team/{team}")) else {
        // R22: a team that only members speak of.
        return facts.fact(&format!("team/{team}")).is_none() && names_team(facts, team, person);
    };
    known.members.contains(person) || names_team(facts, team, person)
}

fn names_team(facts: &Facts, team: &str, person: &str) -> bool {
    matches!(facts.fact(&format!("member/{person}")), Some(Fact::Member(member)) if member.teams.contains(team))
}

/// R4.
fn membership_reaches(tenant: &Tenant, facts: &Facts, it: &Membership, person: &str) -> bool {
    let names_person = it.member.as_deref() == Some(person);
    let in_team = it.team.as_ref().is_some_and(|team| is_in_team(facts, team, person));
    match tenant.preset.fanout() {
        Fanout::MemberOnly => names_person,
        Fanout::CompanyAlways => names_person || in_team,
        Fanout::TeamIfUnassigned => names_person || (it.member.is_none() && in_team),
        Fanout::TeamIfPayer => {
            let pays = |team: &Fact, member| matches!(team, Fact::Team(team) if team.payer.as_ref() == Some(member));
            // R22: who is not known, or gone, pays for nobody.
            let is_there = |member: &&String| matches!(facts.fact(&format!("member/{member}")), Some(Fact::Member(_)));
            let paid_for = it.member.as_ref().filter(is_there).is_some_and(|member| {
                let mut teams = facts.of_kind("team");
                teams.any(|(id, team)| pays(team, member) && is_in_team(facts, id, person))
            });
            names_person || paid_for || (it.member.is_none() && in_team)
        }
    }
}

/// R15: a pass held by a team counts for all its members.
fn pass_reaches(facts: &Facts, pass: &Pass, person: &str) -> bool {
    let in_team = pass.team.as_ref().is_some_and(|team| is_in_team(facts, team, person));
    pass.member.as_deref() == Some(person) || in_team
}

/// R2, R11, X3: confirmed, with lead and lag, where the resource lies.
fn by_booking(tenant: &Tenant, booking: &Booking, all: &mut Vec<Window>) {
    if booking.status != BookingStatus::Confirmed || booking.ends <= booking.starts {
        return;
    }
    let Some(place) = place(tenant, booking.location.as_deref(), Some(&booking.resource)) else { return };
    let window = (earlier(booking.starts, tenant.lead), Some(later(booking.ends, tenant.lag)));
    grant_mapped(tenant, place, ("resource", &booking.resource), window, all);
}

/// R7 to R10: the plan's groups or the chosen ones, and what is assigned with it.
fn by_membership(tenant: &Tenant, it: &Membership, version: &Version, all: &mut Vec<Window>) {
    let first_desk = it.desks.first().map(|(desk, _)| desk.as_str());
    let Some(place) = place(tenant, it.location.as_deref(), first_desk) else { return };
    let zone = place.time_zone();
    let given_end = it.ends.map(|ends| instant_after(ends, &zone));
    let ends = match it.standing {
        Standing::Active => given_end,
        Standing::Cancelled => Some(given_end.unwrap_or(version.time)),
        Standing::Paused if tenant.preset.pause_keeps() => given_end,
        Standing::Paused => return,
    };
    let window = (instant(it.starts, &zone), ends);
    match &it.groups {
        Some(chosen) => {
            let groups = chosen.intersection(&tenant.managed()).copied().collect();
            grant(all, place.account, &groups, window);
        }
        None => grant_mapped(tenant, place, ("plan", &it.plan), window, all),
    }
    for product in &it.products {
        grant_mapped(tenant, place, ("product", product), window, all);
    }
    for (desk, floor) in &it.desks {
        grant_mapped(tenant, place, ("resource", desk), window, all);
        grant_mapped(tenant, place, ("location", &place.id), window, all);
        if let Some(floor) = floor {
            grant_mapped(tenant, place, ("floor", floor), window, all);
        }
    }
}

/// R20: dates in the zone of the pass's location, else of the tenant's first; used up gives nothing.
fn by_pass(tenant: &Tenant, pass: &Pass, all: &mut Vec<Window>) {
    if pass.remaining == Some(0) {
        return;
    }
    let Some(place) = place(tenant, pass.location.as_deref(), None) else { return };
    let zone = place.time_zone();
    let from = pass.from.map_or(Timestamp::MIN, |from| instant(from, &zone));
    let until = pass.until.map(|until| instant_after(until, &zone));
    grant_mapped(tenant, place, ("pass", &pass.kind), (from, until), all);
}

/// R2: where a fact counts. All our mappings of one resource name one location.
fn place<'a>(tenant: &'a Tenant, location: Option<&str>, resource: Option<&str>) -> Option<&'a Location> {
    let told = location.and_then(|id| tenant.location(id));
    let of_resource = || {
        let mut mappings = tenant.mappings.iter();
        let mapping = mappings.find(|it| it.kind == "resource" && Some(it.id.as_str()) == resource)?;
        tenant.location(mapping.location.as_deref()?)
    };
    told.or_else(of_resource).or_else(|| tenant.only_location())
}

/// A choice says no place: it is about the tenant's only account, else about the one whose mappings name the group.
fn account_of(tenant: &Tenant, group: u64) -> Option<usize> {
    if let [only] = tenant.accounts.as_slice() {
        return Some(*only);
    }
    let mapping = tenant.mappings.iter().find(|mapping| mapping.groups.contains(&group))?;
    tenant.location(mapping.location.as_deref()?).map(|location| location.account)
}

type Stretch = (Timestamp, Option<Timestamp>);

fn grant_mapped(tenant: &Tenant, place: &Location, what: (&str, &str), window: Stretch, all: &mut Vec<Window>) {
    for mapping in tenant.mappings.iter().filter(|mapping| (mapping.kind, mapping.id.as_str()) == what) {
        if mapping.location.as_ref().is_none_or(|at| *at == place.id) {
            grant(all, place.account, &mapping.groups, window);
        }
    }
}

fn grant(all: &mut Vec<Window>, account: usize, groups: &BTreeSet<u64>, (from, until): Stretch) {
    all.extend(groups.iter().map(|group| Window { account, group: *group, from, until }));
}

fn instant(when: When, zone: &TimeZone) -> Timestamp {
    match when {
        When::At(instant) => instant,
        When::Day(day) => midnight(day, zone),
    }
}

/// A date as an end is inclusive.
fn instant_after(when: When, zone: &TimeZone) -> Timestamp {
    match when {
        When::At(instant) => instant,
        When::Day(day) => midnight(day.tomorrow().unwrap_or(day), zone),
    }
}

fn midnight(day: Date, zone: &TimeZone) -> Timestamp {
    day.to_zoned(zone.clone()).map_or(Timestamp::MIN, |midnight| midnight.timestamp())
}

fn earlier(instant: Timestamp, by: SignedDuration) -> Timestamp {
    instant.checked_sub(by).unwrap_or(Timestamp::MIN)
}

fn later(instant: Timestamp, by: SignedDuration) -> Timestamp {
    instant.checked_add(by).unwrap_or(Timestamp::MAX)
}
