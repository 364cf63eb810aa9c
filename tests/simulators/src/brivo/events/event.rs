//! One event and the two shapes in which Brivo shows it.
//!
//! Source: apidocs.brivo.com (2025-11-25), section Event: samples of the listing and members of the notification; members beside
//! them as received by public clients. `actionAllowed` is false even where a door opened, as in the vendor's own samples.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::brivo::administrators::ACCOUNT;
use crate::brivo::dates;
use crate::brivo::ids::{AccessPointId, SiteId};

/// An event as the account keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Event {
    pub(super) uuid: String,
    pub(super) action: Action,
    pub(super) actor: Option<Actor>,
    pub(super) place: Option<Place>,
    /// What an event of the audit journal is about, as its filter calls it; `None` for an event at a door.
    pub(super) subject: Option<Subject>,
    pub(super) occurred: Timestamp,
    pub(super) processed: Timestamp,
    /// What only some events say.
    pub(super) details: Map<String, Value>,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Action {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) exception: bool,
}

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Actor {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) email: Option<String>,
    pub(super) is_user: bool,
}

/// Where it happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) door: AccessPointId,
    pub(super) door_name: String,
    pub(super) site: SiteId,
    pub(super) site_name: String,
}

/// What was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Subject {
    /// The name of the filter's `event_type`, such as `user`.
    pub(super) kind: String,
    pub(super) id: u64,
    pub(super) name: String,
}

impl Event {
    /// As a row of a listing.
    pub(super) fn row(&self) -> Value {
        let mut row = self.shared();
        if let Some(actor) = &self.actor {
            row.insert("actor".to_owned(), json!({"id": actor.id, "name": actor.name}));
        }
        if let Some(place) = &self.place {
            let device = json!({"id": 1, "name": "Door"});
            let object = json!({"id": place.door, "name": place.door_name, "deviceType": device});
            row.insert("eventObject".to_owned(), object);
        }
        row.insert("occurred".to_owned(), json!(dates::with_thousandths(self.occurred)));
        row.insert("processed".to_owned(), json!(dates::with_thousandths(self.processed)));
        Value::Object(row)
    }

    /// As the body of a notification.
    pub(super) fn notification(&self) -> Value {
        let mut body = self.shared();
        body.insert("accountId".to_owned(), json!(ACCOUNT));
        if let Some(actor) = &self.actor {
            let kind = if actor.is_user { "USER" } else { "ADMINISTRATOR" };
            let mut shown = Map::new();
            shown.insert("id".to_owned(), json!(actor.id));
            shown.insert("objectType".to_owned(), json!(kind));
            shown.insert("name".to_owned(), json!(actor.name));
            shown.extend(actor.email.iter().map(|email| ("email".to_owned(), json!(email))));
            body.insert("actor".to_owned(), Value::Object(shown));
        }
        if let Some(place) = &self.place {
            body.insert("objectType".to_owned(), json!("ACCESS_POINT"));
            let device = json!({"id": 1, "name": "DOOR"});
            let object = json!({
                "id": place.door, "objectType": "ACCESS_POINT", "name": place.door_name, "deviceType": device,
            });
            body.insert("eventObject".to_owned(), object);
        }
        body.insert("occurred".to_owned(), json!(crate::brivo::profile::whole_second(self.occurred)));
        Value::Object(body)
    }

    fn shared(&self) -> Map<String, Value> {
        let mut members = Map::new();
        members.insert("uuid".to_owned(), json!(self.uuid));
        let Action { id, name, exception } = &self.action;
        let action = json!({"securityActionId": id, "action": name, "exception": exception});
        members.insert("securityAction".to_owned(), action);
        if let Some(place) = &self.place {
            members.insert("site".to_owned(), json!({"id": place.site, "siteName": place.site_name}));
        }
        if let Some(subject) = &self.subject {
            members.insert("eventObject".to_owned(), json!({"id": subject.id, "name": subject.name}));
        }
        members.insert("eventData".to_owned(), Value::Object(self.data()));
        members
    }

    fn data(&self) -> Map<String, Value> {
        let mut data = self.details.clone();
        data.insert("actionAllowed".to_owned(), json!(false));
        if let Some(actor) = &self.actor {
            data.insert("actorName".to_owned(), json!(actor.name));
        }
        if let Some(place) = &self.place {
            data.insert("objectName".to_owned(), json!(place.door_name));
            data.insert("objectGroupName".to_owned(), json!(place.site_name));
            data.insert("objectTypeId".to_owned(), json!(2));
            data.insert("deviceTypeId".to_owned(), json!(1));
        }
        if let Some(subject) = &self.subject {
            data.insert("objectName".to_owned(), json!(subject.name));
        }
        data
    }
}
