//! Files to one patch that `git apply` takes. In a folder below the repository's top git applies what lies in that folder.

use super::{Answer, File};
use crate::differ::diff::{git_line, unified};
use std::collections::BTreeSet;

/// The patch that makes every file what it may become. Two files of one place are one.
pub fn document(files: &[File<'_>]) -> Vec<u8> {
    let mut seen: BTreeSet<&[u8]> = BTreeSet::new();
    let mut patch = Vec::new();
    for file in files {
        let Answer::Judged(judged) = &file.answer else { continue };
        let Some(new) = judged.new.filter(|_| !judged.written) else { continue };
        if seen.insert(file.place) {
            patch.extend(git_line(file.place).into_bytes());
            patch.extend(unified(file.place, judged.source, new));
        }
    }
    patch
}
