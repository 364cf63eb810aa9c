//! Passes in the wallets of telephones, which go with a mobile pass.
//!
//! Source: apidocs.brivo.com/access (2026-09-28), "Brivo Wallet Pass". Assumed: 409 for a pass that is in the wallet already, 404 for
//! a credential that is no mobile pass of that user, all entries or none, and `nfcEnabled=false` to take them back.

use serde::Deserialize;
use serde_json::{Value, json};

use super::inviting::no_passes;
use crate::brivo::account::Account;
use crate::brivo::ask::{Ask, Outcome};
use crate::brivo::credentials::MOBILE_PASS;
use crate::brivo::ids::{CredentialId, UserId};
use crate::brivo::refusal;
use crate::message::Response;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wallets {
    bmp_credentials: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "userId")]
    user: UserId,
    #[serde(rename = "accessCredentialId")]
    pass: CredentialId,
    #[serde(rename = "referenceId")]
    reference: Option<String>,
}

impl Account {
    pub(super) fn change_wallets(&mut self, ask: &Ask<'_>) -> Outcome {
        let given = ask.flag("nfcEnabled")?;
        let Wallets { bmp_credentials } = ask.body()?;
        for entry in &bmp_credentials {
            self.user(entry.user)?;
            let card = self.card(entry.pass)?;
            let is_pass = card.format == MOBILE_PASS && card.holding.is_some_and(|own| own.user == entry.user);
            if !is_pass {
                return Err(refusal::coded(404, "The requested resource was not found."));
            }
        }
        let ids: Vec<CredentialId> = bmp_credentials.iter().map(|entry| entry.pass).collect();
        if given {
            self.put_in_wallets(&ids)?;
        } else {
            self.passes.in_wallets.retain(|id| !ids.contains(id));
        }
        let echo: Vec<Value> = bmp_credentials.iter().map(Entry::echo).collect();
        Ok(Response::json(200, &json!({"bmpCredentials": echo})))
    }

    fn put_in_wallets(&mut self, ids: &[CredentialId]) -> Result<(), Response> {
        if ids.iter().any(|id| self.passes.in_wallets.contains(id)) {
            return Err(refusal::coded(409, "The credential has a Brivo Wallet Pass already."));
        }
        let held = self.passes.in_wallets.iter().filter(|id| self.vault.cards.contains_key(id)).count();
        let allotted = usize::try_from(self.passes.wallet_allotted).unwrap_or(usize::MAX);
        if held + ids.len() > allotted {
            return Err(no_passes());
        }
        self.passes.in_wallets.extend(ids);
        Ok(())
    }
}

impl Entry {
    fn echo(&self) -> Value {
        let mut echo = json!({
            "userId": self.user,
            "accessCredentialId": self.pass,
            "updated": true,
        });
        if let (Some(reference), Some(members)) = (&self.reference, echo.as_object_mut()) {
            members.insert("referenceId".to_owned(), json!(reference));
        }
        echo
    }
}
