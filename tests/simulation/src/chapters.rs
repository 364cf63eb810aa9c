//! Parts of the world that not every seed has: each is thrown for by itself, so that every mixture comes about.

use std::collections::BTreeSet;

use crate::random::Random;

/// A part of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Chapter {
    /// Brivo is read every hour, not only when a tenant was put.
    Readings,
    /// Groups have policies for hand edits of their own.
    Drift,
    /// Staff puts a crowd into a group at once.
    Crowds,
    /// Brivo is down for hours.
    Outages,
    /// State is down for minutes.
    StateOutages,
    /// Any preset suspends or deletes who left, some of them hours later.
    Leaving,
    /// Staff deletes users and groups.
    Deletions,
    /// Staff puts users in so many groups of its own that not all of ours fit.
    ManyGroups,
}

/// Every part that is played, and in how many of a thousand seeds. A part that is left out here is played in none.
const PLAYED: [(Chapter, u64); 8] = [
    (Chapter::Readings, 400),
    (Chapter::Drift, 400),
    (Chapter::Crowds, 200),
    (Chapter::Outages, 100),
    (Chapter::StateOutages, 150),
    (Chapter::Leaving, 300),
    (Chapter::Deletions, 250),
    (Chapter::ManyGroups, 200),
];

/// The parts of one world.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chapters(BTreeSet<Chapter>);

impl Chapters {
    /// Those of a seed; a plain world has none.
    pub(crate) fn of(seed: u64, plain: bool) -> Self {
        let mut random = Random::of(seed, "chapters");
        let mut thrown = |chance| random.chance(chance);
        Self(PLAYED.iter().filter(|(_, chance)| thrown(*chance) && !plain).map(|(chapter, _)| *chapter).collect())
    }

    pub(crate) fn has(&self, chapter: Chapter) -> bool {
        self.0.contains(&chapter)
    }
}
