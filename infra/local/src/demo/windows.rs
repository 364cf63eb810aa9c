//! Windows promised and windows shown: how each is made up of what was told and of what Brivo did.

use std::collections::BTreeMap;

use domain::Window;
use jiff::{SignedDuration, Timestamp};
use simulators::brivo::{Change, GroupId, MembershipChange};

/// How far a window in Brivo may be from the promised one. Seconds are what queue and call take in earnest.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(2);

/// Somebody's place in a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Holding {
    /// What the person is called in Brivo.
    pub(crate) external_id: String,
    pub(crate) group: GroupId,
}

/// When somebody is in a group, without overlaps and in order.
pub(crate) type Windows = BTreeMap<Holding, Vec<Window>>;

/// What was told of a booking.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told {
    /// When the webhook arrived.
    pub(crate) heard_at: Timestamp,
    /// When it became true.
    pub(crate) as_of: Timestamp,
    /// The time it is booked for.
    pub(crate) booked: Window,
    /// The access it gives; none if tentative or cancelled.
    pub(crate) gives: Option<Window>,
}

/// The windows that follow from all that was told: at any time the newest that is known by then holds.
pub(crate) fn promised(told: &[Told]) -> Vec<Window> {
    let mut told = told.to_vec();
    told.sort_by_key(|told| told.heard_at);
    let nexts = told.iter().skip(1).map(|next| Some(next.heard_at)).chain([None]);
    let mut newest: Option<Told> = None;
    let mut windows = Vec::new();
    for (told, next) in told.iter().zip(nexts) {
        if newest.is_none_or(|newest| newest.as_of <= told.as_of) {
            newest = Some(*told);
        }
        let known = Window { from: told.heard_at, until: next };
        windows.extend(newest.and_then(|newest| newest.gives).and_then(|gives| overlap(gives, known)));
    }
    joined(windows)
}

/// The windows in which Brivo had people in its groups.
pub(crate) fn shown(history: &[MembershipChange]) -> Windows {
    let mut shown = Windows::new();
    for change in history {
        let external_id = change.external_id.clone().unwrap_or_else(|| format!("user {}", change.user));
        let windows = shown.entry(Holding { external_id, group: change.group }).or_default();
        match change.change {
            Change::Joined => windows.push(Window { from: change.at, until: None }),
            Change::Left => {
                if let Some(window) = windows.last_mut().filter(|window| window.until.is_none()) {
                    window.until = Some(change.at);
                }
            }
        }
    }
    shown
}

/// The union of windows, in order.
pub(crate) fn joined(mut windows: Vec<Window>) -> Vec<Window> {
    windows.sort();
    let mut joined: Vec<Window> = Vec::new();
    for window in windows.into_iter().filter(|window| !window.is_empty()) {
        match joined.last_mut() {
            Some(last) if last.until.is_none_or(|until| window.from <= until) => {
                last.until = last.until.zip(window.until).map(|(one, other)| one.max(other));
            }
            Some(_) | None => joined.push(window),
        }
    }
    joined
}

/// What two windows have in common.
pub(crate) fn overlap(one: Window, other: Window) -> Option<Window> {
    let until = [one.until, other.until].into_iter().flatten().min();
    Some(Window { from: one.from.max(other.from), until }).filter(|window| !window.is_empty())
}

/// Whether two instants are as good as the same.
pub(crate) fn is_close(one: Timestamp, other: Timestamp) -> bool {
    one.duration_since(other).abs() <= TOLERANCE
}

/// Whether two windows are as good as the same.
pub(crate) fn is_same(one: &Window, other: &Window) -> bool {
    let ends = match (one.until, other.until) {
        (Some(one), Some(other)) => is_close(one, other),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    is_close(one.from, other.from) && ends
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).unwrap()
    }

    fn window(from: i64, until: i64) -> Window {
        Window { from: at(from), until: Some(at(until)) }
    }

    fn told(heard_at: i64, as_of: i64, gives: Option<Window>) -> Told {
        let booked = Window { from: at(0), until: None };
        Told { heard_at: at(heard_at), as_of: at(as_of), booked, gives }
    }

    fn change(at: Timestamp, group: u64, change: Change) -> MembershipChange {
        let user = simulators::brivo::UserId(1);
        MembershipChange { at, user, external_id: Some("harbour:1".to_owned()), group: GroupId(group), change }
    }

    #[test]
    fn joining_and_leaving_make_windows_per_group_and_an_open_one_if_nobody_left() {
        let history = [
            change(at(1), 501, Change::Joined),
            change(at(1), 511, Change::Joined),
            change(at(5), 501, Change::Left),
            change(at(8), 501, Change::Joined),
            change(at(9), 501, Change::Left),
        ];

        let shown = shown(&history);

        let of = |group| &shown[&Holding { external_id: "harbour:1".to_owned(), group: GroupId(group) }];
        assert_eq!(*of(501), [window(1, 5), window(8, 9)]);
        assert_eq!(*of(511), [Window { from: at(1), until: None }]);
    }

    #[test]
    fn windows_that_touch_or_overlap_are_one() {
        assert_eq!(joined(vec![window(5, 9), window(1, 5), window(20, 30)]), [window(1, 9), window(20, 30)]);
        assert_eq!(joined(vec![window(1, 9), window(2, 3), window(4, 4)]), [window(1, 9)]);
    }

    #[test]
    fn nothing_is_promised_before_it_is_told_or_after_it_is_cancelled() {
        let booked = told(15, 15, Some(window(10, 30)));

        assert_eq!(promised(&[booked]), [window(15, 30)]);
        assert_eq!(promised(&[booked, told(20, 20, None)]), [window(15, 20)]);
        assert_eq!(promised(&[told(1, 1, None), told(5, 5, Some(window(10, 30)))]), [window(10, 30)]);
    }

    #[test]
    fn what_comes_late_and_is_older_promises_nothing() {
        let newer = told(12, 12, Some(window(40, 50)));
        let late = told(25, 10, Some(window(20, 30)));

        assert_eq!(promised(&[newer, late]), [window(40, 50)]);
    }
}
