//! The platforms' own APIs behind one face, for what a delivery leaves out.

use domain::{
    MemberId,
    intake::News,
    tenant::{Platform, Tenant},
};
use jiff::Timestamp;
use secrecy::SecretString;

use crate::{
    Connection, PlatformError,
    nexudus::{self, Customer},
};

/// A client of the API of a tenant's platform.
#[derive(Clone, Debug)]
pub enum Api {
    /// Nexudus.
    Nexudus {
        /// Its client.
        client: nexudus::Client,
        /// Whether the login may read lists.
        reads_lists: bool,
    },
}

impl Api {
    /// The client of a tenant's platform; `None` if its API is not asked or no login was given.
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
            Platform::Nexudus => {
                let reads_lists = nexudus::lists_are_read(connection.settings);
                Ok(connection.nexudus(secret)?.map(|client| Self::Nexudus { client, reads_lists }))
            }
            Platform::Officernd | Platform::Spacebring | Platform::Coworks | Platform::Deskworks => Ok(None),
        }
    }

    /// Reads a member; `None` if the platform knows nobody by this id.
    ///
    /// # Errors
    /// The platform gave no usable answer.
    pub async fn member(&self, member: &MemberId) -> Result<Option<Customer>, PlatformError> {
        match self {
            Self::Nexudus { client, .. } => client.customer(member).await,
        }
    }

    /// What changed of late of the passes that a member holds, of which the platform's webhooks say only that something has
    /// changed; nothing where the login may not read lists.
    ///
    /// # Errors
    /// The platform gave no usable answer.
    pub async fn late_passes(
        &self,
        tenant: &Tenant,
        member: &MemberId,
        now: Timestamp,
    ) -> Result<Vec<News>, PlatformError> {
        match self {
            Self::Nexudus { client, reads_lists: true } => client.late_passes(tenant, member, now).await,
            Self::Nexudus { reads_lists: false, .. } => Ok(Vec::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connected(platform: Platform, username: Option<&str>, password: Option<&str>) -> bool {
        let settings = username.map(|username| ("username".to_owned(), username.to_owned())).into_iter().collect();
        let secret = |name: &str| Ok::<_, ()>(password.filter(|_| name == "password").map(SecretString::from));
        let connection = Connection { platform, http: reqwest::Client::new(), base: None, settings: &settings };
        Api::connect(connection, secret).unwrap().is_some()
    }

    #[test]
    fn only_a_platform_with_an_api_that_is_asked_and_a_whole_login_has_a_client() {
        assert!(connected(Platform::Nexudus, Some("api@example.com"), Some("planted")));
        assert!(!connected(Platform::Nexudus, Some("api@example.com"), None));
        assert!(!connected(Platform::Nexudus, None, Some("planted")));
        for platform in [Platform::Officernd, Platform::Spacebring, Platform::Coworks, Platform::Deskworks] {
            assert!(!connected(platform, Some("api@example.com"), Some("planted")), "{}", platform.word());
        }
    }
}
