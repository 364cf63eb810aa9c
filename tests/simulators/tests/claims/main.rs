//! What the simulators claim about the services they stand for, checked over HTTP.

#[cfg(test)]
mod brivo_account;
#[cfg(test)]
mod brivo_administration;
#[cfg(test)]
mod brivo_bench;
#[cfg(test)]
mod brivo_browser;
#[cfg(test)]
mod brivo_by_hand;
#[cfg(test)]
mod brivo_consent;
#[cfg(test)]
mod brivo_credentials;
#[cfg(test)]
mod brivo_events;
#[cfg(test)]
mod brivo_faults;
#[cfg(test)]
mod brivo_fixtures;
#[cfg(test)]
mod brivo_gateway;
#[cfg(test)]
mod brivo_group_changes;
#[cfg(test)]
mod brivo_groups;
#[cfg(test)]
mod brivo_hooks;
#[cfg(test)]
mod brivo_leaving;
#[cfg(test)]
mod brivo_links;
#[cfg(test)]
mod brivo_listings;
#[cfg(test)]
mod brivo_passes;
#[cfg(test)]
mod brivo_places;
#[cfg(test)]
mod brivo_storage;
#[cfg(test)]
mod brivo_strictness;
#[cfg(test)]
mod brivo_subscriber;
#[cfg(test)]
mod brivo_subscriptions;
#[cfg(test)]
mod brivo_swipes;
#[cfg(test)]
mod brivo_tokens;
#[cfg(test)]
mod nexudus_bench;
#[cfg(test)]
mod nexudus_hooks;
#[cfg(test)]
mod nexudus_lists;
#[cfg(test)]
mod nexudus_login;
#[cfg(test)]
mod nexudus_trouble;
#[cfg(test)]
mod nexudus_webhooks;
#[cfg(test)]
mod spacebring_bench;
#[cfg(test)]
mod spacebring_lists;
#[cfg(test)]
mod spacebring_webhooks;
