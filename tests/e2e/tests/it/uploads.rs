//! Everything there is, uploaded at once, for platforms without an API: B2, B3, B4, B12, B14, CWK-25, CWK-26.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::{
    bundle::{ADMIN_KEY, answer},
    feed::{booking, document, member, membership, plan, tell, world_of},
    tenants::{self, ROOM},
    world::{ANNA, NONE, World, at},
};

const DESK: u64 = 502;

/// `Desk` gives group 502, and the room 501.
async fn operator() -> World {
    world_of(document("deskworks", &[plan("Desk", &[DESK]), tenants::resource(ROOM, &[501])])).await
}

/// A table of these members, each with a desk.
fn table(members: impl IntoIterator<Item = u64>) -> String {
    let mut table = "Member No,Name,E-Mail,Recurring Billing\n".to_owned();
    for id in members {
        writeln!(table, "{id},Member {id},m{id}@example.com,Desk").unwrap();
    }
    table
}

const COLUMNS: &str = "column.id=Member%20No&column.full_name=Name&column.plans=Recurring%20Billing";

/// Uploads a body; what is due then has happened.
async fn upload(world: &mut World, query: &str, (kind, body): (&str, String)) -> (u16, Value) {
    let made = if query.contains("as_of=") { String::new() } else { format!("as_of={}&", world.now()) };
    let post = world.bundle.post(&format!("/api/v1/tenants/{}/upload?{made}{query}", world.tenant));
    let answered = answer(post.bearer_auth(ADMIN_KEY).header("content-type", kind).body(body)).await;
    world.take_turns().await;
    answered
}

async fn upload_table(world: &mut World, more: &str, members: impl IntoIterator<Item = u64>) -> Value {
    let (status, body) = upload(world, &format!("{COLUMNS}{more}"), ("text/csv; charset=utf-8", table(members))).await;
    assert_eq!(status, 200, "{body}");
    body
}

fn with_a_desk(world: &World, members: impl IntoIterator<Item = u64>) -> Vec<u64> {
    members.into_iter().filter(|member| world.groups(*member) == [DESK]).collect()
}

/// CWK-25, CWK-26: a table gives what its plans give; the same again writes nothing and asks Brivo nothing; who is missing
/// from the next one loses it.
#[tokio::test]
async fn what_a_table_lists_is_given_and_what_the_next_one_lacks_is_taken_away() {
    let mut world = operator().await;

    let first = upload_table(&mut world, "", 1..=12).await;
    assert_eq!((&first["finished"], &first["news"]["count"]), (&json!(true), &json!(24)), "{first}");
    assert_eq!((&first["known"], &first["unmapped_plans"]), (&json!(0), &json!([])));
    assert_eq!(with_a_desk(&world, 1..=12).len(), 12);
    assert_eq!(world.profile(7).last_name, "7");

    world.new_calls();
    let again = upload_table(&mut world, "", 1..=12).await;
    assert_eq!((&again["news"]["count"], &again["known"]), (&json!(0), &json!(24)));
    assert_eq!(again["missing"]["count"], json!(0));
    assert_eq!(world.new_calls(), [""; 0]);

    let without = upload_table(&mut world, "", 1..=11).await;
    assert_eq!(without["missing"], json!({"count": 2, "first": ["member/12", "membership/12/Desk"]}));
    assert_eq!(without["waits_for_approval"], json!(false));
    assert_eq!(with_a_desk(&world, 1..=12), (1..=11).collect::<Vec<_>>());
}

/// CWK-25, B1: a dry run tells the same and does nothing.
#[tokio::test]
async fn a_dry_run_records_nothing() {
    let mut world = operator().await;
    upload_table(&mut world, "", 1..=3).await;
    world.new_calls();

    let told = upload_table(&mut world, "&dry_run=true", 2..=4).await;

    assert_eq!((&told["missing"]["count"], &told["dry_run"]), (&json!(2), &json!(true)));
    assert_eq!(told["news"], json!({"count": 2, "first": ["member/4", "membership/4/Desk"]}));
    assert_eq!(world.new_calls(), [""; 0]);
    assert_eq!(with_a_desk(&world, 1..=4), [1, 2, 3]);
}

/// B2, B4: 30 % of the source vanishing for one upload changes nothing in Brivo; what ends by time in the same hour ends, what
/// begins begins, and the next whole upload ends it all by itself.
#[tokio::test]
async fn a_third_vanishing_at_once_takes_nothing_away() {
    let mut world = operator().await;
    upload_table(&mut world, "", 1..=20).await;
    tell(&world, "booking.upserted", booking("b1", ROOM, 20, ("09:00", "10:00"))).await;
    world.run_until(at("09:30")).await;
    assert_eq!(world.groups(20), [501, DESK]);

    let short = upload_table(&mut world, "", (1..=14).chain([21])).await;

    assert_eq!(short["waits_for_approval"], json!(true), "{short}");
    assert_eq!(short["missing"]["count"], json!(12));
    assert!(world.stderr().contains("so much is missing from an upload"));
    assert_eq!(with_a_desk(&world, 1..=21).len(), 20, "all but 20, who has a room as well");
    world.run_until(at("12:00")).await;
    assert_eq!(world.groups(20), [DESK], "the booking is over");

    let whole = upload_table(&mut world, "", 1..=21).await;
    assert_eq!((&whole["waits_for_approval"], &whole["missing"]["count"]), (&json!(false), &json!(0)));
    assert_eq!(with_a_desk(&world, 1..=21).len(), 21);
}

/// B14: what is missing is taken away once somebody names just this list.
#[tokio::test]
async fn so_much_is_taken_away_only_with_approval_of_the_same_list() {
    let mut world = operator().await;
    upload_table(&mut world, "", 1..=20).await;
    let hash = upload_table(&mut world, "", 1..=10).await["hash"].as_str().unwrap().to_owned();

    let other = upload_table(&mut world, &format!("&approve={hash}"), 1..=9).await;
    assert_eq!(other["waits_for_approval"], json!(true), "another list is missing");
    assert_eq!(with_a_desk(&world, 1..=20).len(), 20);

    let approved = upload_table(&mut world, &format!("&approve={hash}"), 1..=10).await;
    assert_eq!(approved["waits_for_approval"], json!(false));
    assert_eq!(with_a_desk(&world, 1..=20), (1..=10).collect::<Vec<_>>());
}

/// B2: a column that came out blank takes nothing away from all at once, and neither does one that says nobody is active; what
/// is new is taken in.
#[tokio::test]
async fn a_column_that_came_out_blank_takes_nothing_away() {
    let mut document = document("coworks", &[]);
    document["managed_groups"] = json!([DESK]);
    let mut world = world_of(document).await;
    let members = |groups: &str, status: &str, count: u64| {
        let line = |id| format!("{id},Member {id},{status},{groups}\n");
        format!("id,full_name,status,groups\n{}", (1..=count).map(line).collect::<String>())
    };
    upload(&mut world, "", ("text/csv", members("502", "active", 10))).await;
    assert_eq!(with_a_desk(&world, 1..=10).len(), 10);

    let (_, blank) = upload(&mut world, "", ("text/csv", members("", "active", 11))).await;
    assert_eq!((&blank["waits_for_approval"], &blank["lessened"]["count"]), (&json!(true), &json!(10)), "{blank}");
    let (_, off) = upload(&mut world, "", ("text/csv", members("502", "inactive", 10))).await;
    assert_eq!((&off["waits_for_approval"], &off["lessened"]["count"]), (&json!(true), &json!(10)), "{off}");
    assert_eq!(with_a_desk(&world, 1..=10).len(), 10);

    let hash = off["hash"].as_str().unwrap();
    let again = members("502", "inactive", 10);
    let (_, approved) = upload(&mut world, &format!("approve={hash}"), ("text/csv", again)).await;
    assert_eq!(approved["waits_for_approval"], json!(false), "{approved}");
    assert_eq!(with_a_desk(&world, 1..=10), [0; 0]);
}

/// B3: an empty table takes nothing away, however few are known.
#[tokio::test]
async fn an_empty_table_takes_nothing_away() {
    let mut world = operator().await;
    upload_table(&mut world, "", 1..=2).await;

    let empty = upload_table(&mut world, "", []).await;

    assert_eq!(empty["waits_for_approval"], json!(true), "{empty}");
    assert_eq!(with_a_desk(&world, 1..=2), [1, 2]);
}

/// B3: a table with one bad line is refused as a whole, and nothing of it is quoted in the log.
#[tokio::test]
async fn a_table_with_a_fault_is_refused_as_a_whole() {
    let mut world = operator().await;
    let body = "id,email,status,plans\n1,one@example.com,active,Desk\n2,two@example.com,banned,Desk\n";

    let (status, told) = upload(&mut world, "", ("text/csv", body.to_owned())).await;

    assert_eq!(status, 400);
    assert_eq!(told["faults"], json!(["line 3.status: must be one of: active, inactive"]), "{told}");
    assert_eq!(world.users().len(), 0);
    assert!(!world.stderr().contains("one@example.com"));
}

#[tokio::test]
async fn an_upload_that_makes_no_sense_is_told_so() {
    let mut world = operator().await;
    let sends = [
        ("lcation=london", "text/csv", "id\n1\n", "there is no parameter lcation"),
        ("dry_run=yes", "text/csv", "id\n1\n", "dry_run must be true or false"),
        ("as_of=monday", "text/csv", "id\n1\n", "say when the list was made"),
        ("", "text/plain", "id\n1\n", "send Content-Type"),
        ("", "application/json", "{}", "refused as a whole"),
    ];
    for (query, kind, body, expected) in sends {
        let (status, told) = upload(&mut world, query, (kind, body.to_owned())).await;

        assert_eq!(status, 400, "{query} {kind}");
        assert!(told["error"].as_str().unwrap().contains(expected), "{told}");
    }

    let (status, told) = upload(&mut world, "", ("text/csv", "x".repeat((4 << 20) + 1))).await;

    assert_eq!(status, 413);
    assert!(told["error"].as_str().unwrap().contains("an upload may have 4 MiB"), "{told}");
}

/// What was told after the list was made is newer than the list.
#[tokio::test]
async fn a_list_made_earlier_undoes_nothing_told_since() {
    let mut world = operator().await;
    tell(&world, "member.upserted", member(ANNA, "Anna Example", "anna@example.com")).await;
    tell(&world, "membership.upserted", membership("s1", "Desk", ANNA)).await;

    let lists = json!({"members": [], "memberships": []}).to_string();
    let (_, told) = upload(&mut world, "as_of=2026-03-02T07:59:00Z", ("application/json", lists)).await;

    assert_eq!(told["missing"]["count"], json!(0), "{told}");
    assert_eq!(world.groups(ANNA), [DESK]);
}

/// Lists in JSON have the feed's shapes, bookings as well; a list that is left out is not compared.
#[tokio::test]
async fn lists_are_compared_by_kind() {
    let mut world = operator().await;
    let anna = member(ANNA, "Anna Example", "anna@example.com");
    let desk = membership("s1", "Desk", ANNA);
    let rooms = [booking("b1", ROOM, ANNA, ("09:00", "10:00")), booking("b2", ROOM, ANNA, ("11:00", "12:00"))];
    let lists = json!({"members": [anna], "memberships": [desk], "bookings": rooms});
    let (status, told) = upload(&mut world, "", ("application/json", lists.to_string())).await;
    assert_eq!((status, &told["news"]["count"]), (200, &json!(4)), "{told}");

    let bookings = json!({"bookings": [rooms[0]]});
    upload(&mut world, "", ("application/json", bookings.to_string())).await;

    assert_eq!(world.groups_at("09:30", ANNA).await, [501, DESK]);
    assert_eq!(world.groups_at("11:30", ANNA).await, [DESK], "b2 is not listed any more");
    let none = json!({"memberships": []});
    let (_, told) = upload(&mut world, "", ("application/json", none.to_string())).await;
    let hash = told["hash"].as_str().unwrap();
    upload(&mut world, &format!("approve={hash}"), ("application/json", none.to_string())).await;
    assert_eq!(world.groups(ANNA), NONE);
}
