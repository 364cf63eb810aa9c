//! The table as the template in `infra/aws` declares it, for engines that start empty.

use aws_sdk_dynamodb::{
    Client,
    operation::create_table::CreateTableError,
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
        ScalarAttributeType, TimeToLiveSpecification,
    },
};

use super::errors::{failed, unusable};
use crate::StoreError;

/// The index of members that are due.
pub(super) const DUE: &str = "due";
/// The index of all members of a tenant.
pub(super) const ROSTER: &str = "roster";

/// Makes the table unless it is there.
///
/// # Errors
///
/// If the engine refuses for another reason than that the table is there.
pub async fn create_table(client: &Client, table: &str) -> Result<(), StoreError> {
    let made = client
        .create_table()
        .table_name(table)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(vec![
            attribute("pk", ScalarAttributeType::S)?,
            attribute("sk", ScalarAttributeType::S)?,
            attribute("due_shard", ScalarAttributeType::S)?,
            attribute("due_at", ScalarAttributeType::N)?,
            attribute("roster", ScalarAttributeType::S)?,
            attribute("member", ScalarAttributeType::S)?,
        ]))
        .set_key_schema(Some(key_schema("pk", "sk")?))
        .global_secondary_indexes(index(DUE, "due_shard", "due_at")?)
        .global_secondary_indexes(index(ROSTER, "roster", "member")?)
        .send()
        .await;
    if let Err(error) = made {
        let service = error.as_service_error();
        return if service.is_some_and(CreateTableError::is_resource_in_use_exception) {
            Ok(())
        } else {
            Err(failed(&error))
        };
    }
    let expiry = TimeToLiveSpecification::builder()
        .enabled(true)
        .attribute_name("expires_at")
        .build()
        .map_err(|error| unusable("table", &error))?;
    let set = client.update_time_to_live().table_name(table).time_to_live_specification(expiry).send().await;
    set.map(|_| ()).map_err(|error| failed(&error))
}

fn attribute(name: &str, kind: ScalarAttributeType) -> Result<AttributeDefinition, StoreError> {
    let definition = AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build();
    definition.map_err(|error| unusable("table", &error))
}

fn key_schema(hash: &str, range: &str) -> Result<Vec<KeySchemaElement>, StoreError> {
    [(hash, KeyType::Hash), (range, KeyType::Range)]
        .into_iter()
        .map(|(name, kind)| KeySchemaElement::builder().attribute_name(name).key_type(kind).build())
        .collect::<Result<_, _>>()
        .map_err(|error| unusable("table", &error))
}

fn index(name: &str, hash: &str, range: &str) -> Result<GlobalSecondaryIndex, StoreError> {
    GlobalSecondaryIndex::builder()
        .index_name(name)
        .set_key_schema(Some(key_schema(hash, range)?))
        .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build())
        .build()
        .map_err(|error| unusable("table", &error))
}
