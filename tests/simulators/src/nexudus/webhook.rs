//! The signature under a webhook's body.
//!
//! Source: help.nexudus.com/docs/verifying-webhooks-created-via-the-api (2026-11-21), whose sample
//! hashes ASCII bytes; a gateway in production hashes the bytes as sent.

use axum::body::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Which bytes of key and body the sender hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hashing {
    /// Those that are sent.
    RawBytes,
    /// One for each UTF-16 unit, `?` for all that are not ASCII.
    AsciiReplaced,
}

/// The value of `X-Nexudus-Hook-Signature`: HMAC-SHA256 in upper-case hexadecimal.
pub fn signature(secret: &str, body: &str, hashing: Hashing) -> String {
    let bytes = match hashing {
        Hashing::RawBytes => |text: &str| text.as_bytes().to_vec(),
        Hashing::AsciiReplaced => ascii_replaced,
    };
    // HMAC takes keys of any length, so there is always a code to hash into.
    let Ok(mut code) = Hmac::<Sha256>::new_from_slice(&bytes(secret)) else {
        return String::new();
    };
    code.update(&bytes(body));
    let code = Bytes::copy_from_slice(&code.finalize().into_bytes());
    format!("{code:X}")
}

fn ascii_replaced(text: &str) -> Vec<u8> {
    text.encode_utf16().map(|unit| u8::try_from(unit).ok().filter(u8::is_ascii).unwrap_or(b'?')).collect()
}
