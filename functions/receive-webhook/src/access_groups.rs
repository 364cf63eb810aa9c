//! Answers Nexudus' *Custom ACS*, which asks for the groups that its operators may choose from.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    Json,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use platforms::{NoSuchSource, Source, nexudus, verify};
use runtime::{Services, tenants};
use serde_json::Value;

use crate::{
    receive::{Hook, Refusal, check_path_secret},
    response,
};

/// `GET /hooks/nexudus/{tenant}/{path_secret}/custom-acs`.
pub(crate) async fn get(services: &Services, hook: &Hook, headers: &HeaderMap) -> Response {
    match groups(services, hook, headers).await {
        Ok(groups) => Json(groups).into_response(),
        Err(refusal) => response::refused(hook, &refusal),
    }
}

/// The groups that may be touched: only what is chosen from these has an effect. Their names are those that the last pass
/// over the accounts has seen, and their numbers before the first. One that Brivo does not have is not offered.
///
/// Requests: one for the tenant, and one for each account.
async fn groups(services: &Services, hook: &Hook, headers: &HeaderMap) -> Result<Value, Refusal> {
    let source = Source::parse(&hook.platform, hook.event.as_deref(), None).map_err(Refusal::NoSource)?;
    if !matches!(source, Source::NexudusAccess) {
        return Err(Refusal::NoSource(NoSuchSource::OnlyPosted));
    }
    if !hook.tenant.is_sound() {
        return Err(Refusal::WrongSecret);
    }
    let record = services.store.tenant(&hook.tenant).await?.ok_or(Refusal::WrongSecret)?;
    check_path_secret(services, &record, &hook.path_secret)?;
    let secrets = tenants::signing_secrets(&services.sealer, &record).map_err(Refusal::Sealed)?;
    verify(&source, headers, b"", &secrets, services.clock.now()).map_err(Refusal::Unproven)?;

    let (mut names, mut absent) = (BTreeMap::new(), BTreeSet::new());
    for account in &record.tenant.accounts {
        let found = services.store.sync(&hook.tenant, &account.id).await?.found;
        names.extend(found.names);
        absent.extend(found.missing.into_iter().chain(found.unmarked));
    }
    let managed = record.tenant.managed();
    let offered = managed.iter().filter(|group| names.contains_key(*group) || !absent.contains(*group));
    Ok(nexudus::access_groups(offered.map(|group| (*group, names.get(group).map(String::as_str)))))
}
