//! What a program does at run time, read from its sources in the build context: files it opens, commands it starts,
//! time zones and TLS it uses. A syntax-aware reading, never a guess: what is not understood is *not proven*.

use crate::context::BuildContext;
use serde::Serialize;

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
    /// Names of commands started as subprocesses, each proven.
    pub subprocesses: Vec<Found<String>>,
    /// Places that start a command whose name is computed; empty means that `subprocesses` is complete.
    pub unknown_subprocesses: Vec<Found<String>>,
    /// Places that link C code (`import "C"`, a cgo-only module).
    pub native_code: Vec<Found<String>>,
    /// Places that use the time zone database.
    pub time_zones: Vec<Found<String>>,
    /// Places that may make TLS connections.
    pub tls: Vec<Found<String>>,
    /// True when every source file of the program was read, so that absence of a finding means something.
    pub complete: bool,
    /// Number of files read.
    pub files: usize,
}

/// Reads the program whose sources lie below `root` of the context (`""` is the whole context), in the language named
/// by `language` (an id of `heuristics/`); `None` when no reader knows the language or the context is not known.
pub fn read_program(language: &str, context: &dyn BuildContext, root: &str) -> Option<Reading> {
    let _ = (language, context, root);
    None
}
