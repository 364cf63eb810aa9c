//! A Brivo account behind Brivo's gateway: the documented API, its quirks, and its bad days.
//!
//! [`Model`] is the machine: synchronous, given a request and the instant, it gives an
//! [`Answer`](crate::message::Answer). [`BrivoServer`] puts it on two local ports, one for each of
//! Brivo's hosts. One model is one account; every administrator and application sees all of it.
//!
//! Simulated so far: the token endpoint and the consent page, users, suspension, reading groups,
//! group membership, and `whoami`. Everything else is answered as an unknown path, with 596.
//!
//! In strict mode (the default) the model also writes down each call a careful client would not
//! make; see [`Model::violations`].
//!
//! Beside the API, the api host of a [`BrivoServer`] answers, without keys or tokens:
//!
//! | hook | what it does |
//! |---|---|
//! | `GET /_sim/history` | every change of membership, as [`MembershipChange`]s |
//! | `GET /_sim/standings` | every user made, suspended, reinstated, deleted, as [`StandingChange`]s |
//! | `GET /_sim/calls` | every request, as [`Call`]s |
//! | `GET /_sim/violations` | the findings of strict mode, as texts |
//! | `POST /_sim/faults` | adds one [`Fault`] |
//! | `POST /_sim/groups` | adds one group, `{"id": 7, "name": "Members"}` |
//! | `POST /_sim/links` | keeps a user out of a linked group, `{"group": 7, "user": 100001}` |
//!
//! Source: apidocs.brivo.com (snapshot 2025-11-25) and apidocs.brivo.com/access (2026-09-28), with
//! HTTP recordings of 2017-09-13 where the documents are silent.

mod account;
mod authority;
mod by_hand;
mod call;
mod fault;
mod filter;
mod gateway;
mod groups;
mod history;
mod hooks;
mod ids;
mod members;
mod model;
mod observing;
mod options;
mod paging;
mod profile;
mod quota;
mod refusal;
mod route;
mod seeding;
mod server;
mod storage;
mod strict;
mod token;
mod user;
mod users;

pub use call::Call;
pub use fault::{ErrorBody, Fault, Match, Methods, Misbehaviour, Times};
pub use history::{Change, MembershipChange, Standing, StandingChange};
pub use ids::{GroupId, UserId};
pub use model::Model;
pub use options::{Options, Rotation, Strictness};
pub use profile::{Email, PhoneNumber, Profile};
pub use route::Host;
pub use server::BrivoServer;
