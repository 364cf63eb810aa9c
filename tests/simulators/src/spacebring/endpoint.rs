//! Svix: from a body to what arrives at an endpoint, once or several times.
//!
//! Source: docs.svix.com/receiving/verifying-payloads/how-manual, /retries and /rotating-secrets (2026-11-21). That the id of a
//! message is a KSUID, which begins with the second it was made in, is seen in the ids.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sha2::Sha256;

use crate::random::Random;

/// How long after a rotation the secret before still signs too.
const OVERLAP: SignedDuration = SignedDuration::from_hours(24);

/// The digits of a KSUID.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Second 0 of a KSUID, in Unix time.
const EPOCH: i64 = 1_400_000_000;

/// Where messages are sent, with the secrets that sign them.
#[derive(Clone, Debug)]
pub struct Endpoint {
    secret: String,
    /// The secret before, and until when it signs.
    before: Option<(String, Timestamp)>,
    random: Random,
}

/// A message: the same at every attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// `svix-id`.
    pub id: String,
    /// The body.
    pub body: String,
}

/// One attempt to deliver a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The headers by name.
    pub headers: [(&'static str, String); 3],
    /// The body.
    pub body: String,
}

impl Endpoint {
    /// An endpoint with this secret, `whsec_` and base64.
    pub fn new(secret: &str) -> Self {
        Self { secret: secret.to_owned(), before: None, random: Random::seeded(7) }
    }

    /// Signs with another secret from `now` on, and for a day with the one before as well.
    pub fn rotate(&mut self, secret: &str, now: Timestamp) {
        let before = std::mem::replace(&mut self.secret, secret.to_owned());
        self.before = Some((before, now + OVERLAP));
    }

    /// A message made at `now`.
    pub fn message(&mut self, body: &Value, now: Timestamp) -> Message {
        let second = u32::try_from(now.as_second() - EPOCH).unwrap_or_default();
        let random = [self.random.next(), self.random.next()].map(u64::to_be_bytes).concat();
        let bytes: Vec<u8> = second.to_be_bytes().into_iter().chain(random).collect();
        Message { id: format!("msg_{}", base62(&bytes)), body: body.to_string() }
    }

    /// An attempt at `now`, which is the time its headers tell.
    pub fn attempt(&self, message: &Message, now: Timestamp) -> Attempt {
        let sent_at = now.as_second();
        let signed = format!("{}.{sent_at}.{}", message.id, message.body);
        let before = self.before.iter().filter(|(_, until)| now < *until).map(|(secret, _)| secret);
        let signatures: Vec<String> = [&self.secret]
            .into_iter()
            .chain(before)
            .map(|secret| format!("v1,{}", signature(secret, &signed)))
            .collect();
        let headers = [
            ("svix-id", message.id.clone()),
            ("svix-timestamp", sent_at.to_string()),
            ("svix-signature", signatures.join(" ")),
        ];
        Attempt { headers, body: message.body.clone() }
    }
}

impl Attempt {
    /// Posts it; whatever is not 2xx is an attempt that failed.
    ///
    /// # Errors
    ///
    /// When no answer came back.
    pub async fn post(&self, http: &reqwest::Client, url: &str) -> Result<u16, reqwest::Error> {
        let request = http.post(url).header("content-type", "application/json").body(self.body.clone());
        let request = self.headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
        Ok(request.send().await?.status().as_u16())
    }
}

fn signature(secret: &str, signed: &str) -> String {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap_or(secret)).unwrap_or_default();
    // HMAC takes keys of any length, so there is always a code to hash into.
    let Ok(mut code) = Hmac::<Sha256>::new_from_slice(&key) else { return String::new() };
    code.update(signed.as_bytes());
    STANDARD.encode(code.finalize().into_bytes())
}

/// The digits of a number of 20 bytes to the base of 62, the lowest last.
fn base62(bytes: &[u8]) -> String {
    let mut number = bytes.to_vec();
    let mut digits = vec![0_u8; 27];
    for digit in digits.iter_mut().rev() {
        let rest = number.iter_mut().fold(0_u32, |rest, byte| {
            let value = (rest << 8) + u32::from(*byte);
            *byte = (value / 62).to_le_bytes()[0];
            value % 62
        });
        *digit = usize::try_from(rest).ok().and_then(|rest| DIGITS.get(rest)).copied().unwrap_or(b'0');
    }
    digits.into_iter().map(char::from).collect()
}
