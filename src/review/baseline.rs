//! Findings that a project knows and lives with, as a file that a check reads.

use super::{Answer, File, headline};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Version of the file.
const VERSION: u32 = 1;

/// Known findings: which file is listed under which rule. Lines and sizes are no part of it, so that an edit, or a new
/// msb that estimates otherwise, makes no finding new.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    version: u32,
    known: BTreeSet<Known>,
}

/// A known finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    path: String,
    rule: String,
}

impl Known {
    /// The finding of a file; nothing for one that could not be judged, which is never known.
    fn of(file: &File<'_>) -> Option<Known> {
        let Answer::Judged(judged) = &file.answer else { return None };
        let path = String::from_utf8_lossy(file.place).into_owned();
        Some(Known { path, rule: headline(&judged.conversion.outcome).id.to_owned() })
    }
}

impl Baseline {
    /// Reads a baseline.
    ///
    /// # Errors
    ///
    /// The text is no baseline, or one of another version; the words say what is wrong and where.
    pub fn parse(text: &[u8]) -> Result<Baseline, String> {
        let baseline: Baseline = serde_json::from_slice(text).map_err(|error| format!("it is no baseline: {error}"))?;
        if baseline.version != VERSION {
            return Err(format!("it is of version {}, and this msb reads version {VERSION}", baseline.version));
        }
        Ok(baseline)
    }

    /// A baseline of everything that these files are listed under.
    pub fn of(files: &[File<'_>]) -> Baseline {
        Baseline { version: VERSION, known: files.iter().filter_map(Known::of).collect() }
    }

    /// The baseline as a file.
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// True when what a file is listed under is known.
    pub fn knows(&self, file: &File<'_>) -> bool {
        Known::of(file).is_some_and(|finding| self.known.contains(&finding))
    }

    /// How many findings it holds.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// True when it holds none.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }
}
