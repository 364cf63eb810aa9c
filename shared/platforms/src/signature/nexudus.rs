//! The signature of Nexudus: HMAC-SHA256 of the body in hex, of its bytes or of its ASCII form.

use http::HeaderMap;
use secrecy::SecretString;

use super::{Proof, Refused, from_hex, is_signed};

const HEADER: &str = "x-nexudus-hook-signature";

/// Checks the signature over the bytes as sent, then over their ASCII form.
///
/// Nexudus' own sample hashes `Encoding.ASCII` bytes, receivers in production hash the raw ones; both are taken.
///
/// Source: help.nexudus.com/docs/verifying-webhooks-created-via-the-api; PSandro/kong-nexudus-webhook-hmac, 2026-11.
pub(super) fn verify(headers: &HeaderMap, body: &[u8], secrets: &[SecretString]) -> Result<Proof, Refused> {
    let header = headers.get(HEADER).ok_or(Refused::Unsigned)?;
    let signature = header.to_str().ok().and_then(from_hex).ok_or(Refused::Malformed)?;
    if is_signed(secrets, &[body], &signature) {
        return Ok(Proof::Whole);
    }
    match ascii_form(body) {
        Some(ascii) if is_signed(secrets, &[&ascii], &signature) => Ok(Proof::AsciiForm),
        _ => Err(Refused::Wrong),
    }
}

/// The body as .NET's `Encoding.ASCII` writes it: each UTF-16 unit beyond ASCII becomes a `?`.
fn ascii_form(body: &[u8]) -> Option<Vec<u8>> {
    let text = str::from_utf8(body).ok()?;
    let units = text.encode_utf16().map(|unit| u8::try_from(unit).ok().filter(u8::is_ascii).unwrap_or(b'?'));
    Some(units.collect())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::Value;

    use super::*;
    use crate::{Source, verify};

    fn check(signature: Option<&str>, body: &str, secrets: &[&str]) -> Result<Proof, Refused> {
        let source = Source::Nexudus { action: None, location: None };
        let headers =
            signature.map(|signature| ("X-Nexudus-Hook-Signature".parse().unwrap(), signature.parse().unwrap()));
        let secrets: Vec<SecretString> = secrets.iter().map(|secret| (*secret).into()).collect();
        verify(&source, &headers.into_iter().collect(), body.as_bytes(), &secrets, Timestamp::UNIX_EPOCH)
    }

    fn vectors() -> (String, Vec<[String; 3]>) {
        let file = include_str!("../../../../tests/fixtures/nexudus/signature_vectors.json");
        let file: Value = serde_json::from_str(file).unwrap();
        let fields = |vector: &Value| {
            ["body_utf8", "raw_bytes", "ascii_replaced"].map(|name| vector[name].as_str().unwrap().to_owned())
        };
        let vectors = file["vectors"].as_array().unwrap().iter().map(fields).collect();
        (file["secret"].as_str().unwrap().to_owned(), vectors)
    }

    #[test]
    fn both_forms_of_the_signature_are_taken_in_either_case() {
        let (secret, vectors) = vectors();
        for [body, raw, ascii] in vectors {
            let of_ascii = if raw == ascii { Proof::Whole } else { Proof::AsciiForm };

            assert_eq!(check(Some(&raw), &body, &[&secret]), Ok(Proof::Whole));
            assert_eq!(check(Some(&raw.to_lowercase()), &body, &[&secret]), Ok(Proof::Whole));
            assert_eq!(check(Some(&ascii), &body, &["other", &secret]), Ok(of_ascii));
        }
    }

    /// ALL-07: wrongly signed.
    #[test]
    fn a_changed_body_or_another_secret_is_refused() {
        let (secret, vectors) = vectors();
        for [body, raw, ascii] in vectors {
            for signature in [raw, ascii] {
                let changed = body.replace("303", "304");

                assert_eq!(check(Some(&signature), &changed, &[&secret]), Err(Refused::Wrong));
                assert_eq!(check(Some(&signature), &body, &["other"]), Err(Refused::Wrong));
            }
        }
    }

    #[test]
    fn letters_exchanged_under_an_ascii_signature_do_not_count_as_signed() {
        let (secret, vectors) = vectors();
        let [body, _, ascii] = &vectors[1];
        let changed = body.replace('ë', "é");

        assert_eq!(check(Some(ascii), &changed, &[&secret]), Ok(Proof::AsciiForm));
        assert!(!Proof::AsciiForm.covers("Zoé Example"));
    }

    #[test]
    fn a_letter_outside_the_basic_plane_is_two_units() {
        assert_eq!(ascii_form("a😀ë?".as_bytes()).unwrap(), b"a????");
        assert_eq!(ascii_form(b"\xff"), None);
    }

    #[test]
    fn what_is_no_hex_is_malformed() {
        for signature in ["zz", "abc", "9B 4282"] {
            assert_eq!(check(Some(signature), "[]", &["secret"]), Err(Refused::Malformed), "{signature}");
        }
        assert_eq!(check(Some("9b"), "[]", &["secret"]), Err(Refused::Wrong));
        assert_eq!(check(Some(""), "[]", &["secret"]), Err(Refused::Wrong));
    }

    /// ALL-07: hooks made by hand come unsigned; they are taken only while no signing secret was agreed on.
    #[test]
    fn an_unsigned_hook_is_taken_only_without_a_signing_secret() {
        assert_eq!(check(None, "[]", &[]), Ok(Proof::PathSecret));
        assert_eq!(check(None, "[]", &["secret"]), Err(Refused::Unsigned));
        assert_eq!(check(None, "[]", &[""]), Err(Refused::Unsigned));
    }
}
