//! A table with a row for each person, as reports and exports are: who it is, and which plans they have.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use csv::StringRecord;
use domain::SubjectKind;
use serde_json::{Map, Value, json};

use super::Row;
use crate::{Unreadable, address::address_of, fields::Faults};

/// What a column can hold.
const FIELDS: [&str; 14] = [
    "id",
    "email",
    "first_name",
    "last_name",
    "full_name",
    "phone",
    "access_code",
    "status",
    "team",
    "plans",
    "groups",
    "starts",
    "ends",
    "location",
];

/// Fields that are told of a person as they stand in their column.
const OF_PERSON: [&str; 6] = ["email", "first_name", "last_name", "full_name", "phone", "access_code"];

/// Where nothing says since when somebody has a plan: whoever is listed has it.
const ALWAYS: &str = "1970-01-01T00:00:00Z";

/// The number of the column of each field that there is.
type Columns = BTreeMap<&'static str, usize>;

/// Reads a table: which kinds of things it lists whole, and these.
pub(super) fn read(
    body: &[u8],
    named: &BTreeMap<String, String>,
    faults: &mut Faults,
) -> Result<(BTreeSet<SubjectKind>, Vec<Row>), Unreadable> {
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    let mut table = csv::ReaderBuilder::new().delimiter(delimiter(body)).from_reader(body);
    let header = table.headers().map_err(|fault| unreadable(&fault))?.clone();
    let columns = columns(&header, named)?;
    let mut kinds = BTreeSet::from([SubjectKind::Member]);
    if columns.contains_key("plans") {
        kinds.insert(SubjectKind::Membership);
    }
    let mut rows = Rows::default();
    for line in table.records() {
        let line = Line { record: &line.map_err(|fault| unreadable(&fault))?, columns: &columns };
        let at = format!("line {}", line.record.position().map_or(0, csv::Position::line));
        let Some(id) = line.id() else {
            faults.note(&at, "has neither an id nor an e-mail address");
            continue;
        };
        rows.add(Row { kind: SubjectKind::Member, at: at.clone(), sent: line.person(&id) }, &id, faults);
        for (id, sent) in line.memberships(&id) {
            rows.add(Row { kind: SubjectKind::Membership, at: at.clone(), sent }, &id, faults);
        }
    }
    let rows = rows.0.into_values().collect();
    Ok((kinds, rows))
}

/// Everything that is listed, once: whoever has two plans may have two lines.
#[derive(Default)]
struct Rows(BTreeMap<(SubjectKind, String), Row>);

impl Rows {
    fn add(&mut self, row: Row, id: &str, faults: &mut Faults) {
        match self.0.entry((row.kind, id.to_owned())) {
            Entry::Vacant(place) => {
                place.insert(row);
            }
            Entry::Occupied(first) if first.get().sent == row.sent => {}
            Entry::Occupied(first) => {
                let wanted = format!("says something else than {} of the same {}", first.get().at, row.kind.word());
                faults.note(&row.at, format_args!("{wanted}; make them equal"));
            }
        }
    }
}

/// What stands between the columns: spreadsheets write commas, semicolons or tabs, as the country has it.
fn delimiter(body: &[u8]) -> u8 {
    let header = body.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |delimiter: u8| header.iter().filter(|byte| **byte == delimiter).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
}

fn columns(header: &StringRecord, named: &BTreeMap<String, String>) -> Result<Columns, Unreadable> {
    let mut faults = Vec::new();
    for field in named.keys().filter(|field| !FIELDS.contains(&field.as_str())) {
        faults.push(format!("the column of {field}: there is no such field; the fields are: {}", FIELDS.join(", ")));
    }
    let mut columns = Columns::new();
    for field in FIELDS {
        let wanted = named.get(field).map_or(field, String::as_str);
        match (header.iter().position(|name| plain(name) == plain(wanted)), named.get(field)) {
            (Some(column), _) => {
                columns.insert(field, column);
            }
            (None, Some(name)) => faults.push(format!("the column of {field}: no column is named \"{name}\"")),
            (None, None) => {}
        }
    }
    if !columns.contains_key("id") && !columns.contains_key("email") {
        faults.push("the first line: must name the columns, and one of them must be id or email".to_owned());
    }
    if faults.is_empty() { Ok(columns) } else { Err(Unreadable { faults }) }
}

/// A column's name without what people write in more ways than one: `E-Mail` is `email`.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// One row.
struct Line<'a> {
    record: &'a StringRecord,
    columns: &'a Columns,
}

impl Line<'_> {
    /// What stands in the column of a field; `None` without such a column.
    fn cell(&self, field: &str) -> Option<&str> {
        self.record.get(*self.columns.get(field)?).map(str::trim)
    }

    fn list(&self, field: &str) -> impl Iterator<Item = &str> {
        let cell = self.cell(field).unwrap_or_default();
        cell.split([',', ';']).map(str::trim).filter(|entry| !entry.is_empty())
    }

    /// The person's id, or the digest of the e-mail address, so that no id names anybody.
    fn id(&self) -> Option<String> {
        match self.cell("id") {
            Some(id) => Some(id.to_owned()).filter(|id| !id.is_empty()),
            None => address_of(self.cell("email")?).map(|address| address.as_str().to_owned()),
        }
    }

    fn person(&self, id: &str) -> Value {
        let status = self.cell("status").filter(|status| !status.is_empty()).unwrap_or("active").to_lowercase();
        let mut person = Map::from_iter([("id".to_owned(), json!(id)), ("status".to_owned(), json!(status))]);
        for field in OF_PERSON {
            person.extend(self.cell(field).map(|cell| (field.to_owned(), json!(cell))));
        }
        if let Some(team) = self.cell("team") {
            let teams: Vec<&str> = Some(team).filter(|team| !team.is_empty()).into_iter().collect();
            person.insert("teams".to_owned(), json!(teams));
        }
        if self.columns.contains_key("groups") {
            let groups: Vec<&str> = self.list("groups").collect();
            person.insert("door_access".to_owned(), json!({"groups": groups}));
        }
        Value::Object(person)
    }

    /// A membership for each plan. It is the same one as long as person, plan and location are.
    fn memberships(&self, id: &str) -> impl Iterator<Item = (String, Value)> {
        let location = self.cell("location").filter(|location| !location.is_empty());
        let ends = self.cell("ends").filter(|ends| !ends.is_empty());
        self.list("plans").map(move |plan| {
            let place = location.map(|location| format!("@{location}")).unwrap_or_default();
            let id_of_membership = format!("{id}/{plan}{place}");
            let sent = json!({
                "id": id_of_membership,
                "plan": plan,
                "member": id,
                "location": location,
                "starts": self.cell("starts").unwrap_or(ALWAYS),
                "ends": ends,
                "status": "active",
            });
            (id_of_membership, sent)
        })
    }
}

/// Says what is wrong with a table and quotes nothing of it.
fn unreadable(fault: &csv::Error) -> Unreadable {
    let line = fault.position().map_or_else(|| "the table".to_owned(), |position| format!("line {}", position.line()));
    let what = match fault.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("has {len} columns, but the first line names {expected_len}")
        }
        csv::ErrorKind::Utf8 { .. } => "is not UTF-8; save the table as \"CSV UTF-8\"".to_owned(),
        _ => "cannot be read as CSV".to_owned(),
    };
    Unreadable { faults: vec![format!("{line}: {what}")] }
}
