//! The pace of an API key: an item that many processes write, so that a refused write brings what stands instead.

use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use domain::ApiKeyId;

use super::{
    DynamoStore,
    attributes::{self, Item, bodied, json, key_item, n, number, s},
    errors::{failed, refused_item},
    patience::Patience,
    write::unchanged,
};
use crate::{StoreError, items::PaceRecord, keys};

/// The record in an item.
pub(super) fn read(item: &Item) -> Result<PaceRecord, StoreError> {
    Ok(PaceRecord { pace: bodied("pace", item)?, version: number(item, "version")? })
}

impl DynamoStore {
    /// Writes the record if its version is still the one that was read; else answers what stands.
    pub(super) async fn write_pace(
        &self,
        key: &ApiKeyId,
        record: &PaceRecord,
    ) -> Result<Option<PaceRecord>, StoreError> {
        let mut patience = Patience::default();
        loop {
            let answer = self.try_write_pace(key, record).await;
            if !patience.allows_another(&answer).await {
                return answer;
            }
        }
    }

    async fn try_write_pace(&self, key: &ApiKeyId, record: &PaceRecord) -> Result<Option<PaceRecord>, StoreError> {
        let (condition, values) = unchanged(record.version);
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key_item(&keys::pace(key))))
            .update_expression("SET body = :body, #version = :version, #schema = :schema")
            .condition_expression(condition)
            .set_expression_attribute_values(values)
            .expression_attribute_names("#version", "version")
            .expression_attribute_names("#schema", "schema")
            .expression_attribute_values(":body", s(json("pace", &record.pace)?))
            .expression_attribute_values(":version", n(record.version.saturating_add(1)))
            .expression_attribute_values(":schema", n(attributes::SCHEMA))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match update.send().await {
            Ok(_) => Ok(None),
            Err(error) => match refused_item(&error) {
                Some(item) if item.is_empty() => Ok(Some(PaceRecord::default())),
                Some(item) => read(&item).map(Some),
                None => Err(failed(&error)),
            },
        }
    }
}
