//! Conversions of a campaign that are built, started and compared.

use super::Done;
use crate::args::Comparison;
use crate::commands::verify;
use anyhow::Result;
use msb::campaign::{DIFFERS, Measured, SAME, slug};
use msb::verify::{Report, Verdict, render};
use std::path::Path;

/// Compares a file with its conversion. `name` tells logs of several files apart.
pub(super) fn compare(
    done: &Done,
    path: &Path,
    name: &str,
    build_args: &[(String, String)],
    how: &Comparison,
) -> Result<Option<Report>> {
    let logs = how.logs.as_ref().map(|folder| folder.join(slug(name)));
    verify::of_done(done, path, build_args, &Comparison { logs, ..how.clone() })
}

/// What a plan holds of a comparison.
pub(super) fn measured(report: &Report) -> Measured {
    let mb = |bytes: Option<u64>| bytes.and_then(|bytes| u32::try_from((bytes + 500_000) / 1_000_000).ok());
    let verdict = match report.verdict {
        Verdict::Same => SAME,
        Verdict::Differs => DIFFERS,
        Verdict::NotCheckable => "not-checkable",
    };
    Measured {
        verdict: verdict.to_owned(),
        original_mb: mb(report.original.size),
        converted_mb: mb(report.converted.size),
    }
}

/// The same for people.
pub(super) fn in_words(report: &Report) -> String {
    let mut words = format!("built and compared: {}", render::word(report.verdict));
    if let (Some(before), Some(after)) = (report.original.size, report.converted.size) {
        words += &format!("; {} before, {} after", render::megabytes(before), render::megabytes(after));
    }
    if report.verdict == Verdict::Differs {
        words += "; `msb verify` with this file says more";
    }
    words
}
