//! Whose records have to be known.

use super::*;

fn subjects(sent: &Value) -> Vec<String> {
    deliver(sent).subjects().iter().map(ToString::to_string).collect()
}

#[test]
fn holders_have_to_be_known_too() {
    let held = with(membership(), json!({"team": "t1"}));
    assert_eq!(subjects(&upserted("membership", held)), ["member/m1", "team/t1", "membership/s1"]);
    assert_eq!(subjects(&upserted("booking", booking())), ["member/m1", "booking/b7"]);
    let of_team = with(pass(), json!({"team": "t1", "member": "(absent)"}));
    assert_eq!(subjects(&upserted("pass", of_team)), ["team/t1", "pass/p1"]);
    let in_teams = with(member(), json!({"teams": ["t1", "t2"]}));
    assert_eq!(subjects(&upserted("member", in_teams)), ["member/m1", "team/t1", "team/t2"]);
    assert_eq!(subjects(&event_of("pass", "removed", json!({"id": "p1"}))), ["pass/p1"]);
}

#[test]
fn the_members_of_a_team_are_too_many() {
    let team = json!({"id": "t1", "members": ["m1", "m2"], "paying_member": "m9"});

    assert_eq!(subjects(&upserted("team", team)), ["member/m9", "team/t1"]);
}
