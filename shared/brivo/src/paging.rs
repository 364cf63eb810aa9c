//! Lists that come in pages.

use std::{collections::BTreeMap, future::Future};

use crate::BrivoError;

/// The entries asked for at a time, the most that Brivo allows. Source: Brivo API, paging, 2025-11-25.
pub const PAGE_SIZE: usize = 100;

/// How often a list is read before we give up on seeing it unchanged: writes come in bursts, a third reading meets none.
const MOST_SCANS: usize = 3;

/// The most pages of a list: fifty thousand entries, ten times the largest tenant we can think of.
const MOST_PAGES: usize = 500;

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The entries, [`Page::next_offset`] says where the next ones begin.
    pub entries: Vec<T>,
    /// Where it begins.
    pub offset: usize,
    /// The length of the whole list, if Brivo gave it.
    pub count: Option<usize>,
}

impl<T> Page<T> {
    /// Where the next page begins; `None` after the last.
    pub fn next_offset(&self) -> Option<usize> {
        let next = self.offset.saturating_add(self.entries.len());
        let more = match self.count {
            Some(count) => !self.entries.is_empty() && next < count,
            None => self.entries.len() >= PAGE_SIZE,
        };
        more.then_some(next)
    }
}

/// The whole list, each entry once.
///
/// Offsets shift when others write, and the order is not ours to choose: a reading counts only if the total stayed the same
/// throughout and was reached.
pub(crate) async fn read_whole<T, K, F>(
    page_at: impl Fn(usize) -> F,
    key: impl Fn(&T) -> K,
) -> Result<Vec<T>, BrivoError>
where
    K: Ord,
    F: Future<Output = Result<Page<T>, BrivoError>>,
{
    for _ in 0..MOST_SCANS {
        if let Some(entries) = read_once(&page_at, &key).await? {
            return Ok(entries.into_values().collect());
        }
    }
    Err(BrivoError::Unsettled)
}

/// One reading; `None` if the list changed under it.
async fn read_once<T, K, F>(
    page_at: impl Fn(usize) -> F,
    key: impl Fn(&T) -> K,
) -> Result<Option<BTreeMap<K, T>>, BrivoError>
where
    K: Ord,
    F: Future<Output = Result<Page<T>, BrivoError>>,
{
    let mut entries = BTreeMap::new();
    let mut page = page_at(0).await?;
    let count = page.count;
    for _ in 0..MOST_PAGES {
        let next = page.next_offset();
        entries.extend(page.entries.into_iter().map(|entry| (key(&entry), entry)));
        match next {
            None => return Ok(count.is_none_or(|count| count == entries.len()).then_some(entries)),
            Some(offset) => page = page_at(offset).await?,
        }
        if page.count != count {
            return Ok(None);
        }
    }
    Ok(None)
}
