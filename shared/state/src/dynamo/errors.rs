//! DynamoDB's errors as the store's.

use std::fmt::Display;

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    operation::{transact_write_items::TransactWriteItemsError, update_item::UpdateItemError},
    types::CancellationReason,
};

use super::attributes::Item;
use crate::StoreError;

/// Something stored that cannot be used.
pub(super) fn unusable(what: &'static str, message: &dyn Display) -> StoreError {
    StoreError::Unusable { what, message: message.to_string() }
}

/// A request that failed.
pub(super) fn failed<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> StoreError {
    match error.code() {
        Some("ConditionalCheckFailedException") => StoreError::Conflict,
        Some("TransactionConflictException" | "TransactionInProgressException") => StoreError::Contended,
        Some(code @ ("ValidationException" | "ItemCollectionSizeLimitExceededException")) => unusable("request", &code),
        Some(code) => StoreError::Unavailable { message: code.to_owned() },
        None => StoreError::Unavailable { message: transport(error).to_owned() },
    }
}

fn transport<E, R>(error: &SdkError<E, R>) -> &'static str {
    match error {
        SdkError::TimeoutError(_) => "no answer in time",
        SdkError::DispatchFailure(_) => "no connection",
        SdkError::ConstructionFailure(_) => "the request could not be built",
        SdkError::ResponseError(_) => "the answer could not be read",
        SdkError::ServiceError(_) | _ => "an error without a name",
    }
}

/// The item that refused an update's condition, if that is what happened.
pub(super) fn refused_item<R>(error: &SdkError<UpdateItemError, R>) -> Option<Item> {
    let UpdateItemError::ConditionalCheckFailedException(refusal) = error.as_service_error()? else { return None };
    Some(refusal.item.clone().unwrap_or_default())
}

/// A transaction that failed.
pub(super) fn cancelled<R>(error: &SdkError<TransactWriteItemsError, R>) -> StoreError {
    let Some(TransactWriteItemsError::TransactionCanceledException(cancellation)) = error.as_service_error() else {
        return failed(error);
    };
    let codes = cancellation.cancellation_reasons().iter().filter_map(CancellationReason::code);
    let codes: Vec<&str> = codes.filter(|code| *code != "None").collect();
    if codes.contains(&"ConditionalCheckFailed") {
        return StoreError::Conflict;
    }
    if codes.contains(&"TransactionConflict") {
        return StoreError::Contended;
    }
    if codes.contains(&"ValidationError") {
        return unusable("transaction", &"ValidationError");
    }
    StoreError::Unavailable { message: codes.join(", ") }
}
