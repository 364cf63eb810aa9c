//! The rules of access: who should be in which Brivo group, since when, until when and why.
//!
//! Pure by design: no I/O, no async, no clock. Every rule is a function of facts, policy, ledger and `now`, so that a plan
//! can be computed, printed and tested before anything happens to a door.
#![warn(clippy::arithmetic_side_effects)]

pub mod access;
pub mod adoption;
pub mod breaker;
pub mod case;
pub mod connect;
pub mod credentials;
pub mod drift;
pub mod explain;
pub mod facts;
pub mod full_read;
pub mod hook_list;
pub mod hooks;
pub mod ids;
pub mod intake;
pub mod ledger;
pub mod pace;
pub mod plan;
pub mod policy;
pub mod preflight;
pub mod profile;
pub mod readiness;
pub mod reasons;
pub mod rules;
pub mod snapshot;
pub mod subject;
pub mod tenant;
pub mod wake;
pub mod window;

pub use ids::{
    AccountId, AddressId, ApiKeyId, BrivoUserId, CredentialId, DoorId, ExternalId, GroupId, HookId, InvitationId,
    LocationId, MemberId, MemberKey, TeamId, TenantId,
};
pub use subject::{Subject, SubjectKind};
pub use window::Window;
