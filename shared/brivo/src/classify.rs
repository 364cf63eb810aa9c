//! What an answer other than success means: a pure function of status, headers and body.

mod wait;

use reqwest::header::HeaderMap;
use serde::Deserialize;

use self::wait::wait;
use crate::BrivoError;

/// The gateway's own error code; present only on answers that the gateway made itself.
const GATEWAY_CODE: &str = "x-mashery-error-code";

/// How much of an error body is looked at: the gateway's pages are a few hundred bytes.
const LOOKED_AT: usize = 4096;

/// The longest message that is kept, in characters: the documented ones are below 120.
const LONGEST_MESSAGE: usize = 160;

/// The longest word that is kept of a message; longer ones are tokens or keys.
const LONGEST_WORD: usize = 32;

/// What an answer of the API means that is not a success.
pub(crate) fn refused_call(status: u16, headers: &HeaderMap, body: &[u8]) -> BrivoError {
    if status == 401 { BrivoError::TokenRefused } else { refused_by_any_host(status, headers, &ErrorBody::of(body)) }
}

/// What an answer of the token endpoint to a refresh token means that is not a success.
pub(crate) fn refused_grant(status: u16, headers: &HeaderMap, body: &[u8]) -> BrivoError {
    refused_by_auth_host(status, headers, ErrorBody::of(body), BrivoError::Disconnected)
}

/// What an answer of the token endpoint to an authorisation code means that is not a success.
pub(crate) fn refused_code(status: u16, headers: &HeaderMap, body: &[u8]) -> BrivoError {
    refused_by_auth_host(status, headers, ErrorBody::of(body), BrivoError::CodeRefused)
}

/// The messages of the token endpoint are never kept: the framework behind it repeats the refresh token in them.
///
/// `grant_refused` is what the grant itself being refused means.
fn refused_by_auth_host(status: u16, headers: &HeaderMap, body: ErrorBody, grant_refused: BrivoError) -> BrivoError {
    match (status, body.oauth_error()) {
        (400 | 401, Some("invalid_grant" | "invalid_token")) => grant_refused,
        (400, Some("invalid_client" | "unauthorized_client")) | (401, _) => BrivoError::BadApplication,
        _ => refused_by_any_host(status, headers, &body.without_message()),
    }
}

fn refused_by_any_host(status: u16, headers: &HeaderMap, body: &ErrorBody) -> BrivoError {
    let retry_after = wait(headers);
    match (status, gateway_verdict(headers, body)) {
        (403 | 429, Some(Gateway::OverRate)) => BrivoError::QuotaSpent { retry_after },
        (403, Some(Gateway::OverQps)) | (429, _) => BrivoError::SlowDown { retry_after },
        (403, Some(Gateway::Other)) => BrivoError::KeyRefused,
        (403, None) => BrivoError::Forbidden { message: body.message() },
        (404, None) => BrivoError::NotFound,
        (404 | 596, _) => BrivoError::Misrouted,
        (408 | 418, _) => BrivoError::Unavailable { status, retry_after },
        (400..=499, _) => BrivoError::Rejected { status, message: body.message() },
        (_, _) => BrivoError::Unavailable { status, retry_after },
    }
}

/// What the gateway itself says; answers of Brivo behind it have none of these.
enum Gateway {
    /// Too many calls per second.
    OverQps,
    /// The period's calls are spent.
    OverRate,
    /// Something else: the key, the path.
    Other,
}

fn gateway_verdict(headers: &HeaderMap, body: &ErrorBody) -> Option<Gateway> {
    let code = headers.get(GATEWAY_CODE).and_then(|value| value.to_str().ok());
    let text = match (code, body) {
        (Some(code), _) => code.replace('_', " "),
        (None, ErrorBody::Text(page)) => page.clone(),
        (None, ErrorBody::Json(_) | ErrorBody::Empty) => return None,
    }
    .to_ascii_lowercase();
    Some(if text.contains("over qps") {
        Gateway::OverQps
    } else if text.contains("over rate") {
        Gateway::OverRate
    } else {
        Gateway::Other
    })
}

/// The forms an error body comes in.
///
/// Source: Brivo API, error bodies, 2025-11-25: JSON of three shapes, HTML of the gateway, or nothing.
enum ErrorBody {
    Json(ErrorMembers),
    Text(String),
    Empty,
}

#[derive(Deserialize)]
struct ErrorMembers {
    #[serde(default)]
    error: serde_json::Value,
    #[serde(default)]
    message: serde_json::Value,
}

impl ErrorBody {
    fn of(body: &[u8]) -> Self {
        if let Ok(members) = serde_json::from_slice(body) {
            return Self::Json(members);
        }
        let text = String::from_utf8_lossy(body.get(..LOOKED_AT).unwrap_or(body));
        if text.trim().is_empty() { Self::Empty } else { Self::Text(text.into_owned()) }
    }

    fn oauth_error(&self) -> Option<&str> {
        match self {
            Self::Json(members) => members.error.as_str(),
            Self::Text(_) | Self::Empty => None,
        }
    }

    fn message(&self) -> Option<String> {
        match self {
            Self::Json(members) => members.message.as_str().map(showable),
            Self::Text(_) | Self::Empty => None,
        }
    }

    fn without_message(self) -> Self {
        match self {
            Self::Json(members) => Self::Json(ErrorMembers { message: serde_json::Value::Null, ..members }),
            other @ (Self::Text(_) | Self::Empty) => other,
        }
    }
}

/// The message without what looks like an address, a telephone number or a token, on one line and of bounded length.
fn showable(message: &str) -> String {
    let personal = |word: &str| {
        word.contains('@')
            || word.chars().count() > LONGEST_WORD
            || word.bytes().filter(u8::is_ascii_digit).count() >= PHONE_DIGITS
    };
    let words = message.split_whitespace().map(|word| if personal(word) { "…" } else { word });
    words.collect::<Vec<_>>().join(" ").chars().filter(|c| !c.is_control()).take(LONGEST_MESSAGE).collect()
}

/// From how many digits on a word may be a telephone number; ids of Brivo are as long, and are of no use in a message.
const PHONE_DIGITS: usize = 7;

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    /// What a row of the tables expects.
    #[derive(Debug, PartialEq)]
    enum Class {
        TokenRefused,
        Disconnected,
        CodeRefused,
        BadApplication,
        KeyRefused,
        Forbidden,
        SlowDown,
        QuotaSpent,
        NotFound,
        Rejected,
        Unavailable,
        Misrouted,
    }

    /// The class, whether a write may have been applied, and whether a repetition can help.
    fn verdict(error: &BrivoError) -> Option<(Class, bool, bool)> {
        let class = match error {
            BrivoError::TokenRefused => Class::TokenRefused,
            BrivoError::Disconnected => Class::Disconnected,
            BrivoError::CodeRefused => Class::CodeRefused,
            BrivoError::BadApplication => Class::BadApplication,
            BrivoError::KeyRefused => Class::KeyRefused,
            BrivoError::Forbidden { .. } => Class::Forbidden,
            BrivoError::SlowDown { .. } => Class::SlowDown,
            BrivoError::QuotaSpent { .. } => Class::QuotaSpent,
            BrivoError::NotFound => Class::NotFound,
            BrivoError::Rejected { .. } => Class::Rejected,
            BrivoError::Unavailable { .. } => Class::Unavailable,
            BrivoError::Misrouted => Class::Misrouted,
            BrivoError::Unreachable(_)
            | BrivoError::Interrupted(_)
            | BrivoError::Unreadable { .. }
            | BrivoError::Unsettled
            | BrivoError::Refreshing { .. }
            | BrivoError::Vault(_) => return None,
        };
        Some((class, error.outcome_unknown(), error.is_transient()))
    }

    fn headers(code: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if !code.is_empty() {
            headers.insert(GATEWAY_CODE, HeaderValue::from_static(code));
        }
        headers
    }

    const INVALID_GRANT: &str = r#"{"error":"invalid_grant","error_description":"Bad credentials"}"#;
    const WRONG_BASIC: &str =
        r#"{"status":401,"error":"Unauthorized","message":"Bad credentials","path":"/oauth/token"}"#;
    const NO_BASIC: &str = r#"{"error":"unauthorized","error_description":"Full authentication is required"}"#;
    const INVALID_TOKEN: &str = r#"{"error":"invalid_token","error_description":"Access token expired: eyJhbGciOi"}"#;
    const NOT_ALLOWED: &str = r#"{"code":403,"message":"You are not allowed to perform that action"}"#;
    const UNAVAILABLE_HERE: &str = r#"{"message":"This functionality is unavailable for this admin","code":403}"#;
    const NO_USER: &str = r#"{"code":404,"message":"Requested user not found"}"#;
    const INVALID: &str = r#"{"code":400,"message":"Invalid criteria provided"}"#;
    const BUSY: &str = r#"{"code":503,"message":"Service unavailable"}"#;
    const SPRING: &str = r#"{"timestamp":"2026-11-22T09:00:00.000+0000","status":401,"error":"Unauthorized",
        "message":"Unauthorized","path":"/v1/api/users"}"#;
    const DENIED: &str = r#"{"code":403,"message":"Access to the requested resource was denied"}"#;
    const INVALID_USER: &str = r#"{"code":403,"message":"Invalid user","novelty":{"x":[1]}}"#;
    const NO_INVITATION: &str = r#"{"code":404,"message":"Digital invitation not found"}"#;
    const PENDING: &str = r#"{"code":409,"message":"There is already a pending invitation for the cardHolder."}"#;
    const NO_PASS: &str = r#"{"code":412,"message":"You don't have any Brivo Wallet Passes available."}"#;
    const NOT_CONNECTED: &str = r#"{"code":412,"message":"Access point is not connected"}"#;
    const INACTIVE: &str = "<h1>Developer Inactive</h1>";
    const OVER_QPS: &str = "<h1>Developer Over Qps</h1>";
    const OVER_RATE: &str = "<h1>Developer Over Rate</h1>";
    const NO_SERVICE: &str = "<h1>596 Service Not Found</h1>";
    const PAGE: &str = "<html><body>nginx</body></html>";

    /// Source: Brivo API, authentication errors and response codes, 2025-11-25; Mashery error codes, by support.mashery.com.
    #[rustfmt::skip]
    const API: &[(u16, &str, &str, Class, bool, bool)] = &[
        // status, gateway code, body, class, outcome unknown, transient
        (401, "", INVALID_TOKEN,                          Class::TokenRefused, false, false),
        (401, "", NO_BASIC,                               Class::TokenRefused, false, false),
        (401, "", SPRING,                                 Class::TokenRefused, false, false),
        (401, "", PAGE,                                   Class::TokenRefused, false, false),
        (401, "", "",                                     Class::TokenRefused, false, false),
        (403, "", INACTIVE,                               Class::KeyRefused,   false, false),
        (403, "ERR_403_DEVELOPER_INACTIVE", INACTIVE,     Class::KeyRefused,   false, false),
        (403, "ERR_403_NOT_AUTHORIZED", "",               Class::KeyRefused,   false, false),
        (403, "", PAGE,                                   Class::KeyRefused,   false, false),
        (403, "", NOT_ALLOWED,                            Class::Forbidden,    false, false),
        (403, "", UNAVAILABLE_HERE,                       Class::Forbidden,    false, false),
        (403, "", DENIED,                                 Class::Forbidden,    false, false),
        (403, "", INVALID_USER,                           Class::Forbidden,    false, false),
        (403, "", "",                                     Class::Forbidden,    false, false),
        (403, "", OVER_QPS,                               Class::SlowDown,     false, true),
        (403, "ERR_403_DEVELOPER_OVER_QPS", "",           Class::SlowDown,     false, true),
        (403, "ERR_403_SERVICE_OVER_QPS", PAGE,           Class::SlowDown,     false, true),
        (403, "err_403_developer_over_qps", "",           Class::SlowDown,     false, true),
        (403, "ERR_403_DEVELOPER_OVER_QPS", NOT_ALLOWED,  Class::SlowDown,     false, true),
        (403, "ERR_403_DEVELOPER_OVER_QPS", INACTIVE,     Class::SlowDown,     false, true),
        (429, "", "",                                     Class::SlowDown,     false, true),
        (429, "", NOT_ALLOWED,                            Class::SlowDown,     false, true),
        (429, "", PAGE,                                   Class::SlowDown,     false, true),
        (429, "ERR_403_DEVELOPER_OVER_QPS", "",           Class::SlowDown,     false, true),
        (403, "", OVER_RATE,                              Class::QuotaSpent,   false, true),
        (403, "ERR_403_DEVELOPER_OVER_RATE", OVER_RATE,   Class::QuotaSpent,   false, true),
        (429, "ERR_403_DEVELOPER_OVER_RATE", "",          Class::QuotaSpent,   false, true),
        (404, "", NO_USER,                                Class::NotFound,     false, false),
        (404, "", NO_INVITATION,                          Class::NotFound,     false, false),
        (404, "", "",                                     Class::NotFound,     false, false),
        (404, "", PAGE,                                   Class::Misrouted,    false, false),
        (596, "ERR_596_SERVICE_NOT_FOUND", NO_SERVICE,    Class::Misrouted,    false, false),
        (596, "", NO_SERVICE,                             Class::Misrouted,    false, false),
        (596, "", "",                                     Class::Misrouted,    false, false),
        (400, "", INVALID,                                Class::Rejected,     false, false),
        (400, "", PAGE,                                   Class::Rejected,     false, false),
        (400, "", "",                                     Class::Rejected,     false, false),
        (409, "", PENDING,                                Class::Rejected,     false, false),
        (409, "", "",                                     Class::Rejected,     false, false),
        (412, "", NO_PASS,                                Class::Rejected,     false, false),
        (412, "", NOT_CONNECTED,                          Class::Rejected,     false, false),
        (412, "", "",                                     Class::Rejected,     false, false),
        (415, "", PAGE,                                   Class::Rejected,     false, false),
        (417, "", "",                                     Class::Rejected,     false, false),
        (408, "", "",                                     Class::Unavailable,  true,  true),
        (418, "", "",                                     Class::Unavailable,  true,  true),
        (418, "", INVALID,                                Class::Unavailable,  true,  true),
        (500, "", "",                                     Class::Unavailable,  true,  true),
        (502, "ERR_502_BAD_GATEWAY", PAGE,                Class::Unavailable,  true,  true),
        (503, "ERR_503_SERVICE_UNAVAILABLE", PAGE,        Class::Unavailable,  true,  true),
        (503, "", BUSY,                                   Class::Unavailable,  true,  true),
        (504, "ERR_504_GATEWAY_TIMEOUT", PAGE,            Class::Unavailable,  true,  true),
        (302, "", "",                                     Class::Unavailable,  true,  true),
    ];

    /// Source: as above; the status of a refused grant is 401 as documented, 400 as in RFC 6749.
    #[rustfmt::skip]
    const TOKEN_ENDPOINT: &[(u16, &str, &str, Class)] = &[
        (401, "", INVALID_GRANT,                         Class::Disconnected),
        (400, "", INVALID_GRANT,                         Class::Disconnected),
        (401, "", INVALID_TOKEN,                         Class::Disconnected),
        (401, "", WRONG_BASIC,                           Class::BadApplication),
        (401, "", NO_BASIC,                              Class::BadApplication),
        (401, "", "",                                    Class::BadApplication),
        (400, "", r#"{"error":"invalid_client"}"#,       Class::BadApplication),
        (400, "", r#"{"error":"invalid_request"}"#,      Class::Rejected),
        (403, "", INACTIVE,                              Class::KeyRefused),
        (403, "ERR_403_DEVELOPER_OVER_QPS", OVER_QPS,    Class::SlowDown),
        (503, "", PAGE,                                  Class::Unavailable),
        (404, "", PAGE,                                  Class::Misrouted),
    ];

    #[test]
    fn every_documented_refusal_of_a_call_has_its_class() {
        for (status, code, body, class, unknown, transient) in API {
            let error = refused_call(*status, &headers(code), body.as_bytes());

            let (found, found_unknown, found_transient) = verdict(&error).unwrap();
            assert_eq!(
                (&found, found_unknown, found_transient),
                (class, *unknown, *transient),
                "{status} {code} {body}"
            );
        }
    }

    #[test]
    fn every_documented_refusal_of_a_grant_has_its_class() {
        for (status, code, body, class) in TOKEN_ENDPOINT {
            let error = refused_grant(*status, &headers(code), body.as_bytes());

            assert_eq!(&verdict(&error).unwrap().0, class, "{status} {code} {body}");
        }
    }

    #[test]
    fn a_refused_code_differs_from_a_refused_refresh_only_in_who_is_asked_for_what() {
        for (status, code, body, class) in TOKEN_ENDPOINT {
            let error = refused_code(*status, &headers(code), body.as_bytes());

            let class = if *class == Class::Disconnected { &Class::CodeRefused } else { class };
            assert_eq!(&verdict(&error).unwrap().0, class, "{status} {code} {body}");
        }
    }

    #[test]
    fn a_message_is_kept_without_addresses_numbers_and_tokens() {
        let body = r#"{"code":400,"message":"No zoe@example.org\n +442079460000 eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.x here"}"#;

        let error = refused_call(400, &HeaderMap::new(), body.as_bytes());

        assert_eq!(error.to_string(), "brivo rejected the request with status 400: No … … … here");
    }

    #[test]
    fn nothing_the_token_endpoint_writes_is_kept() {
        let body = r#"{"error":"invalid_request","message":"Invalid refresh token: secret"}"#;

        let error = refused_grant(400, &HeaderMap::new(), body.as_bytes());

        assert!(!format!("{error} {error:?}").contains("secret"));
    }

    #[test]
    fn no_error_body_is_too_strange_to_be_classified() {
        for body in [&b"\xff\xfe"[..], b"[]", b"null", b"{\"message\":{\"a\":1}}", &[b'x'; 10_000], b"{\"message\":7}"]
        {
            let error = refused_call(400, &HeaderMap::new(), body);

            assert!(matches!(error, BrivoError::Rejected { status: 400, message: None }), "{error:?}");
        }
    }
}
