//! Brivo's JSON, and what we take out of it.
//!
//! Members that we do not need are not read, and null or empty ones may be missing. Source: Brivo API, conventions, users
//! and groups, 2025-11-25.

mod account;
mod contacts;
mod credentials;
mod doors;
mod events;
mod invitations;
mod subscriptions;

use std::collections::BTreeSet;

use domain::{BrivoUserId, ExternalId, GroupId, profile::Profile};
use jiff::{Timestamp, fmt::temporal::DateTimePrinter};
use serde::{Deserialize, Deserializer, Serialize};

pub use account::{Account, AccountSummary, Administrator};
pub(crate) use account::{AccountAnswer, AdministratorsAccount, ServerTime};
pub use contacts::{Email, Phone};
pub use credentials::{Credential, CredentialFormat, Validity};
pub(crate) use credentials::{PinAnswer, PinBody, ValidityBody};
pub use doors::{AccessPoint, GroupDoor, Schedule, Site};
pub(crate) use events::EventList;
pub use events::{Event, EventOutcome, EventPage, EventQuery, EventTime};
pub(crate) use invitations::InvitationBody;
pub use invitations::{Delivery, Invitation, InvitationFilter, InvitationStatus, Invited, Language, PassAllotment};
pub(crate) use subscriptions::SubscriptionBody;
pub use subscriptions::{Criterion, NewSubscription, Subscription, Watch};

/// A Brivo user, as far as we read it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Brivo's id.
    pub id: BrivoUserId,
    /// Our reference, if the user has one; lists and older answers may leave it out.
    #[serde(default)]
    pub external_id: Option<ExternalId>,
    /// Given name.
    #[serde(default, rename = "firstName", deserialize_with = "or_default")]
    pub first: String,
    /// Family name.
    #[serde(default, rename = "lastName", deserialize_with = "or_default")]
    pub last: String,
    /// E-mail addresses, in Brivo's order; lists may leave them out.
    #[serde(default, deserialize_with = "contacts::emails")]
    pub emails: Vec<Email>,
    /// Telephone numbers, in Brivo's order; lists may leave them out.
    #[serde(default, rename = "phoneNumbers", deserialize_with = "contacts::phones")]
    pub phones: Vec<Phone>,
    /// Whether somebody suspended the user: groups stay, doors do not open.
    #[serde(default, deserialize_with = "or_default")]
    pub suspended: bool,
    /// When the access code (PIN) ceases to open doors; no bound on the user or its cards. Lists leave it out. A text that
    /// is no instant counts as none, so that one user cannot make a whole page unreadable.
    #[serde(default, deserialize_with = "instant")]
    pub effective_to: Option<Timestamp>,
}

/// A Brivo access group.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Group {
    /// Brivo's id.
    pub id: GroupId,
    /// Its name, at most 35 characters; not unique.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
}

/// A list, paged or not. `count` is the total, not the length of `data`.
#[derive(Debug, Deserialize)]
pub(crate) struct List<T> {
    #[serde(default = "Option::default")]
    pub(crate) data: Option<Vec<T>>,
    #[serde(default)]
    pub(crate) count: Option<usize>,
}

impl<T> List<T> {
    /// The entries; `None` if the answer does not even say that there are none.
    pub(crate) fn entries(self) -> Option<Vec<T>> {
        match (self.data, self.count) {
            (Some(data), _) => Some(data),
            (None, Some(0)) => Some(Vec::new()),
            (None, _) => None,
        }
    }
}

/// The answer of the token endpoint.
#[derive(Deserialize)]
pub(crate) struct Grant {
    pub(crate) access_token: secrecy::SecretString,
    #[serde(default)]
    pub(crate) refresh_token: Option<secrecy::SecretString>,
    #[serde(default)]
    pub(crate) expires_in: Option<u64>,
}

/// What is sent of a user: the whole of it to make one, the named fields to change one.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<&'a ExternalId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    emails: Option<Vec<Email>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_numbers: Option<Vec<Phone>>,
}

impl<'a> UserBody<'a> {
    /// A new user; addresses that are not known are left out.
    pub(crate) fn new_user(external_id: &'a ExternalId, profile: &'a Profile) -> Self {
        Self {
            external_id: Some(external_id),
            first_name: Some(&profile.first),
            last_name: Some(&profile.last),
            emails: profile.email.as_deref().map(|address| vec![Email::ours(address)]),
            phone_numbers: profile.phone.as_deref().map(|number| vec![Phone::ours(number)]),
        }
    }
}

/// What is to be changed of a user; what it does not name stays.
#[derive(Debug, Default)]
pub struct UserPatch<'a> {
    /// Given name.
    pub first: Option<&'a str>,
    /// Family name.
    pub last: Option<&'a str>,
    /// All e-mail addresses: Brivo takes the list as a whole.
    pub emails: Option<Vec<Email>>,
    /// All telephone numbers, as a whole too.
    pub phones: Option<Vec<Phone>>,
}

impl UserPatch<'_> {
    /// What is sent; none if nothing is to be changed.
    pub(crate) fn body(&self) -> Option<UserBody<'_>> {
        let body = UserBody {
            external_id: None,
            first_name: self.first,
            last_name: self.last,
            emails: self.emails.clone(),
            phone_numbers: self.phones.clone(),
        };
        let is_empty = self.first.is_none() && self.last.is_none() && self.emails.is_none() && self.phones.is_none();
        (!is_empty).then_some(body)
    }
}

/// Our reference, and nothing else of the user.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReferenceBody<'a> {
    pub(crate) external_id: &'a ExternalId,
}

/// The end of the access code, and nothing else of the user; null takes it away.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PinEndBody {
    effective_to: Option<String>,
}

/// Brivo's dates carry no fraction. Source: Brivo API, date format, 2025-11-25.
pub(crate) const WHOLE_SECONDS: DateTimePrinter = DateTimePrinter::new().precision(Some(0));

impl PinEndBody {
    /// A fraction of a second is cut off: an end may come early, never late.
    pub(crate) fn at(until: Option<Timestamp>) -> Self {
        Self { effective_to: until.map(|until| WHOLE_SECONDS.timestamp_to_string(&until)) }
    }
}

/// The suspension of a user as we ask for it.
#[derive(Debug, Serialize)]
pub(crate) struct SuspensionBody {
    pub(crate) suspended: bool,
}

/// The suspension of a user as Brivo shows it.
#[derive(Debug, Deserialize)]
pub(crate) struct Suspension {
    #[serde(default)]
    id: Option<BrivoUserId>,
    pub(crate) suspended: bool,
}

impl Suspension {
    /// Whether it is that user's, as far as it says whose it is.
    pub(crate) fn is_of(&self, user: BrivoUserId) -> bool {
        self.id.is_none_or(|id| id == user)
    }
}

/// A change of a user's groups: one step, all or nothing.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GroupChange<'a> {
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) add_groups: &'a BTreeSet<GroupId>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) remove_groups: &'a BTreeSet<GroupId>,
}

fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// Both forms that Brivo writes: with and without a fraction.
fn instant<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(serde_json::Value::deserialize(from)?.as_str().and_then(|text| text.parse().ok()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn profile() -> Profile {
        Profile { first: "Zoë".into(), last: "Example".into(), email: Some("zoe@example.org".into()), phone: None }
    }

    #[test]
    fn a_new_user_carries_our_reference_and_only_known_addresses() {
        let external_id = ExternalId::from("acme:m1");
        let profile = profile();

        let body = serde_json::to_value(UserBody::new_user(&external_id, &profile)).unwrap();

        assert_eq!(
            body,
            json!({
                "externalId": "acme:m1", "firstName": "Zoë", "lastName": "Example",
                "emails": [{"address": "zoe@example.org", "type": "work"}],
            })
        );
    }

    #[test]
    fn a_patch_carries_only_what_it_names_and_an_empty_list_takes_all_away() {
        let patch = UserPatch { last: Some("Example"), phones: Some(Vec::new()), ..UserPatch::default() };

        let body = serde_json::to_value(patch.body()).unwrap();

        assert_eq!(body, json!({"lastName": "Example", "phoneNumbers": []}));
        assert!(UserPatch::default().body().is_none());
    }

    /// Source: Brivo API, `GET /users/{id}`, sample of 2025-11-25, with other names and a member we have never heard of.
    const WHOLE_USER: &str = r#"{
        "id": 15540763, "externalId": "acme:m1", "firstName": "Zoë", "lastName": "Example", "suspended": true,
        "created": "2017-09-13T09:02:00Z", "updated": "2017-09-13T09:02:00.123Z", "bleTwoFactorExempt": false,
        "effectiveFrom": "2017-09-13T09:02:00Z", "effectiveTo": "2017-09-14T09:02:00.000Z",
        "emails": [{"id": 3, "address": "zoe@example.org", "type": "Work"}],
        "phoneNumbers": [{"number": "+44 20 7946 0000", "type": "home"}], "customFields": [], "novelty": {"x": [1]}
    }"#;

    /// Source: Brivo API, `GET /users`, a list item as recorded 2017-09-13: names and flag only, null where unknown.
    const SLIM_USER: &str = r#"{"id": 1, "externalId": null, "firstName": "A", "lastName": "B", "emails": null}"#;

    #[test]
    fn a_user_is_read_whole_or_slim() {
        let whole: User = serde_json::from_str(WHOLE_USER).unwrap();
        let slim: User = serde_json::from_str(SLIM_USER).unwrap();

        assert_eq!(whole.external_id, Some("acme:m1".into()));
        assert_eq!(whole.emails, [Email { address: "zoe@example.org".into(), kind: Some("Work".into()) }]);
        assert_eq!(whole.phones, [Phone { number: "+44 20 7946 0000".into(), kind: Some("home".into()) }]);
        assert!(whole.suspended);
        assert_eq!(whole.effective_to, Some("2017-09-14T09:02:00Z".parse().unwrap()));
        assert_eq!(slim.effective_to, None);
        assert_eq!((slim.external_id, slim.emails, slim.suspended), (None, vec![], false));
    }

    #[test]
    fn the_end_of_the_access_code_is_read_in_both_forms_and_never_spoils_the_user() {
        let end = |json: serde_json::Value| serde_json::from_value::<User>(json).unwrap().effective_to;
        let nine = "2026-11-21T09:00:00Z".parse().ok();

        assert_eq!(end(json!({"id": 1, "effectiveTo": "2026-11-21T09:00:00Z"})), nine);
        assert_eq!(end(json!({"id": 1, "effectiveTo": "2026-11-21T09:00:00.000Z"})), nine);
        for strange in [json!("soon"), json!(7), json!(null)] {
            assert_eq!(end(json!({"id": 1, "effectiveTo": strange})), None);
        }
    }

    #[test]
    fn an_end_is_sent_in_utc_without_a_fraction_or_as_null() {
        let until = "2026-11-21T10:00:00.999+01:00".parse().unwrap();

        assert_eq!(
            serde_json::to_value(PinEndBody::at(Some(until))).unwrap(),
            json!({"effectiveTo": "2026-11-21T09:00:00Z"})
        );
        assert_eq!(serde_json::to_value(PinEndBody::at(None)).unwrap(), json!({"effectiveTo": null}));
    }
}
