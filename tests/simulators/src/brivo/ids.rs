//! The identifiers Brivo gives out.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! identifier {
    ($name:ident, $meaning:literal) => {
        #[doc = $meaning]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

identifier!(UserId, "A user of the account, a cardholder.");
identifier!(GroupId, "A group of users.");
identifier!(CredentialId, "A credential: a card, a pass, or the PIN of a user.");
identifier!(SiteId, "A site, which is a building or a part of one.");
identifier!(AccessPointId, "A door or whatever else opens.");
identifier!(ScheduleId, "A schedule, the times of a permission.");
