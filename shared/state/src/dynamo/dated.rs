//! What lies with members and teams: entitlements and links, each with the instant its news is true of.
//!
//! What is taken away is not deleted: an item that says so stays for two days, so that older news that is still being
//! written cannot put it back.

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use domain::{facts::Entitlement, intake::AsOf};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;

use super::{
    attributes::{Item, SCHEMA, body, key_item, n, nanos},
    errors::failed,
    patience::Patience,
    write::{FACT_KEPT_SECONDS, Writes, expiry},
};
use crate::{StoreError, keys::Key};

/// How long it is remembered that something was taken away: far longer than any process can be in the middle of writing.
const GONE_KEPT_SECONDS: i64 = 2 * 24 * 3600;

/// How many items are put side by side: a team of thousands takes a few seconds.
const SIDE_BY_SIDE: usize = 32;

/// Whether the item says no more than that something was taken away.
pub(super) fn is_gone(item: &Item) -> bool {
    item.contains_key("gone")
}

/// Gathered entitlements and links.
pub(super) struct Dated {
    now: Timestamp,
    items: Vec<Item>,
}

impl Dated {
    pub(super) fn new(now: Timestamp) -> Self {
        Self { now, items: Vec::new() }
    }

    pub(super) fn put_copy(&mut self, key: &Key, copy: &AsOf<Option<Entitlement>>) -> Result<(), StoreError> {
        let item = match &copy.what {
            None => self.gone(key),
            Some(entitlement) => {
                let mut item = body("entitlement", key, entitlement, 1)?;
                if let Some(end) = entitlement.ends() {
                    item.insert("expires_at".to_owned(), expiry(end, FACT_KEPT_SECONDS));
                }
                item
            }
        };
        self.put(item, copy.as_of);
        Ok(())
    }

    pub(super) fn put_link(&mut self, key: &Key, link: &AsOf<bool>) {
        let item = if link.what { blank(key) } else { self.gone(key) };
        self.put(item, link.as_of);
    }

    fn gone(&self, key: &Key) -> Item {
        let mut item = blank(key);
        item.insert("gone".to_owned(), AttributeValue::Bool(true));
        item.insert("expires_at".to_owned(), expiry(self.now, GONE_KEPT_SECONDS));
        item
    }

    fn put(&mut self, mut item: Item, as_of: Timestamp) {
        item.insert("as_of".to_owned(), nanos(as_of));
        self.items.push(item);
    }

    /// All of them for one transaction, which its other writes keep from happening when anything newer stands.
    pub(super) fn into_writes(self, table: &str) -> Result<Writes<'_>, StoreError> {
        let mut writes = Writes::new(table);
        for item in self.items {
            writes.put(item)?;
        }
        Ok(writes)
    }

    /// Puts each item on its own, in any order, and leaves those alone where something newer stands.
    pub(super) async fn send_one_by_one(self, client: &Client, table: &str) -> Result<(), StoreError> {
        let puts = self.items.into_iter().map(|item| put_unless_newer(client, table, item));
        stream::iter(puts).buffer_unordered(SIDE_BY_SIDE).try_collect().await
    }
}

/// An item that says no more than that it is there.
fn blank(key: &Key) -> Item {
    let mut item = key_item(key);
    item.insert("version".to_owned(), n(1));
    item.insert("schema".to_owned(), n(SCHEMA));
    item
}

async fn put_unless_newer(client: &Client, table: &str, item: Item) -> Result<(), StoreError> {
    let as_of = item.get("as_of").cloned();
    let mut patience = Patience::default();
    loop {
        let sent = client
            .put_item()
            .table_name(table)
            .set_item(Some(item.clone()))
            .condition_expression("attribute_not_exists(as_of) OR as_of <= :as_of")
            .set_expression_attribute_values(as_of.clone().map(|as_of| [(":as_of".to_owned(), as_of)].into()))
            .send()
            .await;
        let answer = match sent.map_err(|error| failed(&error)) {
            Ok(_) | Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error),
        };
        if !patience.allows_another(&answer).await {
            return answer;
        }
    }
}
