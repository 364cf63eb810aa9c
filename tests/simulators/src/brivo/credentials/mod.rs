//! Cards, PINs and whatever else opens a door, and who holds them.

mod bank;
mod card;
mod encoding;
mod formats;
mod holding;
mod pin;
mod route;
mod seeding;
mod vault;

pub(super) use card::Card;
pub(super) use encoding::encode as encode_26_bit;
pub(super) use formats::MOBILE_PASS;
pub(super) use holding::pin_id;
pub(super) use route::CredentialOperation;
pub(super) use vault::Vault;
