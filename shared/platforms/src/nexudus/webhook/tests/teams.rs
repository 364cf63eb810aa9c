//! Teams, and what tells of customers beside their own hooks.

use domain::{MemberId, facts::Team};

use super::*;

const TEAM: &str = include_str!("../../../../../../tests/fixtures/nexudus/webhook_TeamUpdated.json");
const ACCESS: &str = include_str!("../../../../../../tests/fixtures/nexudus/webhook_AccessControlUpdate.json");

fn team(changes: &Value) -> Value {
    let sent: Value = serde_json::from_str(TEAM).unwrap();
    json!([with(sent[0].clone(), changes)])
}

/// NEX-33 to NEX-35: who is in a team, and who pays for it.
#[test]
fn a_team_is_its_members_and_its_payer() {
    let told = news("TeamUpdated", &team(&json!({})));

    let members: BTreeSet<MemberId> = ["3032", "3033", "3034"].into_iter().map(MemberId::from).collect();
    let expected = Team { id: "777".into(), members, paying_member: Some("3032".into()) };
    assert_eq!(told.len(), 1);
    assert_eq!((&told[0].what, told[0].as_of), (&What::Team(expected), at("2025-01-15T10:30:00Z")));
    let subjects: Vec<_> = deliver("58", &team(&json!({}))).subjects().iter().map(ToString::to_string).collect();
    assert_eq!(subjects, ["member/3032", "team/777"]);
}

#[test]
fn a_team_without_a_payer_has_none() {
    for none in [json!({"PayingMemberId": null}), json!({"PayingMemberId": 0}), json!({"PayingMemberId": "(absent)"})] {
        let told = news("TeamCreated", &team(&none)).remove(0).what;
        let What::Team(told) = told else { panic!("{told:?}") };
        assert_eq!(told.paying_member, None, "{none}");
    }
}

/// Rows of lists leave the members out; taken for an empty team, everybody in it would lose what it gives.
#[test]
fn a_team_whose_members_are_left_out_is_refused() {
    let faults = told("TeamUpdated", &team(&json!({"TeamMembers": "(absent)"})), Proof::Whole).unwrap_err();

    assert_eq!(faults, ["[0].TeamMembers: is missing; it must be a list of ids"]);
}

#[test]
fn what_is_deleted_is_gone_for_good() {
    for (action, subject) in [("TeamDeleted", "team/777"), ("CoworkerDelete", "member/777"), ("50", "member/777")] {
        let told = news(action, &team(&json!({})));

        assert_eq!((told[0].subject.to_string().as_str(), told[0].as_of), (subject, FINAL), "{action}");
        assert_eq!(told[0].what, What::Removed);
    }
}

/// It comes after all sorts of things, and carries the customer, who is asked for.
#[test]
fn an_access_control_update_has_the_customer_asked_for() {
    let sent: Value = serde_json::from_str(ACCESS).unwrap();

    let told = news("61", &sent);

    let What::Member(patch) = &told[0].what else { panic!("{told:?}") };
    assert!(patch.fetch_details);
    assert_eq!(told[0].subject.kind, SubjectKind::Member);
}
