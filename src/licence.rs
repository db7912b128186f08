//! Licences: why something that the original image has may leave it. The list is closed, and everything that no licence
//! lets go stays.

use serde::Serialize;

/// Why an entry of the original image is not in the converted one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Licence {
    /// The base image has it and the runtime base has not, or a step installed it: tools that only build.
    Toolchain,
    /// A package that only builds: compilers, headers, build tools.
    BuildPackage,
    /// Package lists, download caches, caches of compilers.
    Cache,
    /// Temporary files, and build trees beside what was made in them.
    Scratch,
    /// Sources of a program that was compiled.
    CompiledSource,
    /// Packages of a language beside a program that was compiled or packed and loads nothing of them.
    DevelopmentDependency,
    /// A file of credentials, by its name and text; whether the program reads it is not asked.
    Secret,
    /// The author says so in a comment.
    Author,
}

impl Licence {
    /// Every licence, in the order in which reports list them.
    pub const ALL: [Licence; 8] = [
        Licence::Toolchain,
        Licence::BuildPackage,
        Licence::DevelopmentDependency,
        Licence::Cache,
        Licence::Scratch,
        Licence::CompiledSource,
        Licence::Secret,
        Licence::Author,
    ];

    /// The stable id, as reports and JSON have it.
    pub fn id(self) -> &'static str {
        match self {
            Licence::Toolchain => "toolchain",
            Licence::BuildPackage => "build-package",
            Licence::Cache => "cache",
            Licence::Scratch => "scratch",
            Licence::CompiledSource => "compiled-source",
            Licence::DevelopmentDependency => "development-dependency",
            Licence::Secret => "secret",
            Licence::Author => "author",
        }
    }

    /// What leaves, for people.
    pub fn sentence(self) -> &'static str {
        match self {
            Licence::Toolchain => "tools of the base image and toolchains that only build",
            Licence::BuildPackage => "packages that only build",
            Licence::Cache => "package lists and caches",
            Licence::Scratch => "temporary files and build trees",
            Licence::CompiledSource => "sources of compiled programs",
            Licence::DevelopmentDependency => "development dependencies",
            Licence::Secret => "credentials that only the build reads",
            Licence::Author => "what a comment in the file gives to the build",
        }
    }
}
