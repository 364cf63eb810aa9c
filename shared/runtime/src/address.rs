//! Where people reach this deployment.

use http::{HeaderMap, HeaderName, header::HOST};

const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Scheme, host and port under which a request reached us, to which paths are appended; `None` if it names no host.
///
/// A gateway in front tells the scheme; without one it is plain HTTP on one machine. Whoever makes up a host gets an address
/// that only they see, and that Brivo does not know.
pub fn public_address(headers: &HeaderMap) -> Option<String> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let scheme = if text(FORWARDED_PROTO) == Some("https") { "https" } else { "http" };
    Some(format!("{scheme}://{}", text(HOST)?))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_address_is_the_one_that_was_asked_for() {
        let address = |told: &[(HeaderName, &'static str)]| {
            let headers = told.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
            public_address(&headers.collect())
        };

        assert_eq!(address(&[(HOST, "a.example"), (FORWARDED_PROTO, "https")]).unwrap(), "https://a.example");
        assert_eq!(address(&[(HOST, "127.0.0.1:9000")]).unwrap(), "http://127.0.0.1:9000");
        assert_eq!(address(&[]), None);
    }
}
