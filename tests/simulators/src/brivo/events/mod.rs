//! What happened, who wants to be told, and the telling.

mod audit;
mod delivering;
mod delivery;
mod event;
mod journal;
mod listing;
mod route;
mod subscribing;
mod subscription;
mod swipe;
mod window;

pub use delivery::{Delivery, DeliveryAttempt, DeliveryHabits, Mail};
pub use swipe::{Presented, Swipe};

pub(super) use journal::Journal;
pub(super) use route::EventOperation;
