//! What goes wrong, how often, and when it stops.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use simulators::brivo::{ErrorBody, Misbehaviour};

use crate::random::Random;

/// One way in which something can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trouble {
    /// A process dies between two steps.
    Crash,
    /// The state is throttled: nothing was done.
    Throttled,
    /// The state did what was asked, and its answer is an error.
    AnswerLost,
    /// Others write the same items.
    Contended,
    /// A call to Brivo goes wrong.
    Brivo,
    /// Queue or scheduler refuse.
    NotQueued,
    /// A queue message comes late.
    MessageLate,
    /// A queue message comes twice.
    MessageTwice,
    /// A schedule fires late.
    ScheduleLate,
    /// A schedule fires twice.
    ScheduleTwice,
    /// A schedule never fires.
    ScheduleLost,
    /// The sweep is left out.
    SweepLost,
    /// A webhook is never sent; the sender's next full pass brings it.
    HookLost,
    /// A webhook is sent late.
    HookLate,
    /// A webhook is sent twice.
    HookTwice,
    /// The answer to a webhook does not reach the sender.
    HookAnswerLost,
    /// A step takes seconds.
    Slow,
}

/// Troubles of single steps, of which a run has dozens.
const OF_STEPS: [Trouble; 6] =
    [Trouble::Crash, Trouble::Throttled, Trouble::AnswerLost, Trouble::Contended, Trouble::Brivo, Trouble::Slow];

/// Troubles of whole messages.
const OF_MESSAGES: [Trouble; 11] = [
    Trouble::NotQueued,
    Trouble::MessageLate,
    Trouble::MessageTwice,
    Trouble::ScheduleLate,
    Trouble::ScheduleTwice,
    Trouble::ScheduleLost,
    Trouble::SweepLost,
    Trouble::HookLost,
    Trouble::HookLate,
    Trouble::HookTwice,
    Trouble::HookAnswerLost,
];

/// The adversary of one seed.
#[derive(Debug)]
pub(crate) struct Adversary {
    pub(crate) random: Random,
    per_mille: BTreeMap<Trouble, u64>,
    storms: Vec<(Timestamp, Timestamp)>,
    until: Timestamp,
}

impl Adversary {
    /// One seed in five has no trouble, so that the tight bounds are tried too; the others have some kinds, some of them storms.
    pub(crate) fn of(seed: u64, start: Timestamp, until: Timestamp) -> Self {
        let mut random = Random::of(seed, "adversary");
        let mut per_mille = BTreeMap::new();
        let calm = random.chance(200);
        for kind in OF_STEPS {
            let rate = random.one_of([0, 0, 1, 4, 10]);
            per_mille.insert(kind, if calm { 0 } else { rate });
        }
        for kind in OF_MESSAGES {
            let rate = random.one_of([0, 0, 20, 100, 300]);
            per_mille.insert(kind, if calm { 0 } else { rate });
        }
        let length = until.duration_since(start).as_secs();
        let count = if calm { 0 } else { random.between(0, 3) };
        let mut storm = || {
            let from = start + SignedDuration::from_secs(random.between(0, length));
            (from, from + SignedDuration::from_secs(random.between(60, 1800)))
        };
        let storms = (0..count).map(|_| storm()).collect();
        Self { random, per_mille, storms, until }
    }

    /// Whether anything may still go wrong.
    pub(crate) fn is_about(&self, now: Timestamp) -> bool {
        now < self.until
    }

    /// Whether this goes wrong now. In a storm everything that can go wrong does so often.
    pub(crate) fn strikes(&mut self, kind: Trouble, now: Timestamp) -> bool {
        let rate = self.per_mille.get(&kind).copied().unwrap_or(0);
        let stormy = self.storms.iter().any(|(from, until)| *from <= now && now < *until);
        let rate = if stormy && rate > 0 { rate.saturating_mul(10).min(400) } else { rate };
        now < self.until && self.random.chance(rate)
    }

    /// How a call to Brivo goes wrong.
    pub(crate) fn misbehaviour(&mut self) -> Misbehaviour {
        match self.random.between(0, 15) {
            0 => Misbehaviour::ServerError { status: 500, body: ErrorBody::Html },
            1 => Misbehaviour::ServerError { status: 503, body: ErrorBody::Json },
            2 => Misbehaviour::ServerError { status: 504, body: ErrorBody::Empty },
            3 | 4 => Misbehaviour::AppliedThenError { status: 502 },
            5 | 6 => Misbehaviour::AppliedThenDropped,
            7 | 8 => Misbehaviour::AppliedThenHang,
            9 => Misbehaviour::Hang,
            10 => Misbehaviour::OverQps { retry_after_seconds: 2 },
            11 => Misbehaviour::TooMany,
            12 => Misbehaviour::TokenRefused,
            13 => Misbehaviour::DeveloperInactive,
            14 => Misbehaviour::HtmlBody,
            _ => Misbehaviour::EmptyBody,
        }
    }
}
