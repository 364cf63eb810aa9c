//! `coworking.team.*`.

use super::*;

#[test]
fn a_team_is_told_as_a_whole() {
    let news = news(&upserted("team", json!({"id": "t1", "name": "A", "members": ["m1", 2], "paying_member": "m1"})));

    let expected =
        Team { id: "t1".into(), members: BTreeSet::from(["m1".into(), "2".into()]), paying_member: Some("m1".into()) };
    assert_eq!(news.what, What::Team(expected));
}

#[test]
fn who_is_in_a_team_has_to_be_said() {
    for members in ["(absent)".into(), Value::Null] {
        let data = with(json!({"id": "t1", "members": []}), json!({ "members": members }));

        assert_fault(&upserted("team", data), "data.members: is missing; list the ids");
    }
}
