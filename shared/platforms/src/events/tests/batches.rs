//! Arrays of events.

use super::*;

#[test]
fn an_array_tells_its_news_in_the_order_sent() {
    let sent = json!([upserted("member", member()), upserted("booking", booking()), upserted("pass", pass())]);

    let subjects: Vec<_> = told(&one_location(), &sent).unwrap().iter().map(|news| news.subject.to_string()).collect();

    assert_eq!(subjects, ["member/m1", "booking/b7", "pass/p1"]);
}

/// R24: refused as a whole with every fault listed, those that show only with tenant and clock too.
#[test]
fn a_batch_with_bad_events_gives_nothing_and_lists_every_fault() {
    let sent = json!([
        upserted("member", member()),
        upserted("booking", with(booking(), json!({"ends": "2026-06-01T10:00:00Z"}))),
        upserted("membership", with(membership(), json!({"plan": "(absent)", "member": "", "status": "on"}))),
        7,
        upserted("pass", with(pass(), json!({"location": "rome"}))),
        with(upserted("team", json!({"id": "t1"})), json!({"time": "2030-01-01T00:00:00Z"})),
    ]);

    let mut faults = faults(&sent);

    faults.sort();
    let places: Vec<_> = faults.iter().map(|fault| fault.split(": ").next().unwrap()).collect();
    let expected = [
        "[1].data.ends",
        "[2].data.member",
        "[2].data.plan",
        "[2].data.status",
        "[3]",
        "[4].data.location",
        "[5].data.members",
    ];
    assert_eq!(places, expected);
}

#[test]
fn each_event_is_kept_with_its_own_json() {
    let sent = json!([upserted("member", member()), upserted("booking", booking())]);

    let bodies: Vec<Value> = deliver(&sent).events().map(|event| serde_json::from_str(&event.body).unwrap()).collect();

    assert_eq!(Value::from(bodies), sent);
}

/// ALL-07: duplicated.
#[test]
fn a_repeat_within_an_array_counts_once() {
    let again = with(upserted("booking", booking()), json!({"time": "2026-06-01T08:00:00Z"}));
    let sent = json!([upserted("booking", booking()), again]);

    assert_eq!(deliver(&sent).events().count(), 1);
    assert_eq!(told(&one_location(), &sent).unwrap().len(), 1);
}

#[test]
fn an_empty_array_tells_nothing() {
    assert_eq!(told(&one_location(), &json!([])), Ok(vec![]));
}
