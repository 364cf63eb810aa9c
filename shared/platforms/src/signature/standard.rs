//! Standard Webhooks signatures, also under Svix's header names, and the bearer token of senders that cannot sign.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use super::{Proof, Refused, is_signed};
use crate::delivery::CLOCK_TOLERANCE;

/// The names headers go by.
///
/// Source: standardwebhooks.com specification; docs.svix.com/receiving/verifying-payloads/how-manual, 2026-11.
const FAMILIES: [[&str; 3]; 2] =
    [["webhook-id", "webhook-timestamp", "webhook-signature"], ["svix-id", "svix-timestamp", "svix-signature"]];

/// Secrets and signatures come with and without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Checks the signature; a delivery without one needs the bearer token.
///
/// A signature that was sent decides alone: it carries a time, so a delivery recorded on the way cannot be sent again by
/// leaning on the token it also carried.
pub(super) fn verify(
    headers: &HeaderMap,
    body: &[u8],
    secrets: &[SecretString],
    now: Timestamp,
) -> Result<Proof, Refused> {
    match verify_signature(headers, body, secrets, now) {
        Err(Refused::Unsigned) => bearer(headers, secrets),
        decided => decided,
    }
}

/// Checks the signature, of a sender that always signs.
pub(super) fn verify_signature(
    headers: &HeaderMap,
    body: &[u8],
    secrets: &[SecretString],
    now: Timestamp,
) -> Result<Proof, Refused> {
    let [id, sent_at, signatures] = signed_headers(headers).ok_or(Refused::Unsigned)?;
    let (id, sent_at) = (id.ok_or(Refused::Malformed)?, sent_at.ok_or(Refused::Malformed)?);
    let signatures = signatures.and_then(|value| value.to_str().ok()).ok_or(Refused::Malformed)?;

    let signed: [&[u8]; 5] = [id.as_bytes(), b".", sent_at.as_bytes(), b".", body];
    let given = signatures.split(' ').filter_map(|signature| from_base64(signature.strip_prefix("v1,")?));
    if !given.into_iter().any(|signature| is_signed(secrets, &signed, &signature)) {
        return Err(Refused::Wrong);
    }
    let sent_at = seconds(sent_at).ok_or(Refused::Malformed)?;
    if now.duration_since(sent_at).abs() > CLOCK_TOLERANCE { Err(Refused::Stale) } else { Ok(Proof::Whole) }
}

/// The id of a delivery and the instant of this attempt, as its signature covers them; `None` if they cannot be read.
///
/// The id stays the same over attempts. Believe neither before [`verify_signature`].
pub(crate) fn id_and_time(headers: &HeaderMap) -> Option<(&str, Timestamp)> {
    let [id, sent_at, _] = signed_headers(headers)?;
    Some((id?.to_str().ok()?, seconds(sent_at?)?))
}

/// The headers of the family that has a signature, so that no other family's are mixed in.
fn signed_headers(headers: &HeaderMap) -> Option<[Option<&HeaderValue>; 3]> {
    let family = FAMILIES.iter().find(|[_, _, signature]| headers.contains_key(*signature))?;
    Some(family.map(|name| headers.get(name)))
}

fn seconds(sent_at: &HeaderValue) -> Option<Timestamp> {
    Timestamp::from_second(sent_at.to_str().ok()?.parse().ok()?).ok()
}

/// Decodes base64 with or without padding.
pub(super) fn from_base64(encoded: &str) -> Option<Vec<u8>> {
    BASE64.decode(encoded).ok()
}

/// Checks the bearer token of a sender that cannot sign.
pub(super) fn bearer(headers: &HeaderMap, secrets: &[SecretString]) -> Result<Proof, Refused> {
    let header = headers.get(AUTHORIZATION).ok_or(Refused::Unsigned)?;
    let (scheme, token) = header.to_str().ok().and_then(|text| text.split_once(' ')).ok_or(Refused::Malformed)?;
    let token = token.trim();
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() {
        return Err(Refused::Unsigned);
    }
    let is_ours = |secret: &SecretString| bool::from(secret.expose_secret().as_bytes().ct_eq(token.as_bytes()));
    if secrets.iter().any(is_ours) { Ok(Proof::Whole) } else { Err(Refused::Wrong) }
}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, KeyInit, Mac};
    use serde_json::Value;
    use sha2::Sha256;

    use super::*;
    use crate::{Source, verify};

    const BODY: &[u8] = br#"{"specversion":"1.0"}"#;
    const NOW: i64 = 1_800_000_000;

    fn now() -> Timestamp {
        Timestamp::from_second(NOW).unwrap()
    }

    fn secrets(secrets: &[&str]) -> Vec<SecretString> {
        secrets.iter().map(|secret| (*secret).into()).collect()
    }

    fn sign(key: &[u8], sent_at: i64, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(format!("msg_1.{sent_at}.").as_bytes());
        mac.update(body);
        format!("v1,{}", BASE64.encode(mac.finalize().into_bytes()))
    }

    fn headers(family: &str, sent_at: i64, signatures: &str) -> HeaderMap {
        let names = ["id", "timestamp", "signature"].map(|name| format!("{family}-{name}").parse().unwrap());
        let values = ["msg_1".to_owned(), sent_at.to_string(), signatures.to_owned()];
        names.into_iter().zip(values.map(|value: String| value.parse().unwrap())).collect()
    }

    fn with_bearer(token: &str) -> HeaderMap {
        [(AUTHORIZATION, format!("Bearer {token}").parse().unwrap())].into_iter().collect()
    }

    fn check(headers: &HeaderMap, given: &[&str]) -> Result<Proof, Refused> {
        verify(&Source::Events, headers, BODY, &secrets(given), now())
    }

    #[test]
    fn the_vector_of_svix_is_taken_and_any_other_body_is_not() {
        let vector = include_str!("../../../../tests/fixtures/spacebring/signature_vectors.json");
        let vector: Value = serde_json::from_str(vector).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let headers: HeaderMap = vector["headers"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), text(value).parse().unwrap()))
            .collect();
        let at = Timestamp::from_second(text(&vector["headers"]["svix-timestamp"]).parse().unwrap()).unwrap();
        let given = [SecretString::from(text(&vector["secret"]))];
        let body = text(&vector["body_utf8"]);

        assert_eq!(verify(&Source::Events, &headers, body.as_bytes(), &given, at), Ok(Proof::Whole));
        let other = body.replace("ab26", "ab27");
        assert_eq!(verify(&Source::Events, &headers, other.as_bytes(), &given, at), Err(Refused::Wrong));
    }

    #[test]
    fn a_prefixed_secret_is_base64_and_any_other_is_its_bytes() {
        let headers_of = |key: &[u8]| headers("webhook", NOW, &sign(key, NOW, BODY));

        assert_eq!(check(&headers_of(b"plain secret"), &["plain secret"]), Ok(Proof::Whole));
        assert_eq!(check(&headers_of(b"key"), &["whsec_a2V5"]), Ok(Proof::Whole));
        assert_eq!(check(&headers_of(b"whsec_a2V5"), &["whsec_a2V5"]), Err(Refused::Wrong));
    }

    /// ALL-07: a delivery signed with the old secret is taken while both are configured, and refused afterwards.
    #[test]
    fn either_secret_is_good_during_a_rotation() {
        let headers = headers("svix", NOW, &sign(b"old", NOW, BODY));

        assert_eq!(check(&headers, &["new", "old"]), Ok(Proof::Whole));
        assert_eq!(check(&headers, &["new"]), Err(Refused::Wrong));
    }

    #[test]
    fn one_good_signature_among_several_suffices() {
        let good = sign(b"secret", NOW, BODY);
        let several = format!("v1,AAAA v1a,{} {good} v1,", "x".repeat(8));

        assert_eq!(check(&headers("webhook", NOW, &several), &["secret"]), Ok(Proof::Whole));
        let other_version = good.replace("v1,", "v2,");
        assert_eq!(check(&headers("webhook", NOW, &other_version), &["secret"]), Err(Refused::Wrong));
    }

    #[test]
    fn a_signature_is_good_for_five_minutes_either_way() {
        for (age, expected) in [
            (300, Ok(Proof::Whole)),
            (-300, Ok(Proof::Whole)),
            (301, Err(Refused::Stale)),
            (-301, Err(Refused::Stale)),
            (NOW, Err(Refused::Stale)),
        ] {
            let sent_at = NOW - age;
            let headers = headers("webhook", sent_at, &sign(b"secret", sent_at, BODY));

            assert_eq!(check(&headers, &["secret"]), expected, "{age}");
        }
    }

    #[test]
    fn a_time_stamp_cannot_be_moved_without_the_secret() {
        let moved = headers("webhook", NOW, &sign(b"secret", NOW - 3600, BODY));

        assert_eq!(check(&moved, &["secret"]), Err(Refused::Wrong));
    }

    #[test]
    fn a_signature_without_its_other_headers_is_malformed() {
        let mut incomplete = headers("webhook", NOW, &sign(b"secret", NOW, BODY));
        incomplete.remove("webhook-timestamp");

        assert_eq!(check(&incomplete, &["secret"]), Err(Refused::Malformed));
        let no_number = [("webhook-id", "m"), ("webhook-timestamp", "soon"), ("webhook-signature", "v1,AAAA")];
        let no_number = no_number.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        assert_eq!(check(&no_number.into_iter().collect(), &["secret"]), Err(Refused::Wrong));
    }

    #[test]
    fn a_sender_that_cannot_sign_sends_the_whole_secret() {
        assert_eq!(check(&with_bearer("whsec_a2V5"), &["other", "whsec_a2V5"]), Ok(Proof::Whole));
        assert_eq!(check(&with_bearer("a2V5"), &["whsec_a2V5"]), Err(Refused::Wrong));
        assert_eq!(check(&with_bearer("whsec_a2V"), &["whsec_a2V5"]), Err(Refused::Wrong));
    }

    #[test]
    fn an_empty_token_opens_nothing_even_if_an_empty_secret_slipped_in() {
        assert_eq!(check(&with_bearer(""), &[""]), Err(Refused::Unsigned));
        assert_eq!(check(&headers("webhook", NOW, &sign(b"", NOW, BODY)), &[""]), Err(Refused::Wrong));
    }

    #[test]
    fn a_wrong_signature_is_not_mended_by_a_good_token() {
        let mut both = headers("webhook", NOW, "v1,AAAA");
        both.extend(with_bearer("secret"));

        assert_eq!(check(&both, &["secret"]), Err(Refused::Wrong));
    }

    /// ALL-07: Spacebring signs whatever it sends, so its secret sent in clear proves nothing.
    #[test]
    fn a_hook_of_spacebring_needs_a_signature_under_either_secret() {
        let source = Source::Spacebring { event: None };
        let check = |headers: &HeaderMap, given: &[&str]| verify(&source, headers, BODY, &secrets(given), now());

        let signed = headers("svix", NOW, &sign(b"key", NOW, BODY));
        assert_eq!(check(&signed, &["whsec_b2xk", "whsec_a2V5"]), Ok(Proof::Whole));
        assert_eq!(check(&signed, &["whsec_b2xk"]), Err(Refused::Wrong));
        assert_eq!(check(&signed, &[]), Err(Refused::NoSecret));
        assert_eq!(check(&with_bearer("whsec_a2V5"), &["whsec_a2V5"]), Err(Refused::Unsigned));
        let late = headers("svix", NOW - 301, &sign(b"key", NOW - 301, BODY));
        assert_eq!(check(&late, &["whsec_a2V5"]), Err(Refused::Stale));
    }

    #[test]
    fn id_and_time_are_those_that_the_signature_covers() {
        let mut both = headers("webhook", NOW, "v1,AAAA");
        both.insert("svix-id", "msg_2".parse().unwrap());

        assert_eq!(id_and_time(&both), Some(("msg_1", now())));
        assert_eq!(id_and_time(&HeaderMap::new()), None);
    }

    /// ALL-07: unsigned.
    #[test]
    fn a_delivery_without_signature_or_token_is_refused() {
        assert_eq!(check(&HeaderMap::new(), &["secret"]), Err(Refused::Unsigned));
        let basic = [(AUTHORIZATION, "Basic c2VjcmV0".parse().unwrap())].into_iter().collect();
        assert_eq!(check(&basic, &["secret"]), Err(Refused::Unsigned));
    }
}
