//! A Brivo account behind Brivo's gateway: the documented API, its quirks, and its bad days.
//!
//! [`Model`] is the machine: synchronous, given a request and the instant, it gives an
//! [`Answer`](crate::message::Answer). [`BrivoServer`] puts it on two local ports, one for each of
//! Brivo's hosts. One model is one account; every administrator and application sees all of it.
//!
//! Simulated are: log-in, consent and tokens; administrators, the account, its features and the time; users, suspension and
//! revoking; groups, their members and their permissions; sites, access points and schedules; credentials and PINs; invitations,
//! passes, wallets and visitors; events, subscriptions and notifications. Everything else is answered as an unknown path, with 596:
//! custom fields, photographs, batches, roles, changes of administrators, applications, sites and schedules, cards for licence plates
//! and faces, device status, door overrides, cameras, holidays, `/activities`, and the key of tokens, which are opaque here.
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
//! | `GET /_sim/deliveries` | every notification sent, as [`DeliveryAttempt`]s |
//! | `GET /_sim/mails` | every mail about a notification given up, as [`Mail`]s |
//! | `POST /_sim/faults` | adds one [`Fault`] |
//! | `POST /_sim/delivery-habits` | changes how notifications are sent, as [`DeliveryHabits`] |
//! | `POST /_sim/groups` | adds one group, `{"id": 7, "name": "Members"}` |
//! | `POST /_sim/links` | keeps a user out of a linked group, `{"group": 7, "user": 100001}` |
//! | `POST /_sim/administrators` | adds one, `{"username": "admin7", "password": "…"}` |
//! | `POST /_sim/redirects` | registers where consent leads, `{"client_id": "…", "redirect_uri": "…"}` |
//! | `POST /_sim/sites` | adds one site, `{"id": 70, "name": "Home base", "time_zone": "US/Eastern"}` |
//! | `POST /_sim/doors` | adds one door, `{"id": 11, "site": 70, "name": "Front Door"}` |
//! | `POST /_sim/permissions` | lets a group pass a door, `{"group": 7, "door": 11}` |
//! | `POST /_sim/cards` | adds one card, `{"facility_code": 1, "card_number": 200, "holder": 100001}`, the holder optional |
//! | `POST /_sim/swipes` | presents something at a door, `{"door": 11, "presented": …}` with a [`Presented`]; gives a [`Swipe`] |
//! | `POST /_sim/redemptions` | redeems an invitation, `{"referenceId": "…", "accessCode": "…"}` |
//! | `POST /_sim/edits` | does what staff does in Brivo's pages, `{"edit": "join", "user": 100001, "group": 7}`; so `leave`, `suspend`, `reinstate`, `delete` of a user, and `create` with `first_name`, `last_name` and `email` |
//!
//! Source: apidocs.brivo.com (snapshot 2025-11-25) and apidocs.brivo.com/access (2026-09-28), with
//! HTTP recordings of 2017-09-13 where the documents are silent.

mod account;
mod administrators;
mod application;
mod ask;
mod authority;
mod building_hooks;
mod by_hand;
mod call;
mod consent;
mod consent_page;
mod courier;
mod credentials;
mod dates;
mod event_hooks;
mod events;
mod fault;
mod filter;
mod gateway;
mod group_changes;
mod groups;
mod history;
mod hooks;
mod ids;
mod members;
mod model;
mod observing;
mod options;
mod paging;
mod passes;
mod places;
mod profile;
mod quota;
mod refusal;
mod route;
mod seeding;
mod server;
mod staff;
mod storage;
mod strict;
mod token;
mod user;
mod users;

pub use administrators::Feature;
pub use application::ApplicationKind;
pub use call::Call;
pub use events::{Delivery, DeliveryAttempt, DeliveryHabits, Mail, Presented, Swipe};
pub use fault::{ErrorBody, Fault, Match, Methods, Misbehaviour, Times};
pub use history::{Change, MembershipChange, Standing, StandingChange};
pub use ids::{AccessPointId, CredentialId, GroupId, ScheduleId, SiteId, UserId};
pub use model::Model;
pub use options::{Options, Return, Rotation, SecondUse, Strictness};
pub use passes::Unredeemed;
pub use places::{AccessPoint, AccessPointKind};
pub use profile::{Email, PhoneNumber, Profile};
pub use route::Host;
pub use server::BrivoServer;
pub use staff::AdministratorKind;
