//! The whole bundle as a process, seen from outside: HTTP in, and what a Brivo and a Nexudus of ours get to see.

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod bundle;
#[cfg(test)]
mod deliveries;
#[cfg(test)]
mod tenants;
#[cfg(test)]
mod world;

#[cfg(test)]
mod answers;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod grace;
#[cfg(test)]
mod hangs;
#[cfg(test)]
mod kills;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod repeats;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod storm;
#[cfg(test)]
mod teams;
#[cfg(test)]
mod windows;
