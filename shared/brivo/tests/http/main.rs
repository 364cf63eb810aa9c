//! The client and the keeper against a server of a few lines that answers as told.

#[cfg(test)]
mod calls;
#[cfg(test)]
mod connect;
#[cfg(test)]
mod credentials;
#[cfg(test)]
mod events;
#[cfg(test)]
mod fake;
#[cfg(test)]
mod invitations;
#[cfg(test)]
mod keeper;
#[cfg(test)]
mod paging;
#[cfg(test)]
mod pins;
#[cfg(test)]
mod preflight;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod subscriptions;
#[cfg(test)]
mod users;
