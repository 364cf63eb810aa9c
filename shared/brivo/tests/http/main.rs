//! The client and the keeper against a server of a few lines that answers as told.

#[cfg(test)]
mod calls;
#[cfg(test)]
mod fake;
#[cfg(test)]
mod keeper;
#[cfg(test)]
mod paging;
#[cfg(test)]
mod users;
