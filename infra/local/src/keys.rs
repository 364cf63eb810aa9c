//! Rotation of the data key, while no bundle runs.

use std::path::Path;

use anyhow::{Context, bail, ensure};
use runtime::{key_ring::KeyRing, resealing::sealed_before, seal::Sealer};
use state::Store;

use crate::{
    data::{Data, KEY_FILE},
    engine,
};

/// Puts a new data key before those there are.
pub(crate) fn renew(folder: &Path) -> anyhow::Result<()> {
    let data = existing(folder)?;
    let file = data.file(KEY_FILE).context("there is no key file")?;
    KeyRing::renew_file(&file).context("there is no new data key")
}

/// Drops all data keys but the newest, if nothing needs them any more.
pub(crate) async fn drop_older(folder: &Path) -> anyhow::Result<()> {
    let data = existing(folder)?;
    let file = data.file(KEY_FILE).context("there is no key file")?;
    let sealer = Sealer::new(data.keys()?);
    let store = engine::start(data.file("state.db").as_deref()).await?;
    for tenant in store.tenants().await.context("cannot list the tenants")? {
        let left = store.tenant(&tenant).await?.map_or(0, |record| sealed_before(&sealer, &record));
        if left > 0 {
            bail!(
                "{left} secrets of tenant {tenant} need an older data key: start the bundle once, which seals them anew"
            );
        }
    }
    KeyRing::drop_older_in_file(&file).context("the older data keys are still there")
}

/// A folder in which a bundle has worked.
fn existing(folder: &Path) -> anyhow::Result<Data> {
    ensure!(folder.join(KEY_FILE).exists(), "no bundle has kept its state in {}", folder.display());
    Data::open(Some(folder))
}
