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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Ignore, MemoryContext, glob};
    use super::*;

    /// Pieces of all the formats, so that random texts get past the first character.
    const PIECES: &[&str] = &[
        "a",
        "Ü",
        "-",
        "--",
        " ",
        "\n",
        "\t",
        "\\",
        "\\\n",
        "\"",
        "'",
        "`",
        "#",
        "//",
        "/*",
        "*/",
        "*",
        "**",
        "?",
        "[",
        "]",
        "[[",
        "]]",
        "{",
        "}",
        "(",
        ")",
        "<",
        ">",
        "</",
        "/>",
        "<project>",
        "</project>",
        "<a>",
        "&",
        ";",
        ":",
        ",",
        ".",
        "=",
        "==",
        "!",
        "@",
        "$",
        "${",
        "${a}",
        "-r ",
        "-e ",
        "egg=",
        ".whl",
        "--hash=",
        "gem ",
        "group ",
        " do",
        "end",
        "plugins",
        "id ",
        "apply ",
        "plugin",
        "include ",
        "rootProject.name",
        "version ",
        "module ",
        "require ",
        "replace ",
        "=>",
        "services:",
        "build: ",
        "- ",
        "&x ",
        "*x",
        "<<: ",
        "null",
        "1",
        "^",
        "..",
        "/",
        "\u{feff}",
        "\r\n",
        "\"extends\":",
        "install_requires",
        "[options]",
        "[project]",
    ];

    proptest! {
        #[test]
        fn no_text_makes_a_reader_panic(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..30)) {
            let text = pieces.concat();
            let files = ["compose.yaml", "tsconfig.json", "pom.xml", "requirements.txt", "build.gradle"].map(|name| (name, &text));
            let context = MemoryContext::new(files);
            _ = services_for(&context, &text);
            _ = TsConfig::read(&context, "tsconfig.json");
            _ = Pom::read(&context, "").map(|pom| pom.artifact_file());
            _ = Requirements::read(&context, "requirements.txt");
            _ = Requirement::parse(&text);
            _ = GradleBuild::read(&context, "");
            GradleSettings::parse(&text);
            _ = (PackageJson::parse(&text), ComposerJson::parse(&text), GoMod::parse(&text), forces_cgo(&text));
            _ = (Pyproject::parse(&text), Pipfile::parse(&text), SetupCfg::parse(&text));
            _ = (CargoToml::parse(&text), CargoLock::parse(&text));
            _ = (Gemfile::parse(&text), procfile(&text));
            _ = glob(&context, &text);
            _ = Ignore::parse(&text).map(|ignore| ignore.excludes(&text));
        }
    }
}
