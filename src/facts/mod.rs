//! What is known before a file is read: base images and packages (compiled tables), and the heuristics.

pub mod compiled;
pub mod contents;
pub mod heuristics;
pub mod images;
pub mod libraries;
mod lines;
pub mod packages;
pub mod releases;
