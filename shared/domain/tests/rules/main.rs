//! The rules of access as the specification words them, by theme: examples name its IDs, properties try many worlds.

#[cfg(test)]
mod adoption;
#[cfg(test)]
mod again;
#[cfg(test)]
mod arrival;
#[cfg(test)]
mod backstop;
#[cfg(test)]
mod bookings;
#[cfg(test)]
mod breaker;
#[cfg(test)]
mod choices;
#[cfg(test)]
mod connecting;
#[cfg(test)]
mod copies;
#[cfg(test)]
mod coworks;
#[cfg(test)]
mod credentials;
#[cfg(test)]
mod deleting;
#[cfg(test)]
mod deskworks;
#[cfg(test)]
mod disconnecting;
#[cfg(test)]
mod drift;
#[cfg(test)]
mod fanout;
#[cfg(test)]
mod full_reads;
#[cfg(test)]
mod guests;
#[cfg(test)]
mod halfway;
#[cfg(test)]
mod hook_list;
#[cfg(test)]
mod hooks;
#[cfg(test)]
mod leaving;
#[cfg(test)]
mod limit;
#[cfg(test)]
mod mappings;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod news;
#[cfg(test)]
mod next_change;
#[cfg(test)]
mod nexudus;
#[cfg(test)]
mod officernd;
#[cfg(test)]
mod pace;
#[cfg(test)]
mod payers;
#[cfg(test)]
mod planning;
#[cfg(test)]
mod plans;
#[cfg(test)]
mod preflight;
#[cfg(test)]
mod presets;
#[cfg(test)]
mod profiles;
#[cfg(test)]
mod released;
#[cfg(test)]
mod snapshots;
#[cfg(test)]
mod spacebring;
#[cfg(test)]
mod standing;
#[cfg(test)]
mod summer_time;
#[cfg(test)]
mod union;
#[cfg(test)]
mod world;
