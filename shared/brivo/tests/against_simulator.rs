//! Every call and every class of error against the simulated Brivo, which was written from the documents alone.
#![cfg(test)]

#[path = "against_simulator/connect.rs"]
mod connect;
#[path = "against_simulator/pins.rs"]
mod pins;
#[path = "against_simulator/preflight.rs"]
mod preflight;
#[path = "against_simulator/users.rs"]
mod users;

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use brivo::{
    Application, BrivoError, Client, Hosts, MemoryVault, Session, TokenKeeper, TokenVault, Tokens, UserPatch,
    http_client,
};
use domain::{BrivoUserId, ExternalId, GroupId, profile::Profile};
use futures::future::join_all;
use jiff::Timestamp;
use simulators::brivo::{
    BrivoServer, Change, ErrorBody, Fault, GroupId as SimulatedGroup, Match, Misbehaviour, Options,
    Profile as Simulated, Rotation, Times,
};

const KEY: &str = "key-1";
const CLIENT: &str = "client-1";
const SECRET: &str = "secret-1";

/// Whether an error is of the class that a fault should give.
type Expected = fn(&BrivoError) -> bool;

/// A connected account with its clock, which moves only when told to.
struct World {
    brivo: BrivoServer,
    session: Session,
    vault: Arc<MemoryVault>,
    clock: Arc<AtomicI64>,
}

/// Unlimited pace, because the clock stands still; 60 s of life and strict rotation, the hardest case.
fn hard() -> Options {
    Options { requests_per_second: None, access_token_seconds: 60, rotation: Rotation::Strict, ..Options::default() }
}

impl World {
    async fn new() -> Self {
        Self::with(hard(), http_client().unwrap(), KEY).await
    }

    /// A client that gives up soon, so that a test of waiting does not have to.
    async fn impatient() -> Self {
        let http = reqwest::Client::builder().timeout(Duration::from_millis(300)).no_proxy().build().unwrap();
        Self::with(hard(), http, KEY).await
    }

    async fn with(options: Options, http: reqwest::Client, key: &str) -> Self {
        let clock = Arc::new(AtomicI64::new(1_800_000_000));
        let reader = Arc::clone(&clock);
        let now = move || Timestamp::from_second(reader.load(Ordering::Relaxed)).unwrap();
        let brivo = BrivoServer::start(Arc::new(now), options).await.unwrap();
        let refresh = brivo
            .edit(|model, now| {
                model.add_application(CLIENT, SECRET, KEY);
                model.issue_refresh_token(CLIENT, now)
            })
            .unwrap();
        let tokens = Tokens { access: None, refresh: refresh.into(), version: 1, needs_reconnect: false };
        let vault = Arc::new(MemoryVault::holding(tokens));
        let hosts = Hosts { auth: brivo.auth_url().to_owned(), api: brivo.api_url().to_owned() };
        let client = Client::new(Arc::new(http), hosts, key.into());
        let application = Application { client_id: CLIENT.to_owned(), client_secret: SECRET.into() };
        let keeper = TokenKeeper::new(client.clone(), application, Arc::clone(&vault) as Arc<dyn TokenVault>);
        Self { brivo, session: Session::new(client, keeper), vault, clock }
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.clock.load(Ordering::Relaxed)).unwrap()
    }

    fn pass(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::Relaxed);
    }

    fn groups(&self, ids: std::ops::RangeInclusive<u64>) {
        self.brivo
            .edit(|model, _| ids.for_each(|id| model.add_group(SimulatedGroup(id), &format!("Group {id}"))))
            .unwrap();
    }

    fn fault(&self, on: Match, what: Misbehaviour) {
        self.brivo.inject(Fault { on, what, times: Times::Count(1) }).unwrap();
    }

    async fn create(&self, external_id: &ExternalId) -> Result<BrivoUserId, BrivoError> {
        let profile = &profile();
        let made = self
            .session
            .call(self.now(), |client, token| async move { client.create_user(&token, external_id, profile).await })
            .await?;
        Ok(made.id)
    }

    /// A user made as a careful client does it: by looking first.
    async fn a_user(&self) -> BrivoUserId {
        assert_eq!(self.find(&member()).await.unwrap(), None);
        self.create(&member()).await.unwrap()
    }

    async fn find(&self, external_id: &ExternalId) -> Result<Option<brivo::User>, BrivoError> {
        self.session
            .call(self.now(), |client, token| async move { client.user_by_external_id(&token, external_id).await })
            .await
    }

    async fn change(&self, user: BrivoUserId, add: &[i64], remove: &[i64]) -> Result<BTreeSet<GroupId>, BrivoError> {
        let (add, remove) = (&ids(add), &ids(remove));
        self.session
            .call(self.now(), |client, token| async move { client.change_groups(&token, user, add, remove).await })
            .await
    }

    async fn groups_of(&self, user: BrivoUserId) -> Result<BTreeSet<GroupId>, BrivoError> {
        self.session.call(self.now(), |client, token| async move { client.groups_of(&token, user).await }).await
    }

    async fn whoami(&self) -> Result<brivo::Administrator, BrivoError> {
        self.session.call(self.now(), |client, token| async move { client.whoami(&token).await }).await
    }
}

fn ids(numbers: &[i64]) -> BTreeSet<GroupId> {
    numbers.iter().copied().map(GroupId).collect()
}

fn member() -> ExternalId {
    ExternalId::from("acme:a~2fb")
}

fn profile() -> Profile {
    Profile {
        first: "Zoë".into(),
        last: "Example".into(),
        email: Some("zoe@example.org".into()),
        phone: Some("+44 20 7946 0000".into()),
    }
}

#[tokio::test]
async fn a_user_is_made_found_by_our_reference_and_patched() {
    let world = World::new().await;
    let external_id = member();
    let patch = &UserPatch { last: Some("Other"), phones: Some(Vec::new()), ..UserPatch::default() };

    assert_eq!(world.find(&external_id).await.unwrap(), None);
    let id = world.create(&external_id).await.unwrap();
    world
        .session
        .call(world.now(), |client, token| async move { client.patch_user(&token, id, patch).await })
        .await
        .unwrap();

    let found = world.find(&external_id).await.unwrap().unwrap();
    assert_eq!((found.id, found.external_id.as_ref()), (id, Some(&external_id)));
    assert_eq!((found.first.as_str(), found.last.as_str()), ("Zoë", "Other"));
    assert_eq!((&*found.emails[0].address, found.emails.len(), found.phones), ("zoe@example.org", 1, vec![]));
    assert_eq!(world.brivo.violations(), [""; 0]);
}

#[tokio::test]
async fn groups_change_in_one_step_and_twice_is_as_good_as_once() {
    let world = World::new().await;
    world.groups(1..=3);
    let id = world.a_user().await;

    world.change(id, &[1, 2], &[]).await.unwrap();
    for _ in 0..2 {
        assert_eq!(world.change(id, &[3], &[1]).await.unwrap(), ids(&[2, 3]));
    }

    assert_eq!(world.groups_of(id).await.unwrap(), ids(&[2, 3]));
    assert_eq!(world.brivo.violations(), [""; 0]);
}

#[tokio::test]
async fn more_than_sixteen_groups_are_rejected_and_nothing_changes() {
    let world = World::new().await;
    world.groups(1..=17);
    let id = world.a_user().await;
    world.change(id, &(1..=16).collect::<Vec<_>>(), &[]).await.unwrap();

    let error = world.change(id, &[17], &[]).await.unwrap_err();

    assert!(matches!(error, BrivoError::Rejected { status: 400, .. }), "{error:?}");
    assert!(!error.outcome_unknown());
    assert_eq!(world.groups_of(id).await.unwrap().len(), 16);
}

#[tokio::test]
async fn long_lists_are_read_to_their_end() {
    let world = World::new().await;
    world.groups(1..=119);
    world
        .brivo
        .edit(|model, now| {
            for number in 0..230 {
                let user = model.add_user(Simulated::named("A", &format!("{number}"), &format!("acme:{number}")), now);
                model.change_by_hand(user, SimulatedGroup(7), Change::Joined, now);
            }
        })
        .unwrap();

    let groups = world.session.call(world.now(), |client, token| async move { client.all_groups(&token).await }).await;
    let members = world
        .session
        .call(world.now(), |client, token| async move { client.members_of(&token, GroupId(7)).await })
        .await
        .unwrap();

    assert_eq!(groups.unwrap().len(), 119);
    let references: BTreeSet<_> = members.iter().filter_map(|user| user.external_id.clone()).collect();
    assert_eq!(references.len(), 230);
    assert_eq!(world.brivo.violations(), [""; 0]);
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let world = World::new().await;
    world.groups(1..=1);
    let id = world.a_user().await;

    let no_group = world.change(id, &[1, 999], &[]).await.unwrap_err();
    let no_user = world.change(BrivoUserId(999_999), &[1], &[]).await.unwrap_err();

    assert!(matches!((no_group, no_user), (BrivoError::NotFound, BrivoError::NotFound)));
    assert_eq!(world.groups_of(id).await.unwrap(), ids(&[]));
}

#[tokio::test]
async fn a_reference_that_is_taken_is_rejected_with_400() {
    let world = World::new().await;
    world.a_user().await;

    let error = world.create(&member()).await.unwrap_err();

    assert!(matches!(error, BrivoError::Rejected { status: 400, .. }), "{error:?}");
}

#[tokio::test]
async fn every_fault_has_its_class_and_says_whether_the_write_may_have_been_applied() {
    let world = World::impatient().await;
    world.groups(1..=40);
    let id = world.a_user().await;
    let error = |status, body| Misbehaviour::ServerError { status, body };
    let unavailable: Expected = |error| matches!(error, BrivoError::Unavailable { .. });
    let interrupted: Expected = |error| matches!(error, BrivoError::Interrupted(_));
    let unreadable: Expected = |error| matches!(error, BrivoError::Unreadable { .. });
    // Fault, class, outcome unknown, transient.
    let rows: Vec<(Misbehaviour, Expected, bool, bool)> = vec![
        (error(500, ErrorBody::Empty), unavailable, true, true),
        (error(502, ErrorBody::Html), unavailable, true, true),
        (error(503, ErrorBody::Json), unavailable, true, true),
        (error(504, ErrorBody::Html), unavailable, true, true),
        (Misbehaviour::Teapot, unavailable, true, true),
        (Misbehaviour::AppliedThenError { status: 503 }, unavailable, true, true),
        (Misbehaviour::AppliedThenDropped, interrupted, true, true),
        (Misbehaviour::AppliedThenHang, interrupted, true, true),
        (Misbehaviour::Hang, interrupted, true, true),
        (Misbehaviour::HtmlBody, unreadable, true, true),
        (Misbehaviour::EmptyBody, unreadable, true, true),
        (Misbehaviour::DeveloperInactive, |error| matches!(error, BrivoError::KeyRefused), false, false),
        (Misbehaviour::TooMany, |error| matches!(error, BrivoError::SlowDown { .. }), false, true),
        (
            Misbehaviour::OverQps { retry_after_seconds: 1 },
            |error| matches!(error, BrivoError::SlowDown { retry_after: Some(wait) } if wait.as_secs() == 1),
            false,
            true,
        ),
        (
            Misbehaviour::OverRate { retry_after_seconds: 86_400 },
            |error| error.retry_after() == Some(Duration::from_hours(24)),
            false,
            true,
        ),
    ];

    for (number, (fault, expected, unknown, transient)) in (1..).zip(rows) {
        world.fault(Match::writes(), fault.clone());
        let before = world.groups_of(id).await.unwrap();

        let error = world.change(id, &[number], &[]).await.unwrap_err();

        assert!(expected(&error), "{fault:?}: {error:?}");
        assert_eq!((error.outcome_unknown(), error.is_transient()), (unknown, transient), "{fault:?}");
        let changed = world.groups_of(id).await.unwrap() != before;
        assert!(unknown || !changed, "{fault:?}: was applied although it says it was not");
        world.change(id, &[], &[number]).await.unwrap();
    }
    assert_eq!(world.brivo.violations(), [""; 0]);
}

#[tokio::test]
async fn a_create_without_an_answer_is_settled_by_looking() {
    let world = World::impatient().await;
    assert_eq!(world.find(&member()).await.unwrap(), None);
    world.fault(Match::call("POST", "/users"), Misbehaviour::AppliedThenHang);

    let error = world.create(&member()).await.unwrap_err();

    assert!(error.outcome_unknown());
    assert!(world.find(&member()).await.unwrap().is_some());
    assert_eq!(world.brivo.violations(), [""; 0]);
}

#[tokio::test]
async fn a_wrong_key_is_refused_by_both_hosts() {
    let world = World::with(hard(), http_client().unwrap(), "another-key").await;

    let error = world.whoami().await.unwrap_err();

    assert!(matches!(error, BrivoError::KeyRefused), "{error:?}");
}

#[tokio::test]
async fn too_fast_a_pace_is_slow_down() {
    let world = World::with(Options { requests_per_second: Some(5), ..hard() }, http_client().unwrap(), KEY).await;

    let mut answers = Vec::new();
    for _ in 0..20 {
        answers.push(world.whoami().await);
    }

    let slowed: Vec<_> = answers.into_iter().filter_map(Result::err).collect();
    assert!(!slowed.is_empty());
    assert!(slowed.iter().all(|error| matches!(error, BrivoError::SlowDown { .. })), "{slowed:?}");
}

#[tokio::test]
async fn a_refused_token_is_refreshed_and_the_call_repeated_once() {
    let world = World::new().await;
    world.whoami().await.unwrap();
    world.fault(Match::call("GET", "/administrators/whoami"), Misbehaviour::TokenRefused);

    world.whoami().await.unwrap();

    let statuses: Vec<_> = world.brivo.calls().iter().map(|call| call.status.unwrap()).collect();
    assert_eq!(statuses, [200, 200, 401, 200, 200]);
}

#[tokio::test]
async fn a_day_of_calls_with_tokens_of_a_minute_never_meets_a_refusal() {
    let world = World::new().await;

    for _ in 0..200 {
        let calls = join_all((0..5).map(|_| world.whoami())).await;
        assert!(calls.iter().all(Result::is_ok), "{calls:?}");
        world.pass(431);
    }

    assert!(world.brivo.calls().iter().all(|call| call.status == Some(200)));
    assert_eq!(world.brivo.calls().len(), 200 * 6);
}

#[tokio::test]
async fn after_fifteen_idle_days_a_person_has_to_connect_the_account() {
    let world = World::new().await;
    world.whoami().await.unwrap();
    world.pass(15 * 24 * 3600);

    let error = world.whoami().await.unwrap_err();

    assert!(matches!(error, BrivoError::Disconnected), "{error:?}");
    assert!(world.vault.load().await.unwrap().unwrap().needs_reconnect);
}
