//! A server that writes down what it is asked and answers as told.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use brivo::{AccessToken, Application, Client, Hosts, http_client};
use tokio::{net::TcpListener, task::JoinHandle};

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) verb: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.verb, self.path)
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// The status and the body of an answer.
pub(crate) type Reply = (u16, String);

pub(crate) fn reply(status: u16, body: impl Into<String>) -> Reply {
    (status, body.into())
}

type Script = Arc<dyn Fn(&Seen) -> Response + Send + Sync>;

/// The server; stops when dropped.
pub(crate) struct Fake {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    task: JoinHandle<()>,
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Fake {
    pub(crate) async fn answering(script: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self::with(Arc::new(move |seen: &Seen| response(script(seen)))).await
    }

    /// Answers every request with these headers, too.
    pub(crate) async fn refusing(reply: Reply, headers: Vec<(&'static str, &'static str)>) -> Self {
        let script = move |_: &Seen| {
            let mut answer = response(reply.clone());
            for (name, value) in &headers {
                answer.headers_mut().insert(*name, HeaderValue::from_static(value));
            }
            answer
        };
        Self::with(Arc::new(script)).await
    }

    async fn with(script: Script) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let router = Router::new().fallback(answer).with_state((script, Arc::clone(&seen)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, seen, task }
    }

    pub(crate) fn client(&self) -> Client {
        client_of(self.address)
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.seen().iter().map(Seen::line).collect()
    }
}

async fn answer(
    State((script, seen)): State<(Script, Arc<Mutex<Vec<Seen>>>)>,
    verb: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request = Seen { verb, path: uri.to_string(), headers, body: String::from_utf8(body.to_vec()).unwrap() };
    let answer = script(&request);
    seen.lock().unwrap().push(request);
    answer
}

fn response((status, body): Reply) -> Response {
    (StatusCode::from_u16(status).unwrap(), body).into_response()
}

pub(crate) fn client_of(address: SocketAddr) -> Client {
    let hosts = Hosts { auth: format!("http://{address}/"), api: format!("http://{address}") };
    Client::new(Arc::new(http_client().unwrap()), hosts, "the-key".into())
}

pub(crate) fn token() -> AccessToken {
    AccessToken::new("the-token".into())
}

pub(crate) fn application() -> Application {
    Application { client_id: "the-client".into(), client_secret: "the-client-secret".into() }
}
