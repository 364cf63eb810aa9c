//! Sites, access points, schedules, and which group may pass where.

mod access_points;
mod permissions;
mod premises;
mod route;
mod seeding;
mod sites;

pub use premises::{AccessPoint, AccessPointKind};

pub(super) use premises::Premises;
pub(super) use route::PlaceOperation;
