//! What the tests of the AWS side stand on: pinned tools, an emulator of AWS, and the template as SAM translates it.

mod emulator;
mod template;
mod tools;

use std::path::{Path, PathBuf};

pub use emulator::Emulator;
pub use template::Template;
pub use tools::Tools;

/// The root of the workspace this crate was built in.
pub fn workspace() -> PathBuf {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_folder.ancestors().nth(2).unwrap_or(crate_folder).to_path_buf()
}
