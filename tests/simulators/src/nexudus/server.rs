//! A model on a local port.

use std::io;

use super::model::Model;
use crate::serving::{Clock, Server};

/// A simulated Nexudus that answers over HTTP; dropping it closes its port.
pub type NexudusServer = Server<Model>;

impl NexudusServer {
    /// Starts with this model; port 0 picks a free one.
    ///
    /// # Errors
    ///
    /// When the port cannot be opened.
    pub async fn start(model: Model, clock: Clock, port: u16) -> io::Result<Self> {
        Self::open(model, Model::handle, clock, port).await
    }

    /// The base address, ending in `/api`, to be followed by `/spaces/…`, `/sys/…` or `/token`.
    pub fn base_url(&self) -> String {
        format!("{}/api", self.address())
    }
}
