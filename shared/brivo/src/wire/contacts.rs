//! The e-mail addresses and telephone numbers of a user, ours among those that somebody typed in Brivo.

use serde::{Deserialize, Deserializer, Serialize};

use super::or_default;

/// The `type` of every address and number of ours; Brivo takes any text, its own samples say home and work.
const KIND: &str = "work";

/// An e-mail address of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Email {
    /// The address.
    pub address: String,
    /// What Brivo calls it: home, work or any other text.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

impl Email {
    /// An address of ours.
    pub fn ours(address: &str) -> Self {
        Self { address: address.to_owned(), kind: Some(KIND.to_owned()) }
    }
}

impl AsRef<str> for Email {
    fn as_ref(&self) -> &str {
        &self.address
    }
}

/// A telephone number of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Phone {
    /// The number.
    pub number: String,
    /// What Brivo calls it: home, work or any other text.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

impl Phone {
    /// A number of ours.
    pub fn ours(number: &str) -> Self {
        Self { number: number.to_owned(), kind: Some(KIND.to_owned()) }
    }
}

impl AsRef<str> for Phone {
    fn as_ref(&self) -> &str {
        &self.number
    }
}

/// An entry of either list as Brivo shows it; one without its text is passed over.
#[derive(Deserialize)]
struct Entry {
    #[serde(alias = "number")]
    address: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
}

pub(super) fn emails<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Email>, D::Error> {
    let entries: Vec<Entry> = or_default(from)?;
    let email = |Entry { address, kind }| Some(Email { address: address?, kind });
    Ok(entries.into_iter().filter_map(email).collect())
}

pub(super) fn phones<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Phone>, D::Error> {
    let entries: Vec<Entry> = or_default(from)?;
    let phone = |Entry { address, kind }| Some(Phone { number: address?, kind });
    Ok(entries.into_iter().filter_map(phone).collect())
}
