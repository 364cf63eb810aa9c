//! Who cannot open doors yet, and inviting them again.

use axum::{
    Json,
    extract::{Path, Query, State},
};
use domain::{MemberId, MemberKey, TenantId, credentials::Seen, ledger::Ledger};
use futures::{StreamExt, TryStreamExt, stream};
use reconcile::{Again, ReconcileError, invite_again};
use serde::Deserialize;
use serde_json::{Value, json};
use state::TenantRecord;

use crate::{Console, access::url, response::Failure};

/// How many members are read side by side.
const SIDE_BY_SIDE: usize = 16;

#[derive(Debug, Deserialize)]
pub(crate) struct AfterQuery {
    after: Option<MemberId>,
}

/// `GET /api/v1/tenants/{tenant}/credentials?after=MEMBER`: who has a reason to be inside and waits for a credential, page by page; a
/// page can be empty though more follow. Brivo is not asked for it: `looked_at` says when somebody looked last.
pub(crate) async fn waiting(
    State(console): State<Console>,
    Path(tenant): Path<TenantId>,
    Query(query): Query<AfterQuery>,
) -> Result<Json<Value>, Failure> {
    let store = &console.services.store;
    let record = &store.tenant(&tenant).await?.ok_or(Failure::NotFound("tenant"))?;
    let members = store.members(&tenant, query.after.as_ref()).await?;
    let next = members.last().cloned();
    let read = members.into_iter().map(|member| {
        let key = MemberKey { tenant: tenant.clone(), member };
        async move { store.member(&key).await.map(|items| of_member(record, &key.member, &items.ledger)) }
    });
    let people: Vec<Vec<Value>> = stream::iter(read).buffered(SIDE_BY_SIDE).try_collect().await?;
    let people: Vec<Value> = people.into_iter().flatten().collect();
    Ok(Json(json!({"tenant": tenant, "waiting": people, "next_after": next})))
}

/// What a member waits for, in each account.
fn of_member(record: &TenantRecord, member: &MemberId, ledger: &Ledger) -> Vec<Value> {
    let here = ledger.accounts.iter().filter(|(_, account)| account.user.is_some() && account.left.is_none());
    let waits = here.filter_map(|(id, account)| {
        let (since, looked_at) = match account.credentials.seen {
            Seen::Nothing { since, looked_at } => (Some(since), Some(looked_at)),
            Seen::Unlooked | Seen::Something => (None, None),
        };
        Some(json!({
            "member": member,
            "account": id,
            "waits_for": account.credentials.waits_for()?,
            "since": since.or(account.credentials.pass.invited_at),
            "looked_at": looked_at,
            "brivo_user_id": account.user,
            "brivo_url": url(&record.tenant, id, account),
        }))
    });
    waits.collect()
}

/// `POST …/members/{member}/invitation`: takes back an invitation that waits, and makes another, unless it was claimed meanwhile.
pub(crate) async fn invite(
    State(console): State<Console>,
    Path((tenant, member)): Path<(TenantId, MemberId)>,
) -> Result<Json<Value>, Failure> {
    let services = &console.services;
    services.store.tenant(&tenant).await?.ok_or(Failure::NotFound("tenant"))?;
    let key = MemberKey { tenant, member };
    match invite_again(services, &key).await.map_err(|ReconcileError::Store(error)| error)? {
        Again::Asked => Ok(Json(json!({"member": key.member, "invited_again": true}))),
        Again::Nobody => Err(Failure::Moved(json!({
            "error": "this member has no Brivo user, no reason to be inside, or a mobile pass already: \
                      look at GET .../access; a pass that is lost is taken away in Brivo first",
        }))),
        Again::Unseen => Err(Failure::Unasked(
            "Brivo cannot be asked at the moment whether this member has a mobile pass by now: try again in a minute"
                .to_owned(),
        )),
        Again::Busy => Err(Failure::Moved(json!({"error": "somebody works on this member: try again in a moment"}))),
    }
}
