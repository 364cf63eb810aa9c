//! The whole bundle as a process, seen from outside: HTTP in, and what a Brivo and a Nexudus of ours get to see.

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod bundle;
#[cfg(test)]
mod deliveries;
#[cfg(test)]
mod feed;
#[cfg(test)]
mod phone;
#[cfg(test)]
mod tenants;
#[cfg(test)]
mod world;

#[cfg(test)]
mod answers;
#[cfg(test)]
mod audited;
#[cfg(test)]
mod backstop;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod connecting;
#[cfg(test)]
mod contracts;
#[cfg(test)]
mod coworks;
#[cfg(test)]
mod credentials;
#[cfg(test)]
mod custom_acs;
#[cfg(test)]
mod deskworks;
#[cfg(test)]
mod disconnecting;
#[cfg(test)]
mod drift;
#[cfg(test)]
mod explain;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod full_reads;
#[cfg(test)]
mod grace;
#[cfg(test)]
mod guests;
#[cfg(test)]
mod hangs;
#[cfg(test)]
mod hook_list;
#[cfg(test)]
mod hooks;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod kills;
#[cfg(test)]
mod leaving;
#[cfg(test)]
mod officernd;
mod on_demand;
#[cfg(test)]
mod pace;
#[cfg(test)]
mod pass_codes;
#[cfg(test)]
mod plans;
#[cfg(test)]
mod preflight;
#[cfg(test)]
mod profile;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod ready;
#[cfg(test)]
mod repeats;
#[cfg(test)]
mod replays;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod senders;
#[cfg(test)]
mod spacebring;
#[cfg(test)]
mod storm;
#[cfg(test)]
mod teams;
#[cfg(test)]
mod uploads;
#[cfg(test)]
mod windows;
