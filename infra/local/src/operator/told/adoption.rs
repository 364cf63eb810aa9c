//! Whom Brivo's users would become, as a table.

use serde_json::Value;

use super::{is_true, list, text, texts_or_numbers};

/// How an outcome is told.
const OUTCOMES: [(&str, &str); 5] = [
    ("taken_on", "the Brivo user becomes theirs"),
    ("made", "a new user"),
    ("recognised", "known by our reference"),
    ("left_to_staff", "nobody: settle in Brivo who is meant"),
    ("waits", "Brivo's users have to be read first"),
];

/// How it is told what was found.
const FOUND: [(&str, &str); 8] = [
    ("one", "one has the address"),
    ("none", "nobody has the address"),
    ("several", "several have the address"),
    ("anothers", "another application's"),
    ("own", "bears our reference"),
    ("shared_address", "several members have the address"),
    ("no_address", "no address is known"),
    ("unread", "not read yet"),
];

/// The members without a user, one a line, and how many there are of each kind.
pub(in super::super) fn adoption(answer: &Value) -> String {
    let rows: Vec<[String; 5]> = list(answer, "/members").map(cells).collect();
    let mut lines = Vec::new();
    if rows.is_empty() {
        lines.push("Every member who is to have a Brivo user has one.".to_owned());
    } else {
        let head = ["MEMBER", "ACCOUNT", "IN BRIVO", "USERS", "WILL BE"].map(str::to_owned);
        lines.extend(table([&[head], rows.as_slice()].concat().as_slice()));
        lines.push(String::new());
        for (word, says) in OUTCOMES {
            let count = list(answer, "/members").filter(|row| text(row, "/then") == word).count();
            if count > 0 {
                lines.push(format!("{count}: {says}"));
            }
        }
        let idle = list(answer, "/members").filter(|row| !is_true(row, "/has_reason")).count();
        if idle > 0 {
            lines
                .push(format!("{idle} of them have nothing that gives access yet, so nothing happens before they do."));
        }
    }
    for account in list(answer, "/accounts") {
        let (id, read) = (text(account, "/account"), text(account, "/users_read_at"));
        lines.push(match read.as_str() {
            "" => format!("Account {id}: Brivo's users have not been read yet."),
            read => format!("Account {id}: Brivo's users as of {read}."),
        });
    }
    lines.join("\n")
}

fn cells(row: &Value) -> [String; 5] {
    let users = texts_or_numbers(row, "/brivo_user_ids").join(" ");
    let (found, then) = (said(&FOUND, &text(row, "/found")), said(&OUTCOMES, &text(row, "/then")));
    [text(row, "/member"), text(row, "/account"), found, users, then]
}

/// A word of a newer bundle is told as it is.
fn said(words: &[(&str, &str)], word: &str) -> String {
    let known = words.iter().find(|(known, _)| *known == word);
    known.map_or_else(|| word.to_owned(), |(_, says)| (*says).to_owned())
}

/// Rows with their columns below one another.
fn table(rows: &[[String; 5]]) -> impl Iterator<Item = String> {
    let mut widths = [0; 5];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    rows.iter().map(move |row| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    })
}
