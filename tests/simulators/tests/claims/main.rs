//! What the simulators claim about the services they stand for, checked over HTTP.

#[cfg(test)]
mod brivo_account;
#[cfg(test)]
mod brivo_bench;
#[cfg(test)]
mod brivo_by_hand;
#[cfg(test)]
mod brivo_faults;
#[cfg(test)]
mod brivo_gateway;
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
mod brivo_storage;
#[cfg(test)]
mod brivo_strictness;
#[cfg(test)]
mod brivo_tokens;
#[cfg(test)]
mod clock;
#[cfg(test)]
mod nexudus_bench;
#[cfg(test)]
mod nexudus_lists;
#[cfg(test)]
mod nexudus_login;
#[cfg(test)]
mod nexudus_trouble;
#[cfg(test)]
mod nexudus_webhooks;
