//! What is known before a file is read, as compiled tables: the heuristics; base images, their contents, distributions and
//! releases; packages of distributions and of public registries; what these start and load. Nothing is judged here.

#[allow(unreachable_pub, reason = "for other rooms")]
pub(crate) mod ambient;
#[allow(unreachable_pub, reason = "for other rooms")]
pub(crate) mod archives;
#[allow(unreachable_pub, reason = "for other rooms")]
pub(crate) mod callers;
#[allow(unreachable_pub, reason = "for other rooms")]
pub(crate) mod compiled;
pub mod containers;
#[allow(unreachable_pub, reason = "for other rooms")]
pub(crate) mod contents;
#[allow(unreachable_pub, reason = "for other rooms")]
pub(crate) mod development;
#[allow(unreachable_pub, reason = "for other rooms")]
pub(crate) mod distributions;
pub mod heuristics;
pub mod images;
#[allow(unreachable_pub, reason = "for other rooms")]
pub(crate) mod libraries;
mod lines;
#[allow(unreachable_pub, reason = "for other rooms")]
pub(crate) mod package_managers;
#[allow(unreachable_pub, reason = "for other rooms")]
pub(crate) mod packages;
#[allow(unreachable_pub, reason = "for other rooms")]
pub(crate) mod registry;
pub mod releases;
#[allow(unreachable_pub, reason = "for other rooms")]
pub(crate) mod shells;
