//! What every function shares: the clock, settings, secrets at rest, connections, wake-ups and logging.

pub mod address;
pub mod clock;
pub mod codes;
pub mod config;
pub mod connecting;
pub mod connections;
pub mod courier;
pub mod data_key;
pub mod document;
mod doubt;
pub mod given_secrets;
pub mod key_ring;
pub mod logging;
pub mod pace;
pub mod platform_api;
pub mod resealing;
pub mod seal;
pub mod services;
pub mod tenants;
mod vault;
pub mod vendor_key;
pub mod wakeups;

pub use services::Services;
