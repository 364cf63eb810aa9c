//! The preflight: what an operator reads of a Brivo account before anybody stands before a closed door.

use serde_json::{Value, json};
use simulators::brivo::{
    AccessPoint, AccessPointId, AdministratorKind, BrivoServer, Change, ErrorBody, GroupId, Misbehaviour, Model,
    Profile, SiteId, Times, UserId,
};

use crate::{
    browser::{Browser, Page},
    bundle::ADMIN_KEY,
    connecting::{ADMINISTRATOR, decide, new_link, unconnected, world_of},
    deliveries,
    tenants::{self, CLIENT_ID, OTHER_ROOM, ROOM},
    world::{ANNA, BEN, Setting, World, at},
};

const SITE: SiteId = SiteId(7_833_522);
const FRONT: AccessPointId = AccessPointId(71);
const BACK: AccessPointId = AccessPointId(72);

/// No permission, as Brivo says it.
const FORBIDDEN: Misbehaviour = Misbehaviour::ServerError { status: 403, body: ErrorBody::Json };

/// What installers leave behind when all is well.
fn furnish(brivo: &BrivoServer) {
    let furnish = |model: &mut Model, _| {
        model.add_site(SITE, "Main Street", "Europe/London");
        model.add_access_point(FRONT, AccessPoint::door(SITE, "Front door"));
        model.add_access_point(BACK, AccessPoint::door(SITE, "Back door"));
        model.permit(GroupId(501), FRONT);
        model.permit(GroupId(502), FRONT);
        model.permit(GroupId(502), BACK);
    };
    brivo.edit(furnish).unwrap();
}

/// `acme` with two rooms whose groups open doors.
fn sound(mut setting: Setting) -> Setting {
    setting.document["mappings"] = json!([tenants::resource(ROOM, &[501]), tenants::resource(OTHER_ROOM, &[502])]);
    setting.document["doors"] = json!([{"door": FRONT.0, "location": "main", "action": "check_in"}]);
    Setting { before: furnish, ..setting }
}

async fn sound_world() -> World {
    World::of(sound(Setting::nexudus())).await
}

/// Somebody of the staff in a group.
fn by_hand(world: &World, group: u64) -> UserId {
    let make = |model: &mut Model, now| {
        let user = model.create_by_hand("Secretia", "Handmade", "secretia@hand.example", now);
        model.change_by_hand(user, GroupId(group), Change::Joined, now);
        user
    };
    world.brivo.edit(make).unwrap()
}

async fn preflight(world: &World, tenant: &str) -> Value {
    let (status, report) = world.bundle.api(&format!("/tenants/{tenant}/accounts/hq/preflight")).await;
    assert_eq!(status, 200, "{report}");
    report
}

async fn preflight_as_text(world: &World) -> String {
    let get = world.bundle.get("/api/v1/tenants/acme/accounts/hq/preflight").bearer_auth(ADMIN_KEY);
    let answer = get.header("accept", "text/plain").send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/plain; charset=utf-8");
    answer.text().await.unwrap()
}

/// Level and text of all that a check says.
fn told(report: &Value, check: &str) -> Vec<(String, String)> {
    let findings = report["findings"].as_array().unwrap().iter().filter(|finding| finding["check"] == check);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    findings.map(|finding| (text(&finding["level"]), text(&finding["text"]))).collect()
}

#[track_caller]
fn assert_told(report: &Value, check: &str, level: &str, words: &str) {
    let told = told(report, check);
    assert!(told.iter().any(|(how, text)| how == level && text.contains(words)), "{words}: {told:#?}");
}

fn group(report: &Value, id: u64) -> &Value {
    report["inventory"]["groups"].as_array().unwrap().iter().find(|group| group["id"] == id).unwrap()
}

/// CWK-05, NEX-03, NEX-04, CWK-04: groups, sites and doors are listed with their names, and nothing is changed by looking.
#[tokio::test]
async fn a_sound_account_is_told_to_be_fine_with_all_there_is_to_choose_from() {
    let mut world = sound_world().await;
    world.book(1, ROOM, ANNA, ("08:00", "11:00")).await;
    world.new_calls();

    let report = preflight(&world, "acme").await;

    assert_eq!(world.new_writes(), [""; 0]);
    assert_eq!(report["level"], "fine", "{report:#}");
    let front = json!({"id": 71, "name": "Front door"});
    let back = json!({"id": 72, "name": "Back door"});
    let sites = json!([{"id": 7_833_522, "name": "Main Street", "doors": [front, back]}]);
    assert_eq!(report["inventory"]["sites"], sites);
    let anna = json!({
        "id": 501, "name": "Group 501", "mapped": true, "people": 1, "not_ours": 0, "other_references": 0,
        "doors": [front],
    });
    assert_eq!((group(&report, 501), &group(&report, 502)["doors"]), (&anna, &json!([front, back])));
    assert_eq!(group(&report, 503)["mapped"], false);
    assert_eq!(report["inventory"]["groups"].as_array().unwrap().len(), tenants::groups().count());
    assert_eq!(report["inventory"]["mobile_passes"], json!({"all": 100, "left": 100}));
    assert_eq!((&report["inventory"]["users"], &report["inventory"]["clock_ahead_s"]), (&json!(1), &json!(0)));
}

/// SPB-04: where groups are to be ours alone, whoever is in one already is found out before any write.
#[tokio::test]
async fn a_group_that_the_staff_uses_already_is_found_out_before_any_write() {
    let mut setting = sound(Setting::nexudus());
    setting.document["policy"] = json!({"ownership": "exclusive"});
    let mut world = World::of(setting).await;
    by_hand(&world, 501);
    world.new_calls();

    let report = preflight(&world, "acme").await;

    assert_eq!(world.new_writes(), [""; 0]);
    assert_eq!(report["level"], "fault");
    assert_told(&report, "exclusivity", "fault", "Group 501 “Group 501” holds 1 person whom we did not put there");
    assert_eq!((&group(&report, 501)["people"], &group(&report, 501)["not_ours"]), (&json!(1), &json!(1)));

    // Where the staff may use them too, it is worth a word.
    world.document["policy"] = json!({"ownership": "additive"});
    world.put_tenant().await;
    assert_told(&preflight(&world, "acme").await, "exclusivity", "notice", "they stay");
}

/// ALL-14: two tenants that share a Brivo account and a group of it are both told.
#[tokio::test]
async fn two_tenants_that_share_a_group_are_both_told() {
    let mut world = sound_world().await;
    world.book(1, ROOM, ANNA, ("08:00", "11:00")).await;
    let mut beta = world.document.clone();
    beta["tenant"] = json!("beta");
    beta["accounts"][0]["refresh_token"] = json!("token-of-beta");
    world.brivo.edit(|model, now| model.accept_refresh_token(CLIENT_ID, "token-of-beta", now)).unwrap();
    assert_eq!(world.bundle.put_tenant("beta", &beta).await.0, 200);
    assert_eq!(preflight(&world, "acme").await["level"], "fine");
    assert_told(
        &preflight(&world, "beta").await,
        "exclusivity",
        "fault",
        "1 person with the reference of another tenant",
    );

    let booking = world.put_booking(2, ROOM, Some(BEN), ("08:00", "11:00"));
    deliveries::accepted(deliveries::nexudus(&world.bundle, "beta", "BookingCreate", &booking)).await;
    world.settle().await;

    for tenant in ["acme", "beta"] {
        let report = preflight(&world, tenant).await;
        assert_told(
            &report,
            "exclusivity",
            "fault",
            "Group 501 “Group 501” holds 1 person with the reference of another",
        );
        assert_eq!((&group(&report, 501)["people"], &group(&report, 501)["other_references"]), (&json!(2), &json!(1)));
        assert!(!report.to_string().contains(if tenant == "acme" { "beta" } else { "acme" }), "{report:#}");
    }
}

/// DWK-03, NEX-02: a key problem is named as one, after one call; the rest is not looked at.
#[tokio::test]
async fn a_wrong_key_is_named_and_nothing_more_is_asked() {
    let mut world = sound_world().await;
    world.fault(("GET", "/**"), Misbehaviour::DeveloperInactive, Times::Always);
    world.all_new_calls();

    let report = preflight(&world, "acme").await;

    assert_eq!(world.all_new_calls(), ["GET /administrators/whoami"]);
    assert_told(&report, "connection", "fault", "Brivo does not accept the API key, accounts.hq.api_key");
    assert_told(&report, "groups", "notice", "Not looked at");
    assert_eq!(report["inventory"]["groups"], Value::Null);
}

/// NEX-02, CWK-02: what the settings lack is named, and so is that nobody has connected the account.
#[tokio::test]
async fn an_account_without_a_key_or_without_a_login_is_told_what_to_do() {
    let unconnected_world = World::of(unconnected()).await;
    assert_told(&preflight(&unconnected_world, "acme").await, "connection", "fault", "make a link");

    let mut setting = unconnected();
    setting.document["accounts"][0].as_object_mut().unwrap().remove("api_key");
    let world = World::of(setting).await;
    assert_told(&preflight(&world, "acme").await, "connection", "fault", "accounts.hq.api_key: add it");
}

/// A permission that is lacking is named; what may be read is read.
#[tokio::test]
async fn a_refused_read_is_told_and_stops_nothing_else() {
    let world = sound_world().await;
    world.fault(("GET", "/sites"), FORBIDDEN, Times::Always);
    world.fault(("GET", "/groups/*/users"), FORBIDDEN, Times::Always);
    world.fault(
        ("GET", "/groups/502/access/access-points"),
        Misbehaviour::ServerError { status: 503, body: ErrorBody::Html },
        Times::Always,
    );

    let report = preflight(&world, "acme").await;

    let permissions = told(&report, "permissions");
    assert_eq!(permissions.len(), 2, "{permissions:#?}");
    assert_told(&report, "permissions", "fault", "may not view sites");
    assert_told(&report, "permissions", "fault", "may not view who is in a group");
    assert_told(&report, "doors", "notice", "Brivo gave no answer: what group 502 “Group 502” opens");
    assert_eq!(group(&report, 501)["doors"], json!([{"id": 71, "name": "Front door"}]));
    assert_eq!((&group(&report, 501)["people"], &report["inventory"]["sites"]), (&Value::Null, &Value::Null));
}

/// ALL-04, ALL-05: while Brivo is down nothing is said to be fine, neither to scripts nor to people.
#[tokio::test]
async fn of_a_brivo_that_is_down_nothing_is_called_fine() {
    for down in [Misbehaviour::ServerError { status: 503, body: ErrorBody::Html }, Misbehaviour::AppliedThenDropped] {
        let world = sound_world().await;
        world.fault(("GET", "/**"), down.clone(), Times::Always);

        let report = preflight(&world, "acme").await;

        assert_told(&report, "connection", "notice", "did not answer");
        assert_told(&report, "administrator", "notice", "Brivo gave no answer: who connected the account");
        assert_told(&report, "permissions", "notice", "Not looked at");
        let findings = report["findings"].as_array().unwrap();
        assert!(findings.iter().all(|finding| finding["level"] != "fine"), "{report:#}");
        assert_eq!(report["level"], "notice");
        let text = preflight_as_text(&world).await;
        assert!(!text.lines().any(|line| line.starts_with("fine")), "{text}");
    }
}

/// ORD-48: a feature that is not switched on in Brivo is told clearly; groups are kept in step all the same.
#[tokio::test]
async fn an_account_without_mobile_passes_is_told_so_and_groups_are_kept_in_step() {
    let mut world = sound_world().await;
    for status in [403, 412] {
        let what = Misbehaviour::ServerError { status, body: ErrorBody::Json };
        world.fault(("GET", "/credentials/digital/allotment"), what, Times::Count(1));

        let report = preflight(&world, "acme").await;

        assert_told(&report, "mobile_passes", "notice", "Mobile passes are not switched on in this Brivo account");
        assert_eq!((&report["level"], told(&report, "permissions").len()), (&json!("notice"), 1), "{report:#}");
    }
    world.book(1, ROOM, ANNA, ("08:00", "11:00")).await;
    assert_eq!(world.groups(ANNA), [501]);
}

/// CWK-04, NEX-04: what the settings name and Brivo does not have is told, with what there is instead.
#[tokio::test]
async fn what_the_settings_name_and_brivo_does_not_have_is_told() {
    let mut setting = sound(Setting::nexudus());
    setting.document["mappings"].as_array_mut().unwrap().push(tenants::resource(12, &[503, 999]));
    setting.document["locations"][0]["site"] = json!(4_711);
    setting.document["doors"][0]["door"] = json!(79);
    let world = World::of(setting).await;

    let report = preflight(&world, "acme").await;

    assert_told(&report, "groups", "fault", "group 999 (resource/12)");
    assert_told(&report, "sites", "notice", "site 4711, which Brivo does not have: choose from 7833522 “Main Street”");
    assert_told(&report, "doors", "notice", "door 79");
    assert_told(&report, "doors", "notice", "No door opens to group 503 “Group 503”");
}

/// NEX-07, X22: whoever is near the most groups that Brivo takes is told by id.
#[tokio::test]
async fn people_in_many_groups_are_told_by_id() {
    let world = sound_world().await;
    let join = |model: &mut Model, now| {
        let user = model.add_user(Profile::default(), now);
        for number in 601..615 {
            model.add_group(GroupId(number), "Staff");
            model.change_by_hand(user, GroupId(number), Change::Joined, now);
        }
        user
    };
    let user = world.brivo.edit(join).unwrap();

    assert_told(&preflight(&world, "acme").await, "group_limit", "notice", &format!("users {user}:"));
}

#[tokio::test]
async fn clocks_that_are_apart_are_told_with_the_seconds() {
    for (brivo, level, words) in [("08:00:07", "notice", "7 s ahead of"), ("08:01:10", "fault", "70 s ahead of")] {
        let world = sound_world().await;
        world.set_clock(at(brivo));

        assert_told(&preflight(&world, "acme").await, "clock", level, words);
    }
}

/// The same as a text for a terminal; of people, nothing but Brivo's ids is in either.
#[tokio::test]
async fn the_text_fits_a_terminal_and_names_no_person() {
    let mut world = sound_world().await;
    world.book(1, ROOM, ANNA, ("08:00", "11:00")).await;
    by_hand(&world, 502);
    world.fault(("GET", "/accounts/summary"), FORBIDDEN, Times::Always);

    let (text, json) = (preflight_as_text(&world).await, preflight(&world, "acme").await.to_string());

    for report in [&text, &json] {
        for personal in ["Anna", "Nameson", "planted.example", "Secretia", "Handmade", "hand.example"] {
            assert!(!report.contains(personal), "{personal}: {report}");
        }
    }
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    let first = text.lines().next().unwrap();
    assert_eq!(first, "Preflight of account hq of acme, 2026-03-02T08:00:00Z: 0 faults, 1 notice");
    for line in [
        "notice  exclusivity    Group 502 “Group 502” holds 1 person whom we did not put there: they stay. If that is not",
        "fine    connection     Brivo answers.",
        "       502  yes          1         1        0  Group 502",
        "   7833522  Main Street",
    ] {
        assert!(text.lines().any(|other| other.starts_with(line.get(..90).unwrap_or(line))), "{line}\n{text}");
    }
    assert!(text.contains("opens 71 Front door, 72 Back door"), "{text}");
}

#[tokio::test]
async fn only_an_operator_is_told_and_only_of_accounts_that_there_are() {
    let world = sound_world().await;

    let path = "/api/v1/tenants/acme/accounts/hq/preflight";
    assert_eq!(world.bundle.get(path).send().await.unwrap().status(), 401);
    assert_eq!(world.bundle.api("/tenants/acme/accounts/annex/preflight").await.0, 404);
    assert_eq!(world.bundle.api("/tenants/beta/accounts/hq/preflight").await.0, 404);
}

async fn connected(world: &World) -> Page {
    let page = decide(&Browser::new(), &new_link(world).await, "allow").await;
    assert_eq!((page.status, page.title()), (200, "Brivo is connected"), "{}", page.html);
    page
}

/// Whoever connects an account reads at once whether it is fit for the work.
#[tokio::test]
async fn the_connected_page_says_that_everything_needed_is_there() {
    let world = world_of(sound(unconnected())).await;

    let page = connected(&world).await;

    assert!(page.html.contains("Everything needed is there."), "{}", page.html);
    assert!(!page.html.contains("Please look at this"), "{}", page.html);
}

/// ALL-05: … which is not said where Brivo went silent before anybody had looked.
#[tokio::test]
async fn the_connected_page_does_not_say_that_all_is_there_where_nobody_could_look() {
    let world = world_of(sound(unconnected())).await;
    let down = Misbehaviour::ServerError { status: 503, body: ErrorBody::Html };
    for path in ["/groups", "/groups/*/users", "/sites", "/users"] {
        world.fault(("GET", path), down.clone(), Times::Always);
    }

    let html = connected(&world).await.html;

    assert!(html.contains("Please look at this") && html.contains("gave no answer"), "{html}");
    assert!(!html.contains("Everything needed is there"), "{html}");
}

/// SPB-04, CWK-05: … and what to see to, the gravest first, a handful at most.
#[tokio::test]
async fn the_connected_page_says_what_to_see_to() {
    let mut setting = sound(unconnected());
    let mappings = setting.document["mappings"].as_array_mut().unwrap();
    mappings.push(tenants::resource(12, &[503, 991, 992, 993]));
    setting.document["locations"][0]["site"] = json!(4_711);
    let world = world_of(setting).await;
    world.brivo.edit(|model, _| model.set_administrator_kind(ADMINISTRATOR, AdministratorKind::Assistant)).unwrap();
    let join = |model: &mut Model, now| {
        let user = model.add_user(Profile { external_id: Some("beta:m1".to_owned()), ..Profile::default() }, now);
        model.change_by_hand(user, GroupId(501), Change::Joined, now);
    };
    world.brivo.edit(join).unwrap();

    let html = connected(&world).await.html;

    assert_eq!(html.matches("<li class=").count(), 5, "{html}");
    let (fault, notice) =
        (html.find("<li class=\"fault\">Group 501").unwrap(), html.find("<li class=\"notice\">").unwrap());
    assert!(fault < notice, "{html}");
    assert!(html.contains("(ASSISTANT)") && html.contains("And 2 more"), "{html}");
    assert!(!html.contains("Everything needed is there") && !html.contains("beta"), "{html}");
}
