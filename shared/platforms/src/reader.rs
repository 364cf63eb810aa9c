//! Platforms read by their own APIs: list by list, page by page, each call on its own.
//!
//! Where a read goes on is a [`Mark`], which may be stored: another process goes on there. What is needed beside the lists (what
//! sort of thing a resource is, who sits at which desk) is not stored but asked for again; calls for it bring no news and leave the
//! mark where it was. No clock is read, and nobody waits here.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use domain::{
    Subject, SubjectKind,
    full_read::{Extent, Mark},
    intake::News,
    snapshot::Scope,
    tenant::{Platform, Tenant},
};
use jiff::Timestamp;
use secrecy::SecretString;

use crate::{PlatformError, officernd, spacebring};

/// What one call of a read is about.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The tenant that is read.
    pub tenant: &'a Tenant,
    /// What is read.
    pub extent: Extent,
    /// When the read began.
    pub began: Timestamp,
    /// The instant before the call.
    pub now: Timestamp,
    /// Where it goes on.
    pub mark: &'a Mark,
}

/// What one call brought.
#[derive(Debug, Default)]
pub struct Portion {
    /// What it tells: what is listed, and what is said to be gone.
    pub news: Vec<News>,
    /// How many records could not be read.
    pub unreadable: usize,
    /// As what they may be known, as far as they tell their ids.
    pub unread: BTreeSet<Subject>,
    /// The kinds of those that do not: nothing of these kinds can be found missing.
    pub in_doubt: BTreeSet<SubjectKind>,
    /// What is wrong with these, by the names of fields.
    pub faults: Vec<String>,
    /// Where the read goes on; none at its end.
    pub next: Option<Mark>,
    /// How long to rest before the next call.
    pub rest: Duration,
}

/// Reads one platform for one tenant.
#[derive(Debug)]
pub enum Reader {
    /// OfficeRnD.
    Officernd(Box<officernd::Reader>),
    /// Spacebring.
    Spacebring(Box<spacebring::Reader>),
}

impl Reader {
    /// The reader of a tenant's platform; `None` if it has no API that is read, or no login was given.
    ///
    /// `base` stands in for the vendor's own address. `settings` and `secret` are those of `platform_api` in the tenant
    /// document, by name.
    ///
    /// # Errors
    /// Those of `secret`.
    pub fn connect<E>(
        platform: Platform,
        http: reqwest::Client,
        base: Option<&str>,
        settings: &BTreeMap<String, String>,
        secret: impl FnOnce(&str) -> Result<Option<SecretString>, E>,
    ) -> Result<Option<Self>, E> {
        let is_read = match platform {
            Platform::Officernd | Platform::Spacebring => true,
            Platform::Nexudus | Platform::Coworks | Platform::Deskworks => false,
        };
        let Some(client_id) = settings.get("client_id").filter(|_| is_read) else { return Ok(None) };
        let Some(client_secret) = secret("client_secret")? else { return Ok(None) };
        Ok(match platform {
            Platform::Officernd => {
                let login = |organization: &String| officernd::client::Login {
                    organization: organization.clone(),
                    client_id: client_id.clone(),
                    client_secret,
                    scopes: officernd::client::READ_SCOPES.to_owned(),
                };
                let region = settings.get("url").map(String::as_str);
                let login = settings.get("organization").map(login);
                login.map(|login| Self::Officernd(Box::new(officernd::Reader::connect(http, (base, region), login))))
            }
            Platform::Spacebring => {
                let base = base.unwrap_or(spacebring::Client::BASE_URL);
                let client = spacebring::Client::new(http, base, client_id, client_secret);
                Some(Self::Spacebring(Box::new(spacebring::Reader::new(client))))
            }
            Platform::Nexudus | Platform::Coworks | Platform::Deskworks => None,
        })
    }

    /// Whether lists can be asked for what changed since an instant: OfficeRnD's can, Spacebring has no such filter.
    ///
    /// Source: developer.officernd.com (filters); developer.spacebring.com; 2026-11.
    pub fn tells_what_changed(&self) -> bool {
        match self {
            Self::Officernd(_) => true,
            Self::Spacebring(_) => false,
        }
    }

    /// What a whole read that began then lists.
    pub fn scope(&self, tenant: &Tenant, began: Timestamp) -> Scope {
        match self {
            Self::Officernd(_) => officernd::Reader::scope(began),
            Self::Spacebring(_) => spacebring::Reader::scope(tenant, began),
        }
    }

    /// Makes the next call.
    ///
    /// # Errors
    /// The platform gave no usable answer.
    pub async fn read(&mut self, asked: &Asked<'_>) -> Result<Portion, PlatformError> {
        match self {
            Self::Officernd(reader) => reader.read(asked).await,
            Self::Spacebring(reader) => reader.read(asked).await,
        }
    }
}

impl Portion {
    /// A call that was made for what is needed beside the lists.
    pub(crate) fn aside(asked: &Asked<'_>, rest: Duration) -> Self {
        Self { next: Some(asked.mark.clone()), rest, ..Self::default() }
    }
}

/// Where a read goes on after a page: in the same list, or in the next, of so many.
pub(crate) fn next(mark: &Mark, after: Option<String>, lists: usize) -> Option<Mark> {
    match after {
        Some(after) => Some(Mark { list: mark.list, after: Some(after) }),
        None => Some(Mark { list: mark.list.saturating_add(1), after: None }).filter(|mark| mark.list < lists),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connects(platform: Platform, settings: &[&str], has_secret: bool) -> bool {
        let settings = settings.iter().map(|name| ((*name).to_owned(), "planted".to_owned())).collect();
        let secret = |name: &str| {
            Ok::<_, ()>(Some(SecretString::from("planted")).filter(|_| has_secret && name == "client_secret"))
        };
        Reader::connect(platform, reqwest::Client::new(), None, &settings, secret).unwrap().is_some()
    }

    #[test]
    fn only_a_platform_whose_lists_are_read_and_a_whole_login_has_a_reader() {
        assert!(connects(Platform::Officernd, &["client_id", "organization"], true));
        assert!(connects(Platform::Spacebring, &["client_id"], true));

        assert!(!connects(Platform::Officernd, &["client_id"], true));
        assert!(!connects(Platform::Officernd, &["client_id", "organization"], false));
        assert!(!connects(Platform::Spacebring, &[], true));
        for platform in [Platform::Nexudus, Platform::Coworks, Platform::Deskworks] {
            assert!(!connects(platform, &["client_id", "organization"], true), "{}", platform.word());
        }
    }
}
