//! Connects a Brivo account: an operator opens the link they were sent, logs in at Brivo, consents, and comes back connected.
//!
//! Nothing is stored before Brivo's tokens have been tried; what goes wrong ends in a page that says what to do.

mod callback;
mod page;
mod start;

use axum::{Router, routing::get};
use runtime::{Services, connecting::CALLBACK};

/// The routes of this function.
pub fn router(services: Services) -> Router {
    Router::new()
        .route(CALLBACK, get(callback::by_get).post(callback::by_post))
        .route("/connect/{tenant}/{account}/{secret}", get(start::show).post(start::log_in))
        .with_state(services)
}
