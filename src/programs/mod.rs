//! What a program does at run time, read from its sources in the build context: files it opens, commands it starts,
//! time zones and TLS it uses. A syntax-aware reading, never a guess: what is not understood is *not proven*.

//!
//! The picture: `sources` finds the program's own files, `outline` turns each file's syntax tree into calls and bindings,
//! `evaluate` follows values, `reader` weighs them by what `heuristics/programs/` says of functions and packages.

mod evaluate;
mod imports;
mod language;
mod outline;
mod products;
mod reader;
mod shapes;
mod sources;
#[cfg(test)]
mod tests;
mod value;

use crate::context::BuildContext;
use crate::facts::shells::is_shell;
use serde::Serialize;
pub use value::Outside;

/// A fact with the line it was read from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Found<T> {
    /// The fact.
    pub value: T,
    /// File in the build context.
    pub file: String,
    /// Line, from one.
    pub line: usize,
}

/// Which files a program opens at run time, relative to its working directory or absolute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Opens {
    /// Proven: none.
    Nothing,
    /// Proven: these paths or glob patterns and no others.
    These(Vec<Found<String>>),
    /// Not proven; why, with evidence.
    NotProven(Vec<Found<String>>),
}

/// What was read from a program's sources.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reading {
    /// Files opened at run time.
    pub opens: Opens,
    /// Values from outside (flags, environment) that can name other paths than the defaults in `opens`: what the image's
    /// ENV and CMD give for these counts too. Only values that have a default are here without `opens` being not proven.
    pub user_given: Vec<Found<Outside>>,
    /// Names of commands started as subprocesses, each proven.
    pub subprocesses: Vec<Found<String>>,
    /// Places that start a command whose name is computed, and packages of which it is not known what they start; empty
    /// means that `subprocesses` is complete.
    pub unknown_subprocesses: Vec<Found<String>>,
    /// Packages of which nothing is known; each also counts in `opens` and `unknown_subprocesses`.
    pub unknown_packages: Vec<Found<String>>,
    /// Places that link C code (`import "C"`, a cgo-only module) or load a native library, by its name.
    pub native_code: Vec<Found<String>>,
    /// Places that use the time zone database.
    pub time_zones: Vec<Found<String>>,
    /// Places that may make TLS connections.
    pub tls: Vec<Found<String>>,
    /// True when a build makes one file of the sources, which needs nothing else that the build made.
    pub self_contained: bool,
    /// True when every source file of the program was read, so that absence of a finding means something.
    pub complete: bool,
    /// True when a source file is known to be there, and not what it says.
    pub hidden: bool,
    /// Number of files read.
    pub files: usize,
}

/// True for commands that run the program which they read from standard input.
pub fn runs_its_input(command: &str) -> bool {
    is_shell(command) || language::launchers().interpreters.contains(command)
}

/// Commands that a command starts by itself, for what its arguments name.
pub fn started_by(command: &str) -> &'static [String] {
    language::launchers().starts.get(command).map(Vec::as_slice).unwrap_or_default()
}

/// Commands that a command starts where something has one of the words beside them.
pub fn started_for(command: &str) -> impl Iterator<Item = (&'static str, &'static [String])> {
    let others = language::launchers().starts_for.get(command).into_iter().flatten();
    others.map(|(other, words)| (other.as_str(), words.as_slice()))
}

/// Commands that builds call to compile.
pub fn compilers() -> &'static [String] {
    &language::launchers().compile
}

/// Commands that open TLS connections with the system's certificate authorities.
pub fn tls_tools() -> &'static [String] {
    &language::launchers().tls
}

/// True for a command that handles containers, clusters or machines from outside.
pub fn is_for_hosts(command: &str) -> bool {
    language::launchers().hosts.contains(command)
}

/// True for a command that looks into programs that run.
pub fn inspects(command: &str) -> bool {
    language::launchers().inspects.contains(command)
}

/// Commands with which an installer compiles what has no ready-made package.
pub fn compilers_of(command: &str) -> &'static [String] {
    language::launchers().compilers.get(command).map(Vec::as_slice).unwrap_or_default()
}

/// Names of the programs that a build command with these words makes of the project in `root` of the context, where its tool
/// chooses them; `None` when that cannot be said.
pub fn products(
    language: &str,
    context: &dyn BuildContext,
    root: &str,
    words: &[&str],
) -> Option<std::collections::BTreeSet<String>> {
    products::products(language::language(language)?, context, root, words)
}

/// The name, without `.jar`, of the archive that Maven makes of the project in `root` of the context; `None` when that cannot be
/// said.
pub fn archive(context: &dyn BuildContext, root: &str) -> Option<String> {
    products::archive(context, root)
}

/// Reads the program whose sources lie below `root` of the context (`""` is the whole context), in the language named
/// by `language` (an id of `heuristics/`); `None` when no reader knows the language or the context is not known.
pub fn read_program(language: &str, context: &dyn BuildContext, root: &str) -> Option<Reading> {
    if !context.is_known() {
        return None;
    }
    let language = language::language(language)?;
    Some(reader::read(language, context, root))
}
