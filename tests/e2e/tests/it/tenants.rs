//! Tenant documents, in JSON.

use serde_json::{Value, json};

pub(crate) const CLIENT_ID: &str = "0b8dcbe6-planted-client-id";
pub(crate) const CLIENT_SECRET: &str = "planted-client-secret-4711";
pub(crate) const API_KEY: &str = "planted-api-key-4712";
pub(crate) const REFRESH_TOKEN: &str = "planted-refresh-token-4713";
pub(crate) const PATH_SECRET: &str = "planted-path-secret-0123456789abcdef";
pub(crate) const SIGNING_SECRET: &str = "planted-signing-secret-4714";
/// Base64 after the prefix, as Standard Webhooks has it.
pub(crate) const SECOND_SIGNING_SECRET: &str = "whsec_cGxhbnRlZC1zZWNvbmQtc2lnbmluZy1zZWNyZXQ=";
pub(crate) const USERNAME: &str = "integration@acme.example";
pub(crate) const PASSWORD: &str = "planted-platform-password-4715";

/// Rooms and the groups they give. The first is the one of the captured booking.
pub(crate) const ROOM: u64 = 1_414_925_063;
pub(crate) const OTHER_ROOM: u64 = 1_414_925_064;
/// Shares group 501 with [`ROOM`].
pub(crate) const SHARING_ROOM: u64 = 1_414_925_065;
/// Gives eight groups at once.
pub(crate) const SUITE: u64 = 1_414_925_066;
/// Gives nothing.
pub(crate) const UNMAPPED_ROOM: u64 = 1_414_925_067;
/// Its second group is unknown to Brivo.
pub(crate) const ROOM_WITH_UNKNOWN_GROUP: u64 = 1_414_925_068;

/// Every group that Brivo knows.
pub(crate) fn groups() -> impl Iterator<Item = u64> {
    (501..=503).chain(511..=518).chain([521])
}

/// The tenant `acme` on Nexudus.
pub(crate) fn nexudus() -> Value {
    let mut document = with_platform("acme", "nexudus", "Europe/London");
    document["platform_api"] = json!({"username": USERNAME, "password": PASSWORD});
    document
}

/// A tenant on the canonical feed.
pub(crate) fn with_platform(tenant: &str, platform: &str, time_zone: &str) -> Value {
    json!({
        "tenant": tenant,
        "platform": platform,
        "enabled": true,
        "accounts": [{
            "id": "hq", "region": "us", "api_key": API_KEY, "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET, "refresh_token": REFRESH_TOKEN,
        }],
        "locations": [{
            "id": "main", "name": "Main", "time_zone": time_zone, "account": "hq", "site": 7_833_522,
        }],
        "mappings": [
            resource(ROOM, &[501]),
            resource(OTHER_ROOM, &[502]),
            resource(SHARING_ROOM, &[501, 503]),
            resource(SUITE, &[511, 512, 513, 514, 515, 516, 517, 518]),
            resource(ROOM_WITH_UNKNOWN_GROUP, &[521, 999]),
        ],
        "hooks": {"path_secret": PATH_SECRET, "signing_secrets": [SIGNING_SECRET, SECOND_SIGNING_SECRET]},
    })
}

/// A mapping from a room to groups.
pub(crate) fn resource(id: u64, groups: &[u64]) -> Value {
    json!({"kind": "resource", "id": id.to_string(), "groups": groups})
}
