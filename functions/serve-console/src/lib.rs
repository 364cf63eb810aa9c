//! The operator's API: put a tenant, and read back who has access and why.

mod access;
mod adoption;
mod connect;
mod credentials;
mod drift;
mod full_read;
mod hooks;
mod plan;
mod preflight;
mod replay;
mod response;
mod status;
mod tenants;
mod upload;
mod vendor_key;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::header::AUTHORIZATION,
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post, put},
};
use runtime::Services;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use response::{Failure, in_one_form};

/// The largest tenant document that is taken; stored it has to fit into an item of 400 KB.
const LARGEST_DOCUMENT: usize = 256 << 10;

/// What this function works with.
#[derive(Clone, Debug)]
pub struct Console {
    /// The services.
    pub services: Services,
    /// The hex SHA-256 of the admin key; the key itself is kept nowhere.
    pub admin_key_sha256: String,
}

/// The routes of this function.
pub fn router(console: Console) -> Router {
    let auth = middleware::from_fn_with_state(console.clone(), check_admin_key);
    Router::new()
        .route("/api/v1/brivo-api-key", post(vendor_key::seal))
        .route("/api/v1/tenants/{tenant}", put(tenants::put))
        .route("/api/v1/tenants/{tenant}/status", get(status::get))
        .route("/api/v1/tenants/{tenant}/plan", get(plan::of_tenant))
        .route("/api/v1/tenants/{tenant}/plan/apply", post(plan::apply))
        .route("/api/v1/tenants/{tenant}/adoption", get(adoption::get))
        .route("/api/v1/tenants/{tenant}/drift", get(drift::get))
        .route("/api/v1/tenants/{tenant}/drift/apply", post(drift::apply))
        .route("/api/v1/tenants/{tenant}/full-read", get(full_read::get))
        .route("/api/v1/tenants/{tenant}/full-read/apply", post(full_read::apply))
        .route("/api/v1/tenants/{tenant}/hooks", get(hooks::get).post(hooks::post))
        .route("/api/v1/tenants/{tenant}/replay", post(replay::post))
        .route("/api/v1/tenants/{tenant}/sync", post(drift::run))
        .route("/api/v1/tenants/{tenant}/upload", post(upload::post).layer(DefaultBodyLimit::max(upload::LARGEST)))
        .route("/api/v1/tenants/{tenant}/accounts/{account}/link", post(connect::link))
        .route("/api/v1/tenants/{tenant}/accounts/{account}/disconnect", post(connect::part))
        .route("/api/v1/tenants/{tenant}/accounts/{account}/preflight", get(preflight::get))
        .route("/api/v1/tenants/{tenant}/credentials", get(credentials::waiting))
        .route("/api/v1/tenants/{tenant}/members/{member}/invitation", post(credentials::invite))
        .route("/api/v1/tenants/{tenant}/members/{member}/access", get(access::access))
        .route("/api/v1/tenants/{tenant}/members/{member}/sync", post(access::sync))
        .route("/api/v1/tenants/{tenant}/members/{member}/plan", get(plan::of_member))
        .route("/api/v1/tenants/{tenant}/members/{member}/audit", get(access::audit))
        .route_layer(auth)
        .layer(DefaultBodyLimit::max(LARGEST_DOCUMENT))
        .layer(middleware::map_response(in_one_form))
        .with_state(console)
}

/// The hex SHA-256 of an admin key.
pub fn admin_key_digest(key: &str) -> String {
    hex::encode(Sha256::digest(key.as_bytes()))
}

async fn check_admin_key(State(console): State<Console>, request: Request, next: Next) -> Response {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = header.and_then(bearer).map(admin_key_digest).unwrap_or_default();
    if given.as_bytes().ct_eq(console.admin_key_sha256.as_bytes()).into() {
        next.run(request).await
    } else {
        Failure::Unauthorized.into_response()
    }
}

/// The key of a header `Bearer KEY`.
///
/// Source: RFC 9110, section 11.1: the scheme is taken in any case.
fn bearer(header: &str) -> Option<&str> {
    let (scheme, key) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_the_hex_sha_256_that_the_deploy_script_computes() {
        let expected = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

        assert_eq!(admin_key_digest("secret"), expected);
    }

    #[test]
    fn the_scheme_is_taken_in_any_case_and_the_key_as_it_is() {
        for header in ["Bearer Key", "bearer Key", "BEARER Key"] {
            assert_eq!(bearer(header), Some("Key"), "{header}");
        }
        for header in ["Key", "Basic Key", "BearerKey", ""] {
            assert_eq!(bearer(header), None, "{header}");
        }
    }
}
