//! Puts a simulated service on a port of this machine.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response as HttpResponse;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::message::{Answer, Request, Response};

/// Where a simulator learns the time, given by whoever starts it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What a service does with a request; the instant is the handler's own affair.
pub(crate) type Handler = Arc<dyn Fn(&Request) -> Answer + Send + Sync>;

/// Far above any body these services see; a larger one is cut off as empty.
const LARGEST_BODY: usize = 1 << 20;

/// A router at work on a local port; dropping it closes the port and its connections.
#[derive(Debug)]
pub struct Served {
    base_url: String,
    task: JoinHandle<()>,
    // Dropped with this value, which tells the open connections to close.
    _stop: oneshot::Sender<Infallible>,
}

impl Served {
    /// Where the router answers, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves `router` on `127.0.0.1`; port 0 picks a free one.
///
/// # Errors
///
/// When the port cannot be opened.
pub async fn serve(router: Router, port: u16) -> io::Result<Served> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let base_url = format!("http://{}", listener.local_addr()?);
    let (stop, stopped) = oneshot::channel::<Infallible>();
    let serving = axum::serve(listener, router).with_graceful_shutdown(async move {
        let _ = stopped.await;
    });
    let task = tokio::spawn(async move {
        let _ = serving.await;
    });
    Ok(Served { base_url, task, _stop: stop })
}

/// A machine that answers over HTTP, by the clock it was given; dropping it closes its port.
pub struct Server<M> {
    model: Arc<Mutex<M>>,
    clock: Clock,
    served: Served,
}

impl<M> fmt::Debug for Server<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("served", &self.served).finish_non_exhaustive()
    }
}

impl<M: Send + 'static> Server<M> {
    /// Starts with this model, which is handed every request; port 0 picks a free one.
    pub(crate) async fn open(
        model: M,
        handle: fn(&mut M, &Request, Timestamp) -> Answer,
        clock: Clock,
        port: u16,
    ) -> io::Result<Self> {
        let model = Arc::new(Mutex::new(model));
        let (at_port, its_clock) = (Arc::clone(&model), Arc::clone(&clock));
        let answering = router(Arc::new(move |request| handle(&mut locked(&at_port), request, its_clock())));
        Ok(Self { served: serve(answering, port).await?, model, clock })
    }

    /// Where it answers, without a slash at the end.
    pub(crate) fn address(&self) -> &str {
        self.served.base_url()
    }

    /// Looks at the model.
    pub fn read<T>(&self, look: impl FnOnce(&M) -> T) -> T {
        look(&locked(&self.model))
    }

    /// Changes the model; the closure is also told the time.
    pub fn edit<T>(&self, change: impl FnOnce(&mut M, Timestamp) -> T) -> T {
        change(&mut locked(&self.model), (self.clock)())
    }
}

fn locked<M>(model: &Mutex<M>) -> MutexGuard<'_, M> {
    model.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A router that hands every request to `handler`.
pub(crate) fn router(handler: Handler) -> Router {
    Router::new().fallback(move |request: axum::extract::Request| {
        let handler = Arc::clone(&handler);
        async move {
            let request = read(request).await;
            perform(handler(&request)).await
        }
    })
}

async fn read(request: axum::extract::Request) -> Request {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, LARGEST_BODY).await.unwrap_or_default();
    Request {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: read_headers(&parts.headers),
        body: body.into(),
    }
}

fn read_headers(headers: &HeaderMap) -> BTreeMap<String, String> {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes()))).collect()
}

async fn perform(answer: Answer) -> HttpResponse {
    match answer {
        Answer::Response(response) => written(response),
        Answer::Dropped => cut_off(),
        Answer::Hanging => std::future::pending().await,
    }
}

fn written(response: Response) -> HttpResponse {
    let mut built = HttpResponse::builder().status(response.status);
    for (name, value) in response.headers {
        built = built.header(name, value);
    }
    built.body(Body::from(response.body)).unwrap_or_else(|_| plain(StatusCode::INTERNAL_SERVER_ERROR))
}

fn plain(status: StatusCode) -> HttpResponse {
    let mut response = HttpResponse::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// A body that fails before its first byte: the connection closes while the head is still held back.
fn cut_off() -> HttpResponse {
    let failing = futures::stream::iter([Err::<Bytes, _>(io::Error::from(io::ErrorKind::ConnectionAborted))]);
    HttpResponse::new(Body::from_stream(failing))
}
