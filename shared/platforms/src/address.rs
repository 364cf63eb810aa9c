//! E-mail addresses as digests, so that a booking finds the person it names and no key of the state names anybody.

use domain::{AddressId, Subject, SubjectKind, facts::Change};

use crate::digest::sha256_hex;

/// How many hex digits an address keeps of its digest: with 128 bits no two addresses of a tenant are ever taken for one.
const DIGITS: usize = 32;

/// The digest of an e-mail address, the same however it is spaced and cased; `None` for blank text.
///
/// Shape: the first 32 hex digits of the SHA-256 of the trimmed address in Unicode lower case.
pub fn address_of(email: &str) -> Option<AddressId> {
    let normal = email.trim().to_lowercase();
    if normal.is_empty() {
        return None;
    }
    let mut digits = sha256_hex(normal.as_bytes());
    digits.truncate(DIGITS);
    Some(AddressId::new(digits))
}

/// What becomes of the digest when this is said of the address.
pub(crate) fn address_change(email: &Change<String>) -> Change<AddressId> {
    match email {
        Change::Keep => Change::Keep,
        Change::Clear => Change::Clear,
        Change::Set(email) => address_of(email).map_or(Change::Clear, Change::Set),
    }
}

/// The subject under which it is remembered who has an address.
pub(crate) fn address_subject(address: &AddressId) -> Subject {
    Subject::new(SubjectKind::Address, address.as_str())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The digest is part of keys in stored state, so it must never change.
    #[test]
    fn an_address_is_the_first_half_of_the_sha256_of_its_normal_form() {
        // printf %s ann@example.com | sha256sum
        assert_eq!(address_of("ann@example.com"), Some("71d4f55f72fa128dfb468a1a3901507c".into()));
    }

    /// R13, R31: identity compares e-mails case-folded.
    #[test]
    fn spacing_and_case_do_not_make_another_person() {
        let plain = address_of("zoë.östlund@example.com");

        for same in [" zoë.östlund@example.com\n", "Zoë.Östlund@Example.COM", "ZOË.ÖSTLUND@EXAMPLE.COM"] {
            assert_eq!(address_of(same), plain, "{same}");
        }
        assert_ne!(address_of("zoe.ostlund@example.com"), plain);
    }

    #[test]
    fn blank_text_is_nobodys_address() {
        for blank in ["", " ", "\t\n", "\u{a0}"] {
            assert_eq!(address_of(blank), None);
        }
    }

    #[test]
    fn the_digest_follows_the_address() {
        assert_eq!(address_change(&Change::Keep), Change::Keep);
        assert_eq!(address_change(&Change::Clear), Change::Clear);
        assert_eq!(address_change(&Change::Set(" ".to_owned())), Change::Clear);
        let ann = address_of("ann@example.com").unwrap();
        assert_eq!(address_change(&Change::Set("ann@example.com".to_owned())), Change::Set(ann));
    }

    proptest! {
        #[test]
        fn the_normal_form_of_an_address_has_the_same_digest(email in ".{1,30}") {
            prop_assert_eq!(address_of(&email), address_of(&email.trim().to_lowercase()));
        }
    }
}
