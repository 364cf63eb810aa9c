//! The reads that tell whether a connection is fit for work.

use brivo::{BrivoAccountId, BrivoError, SiteId};
use domain::{DoorId, GroupId};

use crate::fake::{Fake, reply, token};

/// Source: Brivo API, `GET /administrators/whoami`, 2026-09-28, other names.
const WHOAMI: &str = r#"{"id":912347,"username":"opslogin","firstName":"Olga","lastName":"Operator","identityType":"SENIOR",
    "email":"olga@example.com","timezone":"US/Eastern","canCreateAdmins":true}"#;

/// Source: Brivo API, 403 of `GET /accounts/summary`, 2026-09-28.
const DENIED: &str = r#"{"code":403,"message":"Access to the requested resource was denied"}"#;

#[tokio::test]
async fn whoami_tells_the_kind_of_administrator_and_prints_nothing_personal() {
    let brivo = Fake::answering(|_| reply(200, WHOAMI)).await;

    let administrator = brivo.client().whoami(&token()).await.unwrap();

    assert!(administrator.is_senior());
    assert_eq!(administrator.email.as_deref(), Some("olga@example.com"));
    assert_eq!(brivo.lines(), ["GET /v1/api/administrators/whoami"]);
    let printed = format!("{administrator:?}");
    assert!(printed.contains("SENIOR"), "{printed}");
    assert!(!["olga", "Olga", "opslogin"].iter().any(|name| printed.contains(name)), "{printed}");
}

#[tokio::test]
async fn an_administrator_of_another_or_no_kind_is_not_taken_for_a_senior_one() {
    for (kind, senior) in [(r#""MASTER""#, true), (r#""ASSISTANT""#, false), (r#""DEALER""#, false), ("null", false)] {
        let brivo = Fake::answering(move |_| reply(200, format!(r#"{{"id":1,"identityType":{kind}}}"#))).await;

        assert_eq!(brivo.client().whoami(&token()).await.unwrap().is_senior(), senior, "{kind}");
    }
}

#[tokio::test]
async fn an_administrators_own_page_tells_the_account() {
    // Source: Brivo API, `GET /administrators/{id}`, 2025-11-25, other names.
    let brivo = Fake::answering(|_| reply(200, WHOAMI.replacen('{', r#"{"accountId":304608,"#, 1))).await;

    assert_eq!(brivo.client().account_of(&token(), 912_347).await.unwrap(), BrivoAccountId(304_608));
    assert_eq!(brivo.lines(), ["GET /v1/api/administrators/912347"]);
}

/// The sample's `offset` of 1 for the first page is left alone: ours counts.
#[tokio::test]
async fn accounts_are_listed_by_the_hundred() {
    // Source: Brivo API, `GET /accounts`, 2026-09-28, shortened.
    let brivo = Fake::answering(|_| {
        reply(
            200,
            r#"{"data":[{"id":304608,"name":"Dealer7","accountNumber":"6789692640","accountType":"ONAIR",
                "masterAdmin":{"username":"testing01","firstName":"Road","lastName":"Runner"}}],
                "offset":1,"pageSize":2,"count":1}"#,
        )
    })
    .await;

    let accounts = brivo.client().all_accounts(&token()).await.unwrap();

    let account = &accounts[0];
    assert_eq!((account.id, account.name.as_str()), (BrivoAccountId(304_608), "Dealer7"));
    assert_eq!(account.number.as_deref(), Some("6789692640"));
    assert_eq!(brivo.lines(), ["GET /v1/api/accounts?offset=0&pageSize=100"]);
}

#[tokio::test]
async fn one_account_is_read_as_the_list_of_one_of_the_sample_and_as_an_object() {
    // Source: Brivo API, `GET /accounts/{id}`, 2026-09-28, shortened.
    let brivo = Fake::answering(|seen| match seen.path.as_str() {
        "/v1/api/accounts/1" => reply(200, r#"{"data":[{"id":1,"name":"Dealer7","contact":{"city":"Bethesda"}}]}"#),
        "/v1/api/accounts/2" | "/v1/api/accounts/3" => reply(200, r#"{"id":2,"name":"Dealer8"}"#),
        _ => reply(404, r#"{"code":404,"message":"Account not found"}"#),
    })
    .await;
    let client = brivo.client();

    assert_eq!(client.account(&token(), BrivoAccountId(1)).await.unwrap().name, "Dealer7");
    assert_eq!(client.account(&token(), BrivoAccountId(2)).await.unwrap().name, "Dealer8");
    assert!(matches!(client.account(&token(), BrivoAccountId(3)).await, Err(BrivoError::Unreadable { .. })));
    assert!(matches!(client.account(&token(), BrivoAccountId(4)).await, Err(BrivoError::NotFound)));
}

#[tokio::test]
async fn the_summary_counts_and_is_forbidden_to_whoever_is_not_senior() {
    // Source: Brivo API, `GET /accounts/summary`, 2026-09-28, without the administrators.
    let brivo = Fake::answering(|_| {
        reply(
            200,
            r#"{"doorCount":36,"activeUserCount":58,"panelCount":23,"cameraCount":3,"panelsOffline":21,
                "siteCount":51,"credentialCount":772}"#,
        )
    })
    .await;
    let hidden = Fake::answering(|_| reply(403, DENIED)).await;

    let summary = brivo.client().account_summary(&token()).await.unwrap();
    let error = hidden.client().account_summary(&token()).await.unwrap_err();

    assert_eq!((summary.door_count, summary.panels_offline, summary.administrator_count), (Some(36), Some(21), None));
    assert_eq!(brivo.lines(), ["GET /v1/api/accounts/summary"]);
    assert!(matches!(error, BrivoError::Forbidden { .. }), "{error:?}");
}

#[tokio::test]
async fn the_clock_is_asked_for_with_ours_in_a_header() {
    // Source: Brivo API, `GET /time`, 2026-09-28.
    let brivo = Fake::answering(|_| reply(200, r#"{"time":"2018-01-18T16:53:21.820Z"}"#)).await;

    let now = "2026-11-22T10:00:00.5+01:00".parse().unwrap();
    let time = brivo.client().server_time(&token(), now).await.unwrap();

    assert_eq!(time, "2018-01-18T16:53:21.820Z".parse().unwrap());
    assert_eq!(brivo.lines(), ["GET /v1/api/time"]);
    assert_eq!(brivo.seen()[0].header("current-date"), "2026-11-22T09:00:00Z");
    assert_eq!(brivo.seen()[0].header("api-key"), "the-key");
}

#[tokio::test]
async fn sites_are_named_by_site_name_and_only_one_by_itself_has_a_time_zone() {
    // Source: Brivo API, `GET /sites` and `GET /sites/{id}`, 2026-09-28, shortened.
    let brivo = Fake::answering(|seen| match seen.path.as_str() {
        "/v1/api/sites/111" => reply(200, r#"{"id":111,"siteName":"Site 1","timeZone":"US/Eastern","address":{}}"#),
        _ => reply(
            200,
            r#"{"data":[{"id":111,"siteName":"Site 1"},{"id":222,"siteName":"Site 2"}],
                "offset":0,"pageSize":20,"count":2}"#,
        ),
    })
    .await;
    let client = brivo.client();

    let sites = client.all_sites(&token()).await.unwrap();
    let site = client.site(&token(), SiteId(111)).await.unwrap();

    assert_eq!(
        sites.iter().map(|site| (site.id.0, site.name.as_str())).collect::<Vec<_>>(),
        [(111, "Site 1"), (222, "Site 2")]
    );
    assert_eq!((sites[0].time_zone.as_deref(), site.time_zone.as_deref()), (None, Some("US/Eastern")));
    assert_eq!(brivo.lines(), ["GET /v1/api/sites?offset=0&pageSize=100", "GET /v1/api/sites/111"]);
}

#[tokio::test]
async fn the_access_points_of_a_site_are_one_list_without_pages() {
    // Source: Brivo API, `GET /sites/{id}/access-points`, 2026-09-28.
    let brivo = Fake::answering(|_| {
        reply(
            200,
            r#"{"data":[{"id":76683,"name":"CP2Door1","type":"Door","controlPanelId":76719,"siteId":121212,
                "siteName":"Enterprise","activationEnabled":true}],"count":1}"#,
        )
    })
    .await;

    let doors = brivo.client().access_points_of(&token(), SiteId(121_212)).await.unwrap();

    assert_eq!((doors[0].id, doors[0].name.as_str()), (DoorId(76_683), "CP2Door1"));
    assert_eq!(doors[0].kind.as_deref(), Some("Door"));
    assert_eq!(brivo.lines(), ["GET /v1/api/sites/121212/access-points"]);
}

#[tokio::test]
async fn a_list_of_access_points_that_is_none_is_not_taken_for_empty() {
    let brivo = Fake::answering(|_| reply(200, "{}")).await;

    let error = brivo.client().access_points_of(&token(), SiteId(1)).await.unwrap_err();

    assert!(matches!(error, BrivoError::Unreadable { expected: "list of access points" }), "{error:?}");
}

#[tokio::test]
async fn a_group_is_read_by_its_id_and_an_unknown_one_is_not_found() {
    // Source: Brivo API, `GET /groups/{id}`, 2025-11-25, and its 404 recorded 2017-09-13.
    let brivo = Fake::answering(|seen| match seen.path.as_str() {
        "/v1/api/groups/3" | "/v1/api/groups/4" => {
            reply(200, r#"{"id":3,"name":"Members","keypadUnlock":false,"immuneToAntipassback":false}"#)
        }
        _ => reply(404, r#"{"code":404,"message":"Unknown Group"}"#),
    })
    .await;
    let client = brivo.client();

    assert_eq!(client.group(&token(), GroupId(3)).await.unwrap().name, "Members");
    assert!(matches!(client.group(&token(), GroupId(4)).await, Err(BrivoError::Unreadable { .. })));
    assert!(matches!(client.group(&token(), GroupId(5)).await, Err(BrivoError::NotFound)));
    assert_eq!(brivo.lines()[0], "GET /v1/api/groups/3");
}

#[tokio::test]
async fn what_a_group_opens_comes_with_its_schedule() {
    // Source: Brivo API, `GET /groups/{id}/access/access-points`, 2025-11-25.
    let brivo = Fake::answering(|_| {
        reply(
            200,
            r#"{"data":[
                {"accessPoint":{"id":408023598,"name":"Door 1","type":"Door"},"schedule":{"id":1,"name":"24x7"}},
                {"accessPoint":{"id":408023599,"name":"Door 2","type":"Door"},"privacyModeOverride":true}
            ],"offset":0,"pageSize":20,"count":2}"#,
        )
    })
    .await;

    let doors = brivo.client().group_doors_of(&token(), GroupId(3)).await.unwrap();

    assert_eq!(doors[0].access_point.id, DoorId(408_023_598));
    assert_eq!(doors[0].schedule.as_ref().map(|schedule| schedule.name.as_str()), Some("24x7"));
    assert_eq!(doors[1].schedule, None);
    assert_eq!(brivo.lines(), ["GET /v1/api/groups/3/access/access-points?offset=0&pageSize=100"]);
}
