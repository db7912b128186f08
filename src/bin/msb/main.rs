//! The command line of msb.

fn main() {}
