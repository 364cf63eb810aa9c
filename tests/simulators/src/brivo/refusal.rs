//! The error bodies of Brivo itself, in the two styles it uses.
//!
//! Source: apidocs.brivo.com (2025-11-25), error responses of each operation.

use serde_json::json;

use crate::message::Response;

/// The usual error body, `{code, message}`.
pub(super) fn coded(status: u16, message: &str) -> Response {
    Response::json(status, &json!({"code": status, "message": message}))
}

/// A body or parameter Brivo does not accept.
pub(super) fn invalid_criteria() -> Response {
    coded(400, "Invalid criteria provided")
}

/// Paging outside the documented range.
pub(super) fn invalid_listing() -> Response {
    coded(400, "Invalid listing criteria provided")
}

/// The administrator's role does not go that far.
pub(super) fn not_allowed() -> Response {
    coded(403, "You are not allowed to perform that action")
}

/// No such user.
pub(super) fn user_not_found() -> Response {
    coded(404, "User not found")
}

/// No such group.
pub(super) fn group_not_found() -> Response {
    coded(404, "Group not found")
}

/// The user cannot join the group.
///
/// Source: "Assign User to Group"; the documents give the text for the single call only, the other is assumed to use it.
pub(super) fn linked_group() -> Response {
    coded(400, "User cannot be assigned to the group as its credentials already exist in a linked group")
}

/// The error body of the authorization server, `{error, error_description}`.
pub(super) fn described(status: u16, error: &str, description: &str) -> Response {
    Response::json(status, &json!({"error": error, "error_description": description}))
}

/// Neither Basic nor bearer was given where one is needed.
pub(super) fn unauthorized() -> Response {
    described(401, "unauthorized", "Full authentication is required to access this resource")
}

/// The access token is unknown or has expired.
pub(super) fn invalid_token() -> Response {
    described(401, "invalid_token", "Access token expired or unknown")
}

/// The code, the refresh token or the password is not valid.
pub(super) fn invalid_grant() -> Response {
    described(401, "invalid_grant", "Bad credentials")
}

/// The application was registered for another grant.
///
/// Not documented; the text is that of the framework whose error bodies the documents show.
pub(super) fn unauthorized_grant(grant_type: &str) -> Response {
    described(401, "invalid_client", &format!("Unauthorized grant type: {grant_type}"))
}

/// The application's id or secret is wrong.
pub(super) fn bad_client() -> Response {
    let body = json!({
        "status": 401,
        "error": "Unauthorized",
        "message": "Bad credentials",
        "path": "/oauth/token",
    });
    Response::json(401, &body)
}
