//! A bundle between a Nexudus and a Brivo of ours, all on one clock.

use std::{
    collections::BTreeMap,
    fmt::Display,
    fs::File,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use simulators::{
    brivo::{
        BrivoServer, Change, Fault, GroupId, Host, Match, Misbehaviour, Model, Options, Profile, Standing,
        StandingChange, Times, UserId,
    },
    message::{Answer, Request},
    nexudus::{Booking, Entity, NexudusServer},
};
use tempfile::TempDir;

use crate::{
    accounts::{furnished, nexudus_account},
    bundle::{Bundle, Flags, answer},
    deliveries,
    tenants::{self, API_KEY, CLIENT_ID, CLIENT_SECRET},
};

pub(crate) use crate::accounts::{ANNA, BEN, customer};

/// In no group.
pub(crate) const NONE: [u64; 0] = [];

/// The calls that write, as [`World::new_calls`] names them.
const WRITES: [&str; 5] = ["create", "change groups", "patch", "set suspension", "delete"];

/// The day every test begins on, unless it says otherwise.
pub(crate) const MORNING: &str = "2026-03-02T08:00:00Z";

/// `10:00` or `10:00:00` on the first day, or any instant in full.
pub(crate) fn at(text: &str) -> Timestamp {
    let full = match text.len() {
        5 => format!("2026-03-02T{text}:00Z"),
        8 => format!("2026-03-02T{text}Z"),
        _ => text.to_owned(),
    };
    full.parse().unwrap()
}

/// How a world is made.
pub(crate) struct Setting {
    pub(crate) document: Value,
    pub(crate) start_at: Timestamp,
    pub(crate) brivo: Options,
    pub(crate) keeps_data: bool,
    /// The Brivo API key that whoever runs Latchwork holds.
    pub(crate) vendor_key: Option<&'static str>,
    /// Where the platform's API is; Nexudus' if left out.
    pub(crate) platform_api: Option<String>,
    /// What happens in Brivo before we come.
    pub(crate) before: fn(&BrivoServer),
}

impl Setting {
    pub(crate) fn nexudus() -> Self {
        Self::of(tenants::nexudus())
    }

    pub(crate) fn of(document: Value) -> Self {
        // A clock that stands still would never refill a budget per second.
        let brivo = Options { requests_per_second: None, ..Options::default() };
        Self {
            document,
            start_at: at(MORNING),
            brivo,
            keeps_data: false,
            vendor_key: None,
            platform_api: None,
            before: |_| {},
        }
    }
}

pub(crate) struct World {
    pub(crate) bundle: Bundle,
    pub(crate) brivo: BrivoServer,
    pub(crate) nexudus: NexudusServer,
    pub(crate) tenant: String,
    pub(crate) flags: Flags,
    pub(crate) document: Value,
    clock: Arc<Mutex<Timestamp>>,
    bookings: BTreeMap<u64, Booking>,
    seen_calls: usize,
    _folder: TempDir,
}

impl World {
    /// `acme` on Nexudus at eight in the morning.
    pub(crate) async fn start() -> Self {
        Self::of(Setting::nexudus()).await
    }

    pub(crate) async fn of(setting: Setting) -> Self {
        let clock = Arc::new(Mutex::new(setting.start_at));
        let reader = || {
            let clock = Arc::clone(&clock);
            Arc::new(move || *clock.lock().unwrap())
        };
        let brivo = BrivoServer::start(reader(), setting.brivo).await.unwrap();
        brivo.edit(furnished).unwrap();
        (setting.before)(&brivo);
        let nexudus = NexudusServer::start(nexudus_account(setting.start_at), reader(), 0).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let document = folder.path().join("tenant.json");
        std::fs::write(&document, setting.document.to_string()).unwrap();
        let flags = Flags {
            start_at: setting.start_at,
            data: setting.keeps_data.then(|| folder.path().join("data")),
            tenants: vec![document],
            brivo_auth: brivo.auth_url().to_owned(),
            brivo_api: brivo.api_url().to_owned(),
            platform_api: setting.platform_api.unwrap_or_else(|| nexudus.base_url()),
            brivo_api_key_file: setting.vendor_key.map(|key| private_file(&folder.path().join("brivo-api-key"), key)),
            stderr: folder.path().join("stderr"),
        };
        let bundle = Bundle::start(&flags);
        let tenant = setting.document["tenant"].as_str().unwrap().to_owned();
        let world = Self {
            bundle,
            brivo,
            nexudus,
            tenant,
            flags,
            document: setting.document,
            clock,
            bookings: BTreeMap::new(),
            seen_calls: 0,
            _folder: folder,
        };
        // Brivo's users are read first.
        world.settle().await;
        world
    }

    pub(crate) fn now(&self) -> Timestamp {
        *self.clock.lock().unwrap()
    }

    pub(crate) fn stderr(&self) -> String {
        std::fs::read_to_string(&self.flags.stderr).unwrap()
    }

    pub(crate) fn data(&self) -> &PathBuf {
        self.flags.data.as_ref().unwrap()
    }
}

/// A file for its owner alone.
pub(crate) fn private_file(path: &Path, text: &str) -> PathBuf {
    let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    path.to_owned()
}

/// Time.
impl World {
    /// Moves bundle and Brivo to `target`, stopping wherever something is due, so that both live each instant together.
    pub(crate) async fn run_until(&mut self, target: Timestamp) {
        // What a start has begun is to be done at its own instant, on Brivo's clock as well.
        self.settle().await;
        loop {
            let (now, next_due) = self.bundle.clock().await;
            match next_due.filter(|due| *due <= target) {
                Some(due) => self.step(due.max(now)).await,
                None => break,
            }
        }
        self.step(target).await;
    }

    /// Lets everyone have their turn at Brivo, who are more than it takes calls in one instant.
    pub(crate) async fn take_turns(&mut self) {
        self.run_until(self.now() + SignedDuration::from_secs(30)).await;
    }

    /// Runs what is due, without a move of the clock.
    pub(crate) async fn settle(&self) {
        let (status, body) = answer(self.bundle.post("/local/clock").json(&json!({"advance": "PT0S"}))).await;
        assert_eq!((status, &body["settled"]), (200, &json!(true)), "{body}");
    }

    /// Moves both clocks at once.
    pub(crate) async fn step(&self, to: Timestamp) {
        self.set_clock(to);
        let (status, body) = answer(self.bundle.step(to)).await;
        assert_eq!((status, &body["settled"]), (200, &json!(true)), "{body}");
    }

    /// Moves the clock of Brivo and Nexudus alone.
    pub(crate) fn set_clock(&self, to: Timestamp) {
        *self.clock.lock().unwrap() = to;
    }

    /// Kills the bundle and starts it again on the same data.
    pub(crate) fn restart(&mut self) {
        self.bundle.kill();
        self.bundle = Bundle::start(&self.flags);
    }
}

/// What an operator does.
impl World {
    /// Deletes a member's user in Brivo.
    pub(crate) fn delete_by_hand(&self, member: u64) {
        let user = self.user(member).unwrap();
        self.brivo.edit(|model, now| model.delete_by_hand(user, now)).unwrap();
    }

    /// Connects the account anew: another consent, another first refresh token in the document.
    pub(crate) async fn reconnect(&mut self, token: &str) {
        self.brivo.edit(|model, now| model.accept_refresh_token(CLIENT_ID, token, now)).unwrap();
        self.document["accounts"][0]["refresh_token"] = json!(token);
        self.put_tenant().await;
    }

    /// Puts the tenant document as it stands now.
    pub(crate) async fn put_tenant(&self) {
        let (status, body) = self.bundle.put_tenant(&self.tenant, &self.document).await;
        assert_eq!(status, 200, "{body}");
        self.settle().await;
    }
}

/// What happens in Nexudus.
impl World {
    /// A booking, made or changed, and its hook delivered and acted upon.
    pub(crate) async fn book(&mut self, id: u64, room: u64, customer: u64, (from, to): (&str, &str)) {
        let action = if self.bookings.contains_key(&id) { "BookingUpdate" } else { "BookingCreate" };
        let body = self.put_booking(id, room, Some(customer), (from, to));
        self.deliver(action, &body).await;
    }

    /// A booking in Nexudus alone; answers the hook's body.
    pub(crate) fn put_booking(
        &mut self,
        id: u64,
        room: u64,
        customer: Option<u64>,
        (from, to): (&str, &str),
    ) -> String {
        let booking = Booking {
            id,
            unique_id: format!("00000000-0000-4000-a000-{id:012}"),
            resource_id: room,
            coworker_id: customer,
            from_time: at(from),
            to_time: at(to),
            tentative: false,
        };
        self.nexudus.edit(|model, now| model.put_booking(&booking, now));
        self.bookings.insert(id, booking);
        self.body(Entity::Booking, id)
    }

    /// A booking deleted, as Nexudus cancels them.
    pub(crate) async fn cancel(&mut self, id: u64) {
        let body = self.body(Entity::Booking, id);
        self.nexudus.edit(|model, _| model.remove(Entity::Booking, id));
        self.deliver("BookingDelete", &body).await;
    }

    /// The record of a booking or customer as a hook carries it now.
    pub(crate) fn body(&self, entity: Entity, id: u64) -> String {
        self.nexudus.read(|model| model.webhook_body(entity, id)).unwrap()
    }

    /// A hook delivered, taken in and acted upon.
    pub(crate) async fn deliver(&self, action: &str, body: &str) {
        deliveries::accepted(deliveries::nexudus(&self.bundle, &self.tenant, action, body)).await;
        self.settle().await;
    }

    /// Events of the feed delivered, taken in and acted upon.
    pub(crate) async fn tell(&self, events: &[Value]) {
        let body = Value::from(events).to_string();
        deliveries::accepted(deliveries::events(&self.bundle, &self.tenant, &body, self.now())).await;
        self.settle().await;
    }
}

/// What Brivo shows.
impl World {
    /// The groups of a member at an instant that is still to come, or now.
    pub(crate) async fn groups_at(&mut self, instant: &str, member: impl Display + Copy) -> Vec<u64> {
        self.run_until(at(instant)).await;
        self.groups(member)
    }

    pub(crate) fn groups(&self, member: impl Display + Copy) -> Vec<u64> {
        let external_id = self.external_id(member);
        self.brivo.read(|model| model.groups_of(&external_id)).into_iter().map(|group| group.0).collect()
    }

    pub(crate) fn external_id(&self, member: impl Display + Copy) -> String {
        format!("{}:{member}", self.tenant)
    }

    /// From when until when a member was in a group, each stay as `09:50:00 to 11:15:00`.
    pub(crate) fn stays(&self, member: impl Display + Copy, group: u64) -> Vec<String> {
        let external_id = self.external_id(member);
        let mut stays: Vec<String> = Vec::new();
        for change in self.brivo.history() {
            if change.group != GroupId(group) || change.external_id.as_deref() != Some(&external_id) {
                continue;
            }
            match change.change {
                Change::Joined => stays.push(format!("{} to", time_of(change.at))),
                Change::Left => *stays.last_mut().unwrap() += &[" ", &time_of(change.at)].concat(),
            }
        }
        stays
    }

    /// Everyone in Brivo, as its listing shows them.
    pub(crate) fn users(&self) -> Vec<Value> {
        self.brivo_shows("users?pageSize=100")["data"].as_array().unwrap().clone()
    }

    /// What Brivo answers to a GET; asked of a copy, so that nothing is noted.
    pub(crate) fn brivo_shows(&self, path: &str) -> Value {
        let mut copy = self.brivo.read(Model::clone);
        let now = self.now();
        copy.clear_faults();
        let token = another_token(&mut copy, now);
        let asked = Request::new("GET", &format!("/v1/api/{path}"))
            .with_header("api-key", API_KEY)
            .with_header("authorization", format!("bearer {token}"));
        body_of(copy.handle(Host::Api, &asked, now))
    }

    /// The requests Brivo got since this was last asked, in short; without the pages of readings, and without what the first of
    /// them asks about the account.
    pub(crate) fn new_calls(&mut self) -> Vec<String> {
        let calls = self.all_new_calls();
        let is_page = |call: &String| {
            call.starts_with("GET /users?") || call.starts_with("GET /groups") || is_about_account(call)
        };
        let is_for_page = |at: usize| calls[at] == "token" && calls.get(at + 1).is_some_and(is_page);
        let others = (0..calls.len()).filter(|at| !is_page(&calls[*at]) && !is_for_page(*at));
        others.map(|at| calls[at].clone()).collect()
    }

    /// The requests Brivo got since this was last asked, in short.
    pub(crate) fn all_new_calls(&mut self) -> Vec<String> {
        let calls = self.brivo.calls();
        let fresh = calls.iter().skip(self.seen_calls).map(|call| in_short(&call.method, &call.path)).collect();
        self.seen_calls = calls.len();
        fresh
    }

    /// The writes among [`Self::new_calls`].
    pub(crate) fn new_writes(&mut self) -> Vec<String> {
        let mut calls = self.new_calls();
        calls.retain(|call| WRITES.contains(&call.as_str()));
        calls
    }

    /// A member's Brivo user.
    pub(crate) fn user(&self, member: impl Display + Copy) -> Option<UserId> {
        let external_id = self.external_id(member);
        self.brivo.read(|model| model.user_by_external_id(&external_id))
    }

    /// What Brivo keeps about a member's user.
    pub(crate) fn profile(&self, member: u64) -> Profile {
        let user = self.user(member).unwrap();
        self.brivo.read(|model| model.profile_of(user).cloned()).unwrap()
    }

    pub(crate) fn is_suspended(&self, member: u64) -> bool {
        let user = self.user(member).unwrap();
        self.brivo.read(|model| model.is_suspended(user))
    }

    /// What a member's users became, and when: `08:00:00 Created`.
    pub(crate) fn standings(&self, member: u64) -> Vec<String> {
        let external_id = self.external_id(member);
        let of_member = |change: &StandingChange| change.external_id.as_deref() == Some(&external_id);
        let standings = self.brivo.standings().into_iter().filter(of_member);
        standings.map(|change| format!("{} {:?}", time_of(change.at), change.standing)).collect()
    }

    /// Orders one fault for calls with this verb and path.
    pub(crate) fn fault(&self, (method, path): (&str, &str), what: Misbehaviour, times: Times) {
        self.brivo.inject(Fault { on: Match::call(method, path), what, times }).unwrap();
    }

    /// What the API says of a member's access.
    pub(crate) async fn access(&self, member: impl Display + Copy) -> Value {
        let (status, body) = self.bundle.api(&format!("/tenants/{}/members/{member}/access", self.tenant)).await;
        assert_eq!(status, 200, "{body}");
        body
    }
}

impl Drop for World {
    /// Whatever a test is about: no careless call, and nobody twice.
    #[expect(clippy::print_stderr, reason = "shown with a failed test alone")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- what the bundle said ---\n{}", self.stderr());
            return;
        }
        assert_eq!(self.brivo.violations(), Vec::<String>::new());
        let users = self.users();
        let standings = self.brivo.standings();
        let is_by_hand = |user: &Value| {
            let made = |change: &&StandingChange| change.standing == Standing::Created && change.user == id_of(user);
            standings.iter().find(made).is_some_and(|made| made.external_id.is_none())
        };
        for user in &users {
            let same = |other: &&Value| other["externalId"] == user["externalId"];
            let is_named = user["externalId"].is_string();
            assert!(is_named || is_by_hand(user), "whoever we made has our reference: {users:?}");
            assert!(!is_named || users.iter().filter(same).count() == 1, "a second user: {users:?}");
        }
    }
}

fn time_of(instant: Timestamp) -> String {
    let same_day = instant.strftime("%Y-%m-%d").to_string() == "2026-03-02";
    instant.strftime(if same_day { "%H:%M:%S" } else { "%Y-%m-%dT%H:%M:%SZ" }).to_string()
}

/// Whether a call asks who we are and of which account.
pub(crate) fn is_about_account(call: &str) -> bool {
    let is_number = |text: &str| text.parse::<u64>().is_ok();
    let rest = ["GET /administrators/", "GET /accounts/"].iter().find_map(|start| call.strip_prefix(start));
    rest.is_some_and(|rest| rest == "whoami" || is_number(rest))
}

/// A call without its ids.
fn in_short(method: &str, path: &str) -> String {
    let path = path.strip_prefix("/v1/api").unwrap_or(path);
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    match (method, segments.as_slice()) {
        ("POST", ["oauth", "token"]) => "token".to_owned(),
        ("GET", ["users", _, "external"]) => "look up".to_owned(),
        ("POST", ["users"]) => "create".to_owned(),
        ("POST", ["users", _, "groups"]) => "change groups".to_owned(),
        ("GET", ["users", _, "groups"]) => "read groups".to_owned(),
        ("PATCH", ["users", _]) => "patch".to_owned(),
        ("GET", ["users", _]) => "read user".to_owned(),
        ("DELETE", ["users", _]) => "delete".to_owned(),
        ("GET", ["users", _, "suspended"]) => "read suspension".to_owned(),
        ("PUT", ["users", _, "suspended"]) => "set suspension".to_owned(),
        _ => format!("{method} {path}"),
    }
}

/// An access token of a session beside the bundle's.
fn another_token(model: &mut Model, now: Timestamp) -> String {
    let refresh = model.issue_refresh_token(CLIENT_ID, now);
    let basic = STANDARD.encode(format!("{CLIENT_ID}:{CLIENT_SECRET}"));
    let exchange = Request::new("POST", "/oauth/token")
        .with_header("api-key", API_KEY)
        .with_header("authorization", format!("Basic {basic}"))
        .with_header("content-type", "application/x-www-form-urlencoded")
        .with_body(format!("grant_type=refresh_token&refresh_token={refresh}"));
    body_of(model.handle(Host::Auth, &exchange, now))["access_token"].as_str().unwrap().to_owned()
}

fn id_of(user: &Value) -> UserId {
    UserId(user["id"].as_u64().unwrap())
}

fn body_of(answer: Answer) -> Value {
    answer.into_response().unwrap().body_json()
}
