//! Connecting a Brivo account: from the link to the connected page, and every way in which it does not come to that.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use serde_json::{Value, json};
use simulators::brivo::{Change, ErrorBody, Misbehaviour, Options, Return, Rotation, Times};

use crate::{
    browser::{Browser, Page},
    bundle::{ADMIN_KEY, Bundle, answer},
    phone::Phone,
    tenants::{self, API_KEY, CLIENT_ID, CLIENT_SECRET, OTHER_ROOM, ROOM, SHARING_ROOM},
    world::{ANNA, BEN, NONE, Setting, World, at, customer},
};

pub(crate) const ADMINISTRATOR: &str = "planted-administrator";
const PASSWORD: &str = "planted-brivo-password-4716";

/// `acme` as its operator sets it up: everything but a token.
pub(crate) fn unconnected() -> Setting {
    let mut document = tenants::nexudus();
    document["accounts"][0].as_object_mut().unwrap().remove("refresh_token");
    Setting::of(document)
}

pub(crate) async fn world_of(setting: Setting) -> World {
    let world = World::of(setting).await;
    let redirect_uri = format!("{}/connect/callback", world.bundle.url());
    world
        .brivo
        .edit(|model, _| {
            model.set_redirect_uri(CLIENT_ID, &redirect_uri);
            model.add_administrator(ADMINISTRATOR, PASSWORD);
        })
        .unwrap();
    world
}

pub(crate) async fn new_link(world: &World) -> String {
    let (status, body) = link(world, "hq").await;
    assert_eq!(status, 200, "{body}");
    body["url"].as_str().unwrap().to_owned()
}

async fn link(world: &World, account: &str) -> (u16, Value) {
    let path = format!("/api/v1/tenants/{}/accounts/{account}/link", world.tenant);
    answer(world.bundle.post(&path).bearer_auth(ADMIN_KEY)).await
}

/// From the link to where Brivo sends the administrator who decides.
pub(crate) async fn decide(browser: &Browser, link: &str, decision: &str) -> Page {
    let question = question(browser, link).await;
    browser.send(&question, &[("decision", decision)]).await
}

/// From the link to Brivo's question.
async fn question(browser: &Browser, link: &str) -> Page {
    let welcome = browser.open(link).await;
    assert_eq!((welcome.status, welcome.title()), (200, "Connect Brivo"), "{}", welcome.html);
    let login = browser.send(&welcome, &[]).await;
    browser.send(&login, &[("username", ADMINISTRATOR), ("password", PASSWORD)]).await
}

pub(crate) async fn account(world: &World) -> Value {
    let (_, status) = world.bundle.api(&format!("/tenants/{}/status", world.tenant)).await;
    status["accounts"][0].clone()
}

async fn assert_nothing_is_stored(world: &World) {
    let account = account(world).await;
    assert_eq!((&account["connected"], &account["brivo_account"]), (&json!(false), &Value::Null));
}

/// CWK-01, DWK-01, NEX-01, ORD-01, ORD-02, SPB-02: the operator opens the link, is told of the Administrator ID, logs in, consents,
/// and comes back connected, whether Brivo comes back with GET or POST.
#[tokio::test]
async fn an_account_is_connected_from_the_link_to_the_connected_page() {
    for browser_returns in [Return::Redirected, Return::Posted] {
        let brivo = Options { requests_per_second: None, browser_returns, ..Options::default() };
        let mut world = world_of(Setting { brivo, ..unconnected() }).await;
        world.book(1, ROOM, ANNA, ("07:00", "12:00")).await;
        assert_eq!(world.groups(ANNA), NONE);
        let browser = Browser::new();
        let link = new_link(&world).await;

        let welcome = browser.open(&link).await;
        assert!(welcome.html.contains("Administrator ID"), "{}", welcome.html);
        let mut page = decide(&browser, &link, "allow").await;
        if browser_returns == Return::Posted {
            page = browser.send(&page, &[]).await;
        }

        assert_eq!((page.status, page.title()), (200, "Brivo is connected"), "{}", page.html);
        world.settle().await;
        assert_eq!(world.groups(ANNA), [501]);
        let account = account(&world).await;
        assert_eq!((&account["connected"], &account["needs_reconnect"]), (&json!(true), &json!(false)));
        let name = account["brivo_account"]["name"].as_str().unwrap();
        assert!(page.html.contains(name), "{}", page.html);
        assert_eq!(browser.open(&link).await.status, 404, "a link connects once");
    }
}

/// CWK-01, DWK-01, NEX-01: the same in a real browser on a phone, where every page can be read and pressed.
#[tokio::test]
async fn an_account_is_connected_on_a_phone() {
    for (browser_returns, name) in [(Return::Redirected, "get"), (Return::Posted, "post")] {
        let brivo = Options { requests_per_second: None, browser_returns, ..Options::default() };
        let world = world_of(Setting { brivo, ..unconnected() }).await;
        let phone = Phone::start().await;

        phone.open(&new_link(&world).await).await;
        phone.reads("Connect Brivo", &format!("{name}-1-link")).await;
        phone.press("button").await;
        phone.reads("Log in", &format!("{name}-2-login")).await;
        phone.enter("username", ADMINISTRATOR).await;
        phone.enter("password", PASSWORD).await;
        phone.press("button").await;
        phone.reads("Allow access?", &format!("{name}-3-consent")).await;
        phone.press("button[value=allow]").await;
        phone.reads("Brivo is connected", &format!("{name}-4-connected")).await;

        assert_eq!(account(&world).await["connected"], true);
        phone.open(&format!("{}/connect/callback?code=c&state=s", world.bundle.url())).await;
        phone.reads("This login cannot be used", &format!("{name}-5-used")).await;
    }
}

/// CWK-03: denied consent stores nothing, and the login that came back does not count again.
#[tokio::test]
async fn denied_consent_leaves_the_account_unconnected() {
    let world = world_of(unconnected()).await;
    let browser = Browser::new();
    let link = new_link(&world).await;

    let page = decide(&browser, &link, "deny").await;

    assert_eq!((page.status, page.title()), (403, "Brivo was not connected"));
    assert_nothing_is_stored(&world).await;
    assert_eq!(browser.open(&page.url).await.title(), "This login cannot be used");
    let page = decide(&browser, &link, "allow").await;
    assert_eq!(page.title(), "Brivo is connected", "the link can be used once more");
}

/// ALL-01, CWK-03: the state is single-use, bound to its account, and nobody can make one up.
#[tokio::test]
async fn a_login_that_nobody_began_or_that_came_back_before_counts_for_nothing() {
    let mut world = world_of(unconnected()).await;
    let browser = Browser::new();
    let first = new_link(&world).await;
    let connected = decide(&browser, &first, "allow").await;
    world.new_calls();

    let replayed = browser.open(&connected.url).await;
    let callback = format!("{}/connect/callback", world.bundle.url());
    let state = connected.url.split_once("state=").unwrap().1.split('&').next().unwrap();
    let of_another = state.replacen("61636d65", "626574a1", 1);
    let mut pages = vec![replayed];
    for query in [
        "code=c".to_owned(),
        "code=c&state=made-up".to_owned(),
        format!("code=c&state={of_another}"),
        format!("code=c&state={state}0"),
        String::new(),
    ] {
        pages.push(browser.open(&format!("{callback}?{query}")).await);
        pages.push(browser.post(&format!("{callback}?{query}"), "code=c").await);
    }

    for page in pages {
        assert_eq!((page.status, page.title()), (400, "This login cannot be used"), "{}", page.url);
    }
    assert_eq!(world.all_new_calls(), Vec::<String>::new(), "brivo is asked nothing");
    assert_eq!(account(&world).await["connected"], true);
}

/// Of two windows in which somebody logs in, the later counts.
#[tokio::test]
async fn a_later_login_ends_an_earlier_one() {
    let world = world_of(unconnected()).await;
    let browser = Browser::new();
    let link = new_link(&world).await;
    let earlier = question(&browser, &link).await;
    let later = question(&browser, &link).await;

    assert_eq!(browser.send(&earlier, &[("decision", "allow")]).await.title(), "This login cannot be used");
    assert_eq!(browser.send(&later, &[("decision", "allow")]).await.title(), "Brivo is connected");
}

#[tokio::test]
async fn a_link_ends_after_a_week_and_a_login_after_a_quarter_of_an_hour() {
    let mut world = world_of(unconnected()).await;
    let browser = Browser::new();
    let link = new_link(&world).await;
    let question = question(&browser, &link).await;

    world.run_until(at("08:15")).await;
    let page = browser.send(&question, &[("decision", "allow")]).await;
    assert_eq!((page.status, page.title()), (400, "The login took too long"));
    world.run_until(at(crate::world::MORNING) + SignedDuration::from_hours(7 * 24)).await;
    let page = browser.open(&link).await;
    assert_eq!((page.status, page.title()), (410, "This link has expired"));
    assert_nothing_is_stored(&world).await;
}

#[tokio::test]
async fn only_the_newest_link_of_a_known_account_opens() {
    let world = world_of(unconnected()).await;
    let browser = Browser::new();
    let older = new_link(&world).await;
    let newer = new_link(&world).await;

    assert_eq!(browser.post(&older, "").await.status, 404);
    for link in [&older, &newer.replace("/acme/", "/beta/"), &newer.replace("/hq/", "/hr/"), &format!("{newer}0")] {
        let page = browser.open(link).await;
        assert_eq!((page.status, page.title()), (404, "This link cannot be used"), "{link}");
    }
    assert_eq!(browser.open(&newer).await.status, 200);
    assert_eq!(link(&world, "hr").await.0, 404);
}

/// DWK-03, NEX-02, CWK-02: what is missing or wrong is named, and nothing is stored.
#[tokio::test]
async fn a_wrong_key_a_wrong_application_and_a_used_code_each_have_a_page() {
    let world = world_of(unconnected()).await;
    let browser = Browser::new();
    let faults = [
        (Misbehaviour::DeveloperInactive, (409, "Brivo does not accept the API key")),
        (Misbehaviour::ServerError { status: 503, body: ErrorBody::Html }, (503, "Brivo could not be reached")),
    ];
    for (what, expected) in faults {
        let link = new_link(&world).await;
        world.fault(("POST", "/oauth/token"), what, Times::Count(1));
        let page = decide(&browser, &link, "allow").await;
        assert_eq!((page.status, page.title()), expected);
        assert_nothing_is_stored(&world).await;
    }
    let mut document = world.document.clone();
    document["accounts"][0]["client_secret"] = json!("another-secret");
    world.bundle.put_tenant("acme", &document).await;
    let page = decide(&browser, &new_link(&world).await, "allow").await;
    assert_eq!((page.status, page.title()), (409, "Brivo does not know this application"));
    assert_nothing_is_stored(&world).await;
}

/// CWK-02, NEX-02: a link is not even made before everything is there.
#[tokio::test]
async fn without_a_key_there_is_no_link() {
    let mut setting = unconnected();
    setting.document["accounts"][0].as_object_mut().unwrap().remove("api_key");
    let world = world_of(setting).await;

    let (status, body) = link(&world, "hq").await;

    assert_eq!(status, 400);
    assert!(body["error"].as_str().unwrap().contains("accounts.hq.api_key"), "{body}");
}

/// ALL-03: an account that was lost is connected again by a link; ledger and mappings are as they were.
#[tokio::test]
async fn an_account_that_was_lost_is_connected_again() {
    let mut world = world_of(Setting::nexudus()).await;
    world.book(1, ROOM, ANNA, ("08:00", "10:00")).await;
    world.book(2, OTHER_ROOM, BEN, ("08:00", "12:00")).await;
    let users = (world.user(ANNA), world.user(BEN));
    let mut document = world.document.clone();
    document["accounts"][0]["refresh_token"] = json!("one-that-brivo-has-forgotten");
    world.bundle.put_tenant("acme", &document).await;
    world.run_until(at("11:00")).await;
    assert_eq!(account(&world).await["needs_reconnect"], true);
    assert_eq!(world.groups(ANNA), [501], "nothing can be written");
    world.new_writes();

    let page = decide(&Browser::new(), &new_link(&world).await, "allow").await;
    world.settle().await;

    assert_eq!(page.title(), "Brivo is connected");
    assert_eq!((world.groups(ANNA), world.groups(BEN)), (NONE.to_vec(), vec![502]));
    assert_eq!(world.new_writes(), ["change groups"], "only what was overdue");
    assert_eq!((world.user(ANNA), world.user(BEN)), users);
}

/// ALL-03, ALL-06, INV-9: however many are refused when an account is lost, there is one alarm; once it is connected again, by a link or a new
/// token, whoever should be out is out before others get in.
#[tokio::test]
async fn a_lost_account_has_one_alarm_and_closes_what_is_overdue_first() {
    for is_by_link in [true, false] {
        let mut world = world_of(Setting::nexudus()).await;
        // The order of their ends is neither that of their ids nor its reverse.
        let ends = [(44, "08:40"), (41, "09:00"), (45, "09:20"), (42, "09:40"), (43, "10:00")];
        for (member, end) in ends {
            let who = customer(member, "Planted Nameson", &format!("{member}@planted.example"));
            world.nexudus.edit(|model, now| model.put_customer(&who, now));
            world.book(member, ROOM, member, ("08:00", end)).await;
        }
        world.book(1, OTHER_ROOM, ANNA, ("08:00", "08:10")).await;
        world.book(2, OTHER_ROOM, ANNA, ("09:30", "12:00")).await;
        world.run_until(at("08:30")).await;
        let mut document = world.document.clone();
        document["accounts"][0]["refresh_token"] = json!("one-that-brivo-has-forgotten");
        world.bundle.put_tenant("acme", &document).await;
        let calls = async |world: &World| account(world).await["pace"]["calls_this_month"].as_u64().unwrap();
        let before = calls(&world).await;
        world.run_until(at("10:47")).await;
        assert_eq!(account(&world).await["needs_reconnect"], true);
        let paid = calls(&world).await - before;
        assert!(paid < 20, "{paid} calls were paid for that nobody could make: others may have the same key");
        let alarms: Vec<String> =
            world.stderr().lines().filter(|line| line.contains("ERROR")).map(str::to_owned).collect();
        assert_eq!(alarms.len(), 1, "{alarms:?}");
        assert!(alarms[0].contains("acme") && alarms[0].contains("hq") && alarms[0].contains("connects it again"));
        assert!(!world.stderr().contains("is not in step"), "one alarm for everybody is enough");
        let seen = world.brivo.history().len();

        if is_by_link {
            decide(&Browser::new(), &new_link(&world).await, "allow").await;
            world.settle().await;
        } else {
            world.reconnect("planted-refresh-token-of-a-quarter-to-eleven").await;
        }

        let history = world.brivo.history();
        let changes: Vec<(Change, String)> =
            history[seen..].iter().map(|change| (change.change, change.external_id.clone().unwrap())).collect();
        let (left, others): (Vec<_>, Vec<_>) = changes.iter().partition(|(change, _)| *change == Change::Left);
        // They are woken in the order of their ends, and looked at side by side: a run may overtake the one before.
        let left: BTreeSet<String> = left.into_iter().map(|(_, who)| who.clone()).collect();
        assert_eq!(left, ends.map(|(member, _)| world.external_id(member)).into(), "by link: {is_by_link}");
        assert_eq!(others, [&(Change::Joined, world.external_id(ANNA))]);
        let before = changes.iter().take_while(|(change, _)| *change == Change::Left).count();
        assert!(before > ends.len() / 2, "whoever gets in is woken after them: {changes:?}");
    }
}

/// ALL-01: a refresh token dies after 14 days; the readings keep it alive while nothing else happens.
#[tokio::test]
async fn an_account_in_which_nothing_happens_stays_connected() {
    let brivo = Options { requests_per_second: None, rotation: Rotation::Strict, ..Options::default() };
    let mut world = world_of(Setting { brivo, ..Setting::nexudus() }).await;

    for day in 1..=30 {
        world.run_until(at(crate::world::MORNING) + SignedDuration::from_hours(24 * day)).await;
    }

    world.book(1, ROOM, ANNA, ("2026-04-01T08:00:00Z", "2026-04-01T10:00:00Z")).await;
    assert_eq!(world.groups(ANNA), [501]);
    assert_eq!(account(&world).await["needs_reconnect"], false);
}

/// ORD-03, ORD-04: a new key is tried before the old one is given up, and the old one goes on if Brivo refuses it.
#[tokio::test]
async fn a_new_api_key_is_tried_before_the_old_one_is_given_up() {
    let mut world = world_of(Setting::nexudus()).await;
    let mut document = world.document.clone();
    document["accounts"][0]["api_key"] = json!("planted-key-of-nobody");

    let (status, body) = world.bundle.put_tenant("acme", &document).await;
    assert_eq!(status, 400);
    assert!(body["faults"][0].as_str().unwrap().starts_with("accounts.hq.api_key: Brivo does not accept it"), "{body}");
    world.brivo.edit(|model, _| model.add_application("another-client", "secret", "planted-new-key")).unwrap();
    document["accounts"][0]["api_key"] = json!("planted-new-key");
    world.fault(("GET", "/administrators/whoami"), Misbehaviour::AppliedThenDropped, Times::Count(1));
    let (status, body) = world.bundle.put_tenant("acme", &document).await;
    assert_eq!(status, 503, "{body}");
    world.book(1, ROOM, ANNA, ("08:00", "10:00")).await;
    assert_eq!(world.groups(ANNA), [501], "the old key goes on");

    let (status, body) = world.bundle.put_tenant("acme", &document).await;
    assert_eq!(status, 200, "{body}");
    world.book(2, OTHER_ROOM, ANNA, ("08:00", "10:00")).await;
    assert_eq!(world.groups(ANNA), [501, 502]);
}

/// ORD-04: the same of a tenant's file: a key that Brivo refuses does not take the place of one that works, which is said loudly.
#[tokio::test]
async fn a_new_api_key_in_a_file_is_tried_before_the_old_one_is_given_up() {
    let mut world = World::of(Setting { keeps_data: true, ..Setting::nexudus() }).await;
    let restart_with = async |world: &mut World, key: &str| {
        world.document["accounts"][0]["api_key"] = json!(key);
        std::fs::write(&world.flags.tenants[0], world.document.to_string()).unwrap();
        world.bundle.kill();
        // The key is tried before the bundle says that it has started, and it is this thread that serves Brivo.
        let flags = world.flags.clone();
        world.bundle = tokio::task::spawn_blocking(move || Bundle::start(&flags)).await.unwrap();
        world.settle().await;
    };

    restart_with(&mut world, "planted-key-of-nobody").await;
    world.book(1, ROOM, ANNA, ("08:00", "10:00")).await;
    assert_eq!(world.groups(ANNA), [501], "the old key goes on");
    let alarm = world.stderr().lines().find(|line| line.contains("ERROR")).unwrap().to_owned();
    assert!(alarm.contains("accounts.hq.api_key") && !alarm.contains("planted"), "{alarm}");

    world.brivo.edit(|model, _| model.add_application("another-client", "secret", "planted-new-key")).unwrap();
    restart_with(&mut world, "planted-new-key").await;
    let calls = world.brivo.calls().len();
    world.book(2, OTHER_ROOM, ANNA, ("08:00", "10:00")).await;
    assert_eq!((world.groups(ANNA), world.brivo.calls().len() > calls), (vec![501, 502], true));
    world.brivo.edit(|model, _| model.disable_key(API_KEY)).unwrap();
    world.book(3, SHARING_ROOM, ANNA, ("08:00", "10:00")).await;
    assert_eq!(world.groups(ANNA), [501, 502, 503], "the new key is in use");
    world.brivo.edit(|model, _| model.add_application(CLIENT_ID, CLIENT_SECRET, API_KEY)).unwrap();
}

/// ORD-03: the key is changed just when the old one is dead and the last token with it.
#[tokio::test]
async fn a_new_api_key_is_taken_when_the_old_one_is_dead() {
    let mut world = world_of(Setting::nexudus()).await;
    world
        .brivo
        .edit(|model, _| {
            model.add_application(CLIENT_ID, CLIENT_SECRET, "planted-new-key");
            model.disable_key(API_KEY);
        })
        .unwrap();
    world.run_until(at("08:30")).await;
    world.book(1, ROOM, ANNA, ("08:00", "10:00")).await;
    assert_eq!(world.groups(ANNA), NONE);
    let mut document = world.document.clone();
    document["accounts"][0]["api_key"] = json!("planted-new-key");

    let (status, body) = world.bundle.put_tenant("acme", &document).await;
    world.settle().await;

    assert_eq!(status, 200, "{body}");
    assert_eq!(world.groups(ANNA), [501]);
    // What looks at Brivo after every test comes with the first key.
    world.brivo.edit(|model, _| model.add_application(CLIENT_ID, CLIENT_SECRET, API_KEY)).unwrap();
}

/// INV-4, SPB-03: one Brivo account under two names would have each take away what the other gave.
#[tokio::test]
async fn an_account_is_not_connected_under_two_names() {
    let mut setting = unconnected();
    let mut annex = setting.document["accounts"][0].clone();
    annex["id"] = json!("annex");
    setting.document["accounts"].as_array_mut().unwrap().push(annex);
    let world = world_of(setting).await;
    let browser = Browser::new();
    decide(&browser, &new_link(&world).await, "allow").await;
    let (_, body) = link(&world, "annex").await;

    let page = decide(&browser, body["url"].as_str().unwrap(), "allow").await;

    assert_eq!((page.status, page.title()), (409, "That account is connected already"));
    assert!(page.html.contains("hq"), "{}", page.html);
}

/// ORD-04: a login to another account is refused, and nothing known here is ever written there.
#[tokio::test]
async fn another_account_is_not_taken_for_the_one_before() {
    let mut world = world_of(unconnected()).await;
    let browser = Browser::new();
    decide(&browser, &new_link(&world).await, "allow").await;
    let before = account(&world).await;
    world.book(1, ROOM, ANNA, ("08:00", "10:00")).await;
    world.brivo.edit(|model, _| model.become_account(60_001, "Elsewhere Ltd")).unwrap();
    world.new_calls();

    let page = decide(&browser, &new_link(&world).await, "allow").await;

    assert_eq!((page.status, page.title()), (409, "That is another Brivo account"));
    assert!(page.html.contains("Elsewhere Ltd"), "{}", page.html);
    assert_eq!(account(&world).await["brivo_account"], before["brivo_account"]);
    assert_eq!(world.new_writes(), Vec::<String>::new());
}

/// What a login brings along is in no log and no file, and neither is the link.
#[tokio::test]
async fn links_codes_and_states_are_kept_nowhere() {
    let world = world_of(Setting { keeps_data: true, ..unconnected() }).await;
    let browser = Browser::new();
    let link = new_link(&world).await;

    let page = decide(&browser, &link, "allow").await;
    decide(&browser, &new_link(&world).await, "deny").await;

    let secret = link.rsplit('/').next().unwrap();
    let state = page.url.split_once("state=").unwrap().1.split('&').next().unwrap().rsplit('.').next().unwrap();
    let code = page.url.split_once("code=").unwrap().1.split('&').next().unwrap();
    let files = crate::bundle::files_under(world.data());
    for planted in [secret, state, code, PASSWORD, API_KEY, CLIENT_SECRET] {
        assert!(planted.len() > 10, "{planted}");
        assert!(!world.stderr().contains(planted), "{planted} is in the log");
        for (path, bytes) in &files {
            let found = bytes.windows(planted.len()).any(|window| window == planted.as_bytes());
            assert!(!found, "{planted} is in {}", path.display());
        }
    }
}
