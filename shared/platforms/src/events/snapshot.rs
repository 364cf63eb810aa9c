//! Full uploads: everything there is, in lists of the canonical feed's own shapes or in a table with a row for each person.
//!
//! For platforms without an API. What an upload lists is told as the feed would tell it; a kind of thing that it lists is
//! listed whole, so that what is missing is gone.

use std::collections::BTreeSet;

use domain::{
    LocationId, Subject, SubjectKind,
    facts::Change,
    intake::{EventKey, News},
    snapshot::Scope,
    tenant::Tenant,
};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{Event, Says, read_upserted};
use crate::{
    Unreadable,
    delivery::latest_believable,
    fields::{Faults, Fields, Read, id, json},
};

mod table;

pub use table::Table;

/// The lists of an upload.
const LISTS: [(&str, SubjectKind); 5] = [
    ("members", SubjectKind::Member),
    ("teams", SubjectKind::Team),
    ("memberships", SubjectKind::Membership),
    ("bookings", SubjectKind::Booking),
    ("passes", SubjectKind::Pass),
];

/// Where and when an upload is from, which its body does not say.
#[derive(Clone, Debug)]
pub struct Provenance {
    /// The location that it is of; what it lists counts there unless it says otherwise. None means everywhere.
    pub location: Option<LocationId>,
    /// The instant that it is true of.
    pub as_of: Timestamp,
}

/// An upload, read but not yet placed in its locations' time zones.
pub struct Snapshot {
    upload: Provenance,
    kinds: BTreeSet<SubjectKind>,
    events: Vec<Event>,
    faults: Faults,
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot").field("upload", &self.upload).field("kinds", &self.kinds).finish_non_exhaustive()
    }
}

/// One thing that is listed, where it stands and of which kind it is.
struct Row {
    kind: SubjectKind,
    at: String,
    sent: Value,
}

impl Snapshot {
    /// Reads lists in JSON: `members`, `teams`, `memberships`, `bookings` and `passes`, each entry as the data of the feed's
    /// events. A list that is left out is not compared; one that is there is whole.
    ///
    /// # Errors
    /// It is not JSON, or lists nothing. All other faults come out with the news.
    pub fn read_json(body: &[u8], upload: Provenance) -> Result<Self, Unreadable> {
        let sent = json(body)?;
        let mut faults = Faults::default();
        let (mut kinds, mut rows) = (BTreeSet::new(), Vec::new());
        for (name, kind) in LISTS {
            match sent.get(name) {
                None | Some(Value::Null) => continue,
                Some(Value::Array(list)) => {
                    let list = list.iter().enumerate();
                    rows.extend(list.map(|(number, sent)| Row {
                        kind,
                        at: format!("{name}[{number}]"),
                        sent: sent.clone(),
                    }));
                }
                Some(_) => {
                    faults.note(name, "must be a list");
                }
            }
            kinds.insert(kind);
        }
        if kinds.is_empty() {
            let names: Vec<_> = LISTS.iter().map(|(name, _)| *name).collect();
            return Err(Unreadable { faults: vec![format!("the body: must have lists: {}", names.join(", "))] });
        }
        Ok(Self::new(upload, kinds, rows, faults))
    }

    /// Reads a table in CSV, whose first line names the columns.
    ///
    /// # Errors
    /// It is not CSV in UTF-8, or lacks a column. All other faults come out with the news.
    pub fn read_csv(body: &[u8], as_written: &Table, upload: Provenance) -> Result<Self, Unreadable> {
        let mut faults = Faults::default();
        let (kinds, rows) = as_written.read(body, upload.location.as_ref(), &mut faults)?;
        Ok(Self::new(upload, kinds, rows, faults))
    }

    fn new(upload: Provenance, kinds: BTreeSet<SubjectKind>, rows: Vec<Row>, mut faults: Faults) -> Self {
        let mut events: Vec<Event> = Vec::with_capacity(rows.len());
        let mut listed = BTreeSet::new();
        for row in rows {
            let at = row.at.clone();
            let Ok(event) = event(row, &upload, &mut faults) else { continue };
            if listed.insert(event.subject.clone()) {
                events.push(event);
            } else {
                faults.note(&at, format_args!("\"{}\" is listed twice; list everything once", event.subject));
            }
        }
        Self { upload, kinds, events, faults }
    }

    /// What the upload lists whole.
    pub fn scope(&self, tenant: &Tenant) -> Scope {
        let location = self.upload.location.clone().filter(|_| tenant.locations.len() > 1);
        Scope { location, ..Scope::of_all(self.kinds.clone(), self.upload.as_of) }
    }

    /// The access codes that are told in clear, as of a delivery.
    pub fn access_codes(&self) -> impl Iterator<Item = (&EventKey, &Subject, &SecretString)> {
        self.events.iter().filter_map(Event::access_code)
    }

    /// What the upload says: people and teams first, then what they hold.
    ///
    /// # Errors
    /// Every fault of the upload. It gives all of its news or none.
    pub fn news(&self, tenant: &Tenant, now: Timestamp) -> Result<Vec<News>, Unreadable> {
        let mut faults = self.faults.clone();
        if self.upload.as_of > latest_believable(now) {
            faults
                .note("as_of", "is more than five minutes in the future; give the instant at which the list was made");
        }
        if let Some(location) = &self.upload.location
            && tenant.location(location).is_none()
        {
            let known: Vec<_> = tenant.locations.iter().map(|location| location.id.as_str()).collect();
            faults.note("location", format_args!("is not in the tenant document, which has: {}", known.join(", ")));
            return faults.none_or(Vec::new());
        }
        if self.scope(tenant).location.is_some() {
            self.refuse_what_belongs_to_no_location(&mut faults);
        }
        let told = self.events.iter().map(|event| event.news(tenant, now, &mut faults));
        let news = told.filter_map(Result::ok).flatten().collect();
        faults.none_or(news)
    }

    /// Groups and teams of a person count everywhere: the list of one location could not take them away again, and that of
    /// another would.
    fn refuse_what_belongs_to_no_location(&self, faults: &mut Faults) {
        for event in &self.events {
            let counts_everywhere = match &event.says {
                Says::Member(told) => told.patch.door_access != Change::Keep || told.patch.teams != Change::Keep,
                Says::Team(_) => true,
                Says::Membership(_) | Says::Booking(_) | Says::Pass(_) | Says::Removed => false,
            };
            if counts_everywhere {
                let what = "tells of teams or of groups chosen for a person, which belong to no location";
                faults.note(&event.data, format_args!("{what}; upload all locations together, without location"));
            }
        }
    }
}

/// Reads one thing that is listed; what says no location of its own counts at the upload's.
fn event(row: Row, upload: &Provenance, faults: &mut Faults) -> Read<Event> {
    let Row { kind, at, mut sent } = row;
    let belongs_somewhere = !matches!(kind, SubjectKind::Member | SubjectKind::Team);
    let location = upload.location.as_ref().filter(|_| belongs_somewhere);
    if let (Some(location), Some(fields)) = (location, sent.as_object_mut())
        && fields.get("location").is_none_or(Value::is_null)
    {
        fields.insert("location".to_owned(), json!(location));
    }
    let mut fields = Fields::of(&sent, &at, faults)?;
    let id = fields.required("id", id);
    let says = read_upserted(kind, &mut fields);
    let (id, says) = (id?, says?);
    if location.is_some() && says.location() != location {
        return Err(fields.note("location", "is another one than the upload's"));
    }
    let subject = Subject::new(kind, id);
    let key = EventKey { source: "upload".to_owned(), id: subject.to_string() };
    Ok(Event { data: at.clone(), at, key, subject, time: upload.as_of, says })
}

#[cfg(test)]
mod tests;
