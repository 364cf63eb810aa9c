//! Access codes and pass codes, sealed.

use std::collections::BTreeMap;

use domain::{
    AccountId, InvitationId, MemberId, MemberKey, Subject, SubjectKind, TenantId,
    credentials::SealedCode,
    facts::Change,
    intake::{EventKey, News, What},
};
use secrecy::SecretString;
use state::keys;

use crate::{
    seal::{SealError, Sealed, SealedFor, Sealer},
    tenants::{TenantError, name},
};

/// Seals the access code (PIN) that a platform tells of a member. The same code gives the same text every time, so that nothing
/// is sent to Brivo when it is told again.
///
/// # Errors
/// If the cipher fails.
pub fn seal_access_code(sealer: &Sealer, member: &MemberKey, code: &SecretString) -> Result<SealedCode, SealError> {
    let item = item_of(member);
    let place = SealedFor { tenant: &member.tenant, item: &item, field: ACCESS_CODE };
    sealer.seal_alike(&place, code).map(|sealed| SealedCode::new(sealed.as_str()))
}

/// Seals the access codes that are told in clear, and puts each into the patch of its member.
///
/// # Errors
/// If the cipher fails.
pub fn put_in_access_codes<'a>(
    news: &mut [News],
    codes: impl Iterator<Item = (&'a EventKey, &'a Subject, &'a SecretString)>,
    (sealer, tenant): (&Sealer, &TenantId),
) -> Result<(), TenantError> {
    let codes: BTreeMap<(&EventKey, &Subject), &SecretString> =
        codes.map(|(event, subject, code)| ((event, subject), code)).collect();
    for piece in news {
        if let What::Member(patch) = &mut piece.what
            && let Some(code) = codes.get(&(&piece.event, &piece.subject))
        {
            let member = MemberKey { tenant: tenant.clone(), member: MemberId::new(piece.subject.id.as_str()) };
            let code = seal_access_code(sealer, &member, code);
            let code = code.map_err(|source| TenantError::Sealing { place: ACCESS_CODE.to_owned(), source })?;
            patch.access_code = Change::Set(code);
        }
    }
    Ok(())
}

/// Opens a member's access code.
///
/// # Errors
/// If it was sealed for another member or under a data key that is gone.
pub fn open_access_code(sealer: &Sealer, member: &MemberKey, code: &SealedCode) -> Result<SecretString, SealError> {
    let item = item_of(member);
    let place = SealedFor { tenant: &member.tenant, item: &item, field: ACCESS_CODE };
    sealer.open(&place, &Sealed::from_text(code.as_str()))
}

const ACCESS_CODE: &str = "access_code";

fn item_of(member: &MemberKey) -> String {
    name(&keys::record(&member.tenant, &Subject::new(SubjectKind::Member, member.member.as_str())))
}

/// Where the pass code of an invitation is kept: with the invitation, whoever it is for, because a guest who becomes a member
/// keeps it.
#[derive(Clone, Copy, Debug)]
pub struct CodePlace<'a> {
    /// Whose account.
    pub tenant: &'a TenantId,
    /// The Brivo account.
    pub account: &'a AccountId,
    /// The invitation.
    pub invitation: InvitationId,
}

impl CodePlace<'_> {
    /// Seals the pass code.
    ///
    /// # Errors
    /// If the system gives no random bytes.
    pub fn seal(&self, sealer: &Sealer, code: &SecretString) -> Result<SealedCode, SealError> {
        let item = self.item();
        sealer.seal(&self.place(&item), code).map(|sealed| SealedCode::new(sealed.as_str()))
    }

    /// Opens the pass code.
    ///
    /// # Errors
    /// If it is another invitation's or was sealed under a data key that is gone.
    pub fn open(&self, sealer: &Sealer, code: &SealedCode) -> Result<SecretString, SealError> {
        let item = self.item();
        sealer.open(&self.place(&item), &Sealed::from_text(code.as_str()))
    }

    fn item(&self) -> String {
        format!("{}/invitation#{}", name(&keys::account(self.tenant, self.account)), self.invitation)
    }

    fn place<'p>(&'p self, item: &'p str) -> SealedFor<'p> {
        SealedFor { tenant: self.tenant, item, field: "pass_code" }
    }
}
