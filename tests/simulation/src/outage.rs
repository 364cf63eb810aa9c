//! Long outages: of Brivo for hours, of state for minutes.

use std::time::Duration;

use brivo::NoAnswer;
use jiff::{SignedDuration, Timestamp};

use crate::{random::Random, stage::Stage};

/// How a service is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Down {
    /// Nothing takes connections.
    Refused,
    /// Whatever stands before it answers with an error.
    Errors(u16),
    /// Nothing answers.
    Silent,
    /// Connections end before an answer.
    CutOff,
}

/// A stretch of time in which a service is down.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outage {
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
    pub(crate) how: Down,
}

impl Outage {
    fn covers(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }
}

/// Some outages of one to twelve hours between these instants.
pub(crate) fn long(random: &mut Random, begin: Timestamp, end: Timestamp) -> Vec<Outage> {
    let most = end.duration_since(begin).as_secs();
    let mut outage = || {
        let from = begin + SignedDuration::from_secs(random.between(600, most));
        let until = (from
            + SignedDuration::from_secs(random.one_of([3600, 3600, 5400, 2 * 3600, 4 * 3600, 12 * 3600])))
        .min(end);
        let how = random.one_of([Down::Refused, Down::Errors(500), Down::Errors(503), Down::Silent, Down::CutOff]);
        Outage { from, until, how }
    };
    let first = outage();
    let second = outage();
    if random.chance(200) { vec![first, second] } else { vec![first] }
}

/// One or two outages of some minutes between these instants.
pub(crate) fn short(random: &mut Random, begin: Timestamp, end: Timestamp) -> Vec<Outage> {
    let most = end.duration_since(begin).as_secs();
    let count = random.between(1, 2);
    let mut outage = || {
        let from = begin + SignedDuration::from_secs(random.between(60, most));
        let until = (from + SignedDuration::from_secs(random.between(60, 900))).min(end);
        Outage { from, until, how: Down::Refused }
    };
    (0..count).map(|_| outage()).collect()
}

/// How a service is down at this instant, if it is.
pub(crate) fn at(outages: &[Outage], now: Timestamp) -> Option<Down> {
    outages.iter().find(|outage| outage.covers(now)).map(|outage| outage.how)
}

/// Until when a service was or is down by this instant.
pub(crate) fn over_at(outages: &[Outage], now: Timestamp) -> Option<Timestamp> {
    outages.iter().filter(|outage| outage.from <= now).map(|outage| outage.until).max()
}

/// What a call to a service that is down comes to: an error's status, or no answer.
pub(crate) async fn befall(stage: &Stage, how: Down, patience: Duration) -> Result<u16, NoAnswer> {
    stage.excuse_until(stage.now());
    match how {
        Down::Errors(status) => Ok(status),
        Down::Refused => Err(NoAnswer::NotSent("the simulated Brivo is down".into())),
        Down::CutOff => Err(NoAnswer::CutOff("the simulated connection ended".into())),
        Down::Silent => {
            tokio::time::sleep(patience).await;
            stage.excuse_until(stage.now());
            Err(NoAnswer::TimedOut("the simulated Brivo did not answer".into()))
        }
    }
}
