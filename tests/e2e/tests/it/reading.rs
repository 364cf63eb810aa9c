//! The operator's API: interfaces.md section 3.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::{
    bundle::{ADMIN_KEY, answer},
    tenants::{self, OTHER_ROOM, ROOM, SHARING_ROOM, UNMAPPED_ROOM},
    world::{ANNA, BEN, World, at},
};

/// ORD-38, ORD-39: the groups, each with its reasons, their windows, whether it is ours, due and held, and the last error.
#[tokio::test]
async fn access_tells_what_is_due_what_is_held_and_why() {
    let mut world = World::start().await;
    world.book(7, SHARING_ROOM, ANNA, ("10:00", "11:00")).await;
    world.book(8, ROOM, ANNA, ("10:30", "12:00")).await;
    world.book(9, OTHER_ROOM, ANNA, ("14:00", "15:00")).await;
    world.run_until(at("10:00")).await;

    let user = world.brivo.read(|model| model.user_by_external_id("acme:31")).unwrap();
    let reason = |booking: u64, room: u64, from: &str, until: &str| {
        json!({"fact": format!("booking/{booking}"), "path": "own", "mapping": format!("resource/{room}"),
            "from": format!("2026-03-02T{from}Z"), "until": format!("2026-03-02T{until}Z")})
    };
    let seventh = reason(7, SHARING_ROOM, "09:50:00", "11:15:00");
    let eighth = reason(8, ROOM, "10:20:00", "12:15:00");
    let ninth = reason(9, OTHER_ROOM, "13:50:00", "15:15:00");
    let access = world.access(ANNA).await;
    let url = access["brivo_url"].clone();
    assert!(url.as_str().unwrap().contains(&user.to_string()));
    let row = |group: u64, is_open: bool, reasons: &[&Value]| json!({"group": group, "due": is_open, "held": is_open, "managed": true, "account": "hq", "reasons": reasons});
    let expected = json!({
        "now": "2026-03-02T10:00:00Z",
        "member": "31",
        "brivo_user_id": user,
        "brivo_url": url,
        "suspended": false,
        "groups": [
            row(501, true, &[&seventh, &eighth]),
            row(502, false, &[&ninth]),
            row(503, true, &[&seventh]),
        ],
        "gives_nothing": [],
        "next_change": "2026-03-02T11:15:00Z",
        "waits_for_pace_until": null,
        "accounts": [{
            "account": "hq",
            "brivo_user_id": user,
            "brivo_url": url,
            "suspended_by": null,
            "no_reason_since": null,
            "delete_at": null,
            "foreign_groups": 0,
            "waits_for_pace_until": null,
            "by_hand": {"added": [], "taken": []},
            "credentials": {
                "waits_for": "credential",
                "access_code": "none",
                "pass": {"state": "none", "invited_at": null, "expires_at": null, "told": null},
            },
        }],
        "profile_differs": [],
        "notices": [],
        "last_error": null,
    });
    assert_eq!(access, expected);

    world.run_until(at("18:00")).await;
    let access = world.access(ANNA).await;
    assert_eq!((&access["groups"], &access["next_change"]), (&json!([]), &Value::Null));
}

/// INV-10, ALL-19: every write that Brivo saw is there with its reason, newest first.
#[tokio::test]
async fn audit_tells_every_write_with_its_reason_newest_first() {
    let mut world = World::start().await;
    world.book(1, ROOM, ANNA, ("10:00", "11:00")).await;
    world.run_until(at("18:00")).await;

    let (status, audit) = world.bundle.api("/tenants/acme/members/31/audit").await;

    assert_eq!(status, 200);
    let records = audit["records"].as_array().unwrap();
    let told = |name: &str| records.iter().map(|record| record[name].clone()).collect::<Vec<_>>();
    assert_eq!(told("action"), ["change groups", "change groups", "create user"]);
    let instants = ["2026-03-02T11:15:00Z", "2026-03-02T09:50:00Z", "2026-03-02T08:00:00Z"];
    assert_eq!(told("at"), instants);
    assert_eq!(told("outcome"), ["done", "done", "done"]);
    let reasons = told("because");
    assert!(reasons[1].to_string().contains("booking/1") && reasons[2].to_string().contains("booking/1"));
    assert!(reasons[0].to_string().contains("501"));
    assert_eq!(records[1]["added"], json!([501]));
    assert_eq!(records[0]["removed"], json!([501]));
}

/// Pages follow each other without a gap or a repeat.
#[tokio::test]
async fn audit_is_paged() {
    let mut world = World::start().await;
    world.book(1, ROOM, ANNA, ("08:00", "12:00")).await;
    for change in 0..54 {
        let room = if change % 2 == 0 { OTHER_ROOM } else { ROOM };
        world.book(1, room, ANNA, ("08:00", "12:00")).await;
        world.step(world.now() + SignedDuration::from_secs(1)).await;
    }

    let (mut ids, mut pages, mut path) = (Vec::new(), 0, "/tenants/acme/members/31/audit".to_owned());
    loop {
        let (status, page) = world.bundle.api(&path).await;
        assert_eq!(status, 200);
        pages += 1;
        ids.extend(page["records"].as_array().unwrap().iter().map(|record| record["id"].as_str().unwrap().to_owned()));
        match page["next_before"].as_str() {
            Some(before) => path = format!("/tenants/acme/members/31/audit?before={before}"),
            None => break,
        }
    }

    assert_eq!((ids.len(), pages), (56, 2));
    assert!(ids.is_sorted_by(|newer, older| newer > older));
}

#[tokio::test]
async fn status_tells_of_connection_and_queue() {
    let mut world = World::start().await;
    world.book(1, ROOM, ANNA, ("08:00", "11:00")).await;

    let (status, told) = world.bundle.api("/tenants/acme/status").await;

    assert_eq!(status, 200);
    assert_eq!(
        (&told["tenant"], &told["platform"], &told["enabled"]),
        (&json!("acme"), &json!("nexudus"), &json!(true))
    );
    let account = &told["accounts"][0];
    assert_eq!((&account["id"], &account["connected"]), (&json!("hq"), &json!(true)));
    let first_reading = &account["sync"]["users_read_at"];
    assert_eq!((&account["needs_reconnect"], first_reading), (&json!(false), &json!("2026-03-02T08:00:00Z")));
    assert_eq!(told["queue"]["overdue"], 0);
}

#[tokio::test]
async fn without_the_admin_key_nothing_is_told_or_changed() {
    let mut world = World::start().await;
    world.book(1, ROOM, ANNA, ("08:00", "11:00")).await;

    for path in ["/members/31/access", "/members/31/audit", "/status", "/members/77/access"] {
        let path = format!("/api/v1/tenants/acme{path}");
        assert_eq!(answer(world.bundle.get(&path)).await.0, 401, "{path}");
        assert_eq!(answer(world.bundle.get(&path).bearer_auth("another")).await.0, 401, "{path}");
        assert_eq!(answer(world.bundle.get(&path).basic_auth("admin", Some(ADMIN_KEY))).await.0, 401, "{path}");
    }
    let put = reqwest::Client::new().put(format!("{}/api/v1/tenants/acme", world.bundle.url()));
    assert_eq!(answer(put.json(&world.document)).await.0, 401);

    assert_eq!(world.bundle.api("/tenants/nobody/status").await.0, 404);
    assert_eq!(world.bundle.api("/tenants/acme/members/nobody/access").await.0, 404);
}

/// NEX-10: what was not stored has no effect.
#[tokio::test]
async fn a_document_with_faults_is_refused_whole_with_all_of_them() {
    let mut world = World::start().await;
    world.book(1, OTHER_ROOM, ANNA, ("08:00", "11:00")).await;
    let mut refused = world.document.clone();
    refused["platform"] = json!("teamup");
    refused["locations"][0]["time_zone"] = json!("Europe/Londres");
    refused["mappings"] =
        json!([{"kind": "resource", "id": "", "groups": [501]}, {"kind": "chair", "id": "1", "groups": []}]);
    refused["hooks"]["path_secret"] = json!("short");

    let (status, body) = world.bundle.put_tenant("acme", &refused).await;

    assert_eq!(status, 400);
    let faults = body["faults"].as_array().unwrap();
    for part in ["platform", "time_zone", "mappings", "path_secret"] {
        assert!(faults.iter().any(|fault| fault.as_str().unwrap().contains(part)), "{part}: {body}");
    }
    // Of another tenant than the path says.
    assert_eq!(world.bundle.put_tenant("other", &world.document).await.0, 400);
    world.settle().await;
    assert_eq!(world.groups(ANNA), [502], "nothing changed");
    world.book(2, ROOM, ANNA, ("08:00", "11:00")).await;
    assert_eq!(world.groups(ANNA), [501, 502], "the old mapping still counts");
}

#[tokio::test]
async fn a_changed_mapping_gives_and_takes_access_of_those_with_an_open_booking() {
    let mut world = World::start().await;
    world.book(1, UNMAPPED_ROOM, ANNA, ("08:00", "11:00")).await;
    world.book(2, OTHER_ROOM, BEN, ("08:00", "11:00")).await;
    assert_eq!((world.groups(ANNA), world.groups(BEN)), (vec![], vec![502]));

    world.document["mappings"].as_array_mut().unwrap().push(tenants::resource(UNMAPPED_ROOM, &[503]));
    world.document["mappings"][1]["groups"] = json!([502, 511]);
    world.put_tenant().await;
    assert_eq!((world.groups(ANNA), world.groups(BEN)), (vec![503], vec![502, 511]));

    // The same document again changes nothing and costs nothing.
    world.new_calls();
    world.put_tenant().await;
    assert_eq!(world.new_calls(), [""; 0]);
}

/// DWK-04, SPB-01, INV-1: whoever is inside when a tenant is switched off leaves when their time is over, to the second; nobody
/// is let in, made or looked at, and it is told why.
#[tokio::test]
async fn while_a_tenant_is_switched_off_windows_close_and_none_opens() {
    let mut world = World::start().await;
    world.book(1, ROOM, ANNA, ("08:00", "11:00")).await;
    world.book(2, OTHER_ROOM, BEN, ("13:00", "15:00")).await;
    world.run_until(at("10:00")).await;
    world.document["enabled"] = json!(false);
    world.put_tenant().await;
    world.book(3, OTHER_ROOM, ANNA, ("09:00", "14:00")).await;
    world.new_writes();

    world.run_until(at("11:14")).await;
    assert_eq!((world.groups(ANNA), world.new_writes()), (vec![501], vec![]));
    world.run_until(at("11:15")).await;
    assert_eq!((world.groups(ANNA), world.new_writes().len()), (vec![], 1));
    world.run_until(at("13:30")).await;
    assert_eq!((world.groups(BEN), world.new_writes()), (vec![], vec![]));
    assert!(world.access(BEN).await["notices"].to_string().contains("switched off"));

    world.document["enabled"] = json!(true);
    world.put_tenant().await;
    assert_eq!((world.groups(ANNA), world.groups(BEN)), (vec![502], vec![502]));
}
