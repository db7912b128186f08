//! What a heuristics file says of a language as a whole: by what it is known, and what its projects look like.

use super::location::WriteKind;
use serde::Deserialize;

/// Evidence that a Dockerfile or a build context belongs to an ecosystem; hits are weighed, never ordered.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Detect {
    /// Globs on the repository of a base image, without registry and `library/`.
    #[serde(default)]
    pub images: Vec<String>,
    /// Globs on file names in the build context.
    #[serde(default)]
    pub files: Vec<String>,
    /// Globs on names of commands that make up the toolchain.
    #[serde(default)]
    pub commands: Vec<String>,
    /// Globs on names of files that only compilers and their package managers read (`go.mod`, `*.go`).
    #[serde(default)]
    pub build_inputs: Vec<String>,
    /// Directories of a project that a build packs as a whole into one file, where it packs at all.
    #[serde(default)]
    pub packed_directories: Vec<String>,
    /// Variables of base images that describe the toolchain (`GOLANG_VERSION`).
    #[serde(default)]
    pub toolchain_variables: Vec<String>,
    /// True while conversions of this ecosystem have not been built and compared on real projects: a plan that rests on
    /// its rules is never called safe.
    #[serde(default)]
    pub unproven: bool,
    /// True when packages of the language may be compiled while they are installed, against libraries that the image has:
    /// one that no table knows may load any of them.
    #[serde(default)]
    pub native_packages: bool,
    /// Globs on names of the files that programs of the language are made of, where no reader knows the language.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Regular expressions: a line of such a file that one of them fits may start another program.
    #[serde(default)]
    pub starts: Vec<String>,
    /// Names (globs) of sources that the language's reader does not read, and the patterns by which a line of them starts
    /// another program.
    #[serde(default)]
    pub other_sources: Vec<String>,
    /// See `other_sources`.
    #[serde(default)]
    pub other_starts: Vec<String>,
    /// What a line begins with that is a comment.
    #[serde(default)]
    pub comments: Vec<String>,
    /// Files of a project that list every package with its version.
    #[serde(default)]
    pub lock_files: Vec<String>,
    /// Packages of the language that are build tools (`poetry`), by normal name.
    #[serde(default)]
    pub build_packages: Vec<String>,
    /// Where its package managers look for an interpreter before they fetch one.
    pub interpreter: Option<Interpreter>,
    /// Commands that run programs of the language, and that what is installed for it cannot do without.
    #[serde(default)]
    pub interpreters: Vec<String>,
    /// Globs on packages, of systems and of the language, with which servers run programs of it inside.
    #[serde(default)]
    pub embedded: Vec<String>,
    /// Packages of the language that install others, and which its images have already.
    #[serde(default)]
    pub installer_packages: Vec<String>,
    /// Directories, relative to the project's, that hold a program with everything it needs (`.next/standalone`).
    #[serde(default)]
    pub self_contained: Vec<String>,
    /// Signs that such a program uses more than its directory, where that lies below the project's.
    #[serde(default)]
    pub reaches: ReachSigns,
    /// Names of files and directories about a project itself (`README*`), which no program reads. They count whatever the
    /// ecosystem.
    #[serde(default)]
    pub project_files: Vec<String>,
    /// Options that name a file to write, by convention, or say that files are changed in their place. They count whatever the
    /// ecosystem, for commands of which a rule says no place that they write to.
    #[serde(default)]
    pub output_options: Vec<String>,
    /// Signs that its builds make libraries which programs load from the build tree.
    #[serde(default)]
    pub libraries: LibrarySigns,
    /// Where its build files tell installations to put files.
    #[serde(default)]
    pub installs: InstallSigns,
    /// Build files that list what is installed into a directory.
    #[serde(default)]
    pub listed: Vec<Listed>,
    /// Paths of the build that programs have compiled in.
    #[serde(default)]
    pub compiled_paths: Vec<CompiledPath>,
    /// True when programs of the language run on an interpreter or a virtual machine, and load other files beside their own: a
    /// file that the build made is not the whole program.
    #[serde(default)]
    pub hosted: bool,
    /// True when programs of the language bring their own certificate authorities.
    #[serde(default)]
    pub own_certificates: bool,
}

/// An expression of a source that stands for a path of the build.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompiledPath {
    /// The expression, as sources write it.
    pub sign: String,
    /// What it leads to.
    pub to: CompiledPlace,
    /// Expressions around it that read what lies there while the program is compiled.
    #[serde(default)]
    pub read_by: Vec<String>,
    /// What stands before code that only tests run, up to the end of the file.
    #[serde(default)]
    pub tests: Vec<String>,
    /// The file that makes a directory a package.
    pub manifest: String,
}

/// Where a path of the build leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CompiledPlace {
    /// Into the build tree.
    BuildTree,
    /// The directory of the package that is built.
    Package,
}

/// Where package managers of a language look for an interpreter before they fetch one.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interpreter {
    /// Globs on the repository of base images that have one; their tags begin with its version.
    pub images: Vec<String>,
    /// Ends of the directories into which managers fetch one.
    pub fetched: Vec<String>,
    /// The manifest.
    pub manifest: String,
    /// Its key for the versions that the project accepts.
    pub key: String,
    /// A file with the version that the project wants.
    pub pin: String,
}

/// A directory that a command writes and that is assigned in a settings file of the project.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectSetting {
    /// Globs on the names of the files (without directory), looked for below the working directory.
    pub files: Vec<String>,
    /// The name that is assigned.
    pub name: String,
    /// Kind of what is written there.
    pub kind: WriteKind,
}

/// Signs in build files and build commands of a project.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LibrarySigns {
    /// Globs on the names of the files.
    pub files: Vec<String>,
    /// Words of which one must stand in a file or in a command.
    pub words: Vec<String>,
}

/// Signs in sources that a program uses more than what a build gathered for it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReachSigns {
    /// Words of which one stands in sources that open files.
    pub files: Vec<String>,
    /// Globs on names of packages that load others by a name from a setting.
    pub packages: Vec<String>,
    /// Globs on names of files that only the build reads.
    pub not_in: Vec<String>,
}

/// Where build files name directories of the system that an installation writes to.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InstallSigns {
    /// Globs on the names of the files.
    pub files: Vec<String>,
    /// Directories of the system; absolute paths below one of them count.
    pub roots: Vec<String>,
}

/// Build files that list what an installation puts into a directory with a variable of its own: `NAMEdir` is a directory,
/// `NAME_KIND` lists what is put there.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Listed {
    /// The file's name.
    pub file: String,
    /// A list in it of directories that have such a file, too.
    pub below: String,
    /// The setting (`sets` of a command) that holds the directory.
    pub setting: String,
    /// The directory's variable in the file.
    pub variable: String,
    /// Beginnings of lines after which the lists do not say everything.
    pub unless: Vec<String>,
}
