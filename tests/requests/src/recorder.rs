//! Keeps the requests that the store makes, so that they can be counted and made again bare.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::bail;
use aws_sdk_dynamodb::{
    Client,
    config::{ConfigBag, Intercept, interceptors::BeforeSerializationInterceptorContextRef},
    error::BoxError,
    operation::{
        batch_get_item::BatchGetItemInput, put_item::PutItemInput, query::QueryInput,
        transact_write_items::TransactWriteItemsInput, update_item::UpdateItemInput,
    },
};

/// A request as the SDK takes it.
#[derive(Clone, Debug)]
pub enum Request {
    /// Items by key.
    BatchGet(BatchGetItemInput),
    /// One item.
    Put(PutItemInput),
    /// A partition, or a part of an index.
    Query(QueryInput),
    /// Several writes as one.
    Transact(TransactWriteItemsInput),
    /// One item, changed.
    Update(UpdateItemInput),
    /// Anything else, which is only counted.
    Other,
}

impl Request {
    fn of(context: &BeforeSerializationInterceptorContextRef<'_>) -> Self {
        let input = context.input();
        let kept = input
            .downcast_ref::<BatchGetItemInput>()
            .map(|input| Self::BatchGet(input.clone()))
            .or_else(|| input.downcast_ref::<PutItemInput>().map(|input| Self::Put(input.clone())))
            .or_else(|| input.downcast_ref::<QueryInput>().map(|input| Self::Query(input.clone())))
            .or_else(|| input.downcast_ref::<TransactWriteItemsInput>().map(|input| Self::Transact(input.clone())))
            .or_else(|| input.downcast_ref::<UpdateItemInput>().map(|input| Self::Update(input.clone())));
        kept.unwrap_or(Self::Other)
    }

    /// Whether the request writes, as far as its kind is known.
    pub fn is_write(&self) -> bool {
        match self {
            Self::Put(_) | Self::Transact(_) | Self::Update(_) => true,
            Self::BatchGet(_) | Self::Query(_) | Self::Other => false,
        }
    }

    /// Makes the request again, with nothing around it.
    ///
    /// # Errors
    /// If the engine refuses it.
    pub async fn send(self, client: &Client) -> anyhow::Result<()> {
        match self {
            Self::BatchGet(input) => {
                client.batch_get_item().set_request_items(input.request_items).send().await?;
            }
            Self::Put(input) => {
                let put = client.put_item().set_table_name(input.table_name).set_item(input.item);
                let put = put.set_condition_expression(input.condition_expression);
                let put = put.set_expression_attribute_names(input.expression_attribute_names);
                put.set_expression_attribute_values(input.expression_attribute_values).send().await?;
            }
            Self::Query(input) => {
                let query = client.query().set_table_name(input.table_name).set_index_name(input.index_name);
                let query = query.set_consistent_read(input.consistent_read).set_limit(input.limit);
                let query = query.set_key_condition_expression(input.key_condition_expression);
                let query = query.set_expression_attribute_names(input.expression_attribute_names);
                query.set_expression_attribute_values(input.expression_attribute_values).send().await?;
            }
            Self::Transact(input) => {
                client.transact_write_items().set_transact_items(input.transact_items).send().await?;
            }
            Self::Update(input) => {
                let update = client.update_item().set_table_name(input.table_name).set_key(input.key);
                let update = update.set_update_expression(input.update_expression);
                let update = update.set_condition_expression(input.condition_expression);
                let update = update.set_expression_attribute_names(input.expression_attribute_names);
                let update = update.set_expression_attribute_values(input.expression_attribute_values);
                update.set_return_values(input.return_values).send().await?;
            }
            Self::Other => bail!("a request of an unknown kind cannot be made again"),
        }
        Ok(())
    }
}

/// The requests so far.
#[derive(Clone, Debug, Default)]
pub struct Recorder(Arc<Mutex<Vec<Request>>>);

impl Recorder {
    /// Takes the requests so far and forgets them.
    pub fn take(&self) -> Vec<Request> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Intercept for Recorder {
    fn name(&self) -> &'static str {
        "recorder"
    }

    fn read_before_execution(
        &self,
        context: &BeforeSerializationInterceptorContextRef<'_>,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Request::of(context));
        Ok(())
    }
}
