//! Members and companies.

use super::*;
use crate::address_of;

fn patch(changes: &Value) -> MemberPatch {
    let what = news(&hook("member.updated", &object(MEMBER, changes))).remove(0).what;
    let What::Member(patch) = what else { panic!("{what:?}") };
    patch
}

/// ORD-33, ORD-34: name, e-mail and phone, and of the company no more than its id.
#[test]
fn the_known_member_is_told_whole() {
    let delivery = deliver(&parsed(MEMBER));

    let news = delivery.news(&tenant(), at(NOW), Proof::Whole).unwrap();

    let address = address_of("member@example.com").unwrap();
    let expected = MemberPatch {
        full_name: Change::Set("Example Member".to_owned()),
        email: Change::Set("member@example.com".to_owned()),
        address: Change::Set(address.clone()),
        phone: Change::Clear,
        status: Change::Set(MemberStatus::Active),
        teams: Change::Set(["6842be293c80dc718b3ba345".into()].into()),
        ..MemberPatch::default()
    };
    assert_eq!(news[0].what, What::Member(expected));
    assert_eq!(news[0].subject.to_string(), "member/684c7cc078775bf2b52dd162");
    assert_eq!(news.len(), 1);
    let subjects: Vec<_> = delivery.subjects().iter().map(ToString::to_string).collect();
    let team = "team/6842be293c80dc718b3ba345".to_owned();
    assert_eq!(subjects, ["member/684c7cc078775bf2b52dd162".to_owned(), team, format!("address/{address}")]);
}

#[test]
fn both_names_of_the_company_mean_the_same() {
    let newer =
        json!({"team": "(absent)", "company": "6842be293c80dc718b3ba345", "office": "(absent)", "location": LONDON});

    assert_eq!(patch(&newer), patch(&json!({})));
}

/// R23: what is empty is left out, so nothing of what was there stays.
#[test]
fn what_is_left_out_of_a_member_is_empty() {
    for gone in [json!("(absent)"), Value::Null, json!(" ")] {
        let patch = patch(&json!({"email": gone, "phone": gone}));

        assert_eq!((patch.email, patch.address, patch.phone), (Change::Clear, Change::Clear, Change::Clear));
    }
    for gone in [json!("(absent)"), Value::Null] {
        assert_eq!(patch(&json!({"team": gone})).teams, Change::Clear);
    }
}

/// R5.
#[test]
fn only_words_for_members_of_the_space_make_a_member_active() {
    for (status, expected) in [
        ("active", MemberStatus::Active),
        ("drop-in", MemberStatus::Active),
        ("pending", MemberStatus::Active),
        ("former", MemberStatus::Inactive),
        ("lead", MemberStatus::Inactive),
        ("contact", MemberStatus::Inactive),
        ("not_approved", MemberStatus::Inactive),
        ("banned", MemberStatus::Inactive),
    ] {
        assert_eq!(patch(&json!({"calculatedStatus": status})).status, Change::Set(expected), "{status}");
        let newer = json!({"calculatedStatus": "(absent)", "status": status});
        assert_eq!(patch(&newer).status, Change::Set(expected), "{status}");
    }
}

#[test]
fn who_somebody_is_and_whether_they_are_active_has_no_default() {
    for field in ["_id", "name"] {
        let sent = object(MEMBER, &json!({ field: "(absent)" }));

        assert_fault(&hook("member.updated", &sent), &format!("data.object.{field}: is missing"));
    }
    let neither = object(MEMBER, &json!({"status": null, "calculatedStatus": "(absent)"}));
    assert_fault(&hook("member.updated", &neither), "data.object.status: is missing");
}

#[test]
fn a_removed_member_or_company_is_gone_as_of_the_event() {
    for (kind, subject) in [("member", "member/x1"), ("company", "team/x1")] {
        let news = news(&hook(&format!("{kind}.removed"), &json!({"_id": "x1", "status": "active"})));

        assert_eq!((news.len(), news[0].subject.to_string().as_str()), (1, subject));
        assert_eq!((&news[0].what, news[0].as_of), (&What::Removed, at("2025-10-31T08:00:01Z")));
    }
}

/// R3: who belongs to a company is told by its members.
#[test]
fn a_company_is_a_team_that_names_nobody() {
    let news = news(&hook("company.updated", &json!({"_id": "t1", "name": "Example Ltd", "modifiedAt": NOW})));

    let What::Team(team) = &news[0].what else { panic!("{news:?}") };
    assert_eq!((team.id.as_str(), team.members.len(), &team.paying_member), ("t1", 0, &None));
}
