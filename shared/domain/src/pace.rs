//! How fast calls to Brivo may follow one another with one API key, who comes first when that is too slow, and how many were
//! made this month.
//!
//! A generic cell rate algorithm: every call moves the instant until which the key's calls are paid for, and may be made as far
//! ahead of that as the burst allows. Slots are handed out ahead of time and are kept by whoever has one; how far ahead depends
//! on the urgency, so that a backlog of revokes pushes back everybody else, and a backlog of anything else pushes back no revoke
//! by more than [`Urgency::reach`] of grants.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    plan::{Plan, Write},
    wake::CLOCKS_APART,
};

/// The time that one call takes up: ten a second.
///
/// Source: limits of a test key are 20 or 25 a second, of a production key 50, in Brivo's partner documents of 2024; the keys
/// of several tenants may be one.
pub const EVERY: SignedDuration = SignedDuration::from_millis(100);

/// How many calls can follow one another at once after a rest.
pub const BURST: u32 = 20;

/// How long a slot may be used after its instant, at first: messages are that much late at times. It doubles each time it was
/// missed, so that whoever is always late gets a turn in the end.
const SLOT_KEPT: SignedDuration = SignedDuration::from_secs(10);

/// How long nobody else calls while somebody tries whether a spent quota was raised: one call and its answer.
const TRIAL: SignedDuration = SignedDuration::from_secs(10);

/// The longest time a spent quota is believed: it may be raised before it resets.
const LONGEST_STOP: SignedDuration = SignedDuration::from_hours(1);

/// How long to wait if Brivo does not say.
const SHORTEST_PAUSE: SignedDuration = SignedDuration::from_secs(1);

/// How long Brivo has to accept a key again before another refusal is news: somebody who is refused tries again every minute, and
/// a gateway that refuses some calls and not others would be told of each time.
const ACCEPTED_FOR: SignedDuration = SignedDuration::from_mins(2);

/// How far two clocks are apart at most, each a few seconds off.
const MOST_APART: SignedDuration = CLOCKS_APART.saturating_mul(2);

/// How far revokes may be behind before that is told.
const MUCH_BEHIND: SignedDuration = SignedDuration::from_secs(60);

/// From which part of the monthly budget on an operator is told, in percent.
const NEARLY_SPENT: u64 = 80;

/// What calls are for, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// Access that is over is taken away.
    Revoke,
    /// Access that is due is given.
    Grant,
    /// A look before a booking starts.
    Readiness,
    /// Users made ahead of time, and their details.
    Profile,
    /// Reading Brivo's side.
    Reading,
}

impl Urgency {
    /// How many calls of the burst it may take; the rest is kept for what is more urgent.
    fn share(self) -> i32 {
        match self {
            Self::Revoke => 20,
            Self::Grant => 18,
            Self::Readiness => 16,
            Self::Profile => 14,
            Self::Reading => 10,
        }
    }

    /// How far ahead it gets slots. Grants: no further than a revoke may be late (INV-1), with some rest.
    pub fn reach(self) -> SignedDuration {
        match self {
            Self::Revoke => SignedDuration::MAX,
            Self::Grant => SignedDuration::from_secs(30),
            Self::Readiness => SignedDuration::from_secs(10),
            Self::Profile => SignedDuration::from_secs(5),
            Self::Reading => SignedDuration::ZERO,
        }
    }
}

/// The calls a run is going to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// What the most urgent of them is for.
    pub urgency: Urgency,
    /// How many, if all goes well.
    pub calls: u32,
}

impl Need {
    /// What a plan needs, with a write of which the end is not known yet, and a look before a booking if there is to be one.
    pub fn of(plan: &Plan, pending: Option<&Write>, has_to_check: bool) -> Self {
        let writes = plan.writes.iter().map(of_write);
        // A begun write is read back.
        let pending = pending.map(|write| Self { calls: 1, ..of_write(write) });
        let check = has_to_check && plan.writes.is_empty();
        let check = check.then_some(Self { urgency: Urgency::Readiness, calls: 1 });
        let all = writes.chain(pending).chain(check).reduce(Self::and);
        // Whoever has nothing to write but is to be called for all the same, may be in fewer groups by now.
        let urgency = if plan.unseen { Urgency::Profile } else { Urgency::Grant };
        all.unwrap_or(Self { urgency, calls: 1 })
    }

    fn and(self, other: Self) -> Self {
        Self { urgency: self.urgency.min(other.urgency), calls: self.calls.saturating_add(other.calls) }
    }
}

fn of_write(write: &Write) -> Need {
    let (urgency, calls) = match write {
        // Looked for or looked at first.
        Write::CreateUser { .. } | Write::Invite { .. } => (Urgency::Profile, 2),
        Write::PatchProfile { fields, .. } if fields.iter().any(|field| field.is_listed()) => (Urgency::Profile, 2),
        Write::LinkUser { .. } | Write::PatchProfile { .. } | Write::SetPin { .. } => (Urgency::Profile, 1),
        Write::ChangeGroups { remove, .. } if remove.is_empty() => (Urgency::Grant, 1),
        Write::SetPinEnd { .. } | Write::Unsuspend => (Urgency::Grant, 1),
        // Looked at first, or after.
        Write::Suspend | Write::ClearPin => (Urgency::Revoke, 2),
        Write::CancelInvitation => (Urgency::Revoke, 3),
        Write::ChangeGroups { .. } | Write::DeleteUser | Write::RevokePass { .. } => (Urgency::Revoke, 1),
    };
    Need { urgency, calls }
}

/// What somebody waits for who was not let through at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Until when they wait.
    pub until: Timestamp,
    /// What for.
    pub urgency: Urgency,
    /// The calls of the slot that is theirs then; 0 if they only ask again.
    #[serde(default)]
    pub calls: u32,
    /// Slots missed one after another.
    #[serde(default)]
    pub missed: u32,
    /// They wait because the key's quota is spent.
    #[serde(default)]
    pub spent: bool,
}

impl Turn {
    /// Whether there is nothing to ask for before it has come.
    pub fn is_to_come(&self, urgency: Urgency, now: Timestamp) -> bool {
        now < self.until && urgency >= self.urgency
    }

    /// Whether it is a slot that can be used.
    pub fn is_slot(&self, now: Timestamp) -> bool {
        let kept = SLOT_KEPT.saturating_mul(2_i32.saturating_pow(self.missed.min(12)));
        self.calls > 0 && self.until <= now && now <= after(self.until, kept)
    }

    /// When the calls are made, as far as can be told.
    pub fn expected_at(&self) -> Timestamp {
        let only_asks = self.calls == 0 && !self.spent && self.urgency > Urgency::Revoke;
        if only_asks { after(self.until, self.urgency.reach()) } else { self.until }
    }

    /// Whether they are back from the line to ask again.
    fn is_back(&self, now: Timestamp) -> bool {
        self.calls == 0 && self.until <= now
    }

    fn missed_by(&self, now: Timestamp) -> u32 {
        let is_missed = self.calls > 0 && !self.is_slot(now) && self.until <= now;
        self.missed.saturating_add(u32::from(is_missed))
    }
}

/// Somebody asks for their turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask {
    /// What they need.
    pub need: Need,
    /// What they waited for, if they did.
    pub turn: Option<Turn>,
    /// When.
    pub now: Timestamp,
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The calls may be made now.
    Go {
        /// How many are paid for.
        calls: u32,
        /// The answer is waited for: whether the quota is still spent, while nobody else calls, or whether Brivo accepts the key
        /// again.
        is_trial: bool,
    },
    /// They wait for this.
    Wait(Turn),
}

/// What is worth telling of a key; each once until it was otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// Revokes have to wait for so long.
    Behind(SignedDuration),
    /// Most of the month's budget is spent.
    NearlySpent {
        /// Calls this month.
        calls: u64,
        /// Calls a month.
        budget: u64,
    },
}

/// The pace of one API key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    /// Until when the calls so far are paid for at the rate.
    #[serde(default)]
    paid_until: Timestamp,
    /// The latest instant anybody asked at: of two clocks that are apart the one ahead counts, and the other waits no longer for
    /// it.
    #[serde(default)]
    asked_at: Timestamp,
    /// When the last in line comes back to ask again, by urgency.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    lines: BTreeMap<Urgency, Timestamp>,
    /// When the last comes back of those who were in line and found no slot, because somebody more urgent had come between.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    returns: BTreeMap<Urgency, Timestamp>,
    /// Brivo asked to slow down until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    paused_until: Option<Timestamp>,
    /// The quota is spent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stop: Option<Stop>,
    /// Brivo did not accept the key, and that was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refused_key: Option<RefusedKey>,
    /// The month that is counted, in UTC: `2026-03`.
    #[serde(default)]
    month: String,
    /// Calls in that month.
    #[serde(default)]
    calls: u64,
    /// The largest budget of which it was told in that month that it is nearly spent.
    #[serde(default)]
    told_of: u64,
    /// It was told that revokes have to wait.
    #[serde(default)]
    told_behind: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stop {
    /// Until when, as Brivo says.
    until: Timestamp,
    /// When somebody tries again.
    try_at: Timestamp,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct RefusedKey {
    /// Since when Brivo has accepted it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    accepted_since: Option<Timestamp>,
}

impl Pace {
    /// Reserves calls: at once, or for a slot, or a place in the line of those who ask again.
    pub fn reserve(&mut self, ask: &Ask) -> Answer {
        let Ask { need: Need { urgency, calls }, turn, now } = *ask;
        if let Some(answer) = self.while_stopped(ask) {
            return answer;
        }
        let owed = self.owed(now).saturating_add(paying(calls));
        let paid = after(now, owed);
        let ahead = EVERY.saturating_mul(urgency.share());
        let from = before(paid, ahead).max(now).max(self.paused_until.unwrap_or(now));
        let others_wait = self.end_of_line(urgency).is_some_and(|end| end > now);
        let is_next = !others_wait || turn.is_some_and(|turn| turn.is_back(now));
        if from.duration_since(now) > urgency.reach() || (!is_next && from > now) {
            return Answer::Wait(self.queue(ask, before(from, urgency.reach()).max(now)));
        }
        self.owe(owed, now);
        self.count(calls, now);
        if from <= now {
            return Answer::Go { calls, is_trial: self.awaits_key() };
        }
        Answer::Wait(Turn { until: from, calls, ..self.turn(ask) })
    }

    /// Uses a slot that was reserved, unless there is a stop or a pause by now.
    pub fn redeem(&mut self, ask: &Ask) -> Answer {
        if let Some(answer) = self.while_stopped(ask) {
            return answer;
        }
        match self.paused_until.filter(|until| *until > ask.now) {
            Some(until) => Answer::Wait(self.queue(ask, until)),
            None => Answer::Go { calls: ask.turn.map_or(0, |turn| turn.calls), is_trial: self.awaits_key() },
        }
    }

    /// Pays for calls that cannot wait; those who come later wait for them. When the quota is spent: until when nobody calls.
    pub fn overdraw(&mut self, calls: u32, now: Timestamp) -> Option<Timestamp> {
        if let Some(stop) = self.stop.filter(|stop| now < stop.try_at) {
            return Some(stop.try_at);
        }
        self.owe(self.owed(now).saturating_add(paying(calls)), now);
        self.count(calls, now);
        None
    }

    /// Counts calls that nobody waits for.
    pub fn count(&mut self, calls: u32, now: Timestamp) {
        let month = month_of(now);
        if self.month != month {
            (self.month, self.calls, self.told_of) = (month, 0, 0);
        }
        self.calls = self.calls.saturating_add(calls.into());
    }

    /// Brivo asked to slow down: nobody calls for so long, and half of the burst is gone then.
    pub fn slow_down(&mut self, wait: Option<SignedDuration>, now: Timestamp) {
        let wait = wait.unwrap_or(SHORTEST_PAUSE).clamp(SHORTEST_PAUSE, LONGEST_STOP);
        let until = after(now, wait);
        self.paused_until = self.paused_until.max(Some(until));
        self.owe(self.owed(now).max(wait.saturating_add(paying(BURST / 2))), now);
    }

    /// Brivo said that the quota is spent: nobody calls for so long, or until somebody tries again. Whether it is news.
    pub fn stop(&mut self, wait: Option<SignedDuration>, now: Timestamp) -> bool {
        let wait = wait.unwrap_or(LONGEST_STOP).max(SHORTEST_PAUSE);
        let stop = Stop { until: after(now, wait), try_at: after(now, wait.min(LONGEST_STOP)) };
        self.stop.replace(stop).is_none()
    }

    /// Brivo does not accept the key. Whether it is news; all go on asking, because nobody tells when it does again.
    pub fn key_refused(&mut self, now: Timestamp) -> bool {
        let before = self.refused_key.replace(RefusedKey::default());
        let is_over = |since| now.duration_since(since) >= ACCEPTED_FOR;
        before.is_none_or(|before| before.accepted_since.is_some_and(is_over))
    }

    /// Whether Brivo did not accept the key when it answered last, as far as somebody took note.
    pub fn awaits_key(&self) -> bool {
        self.refused_key.is_some_and(|refused| refused.accepted_since.is_none())
    }

    /// The quota is not spent any more.
    pub fn resume(&mut self) {
        self.stop = None;
    }

    /// Brivo did what it was asked: the quota is not spent any more, and the key is accepted.
    pub fn answered(&mut self, now: Timestamp) {
        self.stop = None;
        if let Some(refused) = &mut self.refused_key {
            refused.accepted_since.get_or_insert(now);
        }
    }

    /// How long a revoke has to wait that comes now.
    pub fn behind(&self, now: Timestamp) -> SignedDuration {
        let paid = after(now, self.owed(now).saturating_add(EVERY));
        let from = before(paid, EVERY.saturating_mul(Urgency::Revoke.share())).max(now);
        let line = self.end_of_line(Urgency::Revoke);
        let stop = self.stop.map(|stop| stop.try_at);
        let from = from.max(stop.unwrap_or(now)).max(self.paused_until.unwrap_or(now)).max(line.unwrap_or(now));
        from.duration_since(now)
    }

    /// Calls in the month of `now`.
    pub fn calls_this_month(&self, now: Timestamp) -> u64 {
        if self.month == month_of(now) { self.calls } else { 0 }
    }

    /// Until when the quota is spent, as Brivo says.
    pub fn stopped_until(&self) -> Option<Timestamp> {
        self.stop.map(|stop| stop.until)
    }

    /// What is worth telling now, and was not told before.
    pub fn news(&mut self, budget: Option<u64>, now: Timestamp) -> Vec<News> {
        let mut news = Vec::new();
        let behind = self.behind(now);
        if behind > MUCH_BEHIND && !self.told_behind && self.stop.is_none() {
            self.told_behind = true;
            news.push(News::Behind(behind));
        }
        if behind.is_zero() {
            self.told_behind = false;
        }
        let calls = self.calls_this_month(now);
        let is_nearly_spent = |budget: &u64| calls.saturating_mul(100) >= budget.saturating_mul(NEARLY_SPENT);
        if let Some(budget) = budget.filter(|budget| *budget > self.told_of).filter(is_nearly_spent) {
            self.told_of = budget;
            news.push(News::NearlySpent { calls, budget });
        }
        news
    }

    /// The answer while the quota is spent: the first who comes after a while tries whether it still is.
    fn while_stopped(&mut self, ask: &Ask) -> Option<Answer> {
        let stop = self.stop.as_mut()?;
        if ask.now < stop.try_at {
            let try_at = stop.try_at;
            return Some(Answer::Wait(self.queue(ask, try_at)));
        }
        stop.try_at = after(ask.now, TRIAL);
        self.owe(self.owed(ask.now).saturating_add(paying(ask.need.calls)), ask.now);
        self.count(ask.need.calls, ask.now);
        Some(Answer::Go { calls: ask.need.calls, is_trial: true })
    }

    /// A place in the line of those who ask again: no earlier than `earliest`, one after another at the rate. While the quota
    /// is spent the first tries alone.
    fn queue(&mut self, ask: &Ask, earliest: Timestamp) -> Turn {
        let Need { urgency, calls } = ask.need;
        self.lines.retain(|_, end| *end > ask.now);
        self.returns.retain(|_, end| *end > ask.now);
        // Whoever was in line already does not go behind those who came later.
        let is_back = ask.turn.is_some_and(|turn| turn.is_back(ask.now));
        let end = if is_back { self.returns.get(&urgency).copied() } else { self.end_of_line(urgency) };
        let line = if is_back { &mut self.returns } else { &mut self.lines };
        let is_trial = self.stop.is_some() && end.is_none_or(|end| end <= earliest);
        let at = end.unwrap_or(earliest).max(earliest);
        line.insert(urgency, after(at, if is_trial { TRIAL } else { paying(calls) }));
        Turn { until: at, ..self.turn(ask) }
    }

    /// The time that the calls so far take up still.
    fn owed(&self, now: Timestamp) -> SignedDuration {
        self.paid_until.duration_since(self.asked_at.max(now)).max(SignedDuration::ZERO)
    }

    fn owe(&mut self, owed: SignedDuration, now: Timestamp) {
        // A clock that was too far ahead was wrong.
        let is_wrong = self.asked_at.duration_since(now) > MOST_APART;
        self.asked_at = if is_wrong { now } else { self.asked_at.max(now) };
        self.paid_until = after(self.asked_at, owed);
    }

    fn end_of_line(&self, urgency: Urgency) -> Option<Timestamp> {
        self.lines.get(&urgency).max(self.returns.get(&urgency)).copied()
    }

    fn turn(&self, ask: &Ask) -> Turn {
        let missed = ask.turn.map_or(0, |turn| turn.missed_by(ask.now));
        Turn { until: ask.now, urgency: ask.need.urgency, calls: 0, missed, spent: self.stop.is_some() }
    }
}

fn paying(calls: u32) -> SignedDuration {
    EVERY.saturating_mul(i32::try_from(calls).unwrap_or(i32::MAX))
}

fn month_of(now: Timestamp) -> String {
    now.strftime("%Y-%m").to_string()
}

fn after(instant: Timestamp, by: SignedDuration) -> Timestamp {
    instant.saturating_add(by).unwrap_or(Timestamp::MAX)
}

fn before(instant: Timestamp, by: SignedDuration) -> Timestamp {
    instant.saturating_sub(by).unwrap_or(Timestamp::MIN)
}
