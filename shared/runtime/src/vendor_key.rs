//! The Brivo API key that whoever runs Latchwork holds for all tenants: for accounts that name none.

use domain::{AccountId, TenantId, policy::ApiKeyHolder, tenant::Tenant};
use secrecy::SecretString;
use state::TenantRecord;

use crate::seal::{SealError, Sealed, SealedFor, Sealer};

/// Seals the key for the settings of the functions (`infra/aws/deploy --brivo-api-key`).
///
/// # Errors
/// As [`Sealer::seal`].
pub fn seal(sealer: &Sealer, key: &SecretString) -> Result<Sealed, SealError> {
    sealer.seal(&place(&nobody()), key)
}

/// Opens the key of the settings.
///
/// # Errors
/// As [`Sealer::open`].
pub fn open(sealer: &Sealer, key: &Sealed) -> Result<SecretString, SealError> {
    sealer.open(&place(&nobody()), key)
}

/// Whether accounts of the tenant that name no key are to use it.
pub fn is_due(tenant: &Tenant) -> bool {
    match tenant.own_policy().api_key {
        ApiKeyHolder::Vendor => true,
        ApiKeyHolder::Tenant | ApiKeyHolder::Location => false,
    }
}

/// The accounts of a tenant that use it.
pub fn users(record: &TenantRecord) -> Vec<AccountId> {
    if !is_due(&record.tenant) {
        return Vec::new();
    }
    let accounts = record.tenant.accounts.iter().map(|account| account.id.clone());
    accounts.filter(|account| !record.sealed.contains_key(&format!("accounts.{account}.api_key"))).collect()
}

/// No tenant has this id: a document has to name one.
fn nobody() -> TenantId {
    TenantId::new("")
}

fn place(nobody: &TenantId) -> SealedFor<'_> {
    SealedFor { tenant: nobody, item: "deployment", field: "brivo_api_key" }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::data_key::DataKey;

    #[test]
    fn a_sealed_key_opens_under_the_same_data_key_alone() {
        let [one, other] = [(); 2].map(|()| Sealer::new(DataKey::generate().unwrap()));

        let sealed = seal(&one, &"planted".into()).unwrap();

        assert_eq!(open(&one, &sealed).unwrap().expose_secret(), "planted");
        assert_eq!(open(&other, &sealed).unwrap_err(), SealError::OtherKey);
    }
}
