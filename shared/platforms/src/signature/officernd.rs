//! The signature of OfficeRnD: HMAC-SHA256 in hex of the body, a dot and the time of sending, in that order.

use http::HeaderMap;
use jiff::Timestamp;
use secrecy::SecretString;

use super::{Proof, Refused, from_hex, is_signed};
use crate::delivery::CLOCK_TOLERANCE;

const HEADER: &str = "officernd-signature";

/// The part of the header that carries the time; any other part carries a signature.
const TIME: &str = "t";

/// Checks the signature, then how old it is: a delivery recorded on the way cannot be sent again later.
///
/// Shape of the header: `t=<unix seconds>,<key>=<hex>`. The vendor's sample takes the parts by position and writes the key
/// `signature`, a receiver writes `v1`; so every part that is not the time counts, and one good signature suffices. The
/// sample takes times of the last 60 s, another receiver those of the last 300 s; here it is what all signatures with a time
/// are given.
///
/// Source: officernd/webhooks-demo index.js; officernd/officernd-flex-extension-example; Skrapion/n8n-nodes-officernd; 2026-11.
pub(super) fn verify(
    headers: &HeaderMap,
    body: &[u8],
    secrets: &[SecretString],
    now: Timestamp,
) -> Result<Proof, Refused> {
    let header = headers.get(HEADER).ok_or(Refused::Unsigned)?.to_str().map_err(|_| Refused::Malformed)?;
    let parts: Vec<(&str, &str)> = header
        .split(',')
        .map(|part| part.split_once('=').map(|(key, value)| (key.trim(), value.trim())))
        .collect::<Option<_>>()
        .ok_or(Refused::Malformed)?;
    let (_, sent_at) = parts.iter().find(|(key, _)| *key == TIME).ok_or(Refused::Malformed)?;
    let signatures: Vec<Vec<u8>> =
        parts.iter().filter(|(key, _)| *key != TIME).filter_map(|(_, value)| from_hex(value)).collect();
    if signatures.is_empty() {
        return Err(Refused::Malformed);
    }

    let signed: [&[u8]; 3] = [body, b".", sent_at.as_bytes()];
    if !signatures.iter().any(|signature| is_signed(secrets, &signed, signature)) {
        return Err(Refused::Wrong);
    }
    let seconds = sent_at.parse().map_err(|_| Refused::Malformed)?;
    let sent_at = Timestamp::from_second(seconds).map_err(|_| Refused::Malformed)?;
    if now.duration_since(sent_at).abs() > CLOCK_TOLERANCE { Err(Refused::Stale) } else { Ok(Proof::Whole) }
}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, KeyInit, Mac};
    use serde_json::Value;
    use sha2::Sha256;

    use super::*;
    use crate::{Source, verify};

    const BODY: &[u8] = br#"{"eventType":"member.updated"}"#;
    const NOW: i64 = 1_800_000_000;

    fn code(secret: &str, parts: [&[u8]; 3]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
    }

    fn hex(secret: &str, body: &[u8], sent_at: &str) -> String {
        code(secret, [body, b".", sent_at.as_bytes()])
    }

    fn check_at(header: Option<&str>, body: &[u8], secrets: &[&str], now: i64) -> Result<Proof, Refused> {
        let headers = header.map(|header| ("OfficeRnD-Signature".parse().unwrap(), header.parse().unwrap()));
        let secrets: Vec<SecretString> = secrets.iter().map(|secret| (*secret).into()).collect();
        let now = Timestamp::from_second(now).unwrap();
        verify(&Source::Officernd, &headers.into_iter().collect(), body, &secrets, now)
    }

    fn check(header: &str, secrets: &[&str]) -> Result<Proof, Refused> {
        check_at(Some(header), BODY, secrets, NOW)
    }

    fn signed_at(sent_at: i64) -> String {
        format!("t={sent_at},signature={}", hex("secret", BODY, &sent_at.to_string()))
    }

    #[test]
    fn the_known_vector_is_taken_under_either_key_and_any_other_body_is_not() {
        let file = include_str!("../../../../tests/fixtures/officernd/signature_vectors.json");
        let file: Value = serde_json::from_str(file).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (secret, vector) = (text(&file["secret"]), &file["vectors"][0]);
        let [body, t, hex] = ["body_utf8", "t", "hex"].map(|name| text(&vector[name]));
        let now = t.parse().unwrap();
        for header in [format!("t={t},signature={hex}"), format!("t={t}, v1={hex}"), format!("v1={hex},t={t}")] {
            assert_eq!(check_at(Some(&header), body.as_bytes(), &[&secret], now), Ok(Proof::Whole), "{header}");
            let changed = body.replace('ë', "é");
            assert_eq!(check_at(Some(&header), changed.as_bytes(), &[&secret], now), Err(Refused::Wrong), "{header}");
        }
    }

    /// ALL-07: a delivery signed with the old secret is taken while both are configured, and refused afterwards.
    #[test]
    fn either_secret_is_good_during_a_rotation() {
        assert_eq!(check(&signed_at(NOW), &["new", "secret"]), Ok(Proof::Whole));
        assert_eq!(check(&signed_at(NOW), &["new"]), Err(Refused::Wrong));
    }

    #[test]
    fn a_signature_is_good_for_five_minutes_either_way() {
        for (age, expected) in
            [(300, Ok(Proof::Whole)), (-300, Ok(Proof::Whole)), (301, Err(Refused::Stale)), (-301, Err(Refused::Stale))]
        {
            assert_eq!(check(&signed_at(NOW - age), &["secret"]), expected, "{age}");
        }
    }

    #[test]
    fn the_time_cannot_be_moved_or_put_first() {
        let old = hex("secret", BODY, &(NOW - 3600).to_string());
        assert_eq!(check(&format!("t={NOW},signature={old}"), &["secret"]), Err(Refused::Wrong));

        let time_first = code("secret", [NOW.to_string().as_bytes(), b".", BODY]);
        assert_eq!(check(&format!("t={NOW},signature={time_first}"), &["secret"]), Err(Refused::Wrong));
    }

    #[test]
    fn one_good_signature_among_several_suffices() {
        let several = format!("t={NOW},v0=00ff,v1={}", hex("secret", BODY, &NOW.to_string()));

        assert_eq!(check(&several, &["secret"]), Ok(Proof::Whole));
    }

    #[test]
    fn a_header_without_time_or_signature_is_malformed() {
        let good = hex("secret", BODY, &NOW.to_string());
        for header in [String::new(), format!("t={NOW}"), format!("signature={good}"), good, format!("t={NOW},v1=zz")] {
            assert_eq!(check(&header, &["secret"]), Err(Refused::Malformed), "{header}");
        }
        let soon = format!("t=soon,v1={}", hex("secret", BODY, "soon"));
        assert_eq!(check(&soon, &["secret"]), Err(Refused::Malformed));
    }

    /// ALL-07: OfficeRnD makes a secret for every hook, so an unsigned delivery is nobody's.
    #[test]
    fn nothing_is_taken_unsigned_or_without_a_secret() {
        assert_eq!(check_at(None, BODY, &["secret"], NOW), Err(Refused::Unsigned));
        assert_eq!(check_at(None, BODY, &[], NOW), Err(Refused::NoSecret));
        assert_eq!(check(&signed_at(NOW), &[]), Err(Refused::NoSecret));
        let empty = format!("t={NOW},v1={}", hex("", BODY, &NOW.to_string()));
        assert_eq!(check(&empty, &[""]), Err(Refused::Wrong));
    }
}
