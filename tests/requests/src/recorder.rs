//! Keeps the requests that the SDK sends, so that they can be counted and sent again bare.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::{
    config::{ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextRef},
    error::BoxError,
};

/// A request as it went over the wire.
#[derive(Clone, Debug)]
pub struct Request {
    /// The operation, such as `DynamoDB_20120810.Query`.
    pub target: String,
    /// All headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
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

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request();
        let headers = request.headers().iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let kept = Request {
            target: request.headers().get("x-amz-target").unwrap_or_default().to_owned(),
            headers: headers.collect(),
            body: request.body().bytes().unwrap_or_default().to_vec(),
        };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(kept);
        Ok(())
    }
}
