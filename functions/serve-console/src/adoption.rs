//! Who is in Brivo already and would be taken on, before it happens.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{Path, Query, State},
};
use domain::{
    AccountId, MemberId, TenantId,
    adoption::{Then, UsersFound},
    rules::Rulebook,
};
use reconcile::{
    adoption_outlook::{Page, Row, outlooks},
    drift::{Passed, passed},
};
use serde::Deserialize;
use serde_json::{Value, json};
use state::TenantRecord;

use crate::{Console, response::Failure};

/// Members of a page, unless another number is asked for.
const PAGE: usize = 100;

/// Members of a page at most.
const LARGEST_PAGE: usize = 500;

#[derive(Debug, Deserialize)]
pub(crate) struct AdoptionQuery {
    after: Option<MemberId>,
    limit: Option<usize>,
}

/// `GET /api/v1/tenants/{tenant}/adoption?after=MEMBER&limit=N`: the members without a Brivo user of ours, with the users who have
/// their e-mail addresses and what becomes of each.
///
/// It comes page by page; a page can be empty though more follow. Brivo is not asked for it: `users_read_at` says how old it is.
pub(crate) async fn get(
    State(console): State<Console>,
    Path(tenant): Path<TenantId>,
    Query(query): Query<AdoptionQuery>,
) -> Result<Json<Value>, Failure> {
    let services = &console.services;
    let limit = query.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
    let record = services.store.tenant(&tenant).await?.ok_or(Failure::NotFound("tenant"))?;
    // Asked first: a reading that ends in between has filled the inventory.
    let passed = passed(services, &record).await?;
    let page = outlooks(services, &record, &passed, (query.after.as_ref(), limit)).await?;
    Ok(Json(told(&record, &passed, &page)))
}

fn told(record: &TenantRecord, passed: &Passed, page: &Page) -> Value {
    let rules = Rulebook::new(&record.tenant);
    let accounts = passed.accounts.iter().map(|(account, sync)| {
        json!({
            "account": account,
            "adopt": rules.account_policy(account).adopt,
            "users_read_at": sync.users_read_at,
            "users": sync.found.users,
            "on_this_page": totals(&page.rows, account),
        })
    });
    json!({
        "tenant": record.tenant.id,
        "enabled": record.tenant.enabled,
        "accounts": accounts.collect::<Vec<_>>(),
        "members_looked_at": page.members,
        "members": page.rows.iter().map(of_member).collect::<Vec<_>>(),
        "next_after": page.next_after,
    })
}

fn of_member(row: &Row) -> Value {
    json!({
        "member": row.member,
        "account": row.account,
        "has_reason": row.has_reason,
        "found": row.outlook.found,
        "brivo_user_ids": row.outlook.users,
        "then": row.outlook.then,
    })
}

/// How many members of the page each outcome has in an account.
fn totals(rows: &[Row], account: &AccountId) -> Value {
    let mut found: BTreeMap<UsersFound, usize> = BTreeMap::new();
    let mut then: BTreeMap<Then, usize> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.account == *account) {
        *found.entry(row.outlook.found).or_default() += 1;
        *then.entry(row.outlook.then).or_default() += 1;
    }
    json!({"found": found, "then": then})
}
