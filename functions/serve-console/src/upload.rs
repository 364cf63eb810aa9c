//! Full uploads, for platforms without an API.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    Json,
    extract::{Path, Query, State},
    http::{HeaderMap, header::CONTENT_TYPE},
};
use bytes::Bytes;
use domain::{
    LocationId, Subject, TenantId,
    facts::Entitlement,
    intake::{News, What},
    tenant::{MappingKind, Tenant},
};
use jiff::{SignedDuration, Timestamp};
use platforms::{Provenance, Snapshot, Table, Unreadable};
use reconcile::upload::{Asked, Upload, Uploaded, take_in_upload};
use runtime::codes::put_in_access_codes;
use serde_json::{Value, json};

use crate::{Console, response::Failure};

/// The largest upload that is taken: a function is handed 6 MB at most, in which every quotation mark of a JSON body takes two.
pub(crate) const LARGEST: usize = 4 << 20;

/// How long an upload may take: API Gateway gives up after 30 s.
const PATIENCE: SignedDuration = SignedDuration::from_secs(20);

/// Things are named up to so many.
const MOST_NAMED: usize = 1000;

/// What begins the name of a parameter that says in which column of a table a field is.
const COLUMN: &str = "column.";

/// How an upload is meant.
#[derive(Debug)]
struct Meant {
    location: Option<LocationId>,
    as_of: Timestamp,
    dry_run: bool,
    approves: Option<String>,
    table: Table,
}

impl Meant {
    fn read(query: BTreeMap<String, String>) -> Result<Self, Failure> {
        let (mut location, mut as_of, mut dry_run, mut approves) = (None, None, false, None);
        let mut table = Table::default();
        for (name, value) in query {
            match (name.as_str(), name.strip_prefix(COLUMN)) {
                (_, Some(field)) => {
                    table.columns.insert(field.to_owned(), value);
                }
                ("location", None) => location = Some(LocationId::new(value)),
                ("as_of", None) => as_of = value.parse().ok(),
                ("dry_run", None) => {
                    let wanted = |_| Failure::Asked("dry_run must be true or false".to_owned());
                    dry_run = value.parse().map_err(wanted)?;
                }
                ("separator", None) => table.separator = value,
                ("approve", None) => approves = Some(value),
                (unknown, None) => {
                    let wanted = "there are as_of, location, dry_run, approve, separator and column.FIELD";
                    return Err(Failure::Asked(format!("there is no parameter {unknown}; {wanted}")));
                }
            }
        }
        // Without it an old list would undo what was told since, and whoever left since would be let in again.
        let wanted = "say when the list was made: as_of=2026-11-21T09:00:00Z";
        let as_of = as_of.ok_or_else(|| Failure::Asked(wanted.to_owned()))?;
        Ok(Self { location, as_of, dry_run, approves, table })
    }
}

/// `POST /api/v1/tenants/{tenant}/upload`: takes in everything there is, as a table in CSV or as lists in JSON; what is missing
/// is gone, unless so much is missing that it waits for approval.
pub(crate) async fn post(
    State(console): State<Console>,
    Path(tenant): Path<TenantId>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Failure> {
    let meant = Meant::read(query)?;
    let services = &console.services;
    let record = services.store.tenant(&tenant).await?.ok_or(Failure::NotFound("tenant"))?;
    let now = services.clock.now();
    let told = Provenance { location: meant.location, as_of: meant.as_of };
    let snapshot = match content(&headers) {
        Some("text/csv") => Snapshot::read_csv(&body, &meant.table, told).map_err(refused)?,
        Some("application/json") => Snapshot::read_json(&body, told).map_err(refused)?,
        Some(_) | None => {
            return Err(Failure::Asked("send Content-Type: text/csv or application/json".to_owned()));
        }
    };
    let mut news = snapshot.news(&record.tenant, now).map_err(refused)?;
    put_in_access_codes(&mut news, snapshot.access_codes(), (&services.sealer, &tenant))?;
    let upload = Upload { scope: snapshot.scope(&record.tenant), news };
    let until = now.saturating_add(PATIENCE).unwrap_or(Timestamp::MAX);
    let asked = Asked { dry_run: meant.dry_run, approves: meant.approves, until };
    let uploaded = take_in_upload(services, &record, &upload, &asked).await?;
    let unmapped = unmapped_plans(&upload.news, &record.tenant);
    Ok(Json(told_of(&uploaded, &asked, (meant.as_of, &unmapped))))
}

/// The plans that somebody has and no mapping names: they give nothing.
fn unmapped_plans<'a>(news: &'a [News], tenant: &Tenant) -> BTreeSet<&'a str> {
    let mapped = tenant.mappings.iter().filter(|mapping| mapping.kind == MappingKind::Plan);
    let mapped: BTreeSet<&str> = mapped.map(|mapping| mapping.id.as_str()).collect();
    let plans = news.iter().filter_map(|piece| match &piece.what {
        What::Entitlement(Entitlement::Membership(membership)) => Some(membership.plan.as_str()),
        What::Entitlement(Entitlement::Booking(_) | Entitlement::Pass(_))
        | What::Member(_)
        | What::Team(_)
        | What::Contact(_)
        | What::Removed => None,
    });
    plans.filter(|plan| !mapped.contains(plan)).collect()
}

/// The media type, without its parameters.
fn content(headers: &HeaderMap) -> Option<&str> {
    headers.get(CONTENT_TYPE)?.to_str().ok()?.split(';').next().map(str::trim)
}

fn refused(Unreadable { faults }: Unreadable) -> Failure {
    Failure::Upload(faults)
}

fn told_of(uploaded: &Uploaded, asked: &Asked, (as_of, unmapped_plans): (Timestamp, &BTreeSet<&str>)) -> Value {
    let next = match uploaded {
        _ if asked.dry_run => "nothing was recorded: send it again without dry_run",
        Uploaded { finished: false, hash: Some(_), .. } => {
            "there was no more time: send the same again, with the same as_of and approve=HASH, and it goes on"
        }
        Uploaded { finished: false, .. } => {
            "there was no more time: send the same again, with the same as_of, and it goes on"
        }
        Uploaded { waits_for_approval: true, .. } => {
            "what gives something was taken in, and nothing was taken away: send a whole list, or the same again with the same \
             as_of and approve=HASH"
        }
        Uploaded { .. } => "all of it was taken in",
    };
    json!({
        "as_of": as_of,
        "dry_run": asked.dry_run,
        "finished": uploaded.finished,
        "known": uploaded.known,
        "news": first_of(&uploaded.fresh),
        "missing": first_of(&uploaded.missing),
        "lessened": first_of(&uploaded.lessened),
        "unmapped_plans": unmapped_plans,
        "waits_for_approval": uploaded.waits_for_approval,
        "hash": uploaded.hash,
        "next": next,
    })
}

fn first_of(subjects: &BTreeSet<Subject>) -> Value {
    json!({"count": subjects.len(), "first": subjects.iter().take(MOST_NAMED).collect::<Vec<_>>()})
}
