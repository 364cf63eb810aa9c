//! The timeline: what Brivo was asked and did, as entries that people can read.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use simulators::brivo::{Call, Change, GroupId, Host, MembershipChange};

use super::{
    book::{Book, doors},
    cast::PEOPLE,
    day::Day,
};

/// Something that happened.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) at: Timestamp,
    pub(crate) who: String,
    pub(crate) kind: Kind,
    pub(crate) what: String,
    pub(crate) why: String,
    /// The calls to Brivo, each with its answer.
    pub(crate) calls: Vec<String>,
}

/// What sort of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A webhook arrived.
    Heard,
    /// A door opens for somebody.
    Opens,
    /// A door closes for somebody.
    Closes,
    /// A window ended and no door closed.
    Stays,
    /// Brivo was called for another reason.
    Called,
}

/// What is said of the pages of a reading, which are one entry.
const READING: &str = "reads what Brivo shows";

/// What the call of a path means.
enum Meaning<'a> {
    LooksUp,
    Creates,
    ChangesGroups(&'a str),
    /// A page of users or groups.
    ReadsList,
    LooksAt,
    Other,
}

/// The entries about some calls and the changes they brought about.
pub(crate) fn entries(calls: &[Call], changes: &[MembershipChange], book: &Book, day: &Day) -> Vec<Entry> {
    let mut looked_up: Option<&Call> = None;
    let mut entries = Vec::new();
    for call in calls.iter().filter(|call| call.host == Host::Api) {
        match meaning(call) {
            Meaning::LooksUp => {
                entries.extend(looked_up.replace(call).map(other));
            }
            Meaning::Creates => entries.push(creation(looked_up.take(), call)),
            Meaning::ChangesGroups(user) => {
                let of_call = |change: &&MembershipChange| change.at == call.at && change.user.to_string() == user;
                let changes: Vec<_> = changes.iter().filter(of_call).collect();
                entries.extend(of_groups(call, &changes, book, day));
            }
            Meaning::ReadsList => match entries.last_mut() {
                Some(entry) if entry.at == call.at && entry.what == READING => entry.calls.push(told(call)),
                Some(_) | None => {
                    entries.push(called(
                        call,
                        READING,
                        "An hour after the last time, to see what was changed by hand.",
                    ));
                }
            },
            Meaning::LooksAt => {
                let why = "Before a booking starts: its person must be there and not suspended.";
                entries.push(called(call, "looks a user up in Brivo", why));
            }
            Meaning::Other => entries.push(other(call)),
        }
    }
    entries.extend(looked_up.map(other));
    entries
}

fn meaning(call: &Call) -> Meaning<'_> {
    let segments: Vec<&str> = path(call).trim_start_matches('/').split('/').collect();
    match (call.method.as_str(), segments.as_slice()) {
        ("GET", ["users", _, "external"]) => Meaning::LooksUp,
        ("POST", ["users"]) => Meaning::Creates,
        ("POST", ["users", user, "groups"]) => Meaning::ChangesGroups(user),
        ("GET", [.., last]) if last.contains('?') => Meaning::ReadsList,
        ("GET", ["users", _]) => Meaning::LooksAt,
        _ => Meaning::Other,
    }
}

/// Somebody becomes a user of Brivo, after a look whether there is one already.
fn creation(looked_up: Option<&Call>, call: &Call) -> Entry {
    let who = looked_up.and_then(|look| PEOPLE.iter().find(|person| look.path.contains(&person.id.to_string())));
    Entry {
        at: call.at,
        who: who.map_or_else(String::new, |person| person.name.to_owned()),
        kind: Kind::Called,
        what: "is made a user of Brivo".to_owned(),
        why: "Ahead of the booking, so that one call opens the doors in time.".to_owned(),
        calls: looked_up.into_iter().chain([call]).map(told).collect(),
    }
}

/// Doors open and close by one call.
fn of_groups(call: &Call, changes: &[&MembershipChange], book: &Book, day: &Day) -> Vec<Entry> {
    let mut moved: BTreeMap<&str, [BTreeSet<GroupId>; 2]> = BTreeMap::new();
    for change in changes {
        let [opened, closed] = moved.entry(change.external_id.as_deref().unwrap_or_default()).or_default();
        match change.change {
            Change::Joined => opened.insert(change.group),
            Change::Left => closed.insert(change.group),
        };
    }
    if moved.is_empty() {
        return vec![other(call)];
    }
    let entry = |who: &str, kind, what: &str, groups: &BTreeSet<GroupId>, why| Entry {
        at: call.at,
        who: day.name(who),
        kind,
        what: format!("{what}: {}", doors(groups)),
        why,
        calls: vec![told(call)],
    };
    let mut entries = Vec::new();
    for (who, [opened, closed]) in moved {
        if !closed.is_empty() {
            let why = book.why_close(day, who, &closed, call.at);
            entries.push(entry(who, Kind::Closes, "closes", &closed, why));
        }
        if !opened.is_empty() {
            let why = book.why_open(day, who, &opened, call.at);
            entries.push(entry(who, Kind::Opens, "opens", &opened, why));
        }
    }
    entries
}

fn other(call: &Call) -> Entry {
    called(call, "a call to Brivo that changes no door", "")
}

fn called(call: &Call, what: &str, why: &str) -> Entry {
    Entry {
        at: call.at,
        who: String::new(),
        kind: Kind::Called,
        what: what.to_owned(),
        why: why.to_owned(),
        calls: vec![told(call)],
    }
}

/// A call with its answer.
fn told(call: &Call) -> String {
    let answer = call.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    let path = match meaning(call) {
        Meaning::LooksUp => "/users/…/external",
        // Which page of the list is beside the point.
        Meaning::ReadsList => path(call).split('?').next().unwrap_or_default(),
        Meaning::Creates | Meaning::ChangesGroups(_) | Meaning::LooksAt | Meaning::Other => path(call),
    };
    format!("{} {path} → {answer}", call.method)
}

fn path(call: &Call) -> &str {
    call.path.strip_prefix("/v1/api").unwrap_or(&call.path)
}
