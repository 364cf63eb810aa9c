//! A model on two local ports.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;

use super::call::Call;
use super::courier::Courier;
use super::events::Delivery;
use super::fault::Fault;
use super::history::{MembershipChange, StandingChange};
use super::hooks;
use super::model::Model;
use super::options::Options;
use super::route::Host;
use crate::message::{Answer, Request, Response};
use crate::serving::{Clock, Served, router, serve};

/// A simulated Brivo that answers over HTTP; dropping it closes its ports.
#[derive(Debug)]
pub struct BrivoServer {
    desk: Arc<Desk>,
    auth: Served,
    api: Served,
    // Dropped with this value, which ends its work.
    _courier: Courier,
}

impl BrivoServer {
    /// Starts with an empty account that is kept in memory.
    ///
    /// # Errors
    ///
    /// When a port cannot be opened.
    pub async fn start(clock: Clock, options: Options) -> io::Result<Self> {
        Self::serve(Model::new(options.clone()), None, clock, &options).await
    }

    /// Starts with the account kept in `file` and writes every change there before it is answered.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or a port cannot be opened.
    pub async fn open(file: PathBuf, clock: Clock, options: Options) -> io::Result<Self> {
        let model = Model::load(&file, options.clone())?;
        Self::serve(model, Some(file), clock, &options).await
    }

    async fn serve(model: Model, file: Option<PathBuf>, clock: Clock, options: &Options) -> io::Result<Self> {
        let desk = Arc::new(Desk { model: Mutex::new(model), file, clock, waiting: Notify::new() });
        let (at_auth, at_api) = (Arc::clone(&desk), Arc::clone(&desk));
        let auth = router(Arc::new(move |request| at_auth.answer(Host::Auth, request)));
        let api = router(Arc::new(move |request| at_api.answer(Host::Api, request)));
        Ok(Self {
            auth: serve(auth, options.auth_port).await?,
            api: serve(hooks::beside(api, &desk), options.api_port).await?,
            _courier: Courier::start(Arc::clone(&desk)),
            desk,
        })
    }

    /// The auth host, to be followed by `/oauth/…`.
    pub fn auth_url(&self) -> &str {
        self.auth.base_url()
    }

    /// The api host, to be followed by `/v1/api/…` or `/_sim/…`.
    pub fn api_url(&self) -> &str {
        self.api.base_url()
    }

    /// Looks at the model.
    pub fn read<T>(&self, look: impl FnOnce(&Model) -> T) -> T {
        look(&self.desk.model())
    }

    /// Changes the model and keeps the change; the closure is also told the time.
    ///
    /// # Errors
    ///
    /// When the change cannot be written to the file.
    pub fn edit<T>(&self, change: impl FnOnce(&mut Model, Timestamp) -> T) -> io::Result<T> {
        self.desk.edit(change)
    }

    /// Every change of membership, oldest first.
    pub fn history(&self) -> Vec<MembershipChange> {
        self.read(|model| model.history().to_vec())
    }

    /// Every user made, suspended, reinstated or deleted, oldest first.
    pub fn standings(&self) -> Vec<StandingChange> {
        self.read(|model| model.standings().to_vec())
    }

    /// Every request, oldest first.
    pub fn calls(&self) -> Vec<Call> {
        self.read(|model| model.calls().to_vec())
    }

    /// What strict mode found, oldest first.
    pub fn violations(&self) -> Vec<String> {
        self.read(|model| model.violations().to_vec())
    }

    /// Orders a fault.
    ///
    /// # Errors
    ///
    /// When the order cannot be written to the file.
    pub fn inject(&self, fault: Fault) -> io::Result<()> {
        self.edit(|model, _| model.inject(fault))
    }
}

/// The model with its clock and its file, shared by both ports.
pub(super) struct Desk {
    model: Mutex<Model>,
    file: Option<PathBuf>,
    clock: Clock,
    /// Told whenever notifications wait.
    waiting: Notify,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").field("file", &self.file).finish_non_exhaustive()
    }
}

impl Desk {
    pub(super) fn model(&self) -> MutexGuard<'_, Model> {
        self.model.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn edit<T>(&self, change: impl FnOnce(&mut Model, Timestamp) -> T) -> io::Result<T> {
        let mut model = self.model();
        let outcome = change(&mut model, (self.clock)());
        self.keep(&model)?;
        Ok(outcome)
    }

    /// The notifications that are due.
    pub(super) fn take_deliveries(&self) -> Vec<Delivery> {
        self.model().take_deliveries((self.clock)())
    }

    /// Returns when notifications may have become due: after `look` if some wait, or when the first is put there.
    pub(super) async fn wait_for_deliveries(&self, look: Duration) {
        let some_wait = self.model().has_deliveries();
        if some_wait {
            let _ = tokio::time::timeout(look, self.waiting.notified()).await;
        } else {
            self.waiting.notified().await;
        }
    }

    /// A change that cannot be kept is not answered as if it were.
    fn answer(&self, host: Host, request: &Request) -> Answer {
        let mut model = self.model();
        let answer = model.handle(host, request, (self.clock)());
        let is_read = host == Host::Api && request.method == "GET";
        if is_read || self.keep(&model).is_ok() {
            answer
        } else {
            Answer::Response(Response::html(500, "the simulator could not write its file"))
        }
    }

    fn keep(&self, model: &Model) -> io::Result<()> {
        if model.has_deliveries() {
            self.waiting.notify_one();
        }
        match &self.file {
            Some(file) => model.save(file),
            None => Ok(()),
        }
    }
}
