//! A model on a local port.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::model::Model;
use crate::serving::{Clock, Served, router, serve};

/// A simulated OfficeRnD that answers over HTTP; dropping it closes its port.
pub struct OfficerndServer {
    model: Arc<Mutex<Model>>,
    clock: Clock,
    served: Served,
}

impl std::fmt::Debug for OfficerndServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OfficerndServer").field("served", &self.served).finish_non_exhaustive()
    }
}

impl OfficerndServer {
    /// Starts with this model; port 0 picks a free one.
    ///
    /// # Errors
    ///
    /// When the port cannot be opened.
    pub async fn start(model: Model, clock: Clock, port: u16) -> io::Result<Self> {
        let model = Arc::new(Mutex::new(model));
        let (at_port, its_clock) = (Arc::clone(&model), Arc::clone(&clock));
        let answering = router(Arc::new(move |request| locked(&at_port).handle(request, its_clock())));
        Ok(Self { served: serve(answering, port).await?, model, clock })
    }

    /// The base address of version 2, to be followed by `/organizations/…`.
    pub fn api_url(&self) -> String {
        format!("{}/api/v2", self.served.base_url())
    }

    /// The address of the identity host, to be followed by `/oauth/token`.
    pub fn identity_url(&self) -> String {
        self.served.base_url().to_owned()
    }

    /// Looks at the model.
    pub fn read<T>(&self, look: impl FnOnce(&Model) -> T) -> T {
        look(&locked(&self.model))
    }

    /// Changes the model; the closure is also told the time.
    pub fn edit<T>(&self, change: impl FnOnce(&mut Model, Timestamp) -> T) -> T {
        change(&mut locked(&self.model), (self.clock)())
    }
}

fn locked(model: &Mutex<Model>) -> MutexGuard<'_, Model> {
    model.lock().unwrap_or_else(PoisonError::into_inner)
}
