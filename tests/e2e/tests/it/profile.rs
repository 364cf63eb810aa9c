//! Names and addresses: what of them goes to Brivo, and when.

use serde_json::{Value, json};

use crate::{
    feed::{but, document, document_with, member, membership, of_team, plan, tell, world_of},
    world::{ANNA, World, at},
};

const NOTHING: [&str; 0] = [];

/// Anna with everything a platform may know of her.
fn anna() -> Value {
    but(
        member(ANNA, "Anna Example", "anna@example.com"),
        &json!({"phone": "+44 20 7946 0001", "company": "Planted Company Ltd"}),
    )
}

/// No more of Anna than has to be told.
fn active() -> Value {
    json!({"id": ANNA.to_string(), "status": "active"})
}

/// Anna as a member whose membership gives a group.
async fn world_with(document: Value) -> World {
    let world = world_of(document).await;
    tell(&world, "member.upserted", anna()).await;
    tell(&world, "membership.upserted", membership("s1", "office", ANNA)).await;
    assert_eq!(world.groups(ANNA), [501]);
    world
}

async fn world_under(platform: &str) -> World {
    world_with(document(platform, &[plan("office", &[501])])).await
}

fn address(world: &World) -> Option<String> {
    world.profile(ANNA).emails.first().map(|email| email.address.clone())
}

fn phone(world: &World) -> Option<String> {
    world.profile(ANNA).phone_numbers.first().map(|phone| phone.number.clone())
}

/// The numbers and the addresses that Brivo shows.
fn contacts(world: &World) -> (Vec<String>, Vec<String>) {
    let profile = world.profile(ANNA);
    let numbers = profile.phone_numbers.into_iter().map(|phone| phone.number);
    (numbers.collect(), profile.emails.into_iter().map(|email| email.address).collect())
}

fn write_phone_by_hand(world: &World, number: &str) {
    let user = world.user(ANNA).unwrap();
    world.brivo.edit(|model, now| model.write_phone_by_hand(user, number, now)).unwrap();
}

/// DWK-15: the same user, one call for each edit.
#[tokio::test]
async fn under_deskworks_every_edit_is_sent_to_the_same_user() {
    let mut world = world_under("deskworks").await;
    let user = world.user(ANNA);
    world.new_calls();

    for edit in [
        json!({"full_name": "Anna Married"}),
        json!({"email": "married@example.com"}),
        json!({"phone": "+44 20 7946 0002"}),
    ] {
        tell(&world, "member.upserted", but(active(), &edit)).await;
        assert_eq!(world.new_writes(), ["patch"], "{edit}");
    }

    assert_eq!(world.user(ANNA), user);
    assert_eq!(world.profile(ANNA).last_name, "Married");
    assert_eq!(address(&world).as_deref(), Some("married@example.com"));
    assert_eq!(phone(&world).as_deref(), Some("+44 20 7946 0002"));
    assert_eq!(world.groups(ANNA), [501]);
}

/// DWK-17, X6: addresses and numbers that staff typed in Brivo stay when ours change, and when they are cleared.
#[tokio::test]
async fn what_staff_typed_beside_ours_survives_every_edit() {
    let world = world_under("deskworks").await;
    let user = world.user(ANNA).unwrap();
    world.brivo.edit(|model, now| model.add_contacts_by_hand(user, ("+999", "assistant@example.com"), now)).unwrap();

    tell(&world, "member.upserted", but(active(), &json!({"phone": "+44 20 7946 0002"}))).await;
    tell(&world, "member.upserted", but(active(), &json!({"email": "married@example.com"}))).await;
    let (numbers, addresses) = contacts(&world);
    assert_eq!(numbers, ["+44 20 7946 0002", "+999"]);
    assert_eq!(addresses, ["married@example.com", "assistant@example.com"]);

    tell(&world, "member.upserted", but(active(), &json!({"phone": null}))).await;
    assert_eq!(contacts(&world).0, ["+999"]);
}

/// DWK-15: what is cleared is cleared.
#[tokio::test]
async fn a_cleared_telephone_is_taken_out_of_brivo() {
    let world = world_under("deskworks").await;

    tell(&world, "member.upserted", but(active(), &json!({"phone": null}))).await;

    assert_eq!((phone(&world), address(&world).as_deref()), (None, Some("anna@example.com")));
}

/// DWK-17, X6: a call names only what changed, so that what staff typed into another field survives.
#[tokio::test]
async fn an_edit_of_the_name_leaves_a_telephone_typed_by_staff() {
    let mut world = world_under("deskworks").await;
    write_phone_by_hand(&world, "+1 555 0100");
    world.new_calls();

    tell(&world, "member.upserted", but(anna(), &json!({"full_name": "Anna Married"}))).await;

    assert_eq!(world.new_writes(), ["patch"]);
    assert_eq!((world.profile(ANNA).last_name.as_str(), phone(&world).as_deref()), ("Married", Some("+1 555 0100")));
}

/// DWK-17: an edit that changes nothing costs nothing.
#[tokio::test]
async fn an_edit_that_changes_nothing_costs_no_write() {
    for platform in ["deskworks", "spacebring", "nexudus", "officernd", "coworks"] {
        let mut world = world_under(platform).await;
        world.run_until(at("08:05")).await;
        world.new_calls();

        tell(&world, "member.upserted", anna()).await;
        tell(
            &world,
            "member.upserted",
            but(anna(), &json!({"company": "Another Company", "full_name": " Anna  Example"})),
        )
        .await;
        tell(&world, "member.upserted", but(anna(), &json!({"access_code": null}))).await;

        assert_eq!(world.new_calls(), NOTHING, "{platform}");
    }
}

/// SPB-27, X6: name and e-mail follow; a telephone is never sent and one typed by staff is never touched.
#[tokio::test]
async fn spacebring_and_nexudus_send_name_and_email_and_never_a_telephone() {
    for platform in ["spacebring", "nexudus"] {
        let mut world = world_under(platform).await;
        assert_eq!(phone(&world), None, "{platform}");
        write_phone_by_hand(&world, "+1 555 0100");
        world.new_calls();

        let edited = json!({"full_name": "Anna Married", "email": "married@example.com", "phone": "+44 20 7946 0002"});
        tell(&world, "member.upserted", but(anna(), &edited)).await;

        assert_eq!(world.new_writes(), ["patch"], "{platform}");
        assert_eq!(world.profile(ANNA).last_name, "Married");
        assert_eq!(address(&world).as_deref(), Some("married@example.com"));
        assert_eq!(phone(&world).as_deref(), Some("+1 555 0100"));
    }
}

/// ORD-33 to 37: sent once; later edits are only told, and make no second user.
#[tokio::test]
async fn under_officernd_later_edits_are_told_and_not_sent() {
    let mut world = world_under("officernd").await;
    let made = world.profile(ANNA);
    assert_eq!((made.first_name.as_str(), made.last_name.as_str()), ("Anna", "Example"));
    assert_eq!(
        (address(&world).as_deref(), phone(&world).as_deref()),
        (Some("anna@example.com"), Some("+44 20 7946 0001"))
    );
    assert_eq!(world.access(ANNA).await["profile_differs"], json!([]));
    world.new_calls();

    let edited = json!({"full_name": "Anna Married", "email": "married@example.com", "phone": "+44 20 7946 0002"});
    tell(&world, "member.upserted", but(anna(), &edited)).await;
    assert_eq!(world.new_writes(), NOTHING);
    assert_eq!(world.profile(ANNA), made);
    assert_eq!(world.access(ANNA).await["profile_differs"], json!(["last", "email", "phone"]));

    // The link holds under the new address.
    let second = membership("s2", "office", ANNA);
    tell(&world, "membership.removed", json!({"id": "s1"})).await;
    tell(&world, "membership.upserted", second).await;
    assert_eq!((world.users().len(), world.groups(ANNA)), (1, vec![501]));
}

/// ORD-36, X5: the switch is there for each field.
#[tokio::test]
async fn policy_may_have_single_fields_follow() {
    let mappings = [plan("office", &[501])];
    let policy = json!({"profile_mode": {"first": "continuous", "last": "continuous"}});
    let mut world = world_with(document_with("officernd", &mappings, policy)).await;
    world.new_calls();

    let edited = json!({"full_name": "Anna Married", "email": "married@example.com"});
    tell(&world, "member.upserted", but(anna(), &edited)).await;

    assert_eq!(world.new_writes(), ["patch"]);
    assert_eq!(world.profile(ANNA).last_name, "Married");
    assert_eq!(address(&world).as_deref(), Some("anna@example.com"));
    assert_eq!(world.access(ANNA).await["profile_differs"], json!(["email"]));
}

/// ORD-34: neither from the member nor from the team.
#[tokio::test]
async fn the_name_of_a_company_reaches_brivo_under_no_preset() {
    for platform in ["officernd", "deskworks", "spacebring", "nexudus", "coworks"] {
        let world = world_of(document(platform, &[plan("office", &[501])])).await;
        let team = json!({"id": "t1", "name": "Planted Company Ltd", "members": [ANNA.to_string()]});
        tell(&world, "member.upserted", anna()).await;
        tell(&world, "team.upserted", team).await;
        tell(&world, "membership.upserted", of_team("s1", "office", "t1")).await;
        tell(&world, "membership.upserted", membership("s2", "office", ANNA)).await;

        assert_eq!(world.groups(ANNA), [501], "{platform}");
        let known = format!("{:?}", world.brivo.read(Clone::clone));
        assert!(known.contains("anna@example.com") && !known.contains("Planted Company"), "{platform}");
    }
}

/// SPB-28, R31: Brivo wants two names and gets them without a loss.
#[tokio::test]
async fn a_name_of_any_kind_becomes_two_that_brivo_takes() {
    let long = "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwaren";
    let mut world = world_of(document("spacebring", &[plan("office", &[501])])).await;
    let names = [
        ("Cher", ("Cher", "-")),
        ("  Zoë   Example ", ("Zoë", "Example")),
        ("María del Carmen López de Ayala", ("María", "del Carmen López de Ayala")),
        ("山田太郎", ("山田太郎", "-")),
        ("山田　太郎", ("山田", "太郎")),
        ("محمد الفارسي", ("محمد", "الفارسي")),
        (long, (&long[..50], "-")),
        ("Anna Wolfeschlegelsteinhausenbergerdorffwelchevoralternwaren", ("Anna", &long[..50])),
    ];

    for (id, (full_name, _)) in (100..).zip(names) {
        tell(&world, "member.upserted", member(id, full_name, &format!("{id}@example.com"))).await;
        tell(&world, "membership.upserted", membership(&format!("s{id}"), "office", id)).await;
    }
    world.take_turns().await;

    for (id, (full_name, expected)) in (100..).zip(names) {
        let profile = world.profile(id);
        assert_eq!((profile.first_name.as_str(), profile.last_name.as_str()), expected, "{full_name}");
        assert_eq!(world.groups(id), [501]);
    }
}
