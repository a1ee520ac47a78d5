//! The binary `horarium`.

fn main() {}
