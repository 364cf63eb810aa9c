//! The local bundle, built beside the tests that start it as a process of its own.

fn main() -> anyhow::Result<()> {
    local::main()
}
