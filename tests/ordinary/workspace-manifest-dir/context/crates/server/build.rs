fn main() { prost_build::compile_protos(&["proto/entry.proto"], &["proto"]).unwrap(); }
