//! OfficeRnD's lists and webhooks against the simulated OfficeRnD, which was written from the documents alone.

#[cfg(test)]
mod bench;
#[cfg(test)]
mod client;
#[cfg(test)]
mod hooks;
#[cfg(test)]
mod news;
#[cfg(test)]
mod reads;
#[cfg(test)]
mod webhooks;
