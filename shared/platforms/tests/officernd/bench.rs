//! A served OfficeRnD with one location, its resources and people, and our client of it.

use std::time::Duration;

use platforms::officernd::{
    Client,
    client::{Login, READ_SCOPES, WEBHOOK_SCOPES},
};
use serde_json::{Value, json};
use simulators::officernd::{Entity, Limits, Model, OfficerndServer};

use simulators::clock::TestClock;

pub(crate) const LONDON: &str = "5e9b84959a6d250158f3cdf8";
pub(crate) const COMPANY: &str = "622b000000000000000000c1";
pub(crate) const ANN: &str = "622b000000000000000000a1";
pub(crate) const DESK: &str = "622b000000000000000000d1";
pub(crate) const MEMBERSHIP: &str = "622b000000000000000000b1";

pub(crate) struct Bench {
    pub(crate) officernd: OfficerndServer,
    pub(crate) clock: TestClock,
    pub(crate) http: reqwest::Client,
    pub(crate) client: Client,
}

impl Bench {
    pub(crate) async fn start() -> Self {
        Self::with(Limits::Off).await
    }

    pub(crate) async fn with(limits: Limits) -> Self {
        let clock = TestClock::new();
        let mut model = Model::new("example-space", limits);
        model.add_application("app-1", "open sesame");
        let officernd = OfficerndServer::start(model, clock.reader(), 0).await.unwrap();
        officernd.edit(furnish);
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(5)).build().unwrap();
        let client = client_of(&officernd, &http, &login());
        Self { officernd, clock, http, client }
    }

    pub(crate) fn client_with(&self, login: &Login) -> Client {
        client_of(&self.officernd, &self.http, login)
    }

    /// Adds or changes a record of London.
    pub(crate) fn put(&self, entity: Entity, record: &Value) {
        self.officernd.edit(|model, now| model.put(entity, record, now));
    }
}

fn client_of(officernd: &OfficerndServer, http: &reqwest::Client, login: &Login) -> Client {
    Client::new(http.clone(), &officernd.api_url(), &officernd.identity_url(), login.clone())
}

pub(crate) fn login() -> Login {
    Login {
        organization: "example-space".to_owned(),
        client_id: "app-1".to_owned(),
        client_secret: "open sesame".into(),
        scopes: format!("{READ_SCOPES} {WEBHOOK_SCOPES}"),
    }
}

pub(crate) fn ann() -> Value {
    json!({
        "_id": ANN, "name": "Ann Example", "email": "ann@example.com", "phone": null, "location": LONDON, "company": COMPANY,
        "status": "active", "startDate": "2025-10-13T00:00:00.000Z", "properties": {},
    })
}

pub(crate) fn membership() -> Value {
    json!({
        "_id": MEMBERSHIP, "name": "Dedicated Desk", "location": LONDON, "plan": "plan-1", "company": COMPANY, "member": null,
        "isPersonal": false, "type": "month_to_month", "status": "approved", "calculatedStatus": "active",
        "startDate": "2026-11-01T00:00:00.000Z", "endDate": null,
    })
}

/// Saturdays from nine to ten in London.
pub(crate) fn series() -> Value {
    json!({
        "_id": "622b0000000000000000b00c", "timezone": "Europe/London", "start": "2026-11-21T09:00:00.000Z",
        "end": "2026-11-21T10:00:00.000Z", "location": LONDON, "member": ANN, "resource": "room-1",
        "recurrence": {"rrule": "FREQ=WEEKLY;COUNT=3", "exdates": []}, "visitors": ["visitor-1"], "members": [],
        "serviceSlots": {"before": 0, "after": 0},
    })
}

pub(crate) fn pass() -> Value {
    json!({
        "_id": "622b0000000000000000fa55", "count": 5, "usedCount": 1, "intervalLength": "once", "member": ANN,
        "validFrom": "2026-11-01T00:00:00.000Z", "validTo": "2026-12-01T00:00:00.000Z", "status": "valid",
    })
}

fn furnish(model: &mut Model, now: jiff::Timestamp) {
    let records = [
        (Entity::Location, json!({"_id": LONDON, "name": "London", "timezone": "Europe/London"})),
        (Entity::Floor, json!({"_id": "floor-1", "name": "First", "location": LONDON})),
        (
            Entity::Resource,
            json!({"_id": DESK, "name": "Desk 7", "type": "desk", "location": LONDON, "floor": "floor-1"}),
        ),
        (Entity::Resource, json!({"_id": "room-1", "name": "Elephant", "type": "meeting_room", "location": LONDON})),
        (Entity::Company, json!({"_id": COMPANY, "name": "Example Ltd", "location": LONDON, "status": "active"})),
        (Entity::Member, ann()),
        (Entity::Membership, membership()),
        (
            Entity::Assignment,
            json!({"_id": "assignment-1", "resource": DESK, "membership": MEMBERSHIP, "startDate": "2026-11-01T00:00:00.000Z"}),
        ),
        (Entity::Visitor, json!({"_id": "visitor-1", "name": "Gina Guest", "email": "gina@example.com"})),
        (Entity::Booking, series()),
        (Entity::Pass, pass()),
    ];
    for (entity, record) in records {
        model.put(entity, &record, now);
    }
}
