//! Whose records have to be known.

use domain::{intake::take_in, rules::Rulebook};

use super::*;

fn subjects(sent: &Value) -> Vec<String> {
    deliver(sent).subjects().iter().map(ToString::to_string).collect()
}

#[test]
fn holders_have_to_be_known_too() {
    let held = with(membership(), json!({"team": "t1"}));
    assert_eq!(subjects(&upserted("membership", held)), ["member/m1", "team/t1", "membership/s1"]);
    assert_eq!(subjects(&upserted("booking", booking())), ["booking/b7"]);
    let of_team = with(pass(), json!({"team": "t1", "member": "(absent)"}));
    assert_eq!(subjects(&upserted("pass", of_team)), ["team/t1", "pass/p1"]);
    let in_teams = with(member(), json!({"teams": ["t1", "t2"], "email": null}));
    assert_eq!(subjects(&upserted("member", in_teams)), ["member/m1", "team/t1", "team/t2"]);
    let ann = crate::address_of("ann@example.com").unwrap();
    assert_eq!(subjects(&upserted("member", member())), ["member/m1".to_owned(), format!("address/{ann}")]);
    assert_eq!(subjects(&event_of("pass", "removed", json!({"id": "p1"}))), ["pass/p1"]);
}

#[test]
fn the_members_of_a_team_are_too_many() {
    let team = json!({"id": "t1", "members": ["m1", "m2"], "paying_member": "m9"});

    assert_eq!(subjects(&upserted("team", team)), ["member/m9", "team/t1"]);
}

proptest! {
    /// What is new to us is taken in after one read, whoever it names: nothing that intake looks at is left out.
    #[test]
    fn of_what_is_new_nothing_else_has_to_be_known(events in prop::collection::vec(any_event(), 1..4)) {
        let delivery = deliver(&Value::from(events));
        let known = delivery.subjects().into_iter().map(|subject| (subject, None)).collect();
        if let Ok(news) = delivery.news(&one_location(), at(NOW), Proof::Whole) {
            prop_assert!(take_in(&news, &known, &Rulebook::new(&one_location())).is_ok());
        }
    }
}
