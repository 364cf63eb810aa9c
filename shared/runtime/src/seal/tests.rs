//! What opens, and what does not.

use super::*;

const SECRET: &str = "a refresh token, ü and all";

fn sealer() -> Sealer {
    Sealer::new(DataKey::generate().unwrap())
}

fn place(tenant: &TenantId) -> SealedFor<'_> {
    SealedFor { tenant, item: "ACCOUNT#hq", field: "refresh_token" }
}

fn seal_with(sealer: &Sealer) -> Sealed {
    sealer.seal(&place(&"acme".into()), &SECRET.into()).unwrap()
}

/// The same secret, sealed both ways.
fn both_kinds(sealer: &Sealer) -> [Sealed; 2] {
    [seal_with(sealer), sealer.seal_alike(&place(&"acme".into()), &SECRET.into()).unwrap()]
}

#[test]
fn what_was_sealed_opens_in_its_place() {
    let sealer = sealer();

    for text in both_kinds(&sealer) {
        let secret = sealer.open(&place(&"acme".into()), &text).unwrap();
        assert_eq!(secret.expose_secret(), SECRET);
    }
}

#[test]
fn an_empty_secret_is_a_secret() {
    let (sealer, tenant) = (sealer(), "acme".into());
    let place = place(&tenant);

    let texts = [sealer.seal(&place, &"".into()).unwrap(), sealer.seal_alike(&place, &"".into()).unwrap()];

    for text in texts {
        assert_eq!(sealer.open(&place, &text).unwrap().expose_secret(), "");
    }
}

#[test]
fn it_opens_for_no_other_tenant_item_or_field() {
    let sealer = sealer();
    let texts = both_kinds(&sealer);
    let (acme, other) = ("acme".into(), "acmeA".into());

    let elsewhere = [
        place(&other),
        SealedFor { item: "ACCOUNT#hp", ..place(&acme) },
        SealedFor { field: "api_key", ..place(&acme) },
        // The same letters, cut elsewhere.
        SealedFor { tenant: &other, item: "CCOUNT#hq", field: "refresh_token" },
        SealedFor { item: "ACCOUNT#hqrefresh", field: "_token", ..place(&acme) },
    ];

    for place in elsewhere {
        for text in &texts {
            assert_eq!(sealer.open(&place, text).unwrap_err(), SealError::Refused, "{place:?}");
        }
    }
}

#[test]
fn a_flipped_bit_anywhere_is_refused() {
    let sealer = sealer();

    for text in both_kinds(&sealer) {
        let (head, payload) = text.as_str().rsplit_once('.').unwrap();
        let payload = BASE64_URL_SAFE_NO_PAD.decode(payload).unwrap();
        for bit in 0..payload.len() * 8 {
            let mut changed = payload.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let changed = Sealed::from_text(format!("{head}.{}", BASE64_URL_SAFE_NO_PAD.encode(changed)));
            assert_eq!(sealer.open(&place(&"acme".into()), &changed).unwrap_err(), SealError::Refused, "bit {bit}");
        }
    }
}

#[test]
fn one_kind_does_not_pass_for_the_other() {
    let sealer = sealer();
    let [fresh, alike] = both_kinds(&sealer);
    let forged = [fresh.as_str().replace("lw1.", "lw2."), alike.as_str().replace("lw2.", "lw1.")];

    for text in forged {
        let error = sealer.open(&place(&"acme".into()), &Sealed::from_text(text)).unwrap_err();
        assert_eq!(error, SealError::Refused);
    }
}

#[test]
fn another_key_tells_that_it_is_another() {
    for text in both_kinds(&sealer()) {
        assert_eq!(sealer().open(&place(&"acme".into()), &text).unwrap_err(), SealError::OtherKey);
    }
}

/// A sealer under one key, and under a newer one with that as the older.
fn before_and_after() -> (Sealer, Sealer) {
    let key = || DataKey::from_bytes(&[7; 32]);
    let ring = KeyRing { current: DataKey::generate().unwrap(), older: vec![key()] };
    (Sealer::new(key()), Sealer::new(ring))
}

#[test]
fn after_a_rotation_the_old_is_still_read_and_the_new_key_seals() {
    let (before, after) = before_and_after();

    for old in both_kinds(&before) {
        let opened = after.open(&place(&"acme".into()), &old).unwrap();
        assert_eq!(opened.expose_secret(), SECRET);
        assert!(!after.is_current(&old));
    }
    for new in both_kinds(&after) {
        assert!(after.is_current(&new));
        assert_eq!(before.open(&place(&"acme".into()), &new).unwrap_err(), SealError::OtherKey);
    }
}

#[test]
fn sealed_anew_it_outlives_the_old_key() {
    let (before, after) = before_and_after();
    let tenant = "acme".into();
    let place = place(&tenant);
    let only_new = Sealer::new(DataKey::from_bytes(after.current.key.bytes().try_into().unwrap()));

    for old in both_kinds(&before) {
        let new = after.resealed(&place, &old).unwrap().unwrap();
        assert_eq!(only_new.open(&place, &new).unwrap().expose_secret(), SECRET);
        assert_eq!(after.resealed(&place, &new).unwrap(), None, "once is enough");
        assert!(only_new.open(&place, &old).unwrap_err().to_string().contains("put that key back"));
    }
    let [_, alike] = both_kinds(&before);
    assert_eq!(after.resealed(&place, &alike).unwrap().unwrap(), both_kinds(&after)[1]);
}

#[test]
fn another_key_opens_nothing_under_a_false_id() {
    let (theirs, ours) = (sealer(), sealer());

    for text in both_kinds(&theirs) {
        let forged = Sealed::from_text(text.as_str().replace(&theirs.current.id, &ours.current.id));
        assert_eq!(ours.open(&place(&"acme".into()), &forged).unwrap_err(), SealError::Refused);
    }
}

#[test]
fn the_same_secret_is_another_text_every_time() {
    let sealer = sealer();

    assert_ne!(seal_with(&sealer), seal_with(&sealer));
}

#[test]
fn sealed_alike_it_is_the_same_text_in_its_place_and_another_everywhere_else() {
    let (sealer, acme, other) = (sealer(), "acme".into(), "acmeA".into());
    let seal = |place: SealedFor<'_>, secret: &str| sealer.seal_alike(&place, &secret.into()).unwrap();
    let here = place(&acme);

    let text = seal(here, "4711");

    assert_eq!(seal(here, "4711"), text);
    assert_ne!(seal(here, "4712"), text);
    for elsewhere in [place(&other), SealedFor { item: "ACCOUNT#hp", ..here }, SealedFor { field: "pin", ..here }] {
        assert_ne!(seal(elsewhere, "4711"), text, "{elsewhere:?}");
    }
}

#[test]
fn sealed_alike_under_another_key_it_is_another_text() {
    let (one, other, tenant) = (sealer(), sealer(), "acme".into());
    let payload = |sealer: &Sealer| {
        let text = sealer.seal_alike(&place(&tenant), &SECRET.into()).unwrap();
        text.as_str().rsplit_once('.').unwrap().1.to_owned()
    };

    assert_ne!(payload(&one), payload(&other));
}

#[test]
fn what_is_no_sealed_secret_is_told_apart() {
    let sealer = sealer();
    let id = sealer.current.id.clone();

    for text in ["", "lw1", "lw1.", "lw3.AAAA.AAAA", SECRET, &format!("lw1.{id}."), &format!("lw1.{id}.*")] {
        let error = sealer.open(&place(&"acme".into()), &Sealed::from_text(text)).unwrap_err();
        assert_eq!(error, SealError::Malformed, "{text}");
    }
}

#[test]
fn a_sealed_secret_is_one_string_in_json() {
    let text = seal_with(&sealer());

    let json = serde_json::to_string(&text).unwrap();

    assert_eq!(json, format!("\"{}\"", text.as_str()));
    assert_eq!(serde_json::from_str::<Sealed>(&json).unwrap(), text);
}

#[test]
fn debug_shows_nothing() {
    let sealer = sealer();
    let text = seal_with(&sealer);

    assert_eq!(format!("{sealer:?} {text:?}"), "Sealer { .. } Sealed(..)");
}
