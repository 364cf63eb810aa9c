//! The tables that say how pass codes reach people.

use std::collections::BTreeMap;

use domain::tenant::{AppHook, CodeMail};
use platforms::is_signing_secret;
use reqwest::Url;
use secrecy::SecretString;
use serde_json::{Map, Value};
use state::TenantRecord;

use super::Reader;
use crate::courier::{
    mailbox::Mailbox,
    reach::{address_in, is_public},
    template::{Placeholder, Template},
};

/// How long a template can be, in bytes: a mail is for reading, and the settings are read with every run.
const LONGEST_TEMPLATE: usize = 10_000;

impl Reader {
    /// `[code_mail]`.
    pub(super) fn code_mail(&mut self, document: &Map<String, Value>) -> Option<Box<CodeMail>> {
        let table = self.table(document, "code_mail")?;
        let from = self.needed("code_mail.from", table.get("from"));
        let reply_to = self.text("code_mail.reply_to", table.get("reply_to"));
        let subject = self.text("code_mail.subject", table.get("subject"));
        let text = self.text("code_mail.text", table.get("text"));
        self.sender("code_mail.from", from.as_deref());
        self.sender("code_mail.reply_to", reply_to.as_deref());
        self.subject(subject.as_deref());
        self.mail_text(text.as_deref());
        Some(Box::new(CodeMail { from: from?, reply_to, subject, text }))
    }

    /// `[app_hook]` without its secret.
    pub(super) fn app_hook(&mut self, document: &Map<String, Value>) -> Option<Box<AppHook>> {
        let table = self.table(document, "app_hook")?;
        let url = self.needed("app_hook.url", table.get("url"))?;
        self.faults.extend(url_fault(&url).map(|fault| format!("app_hook.url: {fault}")));
        Some(Box::new(AppHook { url }))
    }

    /// The secret of `[app_hook]`; one that is left out stays as it was.
    pub(super) fn app_hook_secret(
        &mut self,
        secrets: &mut BTreeMap<String, SecretString>,
        document: &Map<String, Value>,
    ) {
        let place = TenantRecord::APP_HOOK_SECRET;
        let value = document.get("app_hook").and_then(|table| table.get("secret"));
        if value.and_then(Value::as_str).is_some_and(|text| !text.is_empty() && !is_signing_secret(&text.into())) {
            self.faults.push(format!("{place}: after whsec_ write base64"));
        }
        self.secret(secrets, place.to_owned(), value);
    }

    fn needed(&mut self, place: &str, value: Option<&Value>) -> Option<String> {
        if matches!(value, None | Some(Value::Null)) {
            self.faults.push(format!("{place}: is missing"));
        }
        self.text(place, value)
    }

    fn text(&mut self, place: &str, value: Option<&Value>) -> Option<String> {
        match value {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if !text.trim().is_empty() => Some(text.clone()),
            Some(_) => {
                self.faults.push(format!("{place}: is no text, or is empty"));
                None
            }
        }
    }

    fn sender(&mut self, place: &str, text: Option<&str>) {
        if text.is_some_and(|text| Mailbox::parse(text).is_none()) {
            self.faults.push(format!(
                "{place}: is no e-mail address, write one like door@example.com or Acme <door@example.com>"
            ));
        }
    }

    fn subject(&mut self, text: Option<&str>) {
        let place = "code_mail.subject";
        let Some(template) = text.and_then(|text| self.template(place, text)) else { return };
        if text.is_some_and(|text| text.contains(char::is_control)) {
            self.faults.push(format!("{place}: write one line"));
        }
        if template.has(Placeholder::PassCode) {
            self.faults.push(format!("{place}: leave {{pass_code}} out, subjects show on locked telephones"));
        }
    }

    fn mail_text(&mut self, text: Option<&str>) {
        let place = "code_mail.text";
        let Some(template) = text.and_then(|text| self.template(place, text)) else { return };
        if !template.has(Placeholder::PassCode) {
            self.faults.push(format!("{place}: put {{pass_code}} into it, else nobody learns the code"));
        } else if template.may_lose(Placeholder::PassCode) {
            self.faults.push(format!(
                "{place}: put {{pass_code}} on a line without {{first_name}}, {{expires}}, {{starts}} and {{location}}: a line is \
                 left out where one of these is not known"
            ));
        }
    }

    fn template<'t>(&mut self, place: &str, text: &'t str) -> Option<Template<'t>> {
        if text.len() > LONGEST_TEMPLATE {
            self.faults.push(format!("{place}: write at most {LONGEST_TEMPLATE} bytes"));
        }
        let template = Template::parse(text);
        template.map_err(|faults| self.faults.extend(faults.iter().map(|fault| format!("{place}: {fault}")))).ok()
    }
}

/// What is wrong with the URL of an app; quotes nothing of it, for it may hold a secret.
fn url_fault(text: &str) -> Option<&'static str> {
    let Ok(url) = Url::parse(text) else {
        return Some("is no URL, write one like https://app.example.com/hooks/passes");
    };
    let address = address_in(&url);
    let is_this_machine = address.is_some_and(|address| address.is_loopback()) || url.host_str() == Some("localhost");
    if url.scheme() != "https" && !(url.scheme() == "http" && is_this_machine) {
        Some("use https; http is for 127.0.0.1 and localhost alone")
    } else if !url.username().is_empty() || url.password().is_some() {
        Some("take user and password out, the app knows us by the signature")
    } else if !is_this_machine && address.is_some_and(|address| !is_public(address)) {
        Some("is not a public address")
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
