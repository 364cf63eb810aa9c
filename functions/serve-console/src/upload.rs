//! Full uploads, for platforms without an API.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{Path, Query, State},
    http::{HeaderMap, header::CONTENT_TYPE},
};
use bytes::Bytes;
use domain::{LocationId, TenantId};
use jiff::{SignedDuration, Timestamp};
use platforms::{Snapshot, Unreadable};
use reconcile::upload::{Asked, Upload, Uploaded, take_in_upload};
use runtime::{codes::put_in_access_codes, tenants::TenantError};
use serde_json::{Value, json};

use crate::{Console, response::Failure};

/// The largest upload that is taken: API Gateway hands a function 6 MB at most.
pub(crate) const LARGEST: usize = 5 << 20;

/// How long an upload may take: API Gateway gives up after 30 s.
const PATIENCE: SignedDuration = SignedDuration::from_secs(20);

/// What is missing is named up to so many things.
const MOST_NAMED: usize = 1000;

/// What begins the name of a parameter that says in which column of a table a field is.
const COLUMN: &str = "column.";

/// How an upload is meant.
#[derive(Debug)]
struct Meant {
    location: Option<LocationId>,
    as_of: Option<Timestamp>,
    dry_run: bool,
    approves: Option<String>,
    columns: BTreeMap<String, String>,
}

impl Meant {
    fn read(query: BTreeMap<String, String>) -> Result<Self, Failure> {
        let mut meant = Self { location: None, as_of: None, dry_run: false, approves: None, columns: BTreeMap::new() };
        for (name, value) in query {
            match (name.as_str(), name.strip_prefix(COLUMN)) {
                (_, Some(field)) => {
                    meant.columns.insert(field.to_owned(), value);
                }
                ("location", None) => meant.location = Some(LocationId::new(value)),
                ("as_of", None) => {
                    let wanted = || Failure::Asked("as_of must be an instant like 2026-11-21T09:00:00Z".to_owned());
                    meant.as_of = Some(value.parse().map_err(|_| wanted())?);
                }
                ("dry_run", None) => {
                    let wanted = || Failure::Asked("dry_run must be true or false".to_owned());
                    meant.dry_run = value.parse().map_err(|_| wanted())?;
                }
                ("approve", None) => meant.approves = Some(value),
                (unknown, None) => {
                    let wanted = "there are location, as_of, dry_run, approve and column.FIELD";
                    return Err(Failure::Asked(format!("there is no parameter {unknown}; {wanted}")));
                }
            }
        }
        Ok(meant)
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
    let told = platforms::Upload { location: meant.location, as_of: meant.as_of.unwrap_or(now) };
    let as_of = told.as_of;
    let snapshot = match content(&headers) {
        Some("text/csv") => Snapshot::read_csv(&body, &meant.columns, told).map_err(refused)?,
        Some("application/json") => Snapshot::read_json(&body, told).map_err(refused)?,
        Some(_) | None => {
            return Err(Failure::Asked("send Content-Type: text/csv or application/json".to_owned()));
        }
    };
    let mut news = snapshot.news(&record.tenant, now).map_err(refused)?;
    put_in_access_codes(&mut news, snapshot.access_codes(), (&services.sealer, &tenant))
        .map_err(|source| Failure::from(TenantError::Sealing { place: "access_code".to_owned(), source }))?;
    let upload = Upload { scope: snapshot.scope(&record.tenant), listed: snapshot.listed(), news };
    let until = now.saturating_add(PATIENCE).unwrap_or(Timestamp::MAX);
    let asked = Asked { dry_run: meant.dry_run, approves: meant.approves, until };
    let uploaded = take_in_upload(services, &record, upload, &asked).await?;
    Ok(Json(told_of(&uploaded, &asked, as_of)))
}

/// The media type, without its parameters.
fn content(headers: &HeaderMap) -> Option<&str> {
    headers.get(CONTENT_TYPE)?.to_str().ok()?.split(';').next().map(str::trim)
}

fn refused(Unreadable { faults }: Unreadable) -> Failure {
    Failure::Upload(faults)
}

fn told_of(uploaded: &Uploaded, asked: &Asked, as_of: Timestamp) -> Value {
    let next = match uploaded {
        _ if asked.dry_run => "nothing was recorded: send it again without dry_run",
        Uploaded { finished: false, .. } => "there was no more time: send it again, and it goes on",
        Uploaded { waits_for_approval: true, .. } => {
            "what is listed was taken in; what is missing stays until you send it again with approve=HASH, or have it listed"
        }
        Uploaded { .. } => "all of it was taken in",
    };
    let missing: Vec<_> = uploaded.missing.iter().take(MOST_NAMED).collect();
    json!({
        "as_of": as_of,
        "dry_run": asked.dry_run,
        "finished": uploaded.finished,
        "listed": uploaded.listed,
        "news": uploaded.news,
        "known": uploaded.known,
        "missing": {"count": uploaded.missing.len(), "first": missing},
        "waits_for_approval": uploaded.waits_for_approval,
        "hash": uploaded.hash,
        "next": next,
    })
}
