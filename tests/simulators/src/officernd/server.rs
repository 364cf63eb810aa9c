//! A model on a local port.

use std::io;

use super::model::Model;
use crate::serving::{Clock, Server};

/// A simulated OfficeRnD that answers over HTTP; dropping it closes its port.
pub type OfficerndServer = Server<Model>;

impl OfficerndServer {
    /// Starts with this model; port 0 picks a free one.
    ///
    /// # Errors
    ///
    /// When the port cannot be opened.
    pub async fn start(model: Model, clock: Clock, port: u16) -> io::Result<Self> {
        Self::open(model, Model::handle, clock, port).await
    }

    /// The base address of version 2, to be followed by `/organizations/…`.
    pub fn api_url(&self) -> String {
        format!("{}/api/v2", self.address())
    }

    /// The address of the identity host, to be followed by `/oauth/token`.
    pub fn identity_url(&self) -> String {
        self.address().to_owned()
    }
}
