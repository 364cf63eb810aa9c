//! Passes on telephones: invitations to take one, how many there may be, and visitors.

mod invitation;
mod inviting;
mod ledger;
mod redeeming;
mod route;
mod visitors;
mod wallet;

pub use redeeming::Unredeemed;

pub(super) use ledger::Passes;
pub(super) use route::PassOperation;
