//! How reports count and list.

use std::fmt::Display;

/// How many of a list are named; whoever has to act on more opens Brivo in any case.
const MOST_NAMED: usize = 8;

/// `1 person`, `3 people`.
pub(super) fn people(count: usize) -> String {
    if count == 1 { "1 person".to_owned() } else { format!("{count} people") }
}

/// `501, 502`; of many the first, and how many more.
pub(super) fn some_of<T: Display>(all: impl IntoIterator<Item = T>) -> String {
    let all: Vec<String> = all.into_iter().map(|one| one.to_string()).collect();
    let (named, more) = (all.iter().take(MOST_NAMED), all.len().saturating_sub(MOST_NAMED));
    let named = named.cloned().collect::<Vec<_>>().join(", ");
    if more == 0 { named } else { format!("{named} and {more} more") }
}

/// `501 “Members”`; the id alone where there is no name.
pub(super) fn named(id: impl Display, name: &str) -> String {
    if name.is_empty() { id.to_string() } else { format!("{id} “{name}”") }
}
