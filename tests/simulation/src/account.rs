//! A simulated Brivo account, and what we have seen done to it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use simulators::brivo::{Model, Options, Rotation, UserId};

use crate::{
    random::Random,
    setting::{FIRST_FOREIGN, api_key, group},
};

/// A Brivo account.
#[derive(Debug)]
pub(crate) struct Account {
    /// Which tenant connected it.
    pub(crate) tenant: usize,
    pub(crate) model: Model,
    /// Memberships that the engine asked for: the only ones it may take away.
    pub(crate) ours: BTreeSet<(UserId, u64)>,
    /// Memberships that staff made by hand and nobody took away.
    pub(crate) put_by_hand: BTreeSet<(UserId, u64)>,
    /// Memberships of ours that staff took away by hand.
    pub(crate) taken_by_hand: BTreeSet<(UserId, u64)>,
    /// Users that staff suspended.
    pub(crate) suspended_by_hand: BTreeSet<UserId>,
    /// Writes of the engine that reached Brivo.
    pub(crate) writes: usize,
    /// The generation of the stored refresh token when each access token was given out.
    pub(crate) given_at: BTreeMap<String, u64>,
    /// Brivo is down until then.
    pub(crate) down_until: Timestamp,
    /// The engine has lost its connection, and nobody has made a new one.
    pub(crate) disconnected: bool,
}

impl Account {
    pub(crate) fn new(index: usize, tenant: usize, random: &mut Random, now: Timestamp) -> Self {
        let options = Options {
            access_token_seconds: random.one_of([60, 300, 3600]),
            rotation: random.one_of([Rotation::Strict, Rotation::Grace { seconds: 60 }, Rotation::KeepsWorking]),
            requests_per_second: None,
            seed: random.next(),
            ..Options::default()
        };
        let mut model = Model::new(options);
        model.add_application("client", "secret", &api_key(index));
        for number in (1..=8).chain(FIRST_FOREIGN..FIRST_FOREIGN + 3) {
            let id = group(index, number);
            model.add_group(simulators::brivo::GroupId(id), &format!("Group {id}"));
        }
        Self {
            tenant,
            model,
            ours: BTreeSet::new(),
            put_by_hand: BTreeSet::new(),
            taken_by_hand: BTreeSet::new(),
            suspended_by_hand: BTreeSet::new(),
            writes: 0,
            given_at: BTreeMap::new(),
            down_until: now,
            disconnected: false,
        }
    }

    /// The groups Brivo shows for a person.
    pub(crate) fn groups_of(&self, person: &str) -> BTreeSet<u64> {
        self.model.groups_of(person).into_iter().map(|group| group.0).collect()
    }

    /// Whether we keep a person from every door, whatever groups there are.
    pub(crate) fn is_barred(&self, user: UserId) -> bool {
        self.model.is_suspended(user) && !self.suspended_by_hand.contains(&user)
    }

    /// Whom a user is for, as `tenant:member`.
    pub(crate) fn person(&self, user: UserId) -> Option<String> {
        self.model.profile_of(user)?.external_id.clone()
    }
}
