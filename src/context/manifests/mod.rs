//! Readers of the manifests that projects keep in their build context.
//!
//! Each reader returns a plain struct of what the file says. What a file leaves to other programs to compute is *unknown*: an
//! `Err(Unavailable::Unknown)` for the file, or a field that says so, never a guess.

mod cargo_toml;
mod compose;
mod composer;
mod fields;
mod gemfile;
mod go_mod;
mod gradle;
mod package_json;
mod pipfile;
mod pom;
mod procfile;
mod pyproject;
mod requirements;
mod scan;
mod setup_cfg;
mod tsconfig;

pub use cargo_toml::{Binary, CargoDependency, CargoLock, CargoToml, LockedPackage, Workspace};
pub use compose::{Build, Command, Healthcheck, Mount, Service, services_for};
pub use composer::ComposerJson;
pub use gemfile::{Gem, Gemfile};
pub use go_mod::{GoMod, GoRequire, forces_cgo};
pub use gradle::{GradleBuild, GradleSettings};
pub use package_json::{LOCK_FILES, PackageJson, lock_files};
pub use pipfile::Pipfile;
pub use pom::{Pom, PomParent, PomPlugin};
pub use procfile::procfile;
pub use pyproject::{Poetry, PoetryGroup, PoetryPackage, Pyproject};
pub use requirements::{Requirement, Requirements, normal_name};
pub use setup_cfg::SetupCfg;
pub use tsconfig::TsConfig;
