//! A table with a row for each person, as reports and exports are: who it is, and which plans they have.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use csv::StringRecord;
use domain::{LocationId, SubjectKind};
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

/// How a table is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Which column a field is in, where it is not the one of its own name.
    pub columns: BTreeMap<String, String>,
    /// What stands between the plans of one cell; empty if a cell holds one plan.
    pub separator: String,
}

impl Default for Table {
    fn default() -> Self {
        Self { columns: BTreeMap::new(), separator: ",".to_owned() }
    }
}

impl Table {
    /// Reads a table, of a location if one is given: which kinds of things it lists whole, and these.
    pub(super) fn read(
        &self,
        body: &[u8],
        location: Option<&LocationId>,
        faults: &mut Faults,
    ) -> Result<(BTreeSet<SubjectKind>, Vec<Row>), Unreadable> {
        let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
        let mut table = csv::ReaderBuilder::new().delimiter(delimiter(body)).from_reader(body);
        let header = table.headers().map_err(|fault| unreadable(&fault))?.clone();
        let columns = columns(&header, &self.columns)?;
        let mut kinds = BTreeSet::from([SubjectKind::Member]);
        if columns.contains_key("plans") {
            kinds.insert(SubjectKind::Membership);
        }
        let mut rows = Rows::default();
        for line in table.records() {
            let record = line.map_err(|fault| unreadable(&fault))?;
            let line = Line { record: &record, columns: &columns, separator: &self.separator, location };
            let at = format!("line {}", record.position().map_or(0, csv::Position::line));
            let Some(id) = line.id() else {
                faults.note(&at, "has no id; without a column of ids it has to have an e-mail address");
                continue;
            };
            rows.add_person(Row { kind: SubjectKind::Member, at: at.clone(), sent: line.person(&id) }, &id, faults);
            for (name, membership) in line.memberships(&id) {
                rows.add_membership((&at, &membership), &name);
            }
        }
        Ok((kinds, rows.0.into_values().collect()))
    }
}

/// Everything that is listed, once: whoever has two plans may have two lines.
#[derive(Default)]
struct Rows(BTreeMap<(SubjectKind, String), Row>);

impl Rows {
    fn add_person(&mut self, row: Row, id: &str, faults: &mut Faults) {
        match self.0.entry((row.kind, id.to_owned())) {
            Entry::Vacant(place) => {
                place.insert(row);
            }
            Entry::Occupied(first) if first.get().sent == row.sent => {}
            Entry::Occupied(first) => {
                let first = &first.get().at;
                faults.note(
                    &row.at,
                    format_args!("says something else of the same person than {first}; make them equal"),
                );
            }
        }
    }

    /// Somebody may have the same plan twice, before and after a renewal: the second has a number behind its name.
    fn add_membership(&mut self, (at, membership): (&str, &Map<String, Value>), name: &str) {
        let mut id = name.to_owned();
        let mut count: u32 = 1;
        loop {
            let mut sent = membership.clone();
            sent.insert("id".to_owned(), json!(id));
            let row = Row { kind: SubjectKind::Membership, at: at.to_owned(), sent: Value::Object(sent) };
            match self.0.entry((row.kind, id)) {
                Entry::Vacant(place) => {
                    place.insert(row);
                    return;
                }
                Entry::Occupied(first) if first.get().sent == row.sent => return,
                Entry::Occupied(_) => {
                    count = count.saturating_add(1);
                    id = format!("{name}#{count}");
                }
            }
        }
    }
}

/// What stands between the columns: spreadsheets write commas, semicolons or tabs, as the country has it.
fn delimiter(body: &[u8]) -> u8 {
    let header = body.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let columns = |delimiter: u8| header.split(|byte| *byte == delimiter).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|delimiter| columns(*delimiter)).unwrap_or(b',')
}

fn columns(header: &StringRecord, named: &BTreeMap<String, String>) -> Result<Columns, Unreadable> {
    let mut faults = Vec::new();
    for field in named.keys().filter(|field| !FIELDS.contains(&field.as_str())) {
        faults.push(format!("the column of {field}: there is no such field; the fields are: {}", FIELDS.join(", ")));
    }
    let mut columns = Columns::new();
    for field in FIELDS {
        let wanted = named.get(field).map_or(field, String::as_str);
        let is_it = |name: &str| name == wanted || (!plain(wanted).is_empty() && plain(name) == plain(wanted));
        let mut places = header.iter().enumerate().filter(|(_, name)| is_it(name)).map(|(place, _)| place);
        match (places.next(), places.next(), named.get(field)) {
            (Some(place), None, _) => {
                columns.insert(field, place);
            }
            (Some(_), Some(_), _) => {
                faults
                    .push(format!("the column of {field}: several columns are named \"{wanted}\"; rename all but one"));
            }
            (None, _, Some(name)) => faults.push(format!("the column of {field}: no column is named \"{name}\"")),
            (None, _, None) => {}
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
    separator: &'a str,
    location: Option<&'a LocationId>,
}

impl Line<'_> {
    /// What stands in the column of a field; `None` without such a column.
    fn cell(&self, field: &str) -> Option<&str> {
        self.record.get(*self.columns.get(field)?).map(str::trim)
    }

    fn groups(&self) -> Vec<&str> {
        let cell = self.cell("groups").unwrap_or_default();
        cell.split([',', ';']).map(str::trim).filter(|group| !group.is_empty()).collect()
    }

    fn plans(&self) -> Vec<&str> {
        let cell = self.cell("plans").unwrap_or_default();
        let plans: Vec<&str> =
            if self.separator.is_empty() { vec![cell] } else { cell.split(self.separator).map(str::trim).collect() };
        plans.into_iter().filter(|plan| !plan.is_empty()).collect()
    }

    /// The person's id, or the digest of the e-mail address, so that no id names anybody.
    fn id(&self) -> Option<String> {
        match self.cell("id") {
            Some(id) => Some(id.to_owned()).filter(|id| !id.is_empty()),
            None => address_of(self.cell("email")?).map(|address| address.as_str().to_owned()),
        }
    }

    fn person(&self, id: &str) -> Value {
        let status = self.cell("status").unwrap_or("active").to_lowercase();
        let mut person = Map::from_iter([("id".to_owned(), json!(id)), ("status".to_owned(), json!(status))]);
        for field in OF_PERSON {
            person.extend(self.cell(field).map(|cell| (field.to_owned(), json!(cell))));
        }
        if let Some(team) = self.cell("team") {
            let teams: Vec<&str> = Some(team).filter(|team| !team.is_empty()).into_iter().collect();
            person.insert("teams".to_owned(), json!(teams));
        }
        if self.columns.contains_key("groups") {
            person.insert("door_access".to_owned(), json!({"groups": self.groups()}));
        }
        Value::Object(person)
    }

    /// A membership for each plan, by a name that is the same as long as person, plan and location are.
    fn memberships(&self, id: &str) -> Vec<(String, Map<String, Value>)> {
        let own = self.cell("location").filter(|location| !location.is_empty());
        let location = own.or(self.location.map(LocationId::as_str));
        let ends = self.cell("ends").filter(|ends| !ends.is_empty());
        let starts = self.cell("starts").unwrap_or(ALWAYS);
        let told = self.plans().into_iter().map(|plan| {
            let place = location.map(|location| format!("@{location}")).unwrap_or_default();
            let fields = [
                ("plan", json!(plan)),
                ("member", json!(id)),
                ("location", json!(location)),
                ("starts", json!(starts)),
                ("ends", json!(ends)),
                ("status", json!("active")),
            ];
            let sent = fields.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
            (format!("{id}/{plan}{place}"), sent)
        });
        told.collect()
    }
}

/// Says what is wrong with a table and quotes nothing of it.
fn unreadable(fault: &csv::Error) -> Unreadable {
    let line = fault.position().map_or_else(|| "the table".to_owned(), |position| format!("line {}", position.line()));
    let what = if let csv::ErrorKind::UnequalLengths { expected_len, len, .. } = fault.kind() {
        format!("has {len} columns, but the first line names {expected_len}")
    } else if let csv::ErrorKind::Utf8 { .. } = fault.kind() {
        "is not UTF-8; save the table as \"CSV UTF-8\"".to_owned()
    } else {
        "cannot be read as CSV".to_owned()
    };
    Unreadable { faults: vec![format!("{line}: {what}")] }
}
