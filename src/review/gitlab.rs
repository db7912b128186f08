//! Findings to the code quality report of GitLab.

use super::escape::visible;
use super::{File, Severity, findings};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// The report: an array of findings.
pub fn document(files: &[File<'_>]) -> Value {
    let mut all: Vec<Value> = Vec::new();
    for file in files {
        let path = String::from_utf8_lossy(file.place);
        // The same rule may be found twice in a file; lines move, so they are no part of a fingerprint.
        let mut seen: Vec<&str> = Vec::new();
        for finding in findings(file) {
            let before = seen.iter().filter(|rule| **rule == finding.rule).count();
            seen.push(finding.rule);
            all.push(json!({
                "type": "issue",
                "check_name": finding.rule,
                "description": visible(&finding.message),
                "categories": ["Performance"],
                "severity": match finding.severity {
                    Severity::Note => "info",
                    Severity::Warning => "minor",
                    Severity::Error => "major",
                },
                "fingerprint": fingerprint(file.place, finding.rule, before),
                "location": {
                    "path": path,
                    "lines": { "begin": finding.lines.start(), "end": finding.lines.end() },
                },
            }));
        }
    }
    Value::Array(all)
}

/// A name of a finding that stays the same while the file around it changes.
pub(super) fn fingerprint(place: &[u8], rule: &str, before: usize) -> String {
    let mut hash = Sha256::new();
    for part in [place, rule.as_bytes(), &before.to_le_bytes()] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let mut text = String::new();
    for byte in hash.finalize() {
        _ = write!(text, "{byte:02x}");
    }
    text
}
