//! A simulated Brivo account, and what we have seen done to it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use simulators::brivo::{Model, Options, Rotation, UserId};

use crate::{
    hand::HandEdit,
    outage::Outage,
    random::Random,
    setting::{FIRST_FOREIGN, FOREIGN, api_key, group},
};

/// How many groups a Brivo user can be in.
const MOST_GROUPS: usize = 16;

/// A Brivo account.
#[derive(Debug)]
pub(crate) struct Account {
    /// Which tenant connected it.
    pub(crate) tenant: usize,
    pub(crate) model: Model,
    /// Memberships that the engine asked for: the only ones it may take away.
    pub(crate) ours: BTreeSet<(UserId, u64)>,
    /// Memberships that staff made by hand and nobody took away.
    pub(crate) put_by_hand: BTreeMap<(UserId, u64), HandEdit>,
    /// Memberships of ours that staff took away by hand.
    pub(crate) taken_by_hand: BTreeMap<(UserId, u64), HandEdit>,
    /// When there were last so many hand edits to undo that somebody has to approve it.
    pub(crate) many_at: Option<Timestamp>,
    /// Groups that staff deleted.
    pub(crate) gone: BTreeSet<u64>,
    /// People whose users staff deleted, with the groups they were in.
    pub(crate) deleted: BTreeMap<String, BTreeSet<u64>>,
    /// Whom those users were for.
    pub(crate) deleted_users: BTreeMap<UserId, String>,
    /// When staff last changed in how many groups of its own a user is.
    pub(crate) crowded_at: BTreeMap<UserId, Timestamp>,
    /// Users that staff suspended.
    pub(crate) suspended_by_hand: BTreeSet<UserId>,
    /// Writes of the engine that reached Brivo.
    pub(crate) writes: usize,
    /// The generation of the stored refresh token when each access token was given out.
    pub(crate) given_at: BTreeMap<String, u64>,
    /// When Brivo is down.
    pub(crate) outages: Vec<Outage>,
    /// The engine has lost its connection, and nobody has made a new one.
    pub(crate) disconnected: bool,
    /// When somebody made a new connection.
    pub(crate) back_at: Option<Timestamp>,
}

/// After how long a person for whom there was no room is looked at again: half an hour, by clocks that are off.
const LOOKED_AT_AGAIN: SignedDuration = SignedDuration::from_secs(1810);

/// What Brivo shows for a person.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) user: Option<UserId>,
    pub(crate) groups: BTreeSet<u64>,
    barred: bool,
}

impl Account {
    pub(crate) fn new(index: usize, tenant: usize, random: &mut Random) -> Self {
        let options = Options {
            access_token_seconds: random.one_of([60, 300, 3600]),
            rotation: random.one_of([Rotation::Strict, Rotation::Grace { seconds: 60 }, Rotation::KeepsWorking]),
            requests_per_second: None,
            seed: random.next(),
            ..Options::default()
        };
        let mut model = Model::new(options);
        model.add_application("client", "secret", &api_key(index));
        for number in (1..=8).chain(FIRST_FOREIGN..FIRST_FOREIGN + FOREIGN) {
            let id = group(index, number);
            model.add_group(simulators::brivo::GroupId(id), &format!("Group {id}"));
        }
        Self {
            tenant,
            model,
            ours: BTreeSet::new(),
            put_by_hand: BTreeMap::new(),
            taken_by_hand: BTreeMap::new(),
            many_at: None,
            gone: BTreeSet::new(),
            deleted: BTreeMap::new(),
            deleted_users: BTreeMap::new(),
            crowded_at: BTreeMap::new(),
            suspended_by_hand: BTreeSet::new(),
            writes: 0,
            given_at: BTreeMap::new(),
            outages: Vec::new(),
            disconnected: false,
            back_at: None,
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

    /// All hand edits that still stand, with whether staff put the user there.
    pub(crate) fn hand_edits(&self) -> impl Iterator<Item = ((UserId, u64), HandEdit, bool)> {
        let put = self.put_by_hand.iter().map(|(place, edit)| (*place, *edit, true));
        put.chain(self.taken_by_hand.iter().map(|(place, edit)| (*place, *edit, false)))
    }

    /// Staff took a user out of a group, which makes room if the user was full before.
    pub(crate) fn took_out(&mut self, user: UserId, now: Timestamp) {
        if let Some(changed) = self.crowded_at.get_mut(&user) {
            *changed = now;
        }
    }

    /// Whether the person is in as many groups as Brivo takes.
    pub(crate) fn is_full(&self, person: &str) -> bool {
        self.model.groups_of(person).len() >= MOST_GROUPS
    }

    /// What Brivo shows for a person.
    pub(crate) fn shown(&self, person: &str) -> Shown {
        let user = self.model.user_by_external_id(person);
        Shown {
            user,
            groups: if user.is_some() { self.groups_of(person) } else { BTreeSet::new() },
            barred: user.is_some_and(|user| self.is_barred(user)),
        }
    }

    /// Whether somebody is in a group who should not be, or is not who should; `None` if all is well, or it was done by hand.
    ///
    /// Where staff deleted a user or group, access ends with it; a user that is in so many groups waits for room.
    pub(crate) fn out_of_step(&self, person: &str, shown: &Shown, group: u64, is_open: bool) -> Option<bool> {
        if self.gone.contains(&group) || self.disconnected {
            return None;
        }
        // Who is suspended may be in no group in vain, and may not be in one at all.
        let is_in = !(is_open && shown.barred) && shown.groups.contains(&group);
        let by_hand = shown.user.is_some_and(|user| {
            let moved = if is_in { &self.put_by_hand } else { &self.taken_by_hand };
            moved.contains_key(&(user, group))
        });
        let was_deleted = shown.user.is_none() && self.deleted.get(person).is_some_and(|held| held.contains(&group));
        let has_no_room = !is_in && !shown.barred && shown.groups.len() >= MOST_GROUPS;
        (is_open != is_in && !by_hand && !was_deleted && !has_no_room).then_some(is_in)
    }

    /// When the engine has seen at the latest what room there is for a person in Brivo: a user that was full is looked at
    /// again after half an hour.
    pub(crate) fn has_room_since(&self, shown: &Shown, is_in: bool) -> Timestamp {
        let changed = shown.user.and_then(|user| self.crowded_at.get(&user)).filter(|_| !is_in);
        changed.map_or(Timestamp::MIN, |changed| *changed + LOOKED_AT_AGAIN)
    }

    /// Whom a user is for, as `tenant:member`.
    pub(crate) fn person(&self, user: UserId) -> Option<String> {
        self.model.profile_of(user)?.external_id.clone()
    }
}
