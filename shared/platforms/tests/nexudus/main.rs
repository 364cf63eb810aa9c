//! Nexudus read by its lists, against the simulated Nexudus, which was written from the documents alone.

#[cfg(test)]
mod bench;
#[cfg(test)]
mod hooks;
#[cfg(test)]
mod reads;
#[cfg(test)]
mod trouble;
