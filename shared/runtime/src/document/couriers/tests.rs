//! What is wrong with the tables, and that it is told.

use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::document::Document;

fn document(tables: &Value) -> Value {
    let mut document = json!({"tenant": "acme", "platform": "nexudus", "accounts": [{"id": "hq", "region": "us"}]});
    for (name, table) in tables.as_object().unwrap() {
        document[name] = table.clone();
    }
    document
}

fn read(tables: &Value) -> Document {
    Document::from_json(document(tables).to_string().as_bytes()).unwrap()
}

fn faults(tables: &Value) -> Vec<String> {
    Document::from_json(document(tables).to_string().as_bytes()).unwrap_err().faults
}

/// NEX-23, ORD-47
#[test]
fn both_ways_are_settings_and_the_secret_is_kept_apart() {
    let document = read(&json!({
        "code_mail": {"from": "Acme <door@example.com>", "subject": "Hello {first_name}", "text": "Code\n{pass_code}"},
        "app_hook": {"url": "https://app.example.com/passes", "secret": "planted-secret"},
    }));

    let tenant = document.tenant;
    assert_eq!(tenant.code_mail.as_ref().unwrap().from, "Acme <door@example.com>");
    assert_eq!(tenant.app_hook.as_ref().unwrap().url, "https://app.example.com/passes");
    assert_eq!(document.secrets["app_hook.secret"].expose_secret(), "planted-secret");
    assert!(!serde_json::to_string(&tenant).unwrap().contains("planted"));
}

#[test]
fn every_fault_of_a_code_mail_is_told_at_its_place() {
    let told = faults(&json!({"code_mail": {
        "from": "door@example.com\r\nBcc: eve@example.com", "reply_to": 7, "subject": "Your\ncode {pass_code}",
        "text": "Hello {name},\ncome in {soon",
    }}));

    let words = "{first_name}, {pass_id}, {pass_code}, {expires}, {starts}, {location}";
    assert_eq!(
        told,
        [
            "code_mail.reply_to: is no text, or is empty".to_owned(),
            "code_mail.from: is no e-mail address, write one like door@example.com or Acme <door@example.com>"
                .to_owned(),
            "code_mail.subject: write one line".to_owned(),
            "code_mail.subject: leave {pass_code} out, subjects show on locked telephones".to_owned(),
            format!("code_mail.text: line 1: there is no {{name}}, only {words}"),
            "code_mail.text: line 2: a { is without its }".to_owned(),
        ]
    );
}

#[test]
fn a_mail_without_its_code_or_its_sender_is_a_fault() {
    let text = |text: &str| faults(&json!({"code_mail": {"from": "a@example.com", "text": text}}));

    assert_eq!(faults(&json!({"code_mail": {}})), ["code_mail.from: is missing"]);
    assert_eq!(faults(&json!({"code_mail": []})), ["code_mail: is no table"]);
    assert_eq!(text("Welcome"), ["code_mail.text: put {pass_code} into it, else nobody learns the code"]);
    assert!(text("{first_name}, your code: {pass_code}")[0].contains("on a line without {first_name}"));
    assert!(text(&format!("{{pass_code}}{}", "x".repeat(10_000)))[0].contains("at most 10000 bytes"));
}

#[test]
fn a_hook_leads_over_https_to_somewhere_public() {
    for (url, expected) in [
        ("app.example.com", "is no URL"),
        ("http://app.example.com/planted", "use https"),
        ("ftp://127.0.0.1/", "use https"),
        ("https://planted:planted@app.example.com/", "take user and password out"),
        ("https://169.254.169.254/planted", "is not a public address"),
        ("https://[fd00::1]/", "is not a public address"),
        ("https://10.1/", "is not a public address"),
    ] {
        let told = faults(&json!({"app_hook": {"url": url}}));

        assert!(told[0].starts_with(&format!("app_hook.url: {expected}")), "{url}: {told:?}");
        assert!(!told[0].contains("planted"), "{told:?}");
    }
    for url in ["https://app.example.com/passes?v=1", "http://127.0.0.1:9100/", "http://localhost/", "http://[::1]:9/"]
    {
        assert_eq!(read(&json!({"app_hook": {"url": url}})).tenant.app_hook.unwrap().url, url);
    }
}

#[test]
fn a_hook_has_a_url_and_a_secret_that_can_sign() {
    let told = faults(&json!({"app_hook": {"secret": "whsec_planted!"}}));

    assert_eq!(told, ["app_hook.secret: after whsec_ write base64", "app_hook.url: is missing"]);
}
