//! One type per identifier, so that no id is ever taken for another.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as it is: ids are opaque.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
    };
}

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    };
}

text_id!(
    /// An operator of one or more locations; the unit of isolation.
    TenantId
);
text_id!(
    /// A connected Brivo account of a tenant, by the name the tenant document gives it.
    AccountId
);
text_id!(
    /// Where deliveries of a tenant come in: the platform's word and what else the URL says, `nexudus/BookingCreate?location=7`.
    HookId
);
impl HookId {
    /// The hook with these words in its URL.
    pub fn of(platform: &str, event: Option<&str>, location: Option<&str>) -> Self {
        let event = event.iter().map(|event| format!("/{event}"));
        let location = location.iter().map(|location| format!("?location={location}"));
        Self([platform.to_owned()].into_iter().chain(event).chain(location).collect())
    }
}

text_id!(
    /// An API key of Brivo as a digest of it: tells keys apart, and tenants who share one share its pace.
    ApiKeyId
);
text_id!(
    /// A centre, campus or space of the platform.
    LocationId
);
text_id!(
    /// A person of the platform.
    MemberId
);
text_id!(
    /// A company or team of the platform.
    TeamId
);
text_id!(
    /// An e-mail address as a digest of its normalised form: tells people apart, and nobody who they are.
    AddressId
);
text_id!(
    /// Our reference on a Brivo user; unique in a Brivo account.
    ExternalId
);
number_id!(
    /// A Brivo access group.
    GroupId
);
number_id!(
    /// A Brivo user.
    BrivoUserId
);
number_id!(
    /// A Brivo access point.
    DoorId
);
number_id!(
    /// A card, a code or a pass of Brivo's.
    CredentialId
);
number_id!(
    /// An invitation to a Brivo Mobile Pass.
    InvitationId
);

impl TenantId {
    /// The longest id, in bytes: it is part of every key, and a queue's message group.
    pub const LONGEST: usize = 64;

    /// Whether a tenant can have this id: letters, digits, `-` and `_`.
    pub fn is_sound(&self) -> bool {
        let is_name_byte = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        (1..=Self::LONGEST).contains(&self.0.len()) && self.0.bytes().all(is_name_byte)
    }
}

impl BrivoUserId {
    /// The one as whom a user of an account is known who is nobody of ours.
    pub fn stranger(self, account: &AccountId) -> MemberId {
        MemberId(format!("brivo:{account}:{self}"))
    }
}

impl AddressId {
    /// The person who is known by this address alone.
    pub fn guest(&self) -> MemberId {
        MemberId(format!("guest:{self}"))
    }
}

/// A member together with the tenant; what a wake-up carries.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MemberKey {
    /// Whose member.
    pub tenant: TenantId,
    /// Which member.
    pub member: MemberId,
}

impl MemberKey {
    /// The `externalId` by which this member's Brivo user is found again: `{tenant}:{member}`.
    ///
    /// The member id is kept readable; every byte that is unsafe in a URL path becomes `~` and two hex digits, so that two
    /// members never share one.
    pub fn external_id(&self) -> ExternalId {
        let mut text = format!("{}:", self.tenant);
        for byte in self.member.as_str().bytes() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':') {
                text.push(char::from(byte));
            } else {
                text.push('~');
                text.extend([byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16).unwrap_or('0')));
            }
        }
        ExternalId(text)
    }
}

impl MemberKey {
    /// The member whose `externalId` this is; `None` if it is not of our making.
    pub fn of_external_id(external_id: &ExternalId) -> Option<Self> {
        let (tenant, escaped) = external_id.as_str().split_once(':')?;
        let mut bytes = Vec::with_capacity(escaped.len());
        let mut rest = escaped.bytes();
        while let Some(byte) = rest.next() {
            bytes.push(if byte == b'~' { rest.next().and_then(hex)? << 4 | rest.next().and_then(hex)? } else { byte });
        }
        let key = Self { tenant: tenant.into(), member: MemberId(String::from_utf8(bytes).ok()?) };
        // Somebody else's reference may look like one of ours without being it.
        (key.external_id() == *external_id).then_some(key)
    }
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

impl fmt::Display for MemberKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.tenant, self.member)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_external_id_begins_with_the_tenant_and_is_safe_in_a_path() {
        let key = MemberKey { tenant: "acme".into(), member: "a/b ü".into() };

        assert_eq!(key.external_id().as_str(), "acme:a~2fb~20~c3~bc");
    }

    #[test]
    fn a_reference_that_is_not_of_our_making_is_nobodys() {
        for text in ["", "acme", "acme:a~2", "acme:a~2F", "acme:a~41", "acme:~ff", "acme:a b", "acme:~c3"] {
            assert_eq!(MemberKey::of_external_id(&text.into()), None, "{text}");
        }
    }

    #[test]
    fn a_member_whose_id_looks_escaped_is_somebody_else() {
        let external_id = |member: &str| MemberKey { tenant: "acme".into(), member: member.into() }.external_id();

        assert_ne!(external_id("a/b"), external_id("a~2fb"));
    }
}
