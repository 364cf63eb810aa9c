//! The whole bundle on one machine.

fn main() -> anyhow::Result<()> {
    local::main()
}
