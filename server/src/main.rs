//! The binary `dfix`.
fn main() {}
