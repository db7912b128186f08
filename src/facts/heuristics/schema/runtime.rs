//! What a heuristics file says of a command that a container starts.

use super::command::Pattern;
use super::location::Location;
use crate::facts::heuristics::InsideKind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What kind of thing runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// An interpreter that loads a program.
    #[default]
    Interpreter,
    /// A server of its own (`nginx`, `postgres`).
    Server,
    /// A server that watches and rebuilds sources.
    DevServer,
    /// It compiles when it starts (`go run`, `cargo run`).
    Compiles,
    /// The toolchain is what the image is for (`make test`, `terraform`).
    Toolchain,
    /// A shell, interactive or with a script.
    Shell,
    /// A script of `package.json`.
    PackageScript,
    /// A server of static files.
    Static,
    /// It starts another command (`tini`, `gosu`, `env`).
    Wrapper,
    /// A program of a language's packages (`gunicorn`, `puma`).
    Launcher,
    /// An ordinary command without further needs (`sleep`, `tail`).
    Plain,
    /// The same where a script or a check calls it; as the container's own command the name may be any program's (`host`).
    Tool,
}

/// A command started at run time.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Runtime {
    /// Name within the file.
    pub id: String,
    /// The leading words.
    #[serde(rename = "match")]
    pub patterns: Vec<Pattern>,
    /// Words or options that cancel the match.
    #[serde(default)]
    pub unless: Vec<String>,
    /// What kind of thing it is.
    #[serde(default)]
    pub class: Class,
    /// The program file that it loads; the first location that holds counts.
    #[serde(default)]
    pub program: Vec<Location>,
    /// The module that it imports, as written.
    #[serde(default)]
    pub module: Vec<Location>,
    /// What else it reads.
    #[serde(default)]
    pub reads: Vec<Location>,
    /// For servers: directories that they serve by default, without being told in a place that is always read.
    #[serde(default)]
    pub serves: Vec<String>,
    /// For `static`: files of the working directory that it reads where they are.
    #[serde(default)]
    pub settings: Vec<String>,
    /// For `static`: options whose value lies in what it shows.
    #[serde(default)]
    pub of_shown: Vec<String>,
    /// For `static`: names of files that are data to it; any other that it is given is a program of the language.
    #[serde(default)]
    pub data: Vec<String>,
    /// Id of the language that the program is written in.
    pub language: Option<String>,
    /// Where to look inside.
    pub inside: Option<InsideKind>,
    /// For `command-argument`: arguments before the command.
    #[serde(default)]
    pub skip: usize,
    /// For `package-script`: the script's name when it is not the first argument.
    pub script: Option<String>,
    /// For `wrapper`: what it prepares is read by these commands only, so an image without them needs no wrapper.
    #[serde(default)]
    pub prepares_for: Vec<String>,
    /// For `wrapper`: names of what it prepares; a program that has one in its text may need it.
    #[serde(default)]
    pub prepares: Vec<String>,
    /// Beginnings of words whose rest is a command that it starts (`-XX:OnOutOfMemoryError=`).
    #[serde(default)]
    pub starts: Vec<String>,
    /// For `wrapper`: what it starts works for it and ends (`xargs`), so that in a script it is a command like others.
    #[serde(default)]
    pub uses: bool,
    /// Options behind which a command begins that it starts (`find -exec`); the command ends at `;` or `+`.
    #[serde(default)]
    pub commands_after: Vec<String>,
    /// For `launcher`: keys of its program, a file of settings to it, whose values are commands that it starts.
    #[serde(default)]
    pub command_keys: Vec<String>,
    /// For `compiles`: how the build makes what the command compiles and starts.
    pub ahead: Option<Ahead>,
    /// The sentence that the user reads.
    pub because: Option<String>,
    /// Id of the file it stands in.
    #[serde(skip)]
    pub ecosystem: String,
}

impl Runtime {
    /// `node/node-script`: the id that evidence carries.
    pub fn full_id(&self) -> String {
        format!("{}/{}", self.ecosystem, self.id)
    }
}

/// The build of a program that a command compiles when the container starts, and the command that starts the result.
///
/// Templates name `${tool}` (the command's first word), `${options}` and `${packages}` (those words of the command), `${name}` (the
/// program's name, as the build tool chooses it), `${profile}` and `${program}`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ahead {
    /// The command that builds.
    pub build: String,
    /// Where it puts the program.
    pub program: String,
    /// The command that starts the program; what the original gave it as arguments follows.
    pub start: String,
    /// Options that the build takes as well; with any other the command stays as it is.
    #[serde(default)]
    pub options: Vec<String>,
    /// The same for options that have a value in the next word, or behind `=`.
    #[serde(default)]
    pub valued: Vec<String>,
    /// Globs on the arguments that say what is compiled; those behind them are the program's.
    #[serde(default)]
    pub packages: Vec<String>,
    /// What `${profile}` is without an option that says otherwise.
    #[serde(default)]
    pub profile: String,
    /// What it is with one of these options.
    #[serde(default)]
    pub profiles: BTreeMap<String, String>,
    /// What files of the project have to say.
    #[serde(default)]
    pub needs: Vec<Sign>,
    /// Files and directories of the project with which the result would not be the same.
    #[serde(default)]
    pub unless_file: Vec<String>,
}

/// What a text has to say.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sign {
    /// The file, below the working directory.
    pub file: String,
    /// Texts of which one must stand in it.
    pub any: Vec<String>,
    /// Texts of which none may stand in it.
    #[serde(default)]
    pub unless: Vec<String>,
}

impl Sign {
    /// True when the file's text says it.
    pub fn holds(&self, text: &str) -> bool {
        let says = |word: &String| text.contains(word.as_str());
        self.any.iter().any(says) && !self.unless.iter().any(says)
    }
}
