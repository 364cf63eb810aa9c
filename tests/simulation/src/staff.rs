//! Staff at Brivo's own pages: single edits, and whole crowds.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use simulators::brivo::{Change, GroupId, UserId};

use crate::{
    account::Account,
    chapters::Chapter,
    hand::HandEdit,
    random::Random,
    setting::{Drift, FIRST_FOREIGN, FOREIGN, group},
    stage::Stage,
};

/// Lets staff do whatever it does in this world.
pub(crate) fn begin(stage: &Arc<Stage>, seed: u64, until: Timestamp) {
    let mut random = Random::of(seed, "staff");
    let often = random.one_of([0, 0, 1, 3]);
    tokio::spawn(staff(Arc::clone(stage), random, often, until));
    let mut random = Random::of(seed, "more staff");
    if stage.chapters.has(Chapter::Readings) {
        let often = random.one_of([0, 3, 6]);
        tokio::spawn(staff(Arc::clone(stage), random.clone(), often, until));
    }
    let soon = |random: &mut Random| SignedDuration::from_secs(random.between(2 * 3600, 30 * 3600));
    if stage.chapters.has(Chapter::Deletions) {
        let mut random = Random::of(seed, "deletions");
        for deletion in [delete_user, delete_user, delete_group] {
            let at = stage.now() + soon(&mut random);
            tokio::spawn(act(Arc::clone(stage), random.clone(), at.min(until), deletion));
        }
    }
    if stage.chapters.has(Chapter::ManyGroups) {
        let mut random = Random::of(seed, "many groups");
        for edit in [fill_up, fill_up, fill_up, make_room] {
            let at = stage.now() + soon(&mut random);
            tokio::spawn(act(Arc::clone(stage), random.clone(), at.min(until), edit));
        }
    }
    if stage.chapters.has(Chapter::Crowds) {
        let at = stage.now() + SignedDuration::from_secs(random.between(4 * 3600, 20 * 3600));
        tokio::spawn(crowd(Arc::clone(stage), random, at.min(until)));
    }
}

/// Staff edits Brivo by hand now and then.
pub(crate) async fn staff(stage: Arc<Stage>, mut random: Random, often: usize, until: Timestamp) {
    for _ in 0..often {
        let wait = SignedDuration::from_secs(random.between(600, 24 * 3600));
        if stage.now() + wait > until {
            return;
        }
        stage.sleep_until(stage.now() + wait).await;
        edit(&stage, &mut random);
        stage.world().count_hand_edits(stage.now(), &stage.store);
        stage.look();
    }
}

fn edit(stage: &Stage, random: &mut Random) {
    let now = stage.now();
    let mut world = stage.world();
    let index = usize::from(world.accounts.len() > 1 && random.chance(500));
    let Some(account) = world.accounts.get_mut(index) else { return };
    let users: Vec<UserId> = account.model.standings().iter().map(|standing| standing.user).collect();
    let Some(user) = random.pick(&users).copied() else { return };
    let Some(person) = account.person(user) else { return };
    let held: Vec<u64> = account.groups_of(&person).into_iter().collect();
    let foreign = group(index, FIRST_FOREIGN + random.next() % 3);
    let what = match random.between(0, 4) {
        // Brivo takes no more.
        0..=2 if account.is_full(&person) => return,
        0 | 1 => {
            account.model.change_by_hand(user, GroupId(foreign), Change::Joined, now);
            format!("staff puts the user in group {foreign}")
        }
        2 => {
            let strange = group(index, random.next() % 8 + 1);
            if held.contains(&strange) {
                return;
            }
            account.model.change_by_hand(user, GroupId(strange), Change::Joined, now);
            account.put_by_hand.insert((user, strange), HandEdit::at(now));
            format!("staff puts the user in group {strange}")
        }
        3 => {
            let Some(taken) = random.pick(&held).copied() else { return };
            account.model.change_by_hand(user, GroupId(taken), Change::Left, now);
            account.took_out(user, now);
            account.taken_by_hand.insert((user, taken), HandEdit::at(now));
            account.put_by_hand.remove(&(user, taken));
            account.ours.remove(&(user, taken));
            format!("staff takes the user out of group {taken}")
        }
        _ => {
            if !account.model.is_suspended(user) {
                account.suspended_by_hand.insert(user);
            }
            account.model.suspend_by_hand(user, now);
            "staff suspends the user".to_owned()
        }
    };
    world.lines.push(crate::history::Line { at: now, about: Some(person), text: what });
}

/// Does something by hand at an instant, in one of the accounts.
async fn act(
    stage: Arc<Stage>,
    mut random: Random,
    at: Timestamp,
    deed: fn(&mut Account, usize, &mut Random, Timestamp) -> Option<String>,
) {
    stage.sleep_until(at).await;
    {
        let mut world = stage.world();
        let index = usize::from(world.accounts.len() > 1 && random.chance(500));
        let Some(text) = world.accounts.get_mut(index).and_then(|account| deed(account, index, &mut random, at)) else {
            return;
        };
        world.lines.push(crate::history::Line { at, about: None, text: format!("staff {text}") });
        world.count_hand_edits(at, &stage.store);
    }
    stage.look();
}

/// Somebody of ours in Brivo.
fn somebody(account: &Account, random: &mut Random) -> Option<(UserId, String)> {
    let mut users: Vec<UserId> = account.model.standings().iter().map(|standing| standing.user).collect();
    users.retain(|user| account.person(*user).is_some());
    let user = *random.pick(&users)?;
    Some((user, account.person(user)?))
}

fn delete_user(account: &mut Account, index: usize, random: &mut Random, now: Timestamp) -> Option<String> {
    let (user, person) = somebody(account, random)?;
    account.deleted_users.insert(user, person.clone());
    let mut held = account.groups_of(&person);
    held.extend(account.taken_by_hand.keys().filter(|(whose, _)| *whose == user).map(|(_, group)| *group));
    if account.is_full(&person) || account.crowded_at.contains_key(&user) {
        // Those for which there was no room are not tried again either.
        held.extend((1..FIRST_FOREIGN).map(|number| group(index, number)));
    }
    account.deleted.insert(person.clone(), held);
    account.ours.retain(|(whose, _)| *whose != user);
    account.model.delete_by_hand(user, now);
    Some(format!("deletes the user of {person}"))
}

fn delete_group(account: &mut Account, index: usize, random: &mut Random, now: Timestamp) -> Option<String> {
    let group = group(index, random.next() % 8 + 1);
    if !account.gone.insert(group) {
        return None;
    }
    for user in account.model.members_of(GroupId(group)) {
        account.took_out(user, now);
    }
    account.model.remove_group(GroupId(group), now);
    Some(format!("deletes group {group}"))
}

/// Puts somebody in so many groups of its own that there is room for a few more.
fn fill_up(account: &mut Account, index: usize, random: &mut Random, now: Timestamp) -> Option<String> {
    let (user, person) = somebody(account, random)?;
    let room = 16_usize.saturating_sub(account.groups_of(&person).len());
    let leaves = usize::try_from(random.between(0, 2)).unwrap_or(0);
    let others = (0..FOREIGN).map(|number| group(index, FIRST_FOREIGN + number));
    let free: Vec<u64> = others.filter(|id| !account.is_in(user, *id)).collect();
    for id in free.into_iter().take(room.saturating_sub(leaves)) {
        account.model.change_by_hand(user, GroupId(id), Change::Joined, now);
    }
    account.crowded_at.insert(user, now);
    Some(format!("puts {person} in groups of its own but for {leaves}"))
}

/// Takes everybody out of most groups of its own.
fn make_room(account: &mut Account, index: usize, random: &mut Random, now: Timestamp) -> Option<String> {
    let left = random.next() % FOREIGN;
    let users: Vec<UserId> = account.crowded_at.keys().copied().collect();
    if users.is_empty() {
        return None;
    }
    for user in users {
        for id in (left..FOREIGN).map(|number| group(index, FIRST_FOREIGN + number)) {
            account.model.change_by_hand(user, GroupId(id), Change::Left, now);
        }
        account.crowded_at.insert(user, now);
        account.took_out(user, now);
    }
    Some(format!("takes everybody out of its own groups but {left}"))
}

/// Staff puts so many people into a group at once that nobody undoes it unasked; some of them are nobody of ours.
async fn crowd(stage: Arc<Stage>, mut random: Random, at: Timestamp) {
    stage.sleep_until(at).await;
    {
        let mut world = stage.world();
        let index = usize::from(world.accounts.len() > 1 && random.chance(500));
        let Some(tenant) = world.accounts.get(index).map(|account| account.tenant) else { return };
        let Some(tenant) = world.operators.get(tenant).map(|operator| operator.tenant.clone()) else { return };
        let base = group(index, 0);
        let here = tenant.managed().into_iter().filter(|id| (base..base + 100).contains(id));
        let (undone, others): (Vec<u64>, Vec<u64>) = here.partition(|id| tenant.drift_of(*id) == Drift::Revert);
        let Some(chosen) = random.pick(&undone).or_else(|| others.first()).copied() else { return };
        let Some(account) = world.accounts.get_mut(index) else { return };
        let mut users: Vec<UserId> = account.model.standings().iter().map(|standing| standing.user).collect();
        users.retain(|user| account.model.profile_of(*user).is_some() && !account.is_in(*user, chosen));
        users.sort_unstable();
        users.dedup();
        users.truncate(usize::try_from(random.between(0, 8)).unwrap_or(0));
        for number in users.len()..usize::try_from(random.between(2, 10)).unwrap_or(2) {
            users.push(account.model.create_by_hand("Stray", &format!("{number}"), "", at));
        }
        for user in &users {
            account.model.change_by_hand(*user, GroupId(chosen), Change::Joined, at);
            account.put_by_hand.insert((*user, chosen), HandEdit::at(at));
        }
        let text = format!("staff puts {} users in group {chosen}", users.len());
        world.lines.push(crate::history::Line { at, about: None, text });
        world.count_hand_edits(at, &stage.store);
    }
    stage.look();
}
