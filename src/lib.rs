//! Converts single-stage Dockerfiles to multi-stage builds.

pub mod context;
pub mod facts;
pub mod programs;
pub mod shell;
pub mod source;
pub mod syntax;
