//! SHA-256 as text.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// The 64 lower-case hex digits of the SHA-256 of some bytes.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
