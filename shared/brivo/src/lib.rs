//! Brivo Access over HTTP: the only crate that knows Brivo's JSON.
//!
//! [`Client`] makes one documented call per method, [`TokenKeeper`] has a valid access token at hand, [`Session`] joins the
//! two so that callers never see a token. Nothing here reads the clock, waits or repeats a write: [`BrivoError`] says what
//! the caller may do.

mod classify;
mod client;
mod error;
mod exchange;
mod keeper;
mod paging;
mod session;
mod tokens;
mod transport;
mod vault;
mod wire;

pub use client::{Client, Hosts, http_client};
pub use error::BrivoError;
pub use keeper::TokenKeeper;
pub use paging::Page;
pub use session::Session;
pub use tokens::{Access, AccessToken, Application, TokenGrant, Tokens};
pub use transport::{Answer, NoAnswer, Transport};
pub use vault::{Claim, MemoryVault, TokenVault, VaultError};
pub use wire::{Administrator, Group, User};
