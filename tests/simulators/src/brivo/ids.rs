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
