//! Reads Brivo: every user for the inventory, and who is in the managed groups.

use std::collections::{BTreeMap, BTreeSet};

use brivo::{BrivoError, User};
use domain::{AddressId, BrivoUserId, ExternalId, GroupId, adoption::Reference, drift::Scope};
use platforms::address_of;
use state::{InventoryEntry, SyncRecord, SyncStage};

use super::{Cut, Pass};
use crate::pace::Session;

/// How many pages of users are read again at most if the process dies.
const PAGES_AT_RISK: usize = 10;

/// The managed groups and everyone in them, read whole.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub(super) scope: Scope,
    pub(super) users: BTreeMap<BrivoUserId, InGroups>,
    pub(super) sizes: BTreeMap<GroupId, usize>,
}

/// A user in managed groups.
#[derive(Debug, Default)]
pub(super) struct InGroups {
    /// Lists may leave it out.
    pub(super) external_id: Option<ExternalId>,
    pub(super) groups: BTreeSet<GroupId>,
}

impl Pass<'_> {
    /// Puts every user from the one at `offset` on into the inventory, a page at a time.
    ///
    /// Offsets shift when others write; whoever is missed by that comes with the next pass. Should the process die, the next pass
    /// goes on where this one last remembered how far it was.
    pub(super) async fn read_users(
        &self,
        session: &Session,
        mut offset: usize,
        sync: &mut SyncRecord,
    ) -> Result<(), Cut> {
        for page_number in 1_usize.. {
            let now = self.in_turn(session, SyncStage::Users(offset)).await?;
            let work = |brivo: brivo::Client, token| async move { brivo.users(&token, offset).await };
            let page = session.call(work).await?;
            let next = page.next_offset();
            sync.found.users = page.count.unwrap_or(offset.saturating_add(page.entries.len()));
            let entries: Vec<InventoryEntry> = page.entries.iter().flat_map(|user| self.seen(user)).collect();
            self.services.store.put_inventory(self.tenant_id(), self.account, &entries, now).await?;
            match next {
                Some(next) => offset = next,
                None => break,
            }
            if page_number.is_multiple_of(PAGES_AT_RISK) {
                sync.stage = Some(SyncStage::Users(offset));
                self.services.store.put_sync(self.tenant_id(), self.account, sync).await?;
                sync.version = sync.version.saturating_add(1);
            }
        }
        Ok(())
    }

    /// A user as the inventory knows it: by each of its addresses.
    fn seen(&self, user: &User) -> impl Iterator<Item = InventoryEntry> + use<> {
        let (id, reference) = (user.id, Reference::of(user.external_id.as_ref(), self.tenant_id()));
        let addresses: BTreeSet<AddressId> =
            user.emails.iter().filter_map(|email| address_of(&email.address)).collect();
        addresses.into_iter().map(move |address| InventoryEntry { user: id, address, reference: reference.clone() })
    }

    /// Reads the managed groups and who is in them; any failure is one of the whole.
    pub(super) async fn read_groups(&self, session: &Session) -> Result<Listed, Cut> {
        self.in_turn(session, SyncStage::Groups).await?;
        let work = |brivo: brivo::Client, token| async move { brivo.all_groups(&token).await };
        let groups = session.call(work).await?;
        session.overdraw(further_pages(groups.len())).await?;
        let names = groups.into_iter().map(|group| (group.id, group.name)).collect();
        let mut listed =
            Listed { scope: Scope::of(&self.rules, self.before.as_ref(), self.account, &names), ..Listed::default() };
        let wanted: Vec<GroupId> = listed.scope.groups.keys().copied().collect();
        for group in wanted {
            self.in_turn(session, SyncStage::Groups).await?;
            let work = |brivo: brivo::Client, token| async move { brivo.members_of(&token, group).await };
            let users = match session.call(work).await {
                Ok(users) => users,
                Err(BrivoError::NotFound) => {
                    listed.scope.is_gone(group);
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            session.overdraw(further_pages(users.len())).await?;
            listed.sizes.insert(group, users.len());
            for user in users {
                let known = listed.users.entry(user.id).or_default();
                known.external_id = known.external_id.take().or(user.external_id);
                known.groups.insert(group);
            }
        }
        Ok(listed)
    }
}

/// The calls that a list of so many took beside the first.
fn further_pages(entries: usize) -> u32 {
    u32::try_from(entries.saturating_sub(1) / brivo::PAGE_SIZE).unwrap_or(u32::MAX)
}
