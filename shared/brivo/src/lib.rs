//! Brivo Access over HTTP: the only crate that knows Brivo's JSON.
//!
//! [`Client`] makes one documented call per method, [`TokenKeeper`] has a valid access token at hand, [`Session`] joins the
//! two so that callers never see a token. Nothing here reads the clock or repeats a write, and only the keeper waits, for
//! another process's token: [`BrivoError`] says what the caller may do.

mod classify;
mod client;
mod error;
mod exchange;
mod ids;
mod keeper;
mod paging;
mod session;
mod tokens;
mod transport;
mod vault;
mod wire;

pub use client::{Client, Hosts, authorize_url, http_client};
pub use domain::{CredentialId, InvitationId};
pub use error::BrivoError;
pub use ids::{ActionId, ActorId, BrivoAccountId, EventId, FormatId, ScheduleId, SiteId, SubscriptionId};
pub use keeper::TokenKeeper;
pub use paging::{PAGE_SIZE, Page};
pub use session::Session;
pub use tokens::{Access, AccessToken, Application, TokenGrant, Tokens};
pub use transport::{Answer, NoAnswer, Transport};
pub use vault::{Claim, MemoryVault, TokenVault, VaultError};
pub use wire::{
    AccessPoint, Account, AccountSummary, Administrator, Credential, CredentialFormat, Criterion, Delivery, Email,
    Event, EventOutcome, EventPage, EventQuery, EventTime, Group, GroupDoor, Invitation, InvitationFilter,
    InvitationStatus, Invited, Language, NewSubscription, PassAllotment, Phone, Schedule, Site, Subscription, User,
    UserPatch, Validity, Watch,
};
