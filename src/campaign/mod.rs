//! A campaign: many Dockerfiles that are converted over days or weeks, as a plan that people read and edit.
//!
//! [`Campaign::parse`] reads the plan, [`settle`] says what becomes of a row when its file was looked at again, and
//! [`Editor`] writes that into the text, in which everything else stays as people wrote it. Whether a file was converted is
//! never taken from the plan: a row knows the hashes of its file before and after, and the file says which it is. A run that
//! was ended at any moment therefore goes on where it stood, without a journal.
//!
//! The library takes and gives texts; which files they come from is the caller's business.

mod edit;
mod file;
mod groups;
pub mod owners;
mod settle;

pub use edit::{Editor, NotEditable};
pub use groups::{Grouping, commit_message, group_of, slug};
pub use settle::{Found, Settled, settle};

use crate::planner::RuntimeChoice;
use crate::review::Verdict;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Version of the plan's form; it grows when a key changes its meaning or goes away.
pub const VERSION: u32 = 1;

/// The plan of a campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Campaign {
    /// The folder that paths count from: absolute, or relative to the plan's own folder.
    pub root: String,
    /// Folders that are searched for Dockerfiles, relative to `root`.
    pub search: Vec<String>,
    /// Options of every row that says nothing else.
    pub options: Options,
    /// One row for each Dockerfile, in the order of the file.
    pub rows: Vec<Row>,
}

/// How a file is to be converted. What is absent is what `msb convert` does by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The runtime image.
    pub runtime: Option<RuntimeChoice>,
    /// A conversion that needs a look is accepted.
    pub accept_unsafe: Option<bool>,
    /// What a conversion has to save, in MB.
    pub min_gain: Option<u32>,
    /// Values of build arguments.
    pub build_args: BTreeMap<String, String>,
}

impl Options {
    /// These options, and those of the whole campaign where these say nothing.
    #[must_use]
    pub fn over(&self, whole: &Options) -> Options {
        let mut build_args = whole.build_args.clone();
        build_args.extend(self.build_args.clone());
        Options {
            runtime: self.runtime.clone().or_else(|| whole.runtime.clone()),
            accept_unsafe: self.accept_unsafe.or(whole.accept_unsafe),
            min_gain: self.min_gain.or(whole.min_gain),
            build_args,
        }
    }
}

/// A Dockerfile of a campaign. All but `status` and `answer` is written by people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// The file, relative to the campaign's root, in bytes, with `/` between its parts.
    pub path: Vec<u8>,
    /// Where it stands.
    pub status: Status,
    /// The build context, relative to the campaign's root.
    pub context: Option<String>,
    /// How it is converted.
    pub options: Options,
    /// Who has to agree, in place of what CODEOWNERS says.
    pub owners: Option<Vec<String>>,
    /// The group that it is handed out with, in place of the one that is asked for.
    pub group: Option<String>,
    /// What people noted.
    pub note: Option<String>,
    /// What msb last found.
    pub answer: Option<Answer>,
}

impl Row {
    /// A row for a file that was found.
    pub fn new(path: Vec<u8>) -> Row {
        Row { path, ..Row::default() }
    }

    /// Who has to agree: what people wrote, else what CODEOWNERS says.
    pub fn owners(&self) -> &[String] {
        let found = || self.answer.as_ref().map(|answer| answer.owners.as_slice()).unwrap_or_default();
        self.owners.as_deref().unwrap_or_else(found)
    }
}

/// Where a row stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It can be converted.
    #[default]
    Todo,
    /// It can be converted, and was planned again since something that the conversion depends on has changed.
    Changed,
    /// It can be converted, needs a look, and nobody has accepted that yet.
    NeedsALook,
    /// There is nothing to convert: the file stays as it is, or could not be proven.
    Stays,
    /// It was handed out in a patch.
    Patched,
    /// It is converted.
    Done,
    /// It could not be read, converted or written.
    Failed,
    /// People left it out.
    Skipped,
    /// The file is no longer there.
    Gone,
}

impl Status {
    /// All of them, in the order in which people think of them.
    pub const ALL: [Status; 9] = [
        Status::Todo,
        Status::Changed,
        Status::NeedsALook,
        Status::Patched,
        Status::Done,
        Status::Stays,
        Status::Skipped,
        Status::Failed,
        Status::Gone,
    ];

    /// The word in the plan.
    pub fn word(self) -> &'static str {
        match self {
            Status::Todo => "todo",
            Status::Changed => "changed",
            Status::NeedsALook => "needs-a-look",
            Status::Stays => "stays",
            Status::Patched => "patched",
            Status::Done => "done",
            Status::Failed => "failed",
            Status::Skipped => "skipped",
            Status::Gone => "gone",
        }
    }

    /// True when the next run may write the file.
    pub fn is_open(self) -> bool {
        matches!(self, Status::Todo | Status::Changed)
    }
}

/// What msb found when it last looked at a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The verdict.
    pub verdict: Verdict,
    /// Ids of the reasons: what it rests on, or why it stays as it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// The first reason in words, or what went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// The build context, relative to the campaign's root.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// The language of what the image is built for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ecosystem: Option<String>,
    /// Owners by CODEOWNERS.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owners: Vec<String>,
    /// What leaves the image, by estimate, in MB (10^6 bytes).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saved_mb: Option<u32>,
    /// The size of the original image without the program itself, by estimate, in MB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original_mb: Option<u32>,
    /// The patch that it was handed out in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patch: Option<String>,
    /// Hash over everything that the answer depends on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inputs: Option<String>,
    /// Hash of the file that was judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// Hash of its conversion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// What building and starting both showed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured: Option<Measured>,
}

impl Answer {
    /// An answer of which nothing but the verdict is known.
    pub fn new(verdict: Verdict) -> Answer {
        Answer {
            verdict,
            rules: Vec::new(),
            because: None,
            context: None,
            ecosystem: None,
            owners: Vec::new(),
            saved_mb: None,
            original_mb: None,
            patch: None,
            inputs: None,
            before: None,
            after: None,
            measured: None,
        }
    }

    /// True when both propose the same change of the same file with the same certainty. What else an answer depends on may
    /// differ: who agreed to one has agreed to the other.
    fn is_same_change(&self, other: &Answer) -> bool {
        self.verdict == other.verdict && self.before == other.before && self.after == other.after
    }
}

/// What real builds showed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// [`SAME`], [`DIFFERS`] or `not-checkable`.
    pub verdict: String,
    /// Size of the original image, in MB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original_mb: Option<u32>,
    /// Size of the conversion's image, in MB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub converted_mb: Option<u32>,
}

/// The verdict of a comparison that found nothing wrong.
pub const SAME: &str = "same";
/// The verdict of a comparison that found a difference.
pub const DIFFERS: &str = "differs";

/// The hash of a text, as plans hold it.
pub fn fingerprint(bytes: &[u8]) -> String {
    let mut text = String::from("sha256:");
    for byte in Sha256::digest(bytes) {
        _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests;
