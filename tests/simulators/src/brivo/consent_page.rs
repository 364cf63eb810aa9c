//! The pages an administrator sees on the auth host; each is whole in itself and fits a phone.

use super::consent::Asked;
use crate::message::Response;

/// Asks for the administrator's id and password, with what was wrong the last time.
pub(super) fn login(asked: &Asked, fault: Option<&str>) -> Response {
    let fault = fault.map(|fault| format!(r#"<p role="alert">{}</p>"#, escaped(fault))).unwrap_or_default();
    let state = asked.state.as_deref().map(|state| hidden("state", state)).unwrap_or_default();
    let body = format!(
        r#"<h1>Log in</h1>{fault}
<form method="post" action="authorize">{client}{state}
<label>Administrator ID <input name="username" autocomplete="username" autocapitalize="none" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Log in</button></form>"#,
        client = hidden("client_id", &asked.client_id),
    );
    page(200, "Log in", &body)
}

/// Asks whether the application may act for the administrator.
pub(super) fn question(client_id: &str, administrator: &str, question: &str) -> Response {
    let body = format!(
        r#"<h1>Allow access?</h1>
<p>The application <b>{client_id}</b> wants to act for <b>{administrator}</b> in this account: it could see and change all that
this administrator can.</p>
<form method="post" action="authorize">{question}
<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny" class="second">Deny</button></form>"#,
        client_id = escaped(client_id),
        administrator = escaped(administrator),
        question = hidden("consent", question),
    );
    page(200, "Allow access?", &body)
}

/// Sends the browser to `target` with a POST without a body, by itself or, without scripts, at the press of the button.
pub(super) fn return_by_post(target: &str) -> Response {
    let body = format!(
        r#"<h1>Back to the application</h1>
<form method="post" action="{}"><button>Continue</button></form>
<script>document.forms[0].submit()</script>"#,
        escaped(target)
    );
    page(200, "Back to the application", &body)
}

/// Says why nothing can be asked.
pub(super) fn error(reason: &str) -> Response {
    page(400, "Error", &format!(r#"<h1>Error</h1><p role="alert">{}</p>"#, escaped(reason)))
}

fn page(status: u16, title: &str, body: &str) -> Response {
    let page = format!(
        r#"<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} - simulated Brivo</title><link rel="icon" href="data:,">
<style>body{{font:1rem/1.5 sans-serif;max-width:24rem;margin:2rem auto;padding:0 1rem}}
label{{display:block;margin:1rem 0}}input,button{{font:inherit;width:100%;box-sizing:border-box;padding:.6rem;margin:.25rem 0}}
button{{border:1px solid #1a5fb4;background:#1a5fb4;color:#fff}}.second{{background:#fff;color:#1a5fb4}}</style></head>
<body><p>Simulated Brivo</p>{body}</body></html>"#
    );
    Response {
        body: page.into_bytes(),
        ..Response::empty(status).with_header("Content-Type", "text/html;charset=UTF-8")
    }
}

fn hidden(name: &str, value: &str) -> String {
    format!(r#"<input type="hidden" name="{name}" value="{}">"#, escaped(value))
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
