//! Whether an account is fit for the work, and what it has to choose from.

mod text;

use axum::{
    Json,
    extract::{Path, State},
    http::{
        HeaderMap,
        header::{ACCEPT, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use domain::{AccountId, TenantId, preflight::Report};
use jiff::{SignedDuration, Timestamp};
use reconcile::preflight::preflight;
use serde_json::{Value, json};

use crate::{Console, connect::tenant_with, response::Failure};

/// How long after its start another call is begun: API Gateway gives up after 30 s, and a call may take a token and 10 s each.
const PATIENCE: SignedDuration = SignedDuration::from_secs(8);

/// What a report is about, and when it was made.
#[derive(Clone, Copy, Debug)]
struct About<'a> {
    tenant: &'a TenantId,
    account: &'a AccountId,
    now: Timestamp,
}

/// `GET …/accounts/{account}/preflight`: JSON, or a text to read for whoever accepts `text/plain`.
pub(crate) async fn get(
    State(console): State<Console>,
    Path((tenant, account)): Path<(TenantId, AccountId)>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let record = tenant_with(&console, &tenant, &account).await?;
    let now = console.services.clock.now();
    let until = now.saturating_add(PATIENCE).unwrap_or(Timestamp::MAX);
    let report = preflight(&console.services, &record, &account, until).await?;
    let about = About { tenant: &tenant, account: &account, now };
    Ok(if wants_text(&headers) {
        ([(CONTENT_TYPE, "text/plain; charset=utf-8")], text::text(about, &report)).into_response()
    } else {
        Json(told(about, &report)).into_response()
    })
}

/// A report as scripts read it.
fn told(about: About<'_>, report: &Report) -> Value {
    json!({
        "now": about.now,
        "tenant": about.tenant,
        "account": about.account,
        "level": report.level(),
        "findings": report.findings,
        "inventory": report.inventory,
    })
}

/// Whether plain text is named, and JSON not with a greater weight.
///
/// Source: RFC 9110, section 12.5.1: a weight of 0 is a refusal, none at all is 1.
fn wants_text(headers: &HeaderMap) -> bool {
    let accepted =
        headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).flat_map(|line| line.split(','));
    let accepted: Vec<(String, f32)> = accepted.filter_map(media).collect();
    let weight = |wanted: &str| accepted.iter().find(|(media, _)| media == wanted).map(|(_, weight)| *weight);
    let json = weight("application/json").unwrap_or_default();
    weight("text/plain").is_some_and(|text| text > 0.0 && text >= json)
}

/// One media type of an `Accept` header, with its weight.
fn media(range: &str) -> Option<(String, f32)> {
    let mut parts = range.split(';').map(str::trim);
    let media = parts.next()?.to_ascii_lowercase();
    let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse().ok());
    Some((media, weight.unwrap_or(1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_text(accept: &str) -> bool {
        wants_text(&HeaderMap::from_iter([(ACCEPT, accept.parse().unwrap())]))
    }

    #[test]
    fn text_is_for_whoever_names_it_and_likes_json_no_better() {
        for accept in
            ["text/plain", "Text/Plain; charset=utf-8", "application/json;q=0.5, text/plain", "text/plain,*/*"]
        {
            assert!(is_text(accept), "{accept}");
        }
        for accept in ["*/*", "application/json", "text/html", "text/plain;q=0", "text/plain; q=0.5, application/json"]
        {
            assert!(!is_text(accept), "{accept}");
        }
        assert!(!wants_text(&HeaderMap::new()));
    }
}
