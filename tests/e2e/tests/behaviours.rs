//! Which test shows which line of the specification: read from the words above the tests, so that no table is kept by hand.
//!
//! A test names the lines it shows in its doc comment: `DWK-16`, several of them, or a range such as `NEX-17 to NEX-22` or
//! `SPB-21 to 24`. The table is printed with every run.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    io::Write as _,
    ops::RangeInclusive,
    path::{Path, PathBuf},
};

/// The lines that have to be shown; check-ins from doors are left to their own work.
const REQUIRED: [(&str, &[RangeInclusive<u32>]); 8] = [
    ("DWK", &[1..=4, 6..=30, 33..=35]),
    ("CWK", &[1..=28]),
    ("NEX", &[1..=37, 46..=47]),
    ("SPB", &[1..=37]),
    ("ORD", &[1..=4, 6..=50]),
    ("ALL", &[1..=17, 19..=19]),
    ("X", &[12..=13, 18..=18]),
    ("B", &[1..=15]),
];

/// The lines among them that wait for later work, and for which.
const LATER: [(&str, &str); 1] = [("DWK-27", "fobs and cards")];

/// What else of the specification may be named: invariants, conflicts, readings, features, and what goes wrong in practice.
const PREFIXES: [&str; 11] = ["DWK", "CWK", "NEX", "SPB", "ORD", "ALL", "INV", "X", "R", "B", "D"];

/// The prefixes that stand with a hyphen; the others stand without.
const HYPHENATED: [&str; 7] = ["DWK", "CWK", "NEX", "SPB", "ORD", "ALL", "INV"];

/// How many tests are named for each line.
const SHOWN: usize = 3;

/// The width of the table's first column.
const ID_WIDTH: usize = 8;

/// A line of the specification: its prefix, by place in [`PREFIXES`], and its number.
type Id = (usize, u32);

/// Every line with the tests that name it.
type Shown = BTreeMap<Id, BTreeSet<String>>;

#[test]
fn every_behaviour_is_shown_by_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let mut shown = Shown::new();
    for (krate, file) in sources(root) {
        let text = fs::read_to_string(&file).unwrap();
        for (name, docs) in tests(&text) {
            for id in ids(&docs) {
                shown.entry(id).or_default().insert(format!("{krate}::{name}", krate = module(&krate, &file)));
            }
        }
    }
    let later: BTreeMap<Id, &str> =
        LATER.iter().flat_map(|(id, why)| ids(id).into_iter().map(|id| (id, *why))).collect();
    let required: BTreeSet<Id> = required().filter(|id| !later.contains_key(id)).collect();

    // Tests are run with their output captured, which spares what is written past the print macros.
    std::io::stderr().lock().write_all(table(&shown, &required, &later).as_bytes()).unwrap();

    let missing: Vec<String> = required.iter().filter(|id| !shown.contains_key(id)).map(word).collect();
    assert!(missing.is_empty(), "no test names {}", missing.join(", "));
}

fn required() -> impl Iterator<Item = Id> {
    let numbers = |ranges: &'static [RangeInclusive<u32>]| ranges.iter().cloned().flatten();
    REQUIRED.iter().flat_map(move |(prefix, ranges)| numbers(ranges).map(move |number| (place(prefix), number)))
}

fn place(prefix: &str) -> usize {
    PREFIXES.iter().position(|known| *known == prefix).unwrap()
}

fn table(shown: &Shown, required: &BTreeSet<Id>, later: &BTreeMap<Id, &str>) -> String {
    let mut table = String::from("\nBehaviours and the tests that show them\n");
    for id in required {
        writeln!(table, "{:<ID_WIDTH$}{}", word(id), told(shown.get(id))).unwrap();
    }
    table.push_str("\nLater\n");
    for (id, why) in later {
        writeln!(table, "{:<ID_WIDTH$}{why}", word(id)).unwrap();
        if let Some(tests) = shown.get(id) {
            writeln!(table, "{:ID_WIDTH$}{}", "", told(Some(tests))).unwrap();
        }
    }
    table.push_str("\nWhat else tests name\n");
    for (id, tests) in shown.iter().filter(|(id, _)| !required.contains(id) && !later.contains_key(id)) {
        writeln!(table, "{:<ID_WIDTH$}{}", word(id), told(Some(tests))).unwrap();
    }
    table.push('\n');
    table
}

fn told(tests: Option<&BTreeSet<String>>) -> String {
    let Some(tests) = tests else { return "-".to_owned() };
    let below = format!("\n{:ID_WIDTH$}", "");
    let first: Vec<&str> = tests.iter().take(SHOWN).map(String::as_str).collect();
    match tests.len().saturating_sub(SHOWN) {
        0 => first.join(&below),
        more => format!("{} +{more}", first.join(&below)),
    }
}

fn word((prefix, number): &Id) -> String {
    let prefix = PREFIXES.get(*prefix).unwrap();
    if HYPHENATED.contains(prefix) { format!("{prefix}-{number:02}") } else { format!("{prefix}{number}") }
}

/// Every source file of the workspace with its crate's folder.
fn sources(root: &Path) -> Vec<(PathBuf, PathBuf)> {
    let mut found = Vec::new();
    let mut folders = vec![(root.to_owned(), root.to_owned())];
    while let Some((folder, mut krate)) = folders.pop() {
        if folder.join("Cargo.toml").exists() {
            krate.clone_from(&folder);
        }
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                folders.push((path, krate.clone()));
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push((krate.clone(), path));
            }
        }
    }
    found
}

/// `domain::rules::deskworks`, from the crate's folder and the file in it.
fn module(krate: &Path, file: &Path) -> String {
    let path = file.strip_prefix(krate).unwrap().with_extension("");
    let parts = path.iter().map(|part| part.to_string_lossy()).filter(|part| part != "src" && part != "tests");
    let folder = krate.file_name().unwrap().to_string_lossy();
    std::iter::once(folder).chain(parts).collect::<Vec<_>>().join("::")
}

/// The tests of a file, each with the words directly above it.
fn tests(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let (mut docs, mut is_test, mut in_attribute) = (String::new(), false, false);
    for line in text.lines().map(str::trim) {
        if in_attribute || line.starts_with("#[") {
            is_test |= line == "#[test]" || line.starts_with("#[tokio::test");
            in_attribute = !line.ends_with(']');
        } else if let Some(words) = line.strip_prefix("///") {
            docs.push_str(words);
        } else if !line.starts_with("//") {
            if let Some(name) = function(line).filter(|_| is_test) {
                found.push((name.to_owned(), docs.clone()));
            }
            (docs, is_test) = (String::new(), false);
        }
    }
    found
}

fn function(line: &str) -> Option<&str> {
    let name = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ")?;
    name.split(['(', '<']).next()
}

/// The lines of the specification that a text names; a range names all in it.
fn ids(text: &str) -> BTreeSet<Id> {
    let mut found = BTreeSet::new();
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let Some(from) = id(word) else { continue };
        found.insert(from);
        if words.next_if_eq(&"to").is_none() || !ends_with_digit(word) {
            continue;
        }
        let end = words.peek().and_then(|word| id(word).map(|(_, number)| number).or_else(|| leading_number(word)));
        found.extend((from.1..=end.unwrap_or(from.1)).map(|number| (from.0, number)));
    }
    found
}

/// `DWK-16`, `X23` or `R17`, with whatever marks follow or precede it.
fn id(word: &str) -> Option<Id> {
    let word = word.trim_start_matches(|mark: char| !mark.is_alphanumeric());
    let letters = word.find(|letter: char| !letter.is_ascii_uppercase())?;
    let (prefix, rest) = word.split_at(letters);
    let prefix = PREFIXES.iter().position(|known| *known == prefix)?;
    let number = leading_number(rest.strip_prefix('-').unwrap_or(rest))?;
    Some((prefix, number))
}

fn leading_number(word: &str) -> Option<u32> {
    let end = word.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(word.len());
    let (number, rest) = word.split_at(end);
    let is_whole = !rest.starts_with(char::is_alphanumeric);
    number.parse().ok().filter(|_| is_whole)
}

fn ends_with_digit(word: &str) -> bool {
    word.ends_with(|letter: char| letter.is_ascii_digit())
}

#[test]
fn what_stands_above_a_test_is_read_in_full() {
    let text = [
        "/// DWK-16, X23: one.",
        "#[test]",
        "fn first() {}",
        "",
        "/// NEX-17 to NEX-19 and (SPB-21 to 23); R17. Not DWK16th, nor AX-3.",
        "#[tokio::test(flavor = 'multi_thread')]",
        "async fn second() {}",
        "",
        "/// CWK-09: no test.",
        "fn third() {}",
        "",
        "// CWK-10: no words of a test.",
        "#[test]",
        "fn fourth() {}",
    ];
    let read: Vec<_> = tests(&text.join("\n"))
        .into_iter()
        .map(|(name, docs)| (name, ids(&docs).iter().map(word).collect::<Vec<_>>().join(" ")))
        .collect();

    let expected =
        [("first", "DWK-16 X23"), ("second", "NEX-17 NEX-18 NEX-19 SPB-21 SPB-22 SPB-23 R17"), ("fourth", "")];
    assert_eq!(read, expected.map(|(name, ids)| (name.to_owned(), ids.to_owned())));
}
