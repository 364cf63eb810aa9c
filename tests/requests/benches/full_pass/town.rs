//! A large tenant: its state on an embedded engine, and a Brivo that has every page ready.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use anyhow::{Context, bail, ensure};
use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, PutRequest, WriteRequest},
};
use axum::{
    Router,
    extract::State,
    http::{Method, StatusCode, Uri},
    response::IntoResponse,
};
use domain::{
    BrivoUserId, GroupId, MemberKey,
    ledger::{AccountLedger, Ledger},
};
use jiff::Timestamp;
use requests::{TABLE, engine_client, start_engine};
use serde_json::{Value, json};
use state::{DynamoStore, LeaseTerms, Leased, Release, Store, keys};
use tokio::net::TcpListener;

type Item = HashMap<String, AttributeValue>;

/// Rows on a page, the most that Brivo gives.
const PAGE: usize = 100;

/// Everything happens at this second.
const NOW: Timestamp = Timestamp::constant(1_772_438_400, 0);

/// How many members each have one of how many groups.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Town {
    pub(crate) members: usize,
    pub(crate) groups: usize,
}

/// What is asked and how often.
#[derive(Debug)]
struct Pages {
    ready: HashMap<String, String>,
    asked: AtomicUsize,
}

impl Town {
    /// Every group, by number from 1.
    pub(crate) fn groups(self) -> std::ops::RangeInclusive<usize> {
        1..=self.groups
    }

    /// What a pass asks of Brivo.
    pub(crate) fn paths(self) -> Vec<String> {
        let listing = |path: &str, rows: usize| -> Vec<String> {
            (0..rows).step_by(PAGE).map(|offset| page_of(path, offset)).collect()
        };
        let mut all = [listing("/v1/api/users", self.members), listing("/v1/api/groups", self.groups)].concat();
        for group in self.groups() {
            all.extend(listing(&format!("/v1/api/groups/{group}/users"), self.members / self.groups));
        }
        all
    }

    /// Starts the engine and Brivo, says where they are, and serves until the process is ended.
    pub(crate) async fn serve(self) -> anyhow::Result<()> {
        let engine = start_engine().await?;
        self.remember_everyone(&engine).await?;
        let pages = Arc::new(Pages { ready: self.pages(), asked: AtomicUsize::new(0) });
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        #[expect(clippy::print_stdout, reason = "who started the process waits for this")]
        {
            println!("{engine} http://{}", listener.local_addr()?);
        }
        axum::serve(listener, Router::new().fallback(answer).with_state(pages)).await?;
        Ok(())
    }

    /// Puts into the state what a run leaves behind that found a member's user in a group: one run, and copies of it.
    async fn remember_everyone(self, engine: &str) -> anyhow::Result<()> {
        let client = engine_client(engine);
        let run = run(&client).await?;
        let numbers: Vec<usize> = (0..self.members).collect();
        for some in numbers.chunks(25) {
            let puts: Vec<WriteRequest> =
                some.iter().map(|number| self.put(&run, *number)).collect::<Result<_, _>>()?;
            let answer = client.batch_write_item().request_items(TABLE, puts).send().await?;
            ensure!(answer.unprocessed_items.is_none_or(|left| left.is_empty()), "the engine left something out");
        }
        Ok(())
    }

    fn put(self, run: &Item, number: usize) -> anyhow::Result<WriteRequest> {
        let member = key(number);
        let mut item = run.clone();
        for (name, text) in [
            ("pk", keys::member_partition(&member.tenant, &member.member)),
            ("member", member.member.to_string()),
            ("roster", keys::roster(&member.tenant, keys::shard(&member))),
            ("ledger", serde_json::to_string(&ledger(number, self.group_of(number))?)?),
        ] {
            item.insert(name.to_owned(), AttributeValue::S(text));
        }
        let put = PutRequest::builder().set_item(Some(item)).build()?;
        Ok(WriteRequest::builder().put_request(put).build())
    }

    fn group_of(self, member: usize) -> usize {
        member % self.groups + 1
    }

    /// Every page that there is, by path and query.
    fn pages(self) -> HashMap<String, String> {
        let user = |number: usize| {
            json!({
                "id": number + 1, "externalId": key(number).external_id(), "firstName": "Example",
                "lastName": format!("Person {number}"), "suspended": false, "phoneNumbers": [], "customFields": [],
                "emails": [{"address": format!("m{number}@example.com"), "type": "work"}],
                "created": NOW, "updated": NOW,
            })
        };
        let of_group = |number: usize| {
            let mut row = user(number);
            let shown = ["id", "externalId", "firstName", "lastName", "suspended"];
            if let Some(row) = row.as_object_mut() {
                row.retain(|name, _| shown.contains(&name.as_str()));
            }
            row
        };
        let everyone: Vec<Value> = (0..self.members).map(user).collect();
        let groups: Vec<Value> = self.groups().map(|id| json!({"id": id, "name": format!("Group {id}")})).collect();
        let mut all: HashMap<_, _> =
            listing("/v1/api/users", &everyone).chain(listing("/v1/api/groups", &groups)).collect();
        for group in self.groups() {
            let members: Vec<Value> = (group - 1..self.members).step_by(self.groups).map(of_group).collect();
            all.extend(listing(&format!("/v1/api/groups/{group}/users"), &members));
        }
        let token =
            json!({"access_token": "access", "refresh_token": "refresh", "expires_in": 86_400, "token_type": "bearer"});
        all.insert("/oauth/token".to_owned(), token.to_string());
        all
    }
}

/// A listing as its pages.
fn listing<'a>(path: &str, rows: &'a [Value]) -> impl Iterator<Item = (String, String)> + use<'a> {
    let path = path.to_owned();
    let count = rows.len();
    rows.chunks(PAGE).enumerate().map(move |(number, rows)| {
        let offset = number * PAGE;
        let page = json!({"data": rows, "offset": offset, "pageSize": PAGE, "count": count});
        (page_of(&path, offset), page.to_string())
    })
}

fn page_of(path: &str, offset: usize) -> String {
    format!("{path}?offset={offset}&pageSize={PAGE}")
}

fn key(member: usize) -> MemberKey {
    MemberKey { tenant: "acme".into(), member: format!("m{member}").as_str().into() }
}

fn ledger(member: usize, group: usize) -> anyhow::Result<Ledger> {
    let user = Some(BrivoUserId(i64::try_from(member + 1)?));
    let known = AccountLedger { user, groups: [GroupId(i64::try_from(group)?)].into(), ..AccountLedger::default() };
    Ok(Ledger { accounts: [("hq".into(), known)].into(), ..Ledger::default() })
}

/// What a run leaves behind.
async fn run(client: &Client) -> anyhow::Result<Item> {
    let store = DynamoStore::new(client.clone(), TABLE);
    let terms = LeaseTerms { now: NOW, until: NOW, owner: "town".to_owned(), alone: false };
    let Leased::Granted(lease) = store.lease(&key(0), &terms).await? else { bail!("somebody else is at it") };
    store.finish(&lease, &Release { ledger: ledger(0, 1)?, ..Release::default() }).await?;
    let keys::Key { pk, sk } = keys::run(&"acme".into(), &"m0".into());
    let get = client.get_item().table_name(TABLE).key("pk", AttributeValue::S(pk)).key("sk", AttributeValue::S(sk));
    get.send().await?.item.context("the run left nothing behind")
}

/// Any call of Brivo; whatever is neither a page nor the token is a mistake of the product's.
async fn answer(State(pages): State<Arc<Pages>>, method: Method, uri: Uri) -> impl IntoResponse {
    if uri.path() == "/asked" {
        return (StatusCode::OK, pages.asked.load(Ordering::Relaxed).to_string());
    }
    let what = uri.path_and_query().map_or_else(String::new, ToString::to_string);
    let is_read = method == Method::GET || what == "/oauth/token";
    pages.asked.fetch_add(usize::from(what != "/oauth/token"), Ordering::Relaxed);
    match pages.ready.get(&what).filter(|_| is_read) {
        Some(page) => (StatusCode::OK, page.clone()),
        None => (StatusCode::NOT_FOUND, String::new()),
    }
}

/// How many calls Brivo was asked so far, those for tokens left out.
pub(crate) async fn asked(brivo: &str) -> anyhow::Result<usize> {
    let answer = reqwest::get(format!("{brivo}/asked")).await?;
    ensure!(answer.status().is_success(), "the town does not answer");
    Ok(answer.text().await?.parse()?)
}
