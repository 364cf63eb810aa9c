//! The lists and records of Nexudus.

use serde_json::{Value, json};
use simulators::nexudus::{Contract, Customer, Entity, Team, TimePass};

use crate::nexudus_bench::{Bench, zoe};

const ENVELOPE: &str = include_str!("../../../fixtures/nexudus/rest_list_envelope.json");

fn ids(list: &Value) -> Vec<u64> {
    list["Records"].as_array().unwrap().iter().map(|record| record["Id"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn the_envelope_is_the_documented_one() {
    let bench = Bench::start().await;
    for id in 1..=58 {
        let customer = Customer { id, ..Customer::default() };
        bench.nexudus.edit(|model, now| model.put_customer(&customer, now));
    }
    let (_, mut list) = bench.get("/spaces/coworkers").await;
    list["Records"] = json!([]);
    assert_eq!(list, serde_json::from_str::<Value>(ENVELOPE).unwrap());
    let (_, third_page) = bench.get("/spaces/coworkers?page=3").await;
    assert_eq!((third_page["HasNextPage"].as_bool(), ids(&third_page).len()), (Some(false), 10));
}

#[tokio::test]
async fn a_list_row_of_a_customer_leaves_out_phone_pin_and_collections() {
    let bench = Bench::start().await;
    let (_, list) = bench.get("/spaces/coworkers").await;
    let row = &list["Records"][1];
    let absent = ["CoworkerType", "MobilePhone", "AccessPincode", "KeyFobNumber", "Custom30", "Teams", "Businesses"];
    assert!(absent.iter().all(|name| row.get(name).is_none()), "{row}");
    let (_, customer) = bench.get("/spaces/coworkers/3033").await;
    assert!(absent.iter().all(|name| customer.get(name).is_some()), "{customer}");
    assert_eq!((row["Email"].as_str(), customer["AccessPincode"].as_str()), (Some("zoe@example.com"), Some("11546")));
}

#[tokio::test]
async fn contracts_teams_and_passes_are_listed_without_their_collections() {
    let bench = Bench::start().await;
    bench.nexudus.edit(|model, now| {
        let start_date = "2026-11-01".parse().unwrap();
        let contract =
            Contract { id: 5, coworker_id: 3033, start_date, active: true, desks: vec![71], ..Contract::default() };
        model.put_contract(&contract, now);
        model.put_team(&Team { id: 6, team_members: vec![3032, 3033], ..Team::default() }, now);
        model.put_time_pass(&TimePass { id: 8, coworker_id: 3033, used: true, ..TimePass::default() }, now);
    });
    let row = bench.get("/billing/coworkercontracts?CoworkerContract_Active=true").await.1["Records"][0].clone();
    assert_eq!((row["CoworkerFullName"].as_str(), row.get("Desks")), (Some("Zoë Example"), None));
    assert_eq!(row["StartDateLocal"], "2026-11-01T00:00:00");
    assert_eq!(bench.get("/billing/coworkercontracts/5").await.1["Desks"], json!([71]));
    assert_eq!(bench.get("/spaces/teams").await.1["Records"][0].get("TeamMembers"), None);
    assert_eq!(bench.get("/spaces/teams/6").await.1["TeamMembers"], json!([3032, 3033]));
    assert_eq!(ids(&bench.get("/billing/coworkertimepasses?CoworkerTimePass_Used=false").await.1), [0; 0]);
    assert_eq!(ids(&bench.get("/billing/coworkertimepasses?CoworkerTimePass_Used=true").await.1), [8]);
}

#[tokio::test]
async fn dates_of_change_carry_seven_digits_and_creation_stays() {
    let bench = Bench::start().await;
    let (_, before) = bench.get("/spaces/coworkers/3033").await;
    bench.clock.advance(60);
    bench.nexudus.edit(|model, now| model.put_customer(&Customer { active: false, ..zoe() }, now));
    let (_, after) = bench.get("/spaces/coworkers/3033").await;
    let updated_on = after["UpdatedOn"].as_str().unwrap();
    assert!(updated_on.starts_with("2026-11-21T09:01:00.") && updated_on.len() == 28, "{updated_on}");
    assert_eq!(after["CreatedOn"], before["CreatedOn"]);
    assert_ne!(after["UpdatedOn"], before["UpdatedOn"]);
}

#[tokio::test]
async fn a_booking_has_all_captured_fields_and_no_email() {
    let bench = Bench::start().await;
    let (_, booking) = bench.get("/spaces/bookings/900").await;
    let captured = include_str!("../../../fixtures/nexudus/booking_dto_captured_2022.json");
    let captured: Value = serde_json::from_str(captured).unwrap();
    let names = |record: &Value| record.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&booking), names(&captured));
    assert_eq!(booking["FromTime"], "2026-11-21T11:00:00Z");
    assert_eq!(
        (booking["CoworkerId"].as_u64(), booking["CoworkerFullName"].as_str()),
        (Some(3033), Some("Zoë Example"))
    );
    assert_eq!(booking["MinutesToStart"], 119);
    assert!(!booking.to_string().contains("zoe@example.com"));
}

#[tokio::test]
async fn lists_are_filtered_by_field_and_by_range() {
    let bench = Bench::start().await;
    let cases = [
        ("/spaces/coworkers?Coworker_Email=zoe@example.com", vec![3033]),
        ("/spaces/coworkers?Coworker_Active=false", vec![3032]),
        ("/spaces/coworkers?from_Coworker_UpdatedOn=2026-11-21T09:00", vec![3032, 3033]),
        ("/spaces/coworkers?from_Coworker_UpdatedOn=2026-11-21T09:01", vec![]),
        ("/spaces/bookings?Booking_Resource=7", vec![900]),
        ("/spaces/bookings?Booking_Resource=8", vec![]),
        ("/spaces/bookings?Booking_Resource_Name=Small%20room", vec![900]),
        ("/spaces/bookings?from_Booking_FromTime=2026-11-21T11:00&to_Booking_FromTime=2026-11-21T11:00", vec![900]),
        ("/spaces/bookings?from_Booking_UpdatedOn=2026-11-22T00:00", vec![]),
    ];
    for (path, expected) in cases {
        assert_eq!(ids(&bench.get(path).await.1), expected, "{path}");
    }
}

#[tokio::test]
async fn a_filter_it_does_not_know_is_ignored_without_a_word() {
    let bench = Bench::start().await;
    assert_eq!(ids(&bench.get("/spaces/bookings?UpdatedSince=2030-01-01").await.1), [900]);
}

#[tokio::test]
async fn lists_are_ordered_either_way_under_both_names() {
    let bench = Bench::start().await;
    for dir in ["-1", "descending"] {
        let (_, list) = bench.get(&format!("/spaces/coworkers?orderBy=Id&dir={dir}")).await;
        assert_eq!((ids(&list), list["CurrentSortDirection"].as_i64()), (vec![3033, 3032], Some(-1)));
    }
    assert_eq!(ids(&bench.get("/spaces/coworkers?orderBy=FullName&dir=1&size=1").await.1), [3032]);
}

#[tokio::test]
async fn several_by_id_come_as_a_plain_array() {
    let bench = Bench::start().await;
    let (_, rows) = bench.get("/spaces/bookings/?id=[900,901]").await;
    assert_eq!(rows.as_array().unwrap().len(), 1);
    assert_eq!(rows[0]["Id"], 900);
}

#[tokio::test]
async fn a_location_leads_to_its_windows_time_zone() {
    let bench = Bench::start().await;
    let (_, list) = bench.get("/sys/businesses").await;
    let zone = list["Records"][0]["SimpleTimeZoneId"].as_u64().unwrap();
    assert_eq!(bench.get(&format!("/sys/simpletimezones/{zone}")).await.1["Name"], "GMT Standard Time");
    assert_eq!(bench.get("/spaces/resources/7").await.1["BusinessId"], 101);
}

#[tokio::test]
async fn what_is_not_there_is_404() {
    let bench = Bench::start().await;
    assert_eq!(bench.get("/spaces/coworkers/1").await.0, 404);
    assert_eq!(bench.get("/spaces/unknown").await.0, 404);
    bench.nexudus.edit(|model, _| model.remove(Entity::Booking, 900));
    assert_eq!(bench.get("/spaces/bookings/900").await.0, 404);
}
