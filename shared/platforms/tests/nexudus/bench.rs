//! A served Nexudus with one location, one room and two customers, and our reader of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use domain::{
    Subject, SubjectKind,
    facts::{Entitlement, MemberPatch},
    full_read::{Extent, Mark},
    intake::{News, What},
    tenant::{Platform, Tenant},
};
use jiff::{SignedDuration, Timestamp};
use platforms::{Asked, Connection, PlatformError, Portion, Reader};
use secrecy::SecretString;
use serde_json::{Value, json};
use simulators::{
    clock::TestClock,
    nexudus::{Booking, Business, Contract, Customer, Limits, Model, NexudusServer, Resource},
};

pub(crate) const ANN: u64 = 3032;
pub(crate) const BEN: u64 = 3033;
pub(crate) const ROOM: u64 = 7;
pub(crate) const DESK: u64 = 71;
pub(crate) const PLAN: u64 = 555;
pub(crate) const DAY: u64 = 88;

pub(crate) struct Bench {
    pub(crate) nexudus: NexudusServer,
    pub(crate) clock: TestClock,
    pub(crate) tenant: Tenant,
    pub(crate) login: (&'static str, &'static str),
}

impl Bench {
    pub(crate) async fn start() -> Self {
        Self::with(Limits::Off).await
    }

    /// With Ann, Ben, a room and a location in London.
    pub(crate) async fn with(limits: Limits) -> Self {
        let clock = TestClock::new();
        let mut model = Model::new(limits);
        model.add_administrator("bridge@example.com", "open sesame");
        let nexudus = NexudusServer::start(model, clock.reader(), 0).await.unwrap();
        nexudus.edit(|model, now| {
            model.put_business(&Business { id: 101, name: "Space Plus".to_owned(), ..Business::default() }, now);
            model.put_resource(&Resource { id: ROOM, business_id: 101, ..Resource::default() }, now);
            for (id, name) in [(ANN, "Ann"), (BEN, "Ben")] {
                model.put_customer(&customer(id, name), now);
            }
        });
        Self { nexudus, clock, tenant: tenant(&[]), login: ("bridge@example.com", "open sesame") }
    }

    pub(crate) fn edit(&self, edit: impl FnOnce(&mut Model, Timestamp)) {
        self.nexudus.edit(edit);
    }

    pub(crate) fn reader(&self) -> Reader {
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(5)).build().unwrap();
        let settings = [("username", self.login.0), ("lists", "read")];
        let settings: BTreeMap<_, _> = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let secret = |_: &str| Ok::<_, ()>(Some(SecretString::from(self.login.1)));
        let base = self.nexudus.base_url();
        let connection = Connection { platform: Platform::Nexudus, http, base: Some(&base), settings: &settings };
        Reader::connect(connection, secret).unwrap().unwrap()
    }

    pub(crate) async fn step(
        &self,
        reader: &mut Reader,
        extent: Extent,
        mark: &Mark,
    ) -> Result<Portion, PlatformError> {
        let now = self.clock.now();
        reader.read(&Asked { tenant: &self.tenant, extent, began: now, now, mark }).await
    }

    /// Reads from a mark to the end.
    pub(crate) async fn read_on(
        &self,
        reader: &mut Reader,
        extent: Extent,
        mut mark: Mark,
    ) -> Result<Read, PlatformError> {
        let mut read = Read::default();
        loop {
            let portion = self.step(reader, extent, &mark).await?;
            read.calls += 1;
            read.in_doubt.extend(portion.in_doubt);
            read.unread.extend(portion.unread);
            read.faults.extend(portion.faults);
            read.news.extend(portion.news);
            match portion.next {
                Some(next) => mark = next,
                None => return Ok(read),
            }
        }
    }

    pub(crate) async fn read(&self, extent: Extent) -> Result<Read, PlatformError> {
        self.read_on(&mut self.reader(), extent, Mark::default()).await
    }

    pub(crate) async fn whole(&self) -> Read {
        self.read(Extent::Whole).await.unwrap()
    }

    /// The paths that were asked for, with their queries.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.nexudus.read(|model| model.calls().iter().map(|call| call.path.clone()).collect())
    }
}

#[derive(Debug, Default)]
pub(crate) struct Read {
    pub(crate) news: Vec<News>,
    pub(crate) unread: Vec<Subject>,
    pub(crate) in_doubt: BTreeSet<SubjectKind>,
    pub(crate) faults: Vec<String>,
    pub(crate) calls: usize,
}

impl Read {
    pub(crate) fn of(&self, kind: SubjectKind) -> Vec<&News> {
        self.news.iter().filter(|piece| piece.subject.kind == kind).collect()
    }

    pub(crate) fn patch(&self, id: u64) -> &MemberPatch {
        let told = self.news.iter().find(|piece| piece.subject == Subject::new(SubjectKind::Member, id.to_string()));
        match &told.unwrap().what {
            What::Member(patch) => patch,
            What::Team(_) | What::Entitlement(_) | What::Contact(_) | What::Removed => panic!("{told:?}"),
        }
    }
}

pub(crate) fn tenant(mappings: &[Value]) -> Tenant {
    serde_json::from_value(json!({
        "tenant": "acme", "platform": "nexudus",
        "locations": [{"id": "101", "time_zone": "Europe/London", "account": "hq"}],
        "mappings": mappings,
    }))
    .unwrap()
}

pub(crate) fn maps(kind: &str, id: u64) -> Value {
    json!({"kind": kind, "id": id.to_string(), "groups": [501]})
}

pub(crate) fn customer(id: u64, name: &str) -> Customer {
    Customer {
        id,
        full_name: format!("{name} Example"),
        email: format!("{name}@example.com"),
        mobile_phone: Some("+44 7700 900123".to_owned()),
        active: true,
        ..Customer::default()
    }
}

pub(crate) fn contract(id: u64) -> Contract {
    let start_date = "2026-11-01".parse().unwrap();
    Contract { id, coworker_id: ANN, issued_by_id: 101, tariff_id: PLAN, start_date, active: true, desks: vec![] }
}

pub(crate) fn booking(id: u64, from: &str) -> Booking {
    let from_time: Timestamp = from.parse().unwrap();
    let to_time = from_time + SignedDuration::from_hours(1);
    Booking { id, resource_id: ROOM, coworker_id: Some(BEN), from_time, to_time, ..Booking::default() }
}

pub(crate) fn held(news: &News) -> &Entitlement {
    match &news.what {
        What::Entitlement(entitlement) => entitlement,
        What::Member(_) | What::Team(_) | What::Contact(_) | What::Removed => panic!("{news:?}"),
    }
}
