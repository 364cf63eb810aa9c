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
    tenant::{Mapping, Platform, Tenant},
};
use jiff::Timestamp;
use secrecy::SecretString;

use crate::{Connection, PlatformError, nexudus, officernd, spacebring};

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
    /// What the platform itself says about what gives which groups.
    pub mappings: Vec<Mapping>,
    /// Where the read goes on; none at its end.
    pub next: Option<Mark>,
    /// How long to rest before the next call.
    pub rest: Duration,
}

/// Whether the document wants what the platform itself says about what gives which groups: `platform_api.groups = "read"`.
pub fn groups_are_read(settings: &BTreeMap<String, String>) -> bool {
    settings.get("groups").is_some_and(|groups| groups == "read")
}

/// Reads one platform for one tenant.
#[derive(Debug)]
pub enum Reader {
    /// Nexudus.
    Nexudus(Box<nexudus::Reader>),
    /// OfficeRnD.
    Officernd(Box<officernd::Reader>),
    /// Spacebring.
    Spacebring(Box<spacebring::Reader>),
}

impl Reader {
    /// The reader of a tenant's platform; `None` if it has no API that is read, or no login was given.
    ///
    /// `secret` opens those of `platform_api` in the tenant document, by name.
    ///
    /// # Errors
    /// Those of `secret`.
    pub fn connect<E>(
        connection: Connection<'_>,
        secret: impl FnOnce(&str) -> Result<Option<SecretString>, E>,
    ) -> Result<Option<Self>, E> {
        match connection.platform {
            // Single customers are asked for by the same login, which then takes fewer rights.
            Platform::Nexudus if !nexudus::lists_are_read(connection.settings) => Ok(None),
            Platform::Nexudus => {
                Ok(connection.nexudus(secret)?.map(nexudus::Reader::new).map(Box::new).map(Self::Nexudus))
            }
            Platform::Officernd => {
                let client = connection.officernd(officernd::client::READ_SCOPES, secret)?;
                Ok(client.map(officernd::Reader::new).map(Box::new).map(Self::Officernd))
            }
            Platform::Spacebring => {
                let reads_groups = groups_are_read(connection.settings);
                let client = connection.spacebring(secret)?;
                Ok(client.map(|client| Self::Spacebring(Box::new(spacebring::Reader::new(client, reads_groups)))))
            }
            Platform::Coworks | Platform::Deskworks => Ok(None),
        }
    }

    /// Whether lists can be asked for what changed since an instant: Nexudus' and OfficeRnD's can, Spacebring has no such filter.
    ///
    /// Source: developers.nexudus.com (`from_…_UpdatedOn`); developer.officernd.com (filters); developer.spacebring.com; 2026-11.
    pub fn tells_what_changed(&self) -> bool {
        match self {
            Self::Nexudus(_) | Self::Officernd(_) => true,
            Self::Spacebring(_) => false,
        }
    }

    /// Whether a whole read brings all that the platform itself says about what gives which groups.
    pub fn reads_groups(&self) -> bool {
        match self {
            Self::Nexudus(_) | Self::Officernd(_) => false,
            Self::Spacebring(reader) => reader.reads_groups(),
        }
    }

    /// What a whole read that began then lists.
    pub fn scope(&self, tenant: &Tenant, began: Timestamp) -> Scope {
        match self {
            Self::Nexudus(_) => nexudus::Reader::scope(tenant, began),
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
            Self::Nexudus(reader) => reader.read(asked).await,
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

    fn connects(platform: Platform, settings: &[(&str, &str)], secret_named: &str) -> bool {
        let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let secret = |name: &str| Ok::<_, ()>(Some(SecretString::from("planted")).filter(|_| name == secret_named));
        let connection = Connection { platform, http: reqwest::Client::new(), base: None, settings: &settings };
        Reader::connect(connection, secret).unwrap().is_some()
    }

    #[test]
    fn only_a_platform_whose_lists_are_read_and_a_whole_login_has_a_reader() {
        let (id, organization) = (("client_id", "planted"), ("organization", "planted"));
        assert!(connects(Platform::Officernd, &[id, organization], "client_secret"));
        assert!(connects(Platform::Spacebring, &[id], "client_secret"));
        assert!(connects(Platform::Nexudus, &[("username", "api@example.com"), ("lists", "read")], "password"));

        assert!(!connects(Platform::Officernd, &[id], "client_secret"));
        assert!(!connects(Platform::Officernd, &[id, organization], "password"));
        assert!(!connects(Platform::Spacebring, &[], "client_secret"));
        assert!(!connects(Platform::Nexudus, &[("lists", "read")], "password"));
        assert!(!connects(Platform::Nexudus, &[("username", "api@example.com"), ("lists", "read")], "client_secret"));
        for platform in [Platform::Coworks, Platform::Deskworks] {
            assert!(!connects(platform, &[id, organization], "client_secret"), "{}", platform.word());
        }
    }

    /// An administrator who may read single customers only is no reason to fail each hour.
    #[test]
    fn the_lists_of_nexudus_are_read_only_if_the_document_says_so() {
        for lists in [None, Some("no"), Some("")] {
            let lists = lists.map(|lists| ("lists", lists));
            let settings: Vec<_> = [("username", "api@example.com")].into_iter().chain(lists).collect();
            assert!(!connects(Platform::Nexudus, &settings, "password"), "{lists:?}");
        }
    }
}
