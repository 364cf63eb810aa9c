//! What the gateway before Brivo says by itself, in HTML, and what it adds to every response.
//!
//! Source: recorded headers of 2017-09-13; support.mashery.com error codes; "Developer Inactive" at
//! apidocs.brivo.com (2025-11-25). That Brivo uses the gateway's usual over-limit answer is inferred.

use crate::message::Response;

/// The api-key is missing, unknown or disabled.
pub(super) fn developer_inactive() -> Response {
    refused(403, "ERR_403_DEVELOPER_INACTIVE", "<h1>Developer Inactive</h1>")
}

/// Too many requests in this second.
pub(super) fn over_qps(retry_after_seconds: u64) -> Response {
    refused(403, "ERR_403_DEVELOPER_OVER_QPS", "<h1>Developer Over Qps</h1>")
        .with_header("Retry-After", retry_after_seconds.to_string())
}

/// Too many requests in this period.
pub(super) fn over_rate(retry_after_seconds: u64) -> Response {
    refused(403, "ERR_403_DEVELOPER_OVER_RATE", "<h1>Developer Over Rate</h1>")
        .with_header("Retry-After", retry_after_seconds.to_string())
}

/// Over the limit, as a gateway set up to say so with the usual status puts it.
pub(super) fn too_many(retry_after_seconds: u64) -> Response {
    Response { status: 429, ..over_qps(retry_after_seconds) }
}

/// No such path, or not with that verb.
pub(super) fn service_not_found() -> Response {
    refused(596, "ERR_596_SERVICE_NOT_FOUND", "<h1>596 Service Not Found</h1>")
}

/// The page of a server between the client and Brivo.
pub(super) fn page(status: u16) -> Response {
    Response::html(status, &format!("<html><body><h1>{status}</h1></body></html>"))
        .with_header("Server", "Mashery Proxy")
}

fn refused(status: u16, code: &str, page: &str) -> Response {
    Response::html(status, page).with_header("Server", "Mashery Proxy").with_header("X-Mashery-Error-Code", code)
}

/// The response with the headers every answer of the API was recorded with.
pub(super) fn stamped(response: Response) -> Response {
    response
        .with_header("Brivo-Api-Version", "1.18.1-5")
        .with_header("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate")
        .with_header("Expires", "0")
        .with_header("Pragma", "no-cache")
        .with_header("Server", "Mashery Proxy")
        .with_header("X-Application-Context", "brivo-api")
        .with_header("X-Content-Type-Options", "nosniff")
        .with_header("X-Frame-Options", "DENY")
        .with_header("X-Mashery-Responder", "simulated")
        .with_header("X-Xss-Protection", "1; mode=block")
}
