//! The rules of access as the specification words them, by theme: examples name its IDs, properties try many worlds.

#[cfg(test)]
mod arrival;
#[cfg(test)]
mod bookings;
#[cfg(test)]
mod choices;
#[cfg(test)]
mod fanout;
#[cfg(test)]
mod mappings;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod next_change;
#[cfg(test)]
mod plans;
#[cfg(test)]
mod presets;
#[cfg(test)]
mod standing;
#[cfg(test)]
mod summer_time;
#[cfg(test)]
mod union;
#[cfg(test)]
mod world;
