//! Everything remembered between two events; the only crate that knows DynamoDB.
//!
//! [`Store`] has two implementations, [`DynamoStore`] and [`MemoryStore`]; one conformance suite holds for both.

mod dynamo;
mod hook_list;
pub mod items;
pub mod keys;
mod memory;
mod store;

pub use dynamo::{DynamoStore, create_table};
pub use hook_list::HookListRecord;
pub use items::{
    AccountRecord, AuditOutcome, AuditRecord, Came, Doubt, EventRecord, FullReadRecord, HookRecord, InventoryEntry,
    KeptEvent, Lease, LeaseTerms, Leased, MemberItems, PaceRecord, ReadFound, Recall, Release, Released, SealedTokens,
    Sheet, Sheets, StagedRead, SyncFound, SyncRecord, SyncStage, TeamItems, TenantRecord, UnderWay,
};
pub use memory::MemoryStore;
pub use store::{Store, StoreError};
