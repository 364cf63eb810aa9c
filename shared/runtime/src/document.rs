//! The tenant document: read as a whole, refused as a whole, with every fault listed.
//!
//! Fields that nobody knows are ignored, except in policy tables: there a misspelt key would silently leave the preset in
//! force and so change who gets in.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    TenantId,
    tenant::{Mapping, Platform, Tenant},
};
use platforms::{is_signing_secret, untold_without_login};
use secrecy::SecretString;
use serde::{Deserializer, de::DeserializeOwned};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

mod couriers;
mod policies;

/// How long the secret in a webhook's path has to be at least.
const SHORTEST_PATH_SECRET: usize = 32;

/// How many signing secrets there can be, so that they can be rotated.
const MOST_SIGNING_SECRETS: usize = 2;

/// A tenant document that was understood.
#[derive(Debug)]
pub struct Document {
    /// The settings.
    pub tenant: Tenant,
    /// The secrets, by their place in the document (`accounts.hq.api_key`).
    pub secrets: BTreeMap<String, SecretString>,
    /// Whether it says which signing secrets there are, be it none: then those it does not list are gone.
    pub lists_signing_secrets: bool,
    /// The settings of the platform's API that are no secrets.
    pub platform_api: BTreeMap<String, String>,
    /// Tells it from other documents, secrets and all: the hex SHA-256 of its values, whatever they look like in a file.
    pub digest: String,
}

/// A document that means something else than it says, or nothing.
#[derive(Debug, thiserror::Error)]
#[error("the tenant document has faults: {}", faults.join("; "))]
pub struct Faulty {
    /// Every fault, each with its place and what to do. They quote settings, never secrets.
    pub faults: Vec<String>,
}

impl Document {
    /// Reads a document in TOML.
    ///
    /// # Errors
    /// Every fault.
    pub fn from_toml(text: &str) -> Result<Self, Faulty> {
        // The parser's own message would show the line, which can hold a secret.
        let table: Value = toml::from_str(text).map_err(|error| {
            let place = error.span().map_or(0, |span| text.get(..span.start).unwrap_or_default().lines().count());
            Faulty { faults: vec![format!("line {place} is no TOML: {}", error.message())] }
        })?;
        Self::from_value(&table)
    }

    /// Reads a document in JSON.
    ///
    /// # Errors
    /// Every fault.
    pub fn from_json(body: &[u8]) -> Result<Self, Faulty> {
        let value: Value = serde_json::from_slice(body).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            Faulty { faults: vec![format!("the document is no JSON at line {line} column {column}")] }
        })?;
        Self::from_value(&value)
    }

    /// What is sound and yet likely to surprise, each once.
    pub fn warnings(&self) -> Vec<String> {
        let untold = untold_without_login(self.tenant.platform, &self.platform_api);
        self.tenant.warnings().into_iter().chain(untold.map(str::to_owned)).collect()
    }

    fn from_value(value: &Value) -> Result<Self, Faulty> {
        let mut reader = Reader::default();
        let Some(document) = value.as_object() else {
            return Err(Faulty { faults: vec!["the document is no table".to_owned()] });
        };
        let hooks = reader.table(document, "hooks");
        let api = reader.table(document, "platform_api");
        let secrets = reader.secrets(document, hooks, api);
        let lists_signing_secrets = hooks.is_some_and(|hooks| hooks.contains_key("signing_secrets"));
        let platform_api = reader.platform_api(api);
        let tenant = reader.tenant(document);
        reader.faults.extend(tenant.faults());
        if reader.faults.is_empty() {
            let digest = hex::encode(Sha256::digest(value.to_string()));
            Ok(Self { tenant, secrets, lists_signing_secrets, platform_api, digest })
        } else {
            Err(Faulty { faults: reader.faults })
        }
    }
}

/// Reads part by part, so that one fault does not hide the next.
#[derive(Default)]
struct Reader {
    faults: Vec<String>,
}

impl Reader {
    /// The settings. What cannot be read is noted, and stood in for, so that the rest is looked at all the same.
    fn tenant(&mut self, document: &Map<String, Value>) -> Tenant {
        let id = self.part(document, "tenant").unwrap_or_else(|| TenantId::new("unreadable"));
        let [any_platform, ..] = Platform::ALL;
        let platform = self.part(document, "platform").unwrap_or(any_platform);
        let enabled = self.part_or(document, "enabled", true);
        let managed_groups = self.part_or(document, "managed_groups", BTreeSet::new());
        let released_groups = self.part_or(document, "released_groups", BTreeSet::new());
        let policy = self.sound_policy("policy", document.get("policy"));
        let accounts = self.list(document, "accounts");
        let locations = self.list_with_policies(document, "locations", policies::place_of_location);
        let mut mappings: Vec<Mapping> = self.list_with_policies(document, "mappings", policies::place_of_mapping);
        // A document speaks for its operator, not for the platform.
        for mapping in &mut mappings {
            mapping.from_platform = false;
        }
        let doors = self.list(document, "doors");
        Tenant {
            id,
            platform,
            enabled,
            managed_groups,
            released_groups,
            accounts,
            locations,
            mappings,
            doors,
            policy,
            hook_quiet_days: self.part_or(document, "hook_quiet_days", Tenant::HOOK_QUIET_DAYS),
            leavers_from: None,
            disconnected: BTreeMap::new(),
            code_mail: self.code_mail(document),
            app_hook: self.app_hook(document),
        }
    }

    fn part<T: DeserializeOwned>(&mut self, document: &Map<String, Value>, name: &str) -> Option<T> {
        match document.get(name) {
            None | Some(Value::Null) => {
                self.faults.push(format!("{name}: is missing"));
                None
            }
            Some(value) => self.read(name, value),
        }
    }

    fn part_or<T: DeserializeOwned>(&mut self, document: &Map<String, Value>, name: &str, default: T) -> T {
        match document.get(name) {
            None | Some(Value::Null) => default,
            Some(value) => self.read(name, value).unwrap_or(default),
        }
    }

    /// A table that may be left out. Said here, because serde takes a list for a table whose keys stand in order.
    fn table<'v>(&mut self, document: &'v Map<String, Value>, name: &str) -> Option<&'v Map<String, Value>> {
        match document.get(name) {
            None | Some(Value::Null) => None,
            Some(Value::Object(table)) => Some(table),
            Some(_) => {
                self.faults.push(format!("{name}: is no table"));
                None
            }
        }
    }

    fn list<T: DeserializeOwned>(&mut self, document: &Map<String, Value>, name: &str) -> Vec<T> {
        let entries = self.entries(document, name).iter().enumerate();
        entries.filter_map(|(number, entry)| self.read(&format!("{name}[{number}]"), entry)).collect()
    }

    fn entries<'v>(&mut self, document: &'v Map<String, Value>, name: &str) -> &'v [Value] {
        match document.get(name) {
            None | Some(Value::Null) => &[],
            Some(Value::Array(entries)) => entries,
            Some(_) => {
                self.faults.push(format!("{name}: is no list"));
                &[]
            }
        }
    }

    fn read<'v, T: DeserializeOwned>(
        &mut self,
        place: &str,
        value: impl Deserializer<'v, Error = serde_json::Error>,
    ) -> Option<T> {
        T::deserialize(value).map_err(|error| self.faults.push(format!("{place}: {error}"))).ok()
    }

    fn secrets(
        &mut self,
        document: &Map<String, Value>,
        hooks: Option<&Map<String, Value>>,
        api: Option<&Map<String, Value>>,
    ) -> BTreeMap<String, SecretString> {
        let mut secrets = BTreeMap::new();
        for account in document.get("accounts").and_then(Value::as_array).into_iter().flatten() {
            let Some(id) = account.get("id").and_then(Value::as_str) else { continue };
            for name in ["api_key", "client_id", "client_secret", "refresh_token"] {
                self.secret(&mut secrets, format!("accounts.{id}.{name}"), account.get(name));
            }
        }
        self.path_secret(&mut secrets, hooks.and_then(|hooks| hooks.get("path_secret")));
        self.signing_secrets(&mut secrets, hooks.and_then(|hooks| hooks.get("signing_secrets")));
        for (name, value) in api.into_iter().flatten().filter(|(name, _)| is_secret(name)) {
            self.secret(&mut secrets, format!("platform_api.{name}"), Some(value));
        }
        self.app_hook_secret(&mut secrets, document);
        secrets
    }

    fn path_secret(&mut self, secrets: &mut BTreeMap<String, SecretString>, value: Option<&Value>) {
        if value.and_then(Value::as_str).is_some_and(|text| text.len() < SHORTEST_PATH_SECRET) {
            self.faults.push(format!("hooks.path_secret: use at least {SHORTEST_PATH_SECRET} characters"));
        }
        self.secret(secrets, "hooks.path_secret".to_owned(), value);
    }

    fn signing_secrets(&mut self, secrets: &mut BTreeMap<String, SecretString>, value: Option<&Value>) {
        let Some(value) = value else { return };
        let Some(list) = value.as_array().filter(|list| list.len() <= MOST_SIGNING_SECRETS) else {
            self.faults.push(format!("hooks.signing_secrets: is no list of at most {MOST_SIGNING_SECRETS}"));
            return;
        };
        for (number, value) in list.iter().enumerate() {
            let place = format!("hooks.signing_secrets.{number}");
            if value.as_str().is_some_and(|text| !text.is_empty() && !is_signing_secret(&text.into())) {
                self.faults.push(format!("{place}: after whsec_ write base64"));
            }
            self.secret(secrets, place, Some(value));
        }
    }

    fn secret(&mut self, secrets: &mut BTreeMap<String, SecretString>, place: String, value: Option<&Value>) {
        match value {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) if !text.is_empty() => {
                secrets.insert(place, SecretString::from(text.as_str()));
            }
            Some(_) => self.faults.push(format!("{place}: is no text, or is empty")),
        }
    }

    fn platform_api(&mut self, api: Option<&Map<String, Value>>) -> BTreeMap<String, String> {
        api.into_iter()
            .flatten()
            .filter(|(name, _)| !is_secret(name))
            .filter_map(|(name, value)| Some((name.clone(), self.read(&format!("platform_api.{name}"), value)?)))
            .collect()
    }
}

/// Whether a setting of the platform's API is a secret.
fn is_secret(name: &str) -> bool {
    matches!(name, "password" | "client_secret")
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    const SOUND: &str = r#"
        tenant = "acme"
        platform = "nexudus"

        [[accounts]]
        id = "hq"
        region = "us"
        api_key = "planted-key"
        client_id = "c"
        client_secret = "planted-client-secret"

        [[locations]]
        id = "london"
        time_zone = "Europe/London"
        account = "hq"

        [[mappings]]
        kind = "resource"
        id = "1414925063"
        groups = [501]

        [hooks]
        path_secret = "0123456789abcdef0123456789abcdef"
        signing_secrets = ["one", "two"]

        [platform_api]
        username = "api@example.com"
        password = "planted-password"
    "#;

    #[test]
    fn a_sound_document_is_settings_and_secrets_apart() {
        let document = Document::from_toml(SOUND).unwrap();

        assert_eq!(document.tenant.id.as_str(), "acme");
        assert_eq!(document.secrets["accounts.hq.api_key"].expose_secret(), "planted-key");
        assert_eq!(document.secrets["hooks.signing_secrets.1"].expose_secret(), "two");
        assert_eq!(document.platform_api["username"], "api@example.com");
        let shown = format!("{document:?}") + &serde_json::to_string(&document.tenant).unwrap();
        assert!(!shown.contains("planted"), "{shown}");
    }

    /// ORD-20: whoever gives no login hears what the platform's webhooks do not tell.
    #[test]
    fn what_webhooks_alone_do_not_tell_is_a_warning() {
        let warnings = |platform: &str, login: &str| {
            let document = SOUND.replace("platform = \"nexudus\"", &format!("platform = \"{platform}\""));
            let document = document.replace("username = \"api@example.com\"", login);
            let mut warnings = Document::from_toml(&document).unwrap().warnings();
            warnings.retain(|warning| warning.starts_with("platform_api"));
            warnings
        };

        assert_eq!(warnings("nexudus", ""), [""; 0]);
        assert!(warnings("spacebring", "")[0].contains("a member who was deleted there keeps access"));
        assert!(warnings("officernd", "client_id = \"a\"")[0].contains("no more than five weeks"));
        assert_eq!(warnings("officernd", "client_id = \"a\"\norganization = \"b\""), [""; 0]);
        assert_eq!(warnings("spacebring", "client_id = \"a\""), [""; 0]);
    }

    #[test]
    fn every_fault_is_listed_and_no_secret_shown() {
        let faulty = r#"{"platform": "nexodus", "policy": {"lead": "soon"},
            "accounts": [{"id": "hq", "region": "mars", "api_key": 7}],
            "locations": [{"id": "london", "time_zone": "Europe/London", "account": "hq"}, {"id": 3}],
            "hooks": {"path_secret": "planted"}}"#;

        let Faulty { faults } = Document::from_json(faulty.as_bytes()).unwrap_err();

        for place in [
            "tenant:",
            "platform:",
            "policy.lead:",
            "accounts[0]:",
            "locations[1]:",
            "hooks.path_secret:",
            "accounts.hq.api_key:",
        ] {
            assert!(faults.iter().any(|fault| fault.starts_with(place)), "{place} is not in {faults:?}");
        }
        assert!(!faults.join(" ").contains("planted"), "{faults:?}");
    }

    #[test]
    fn a_table_is_a_table_and_a_signing_secret_what_its_prefix_says() {
        let faulty = r#"{"tenant": "acme", "platform": "nexudus", "accounts": [{"id": "hq", "region": "us"}],
            "policy": [], "hooks": "planted", "platform_api": 7}"#;
        let unsigned = SOUND.replace("\"two\"", "\"whsec_planted!\"");

        let tables = Document::from_json(faulty.as_bytes()).unwrap_err().faults;
        let secrets = Document::from_toml(&unsigned).unwrap_err().faults;

        assert_eq!(tables, ["hooks: is no table", "platform_api: is no table", "policy: is no table"]);
        assert_eq!(secrets, ["hooks.signing_secrets.1: after whsec_ write base64"]);
    }

    #[test]
    fn a_digest_tells_what_a_document_says_and_not_how() {
        let digest = |text: &str| Document::from_toml(text).unwrap().digest;

        assert_eq!(digest(SOUND), digest(&format!("# the same\n{SOUND}")));
        assert_ne!(digest(SOUND), digest(&SOUND.replace("planted-key", "another-key")));
        assert_eq!(digest(SOUND).len(), 64);
    }

    #[test]
    fn a_typing_error_is_told_by_its_line() {
        let Faulty { faults } = Document::from_toml("tenant = \"acme\"\napi_key = planted\n").unwrap_err();

        assert!(faults[0].starts_with("line 2 is no TOML"), "{faults:?}");
        assert!(!faults[0].contains("planted"), "{faults:?}");
    }
}
