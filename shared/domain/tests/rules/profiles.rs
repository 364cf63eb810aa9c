//! What of a person is sent to Brivo, and which later edits are.

use std::collections::BTreeSet;

use domain::{
    MemberKey,
    access::Nearness,
    facts::{Change, Member, MemberPatch},
    ledger::AccountLedger,
    plan::Write,
    policy::{Policy, ProfileField},
    profile::{Profile, Sent, with_our_entry},
    tenant::Platform,
};
use proptest::prelude::*;

use crate::{
    planning::{Someone, ann, changed, create, due_since, known, later, planned, preset, reference, someone},
    world::{PLATFORMS, at},
};

fn told(patch: MemberPatch) -> Member {
    let mut member = Member::unknown("m1".into());
    member.merge(patch, at(0));
    member
}

fn text(text: &str) -> Change<String> {
    Change::Set(text.to_owned())
}

/// Ann with everything a platform may tell.
fn in_full() -> MemberPatch {
    MemberPatch {
        first_name: text("Ann"),
        last_name: text("Example"),
        email: text("ann@example.com"),
        phone: text("+44 20 7946 0000"),
        ..MemberPatch::default()
    }
}

fn sent(platform: Platform, patch: MemberPatch) -> Option<Profile> {
    Profile::of(&told(patch), &preset(platform).profile_fields)
}

fn named(full_name: &str) -> Option<(String, String)> {
    let patch = MemberPatch { full_name: text(full_name), ..MemberPatch::default() };
    sent(Platform::Spacebring, patch).map(|profile| (profile.first, profile.last))
}

/// The fields that are sent again when what was sent first is now this.
fn sent_again(policy: &Policy, edited: Profile) -> Vec<ProfileField> {
    let edited = Someone { profile: Some(edited), ..someone() };
    let writes = edited.plan(&due_since(&[(1, 0)]), &known(&[1]), policy, at(0)).writes;
    match writes.as_slice() {
        [] => Vec::new(),
        [Write::PatchProfile { fields, .. }] => fields.iter().copied().collect(),
        other => panic!("{other:?}"),
    }
}

fn edits() -> [(ProfileField, Profile); 4] {
    [
        (ProfileField::First, Profile { first: "Anna".to_owned(), ..ann() }),
        (ProfileField::Last, Profile { last: "Other".to_owned(), ..ann() }),
        (ProfileField::Email, Profile { email: Some("new@example.com".to_owned()), ..ann() }),
        (ProfileField::Phone, Profile { phone: Some("+1".to_owned()), ..ann() }),
    ]
}

/// ORD-33, ORD-34, SPB-27, X5: each preset sends its fields; a company's name is in no profile.
#[test]
fn each_preset_sends_its_fields() {
    let fields = |platform| {
        let Profile { first, last, email, phone } = sent(platform, in_full()).unwrap();
        (first + " " + &last, email.is_some(), phone.is_some())
    };
    let with_phone = PLATFORMS.into_iter().filter(|platform| fields(*platform).2);

    assert_eq!(with_phone.collect::<Vec<_>>(), [Platform::Officernd, Platform::Deskworks]);
    assert!(PLATFORMS.iter().all(|platform| fields(*platform).1));
    assert!(PLATFORMS.iter().all(|platform| fields(*platform).0 == "Ann Example"));
}

/// DWK-15, X5: under Deskworks every edit is sent to the same user, the telephone too.
#[test]
fn deskworks_sends_every_edit() {
    for (field, edited) in edits() {
        assert_eq!(sent_again(&preset(Platform::Deskworks), edited), [field]);
    }
}

/// SPB-27, X5: under Spacebring and Nexudus name and e-mail follow, and nothing else is ever sent.
#[test]
fn spacebring_and_nexudus_send_edits_of_name_and_email() {
    for platform in [Platform::Spacebring, Platform::Nexudus] {
        let follow = edits().into_iter().flat_map(|(_, edited)| sent_again(&preset(platform), edited));

        assert_eq!(follow.collect::<Vec<_>>(), [ProfileField::First, ProfileField::Last, ProfileField::Email]);
    }
}

/// ORD-35, ORD-36, X5: under OfficeRnD and Coworks no later edit is sent, unless policy says so field by field.
#[test]
fn officernd_and_coworks_send_no_edits() {
    for platform in [Platform::Officernd, Platform::Coworks] {
        assert!(edits().into_iter().all(|(_, edited)| sent_again(&preset(platform), edited).is_empty()));
    }

    let names = r#"{"profile_mode": {"first": "continuous", "last": "continuous"}}"#;
    let follow = edits().into_iter().flat_map(|(_, edited)| sent_again(&changed(Platform::Officernd, names), edited));
    assert_eq!(follow.collect::<Vec<_>>(), [ProfileField::First, ProfileField::Last]);
}

/// ORD-35: what was not sent can be shown: every field of ours that differs, whether it follows or not.
#[test]
fn the_difference_that_is_not_sent_can_be_told() {
    let policy = preset(Platform::Officernd);
    let moved = Profile { email: Some("new@example.com".to_owned()), phone: Some("+1".to_owned()), ..ann() };

    let differs = moved.differs_from(&ann(), &policy.profile_fields);

    assert_eq!(differs, BTreeSet::from([ProfileField::Email, ProfileField::Phone]));
}

/// DWK-17: an edit that changes nothing that is sent costs no write.
#[test]
fn an_edit_that_changes_nothing_costs_nothing() {
    for platform in PLATFORMS {
        assert_eq!(sent_again(&preset(platform), ann()), []);
        assert_eq!(
            sent(platform, in_full()),
            sent(platform, MemberPatch { email: text(" ann@example.com "), ..in_full() })
        );
    }
}

/// R31: the profile compares e-mail addresses exactly.
#[test]
fn an_email_in_other_letters_is_an_edit() {
    let shouted = Profile { email: Some("ANN@example.com".to_owned()), ..ann() };

    assert_eq!(sent_again(&preset(Platform::Nexudus), shouted), [ProfileField::Email]);
}

/// X6, DWK-17: only fields of ours are sent: a telephone typed by staff is not blanked, our own can be cleared.
#[test]
fn a_field_that_is_not_ours_is_never_blanked() {
    let with_phone = Profile { phone: Some("+1".to_owned()), ..ann() };
    let ledger = AccountLedger { profile: Some(with_phone), ..known(&[1]) };
    let writes = |platform| planned(&due_since(&[(1, 0)]), &ledger, &preset(platform)).writes;

    assert_eq!(writes(Platform::Spacebring), []);
    let cleared = Write::PatchProfile { profile: ann(), fields: [ProfileField::Phone].into() };
    assert_eq!(writes(Platform::Deskworks), [cleared]);
}

/// ORD-37: the link is our reference, not the e-mail address: a change of it makes no second user.
#[test]
fn a_change_of_address_makes_no_second_user() {
    let moved = Someone { profile: Some(edits()[2].1.clone()), ..someone() };

    for platform in PLATFORMS {
        let writes = moved.plan(&due_since(&[(1, 0)]), &known(&[1]), &preset(platform), at(0)).writes;
        assert!(writes.iter().all(|write| matches!(write, Write::PatchProfile { .. })));
    }
    let key = MemberKey { tenant: "acme".into(), member: "m1".into() };
    assert_eq!(key.external_id(), reference());
}

/// DWK-15: the profile of a user who was found again is sent anew, as far as it follows edits.
#[test]
fn a_profile_of_unknown_state_is_sent_anew() {
    let ledger = AccountLedger { profile: None, ..known(&[1]) };
    let fields = |platform| match planned(&due_since(&[(1, 0)]), &ledger, &preset(platform)).writes.pop() {
        Some(Write::PatchProfile { fields, .. }) => fields.len(),
        other => other.map_or(0, |_| 99),
    };

    assert_eq!((fields(Platform::Deskworks), fields(Platform::Nexudus), fields(Platform::Officernd)), (4, 3, 0));
}

/// R31: first and last name win over a full name; one of them alone does not.
#[test]
fn two_names_win_over_one() {
    let full = |patch: MemberPatch| sent(Platform::Nexudus, MemberPatch { full_name: text("Full Name"), ..patch });
    let names =
        |profile: Option<Profile>| profile.map(|profile| format!("{}|{}", profile.first, profile.last)).unwrap();

    assert_eq!(names(full(in_full())), "Ann|Example");
    assert_eq!(names(full(MemberPatch { last_name: Change::Clear, ..in_full() })), "Full|Name");
    assert_eq!(names(sent(Platform::Nexudus, MemberPatch { last_name: Change::Clear, ..in_full() })), "Ann|-");
}

/// R31, SPB-28: one word is the first name, many words lose none, and other scripts stay as they are.
#[test]
fn full_names_are_split_into_two() {
    let split = |name| named(name).unwrap();

    assert_eq!(split("Ann"), ("Ann".to_owned(), "-".to_owned()));
    assert_eq!(split("Ann Example"), ("Ann".to_owned(), "Example".to_owned()));
    assert_eq!(split("Ana María de la Cruz"), ("Ana".to_owned(), "María de la Cruz".to_owned()));
    assert_eq!(split("王 小明"), ("王".to_owned(), "小明".to_owned()));
    assert_eq!(split("محمد علي"), ("محمد".to_owned(), "علي".to_owned()));
    assert_eq!(named(" "), None);
}

/// R16: nobody is made without a name; with one, what is made has both names.
#[test]
fn a_user_is_made_with_both_names() {
    let nameless = Someone { profile: None, ..someone() };

    assert_eq!(
        nameless.plan(&later(Nearness::Near), &AccountLedger::default(), &preset(Platform::Nexudus), at(0)).writes,
        []
    );
    assert_eq!(planned(&due_since(&[]), &AccountLedger::default(), &preset(Platform::Deskworks)).writes[0], create());
}

proptest! {
    /// SPB-28: neither name is ever empty, and no word is lost of a name that Brivo takes.
    #[test]
    fn no_word_of_a_name_is_lost(words in prop::collection::vec("\\PC{1,9}", 1..5)) {
        let full_name = words.join(" ");
        let words: Vec<&str> = full_name.split_whitespace().collect();

        match named(&full_name) {
            None => prop_assert!(words.is_empty()),
            Some((first, last)) => {
                prop_assert!(!first.is_empty() && !last.is_empty());
                let kept: Vec<&str> = first.split_whitespace().chain(last.split_whitespace()).collect();
                let expected = if words.len() == 1 { vec![words[0], "-"] } else { words };
                prop_assert_eq!(kept, expected);
            }
        }
    }
}

/// X5, R28: a guest's corrected name follows; the telephone number of a member who goes on as a guest stays.
#[test]
fn what_bookings_do_not_know_of_a_guest_stays() {
    let guest = Someone { profile: Some(edits()[0].1.clone()), is_member: false, is_guest: true, ..someone() };
    let with_phone = Profile { phone: Some("+1".to_owned()), ..ann() };
    let ledger = AccountLedger { profile: Some(with_phone), ..known(&[1]) };

    let plan = guest.plan(&due_since(&[(1, 0)]), &ledger, &preset(Platform::Nexudus), at(0));

    let corrected = Write::PatchProfile { profile: edits()[0].1.clone(), fields: [ProfileField::First].into() };
    assert_eq!(plan.writes, [corrected]);
}

fn listed(shown: &[&str], sent: Sent<'_>, ours: Option<&str>) -> Vec<String> {
    let owned = |text: &str| text.to_owned();
    with_our_entry(shown.iter().copied().map(owned).collect(), sent, ours.map(owned))
}

/// DWK-17, X6: ours takes the place of what we sent before; what others typed stays as it is, and where it is.
#[test]
fn in_a_list_only_our_entry_changes() {
    let sent = Sent::Text("old");

    assert_eq!(listed(&["old", "theirs"], sent, Some("new")), ["new", "theirs"]);
    assert_eq!(listed(&["theirs", "Old"], sent, Some("new")), ["theirs", "new"]);
    assert_eq!(listed(&["theirs"], sent, Some("new")), ["theirs", "new"]);
    assert_eq!(listed(&["theirs"], Sent::Nothing, Some("new")), ["theirs", "new"]);
    assert_eq!(listed(&["old", "theirs"], sent, None), ["theirs"]);
    assert_eq!(listed(&["theirs"], Sent::Nothing, None), ["theirs"]);
    assert_eq!(listed(&["new", "theirs", "old"], sent, Some("NEW")), ["NEW", "theirs"]);
}

/// Of a user of ours of whom it is not known what was sent, the first entry is taken for ours.
#[test]
fn where_it_is_not_known_what_was_sent_the_first_entry_is_ours() {
    assert_eq!(listed(&["old", "theirs"], Sent::Unknown, Some("new")), ["new", "theirs"]);
    assert_eq!(listed(&["theirs", "new"], Sent::Unknown, Some("new")), ["theirs", "new"]);
    assert_eq!(listed(&[], Sent::Unknown, Some("new")), ["new"]);
    assert_eq!(listed(&["theirs"], Sent::Unknown, None), ["theirs"]);
}

proptest! {
    /// X6: nobody's entry is lost, none comes in but ours, and sending it again changes nothing.
    #[test]
    fn others_entries_stay_in_their_order(
        shown in prop::collection::vec("[a-e]", 0..6), sent in prop::option::of("[a-e]"), ours in prop::option::of("[a-e]")
    ) {
        let (sent, ours) = (sent.as_deref(), ours.as_deref());
        let after = with_our_entry(shown.clone(), sent.map_or(Sent::Nothing, Sent::Text), ours.map(str::to_owned));

        let is_ours = |text: &&String| Some(text.as_str()) == sent || Some(text.as_str()) == ours;
        let others = |list: &[String]| list.iter().filter(|text| !is_ours(text)).cloned().collect::<Vec<_>>();
        prop_assert_eq!(others(&after), others(&shown));
        prop_assert_eq!(after.len(), others(&shown).len() + usize::from(ours.is_some()));
        prop_assert_eq!(with_our_entry(after.clone(), ours.map_or(Sent::Nothing, Sent::Text), ours.map(str::to_owned)), after);
    }
}
