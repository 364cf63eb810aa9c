//! Sites, access points and permissions.

use serde_json::{Value, json};
use simulators::brivo::{AccessPoint, AccessPointId, AccessPointKind, GroupId, ScheduleId, SiteId};

use crate::brivo_bench::Bench;

/// Two sites, three access points, two groups; the members pass the front door.
pub(crate) async fn built() -> Bench {
    let bench = Bench::start().await;
    bench.add_groups([1, 2]);
    let build = |model: &mut simulators::brivo::Model, _| {
        model.add_site(SiteId(70), "Home base", "US/Eastern");
        model.add_site(SiteId(71), "Warehouse", "Europe/London");
        model.add_access_point(AccessPointId(11), AccessPoint::door(SiteId(70), "Front Door"));
        let floor = AccessPoint { kind: AccessPointKind::Floor, ..AccessPoint::door(SiteId(70), "Floor 2") };
        model.add_access_point(AccessPointId(12), floor);
        let gate = AccessPoint { connected: false, ..AccessPoint::door(SiteId(71), "Gate") };
        model.add_access_point(AccessPointId(13), gate);
        model.add_schedule(ScheduleId(5), "Office hours");
        model.permit(GroupId(1), AccessPointId(11));
    };
    bench.brivo.edit(build).unwrap();
    bench
}

fn ids(list: &Value) -> Vec<u64> {
    list["data"].as_array().unwrap().iter().map(|row| row["id"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn sites_come_in_pages_under_site_name_and_are_found_by_a_part_of_it() {
    let bench = built().await;
    let (_, page) = bench.get("/sites?filter=name__eq:ware").await;
    assert_eq!((&page["data"], &page["count"]), (&json!([{"id": 71, "siteName": "Warehouse"}]), &json!(1)));
    let expected = json!({"id": 70, "siteName": "Home base", "timeZone": "US/Eastern"});
    assert_eq!(bench.get("/sites/70").await, (200, expected));
    assert_eq!(bench.get("/sites/7").await.0, 404);
    assert_eq!(bench.get("/sites?filter=zone__eq:x").await.0, 400);
}

#[tokio::test]
async fn the_access_points_of_a_site_come_whole() {
    let bench = built().await;
    let (_, list) = bench.get("/sites/70/access-points?pageSize=1").await;
    let door = json!({
        "id": 11, "name": "Front Door", "type": "DOOR", "controlPanelId": 900_001, "siteId": 70,
        "siteName": "Home base", "activationEnabled": true,
    });
    assert_eq!((&list["data"][0], &list["count"], list.get("offset")), (&door, &json!(2), None));
}

#[tokio::test]
async fn access_points_are_found_by_name_kind_serial_number_and_live_status() {
    let bench = built().await;
    for (filter, expected) in [
        ("name__eq:oo", vec![11, 12]),
        ("access_point_types__eq:FLOOR,SALTO_DOOR", vec![12]),
        ("serial_number__eq:sim", vec![11, 12, 13]),
        ("report_live_status__eq:false", vec![]),
        ("name__eq:oo;access_point_types__eq:DOOR", vec![11]),
    ] {
        assert_eq!(ids(&bench.get(&format!("/access-points?filter={filter}")).await.1), expected, "{filter}");
    }
    assert_eq!(bench.get("/access-points?filter=access_point_types__eq:WINDOW").await.0, 400);
}

#[tokio::test]
async fn an_access_point_tells_by_which_schedule_it_stands_open() {
    let bench = built().await;
    let (_, door) = bench.get("/access-points/11").await;
    assert_eq!((&door["twoFactorEnabled"], door.get("unlockScheduleId")), (&json!(false), None));
    let open = AccessPoint { unlock_schedule: Some(ScheduleId(5)), ..AccessPoint::door(SiteId(70), "Front Door") };
    bench.brivo.edit(|model, _| model.add_access_point(AccessPointId(11), open)).unwrap();
    let (_, door) = bench.get("/access-points/11").await;
    assert_eq!((&door["unlockScheduleId"], &door["unlockScheduleName"]), (&json!(5), &json!("Office hours")));
    assert_eq!(bench.get("/access-points/9").await.0, 404);
}

#[tokio::test]
async fn groups_with_access_are_listed_at_the_site_and_at_the_door() {
    let bench = built().await;
    let members = json!([{"id": 1, "name": "Group 01"}]);
    assert_eq!(bench.get("/sites/70/groups").await.1["data"], members);
    assert_eq!(bench.get("/access-points/11/groups").await.1["data"], members);
    assert_eq!(bench.get("/access-points/12/groups").await.1["count"], 0);
    assert_eq!(bench.get("/sites/71/groups").await.1["count"], 0);
}

#[tokio::test]
async fn a_permission_is_given_shown_and_taken() {
    let bench = built().await;
    let path = "/groups/2/access/access-points";
    let body = json!({"schedule": {"id": 5}});
    assert_eq!(bench.send("PUT", &format!("{path}/12"), body).await.0, 204);
    let row = json!({
        "accessPoint": {"id": 12, "name": "Floor 2", "type": "FLOOR"},
        "schedule": {"id": 5, "name": "Office hours"},
    });
    assert_eq!(bench.get(path).await.1["data"], json!([row]));
    assert_eq!(bench.get(&format!("{path}?filter=access_point_type__eq:DOOR")).await.1["count"], 0);
    assert_eq!(bench.get(&format!("{path}?filter=access_point_name__eq:floor")).await.1["count"], 1);
    assert_eq!(bench.send("DELETE", &format!("{path}/12"), Value::Null).await.0, 204);
    assert_eq!(bench.send("DELETE", &format!("{path}/12"), Value::Null).await.0, 404);
}

#[tokio::test]
async fn a_permission_that_cannot_be_is_refused() {
    let bench = built().await;
    let path = "/groups/2/access/access-points";
    let always = json!({"schedule": {"id": 1}});
    for (target, body, expected) in [
        ("11", json!({"schedule": 1}), (400, "The request body is not formatted properly")),
        ("99", always.clone(), (404, "Unknown Access Point")),
        ("11", json!({"schedule": {"id": 9}}), (404, "The requested resource was not found.")),
        (
            "11",
            json!({"schedule": {"id": 1}, "privacyModeOverride": true}),
            (400, "This device doesn't support privacyModeOverride."),
        ),
    ] {
        let (status, refusal) = bench.send("PUT", &format!("{path}/{target}"), body).await;
        assert_eq!((status, refusal["message"].as_str().unwrap()), expected);
    }
    assert_eq!(bench.send("PUT", "/groups/9/access/access-points/11", always).await.0, 404);
}

#[tokio::test]
async fn schedules_begin_with_the_one_that_is_always() {
    let bench = built().await;
    let (_, page) = bench.get("/schedules").await;
    let always = json!({"id": 1, "name": "24x7", "editable": false, "siteName": "Universal"});
    assert_eq!((&page["data"][0], ids(&page)), (&always, vec![1, 5]));
    assert_eq!(bench.get("/schedules/9").await.0, 404);
}

#[tokio::test]
async fn a_door_is_opened_from_afar_if_it_may_be_and_can_be_reached() {
    let bench = built().await;
    assert_eq!(bench.send("POST", "/access-points/11/activate", Value::Null).await.0, 200);
    let refusal = json!({"code": 412, "message": "Access point is not connected"});
    assert_eq!(bench.send("POST", "/access-points/13/activate", Value::Null).await, (412, refusal));
    let barred = AccessPoint { activation_enabled: false, ..AccessPoint::door(SiteId(70), "Front Door") };
    bench.brivo.edit(|model, _| model.add_access_point(AccessPointId(11), barred)).unwrap();
    assert_eq!(bench.send("POST", "/access-points/11/activate", Value::Null).await.0, 403);
}
