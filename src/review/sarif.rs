//! Findings to SARIF 2.1.0, with fixes.

use super::escape::{sarif as plain, uri, visible};
use super::gitlab::fingerprint;
use super::{File, Finding, Fix, Severity, findings};
use crate::rules;
use serde_json::{Value, json};

/// Where paths count from.
const ROOT: &str = "%SRCROOT%";

/// The log of one run. `version` is that of msb.
pub fn document(files: &[File<'_>], version: &str) -> Value {
    let mut results: Vec<Value> = Vec::new();
    let mut used: Vec<&str> = Vec::new();
    let mut failed = false;
    for file in files {
        let mut seen: Vec<&str> = Vec::new();
        for finding in findings(file) {
            let before = seen.iter().filter(|rule| **rule == finding.rule).count();
            seen.push(finding.rule);
            let index = used.iter().position(|rule| *rule == finding.rule).unwrap_or_else(|| {
                used.push(finding.rule);
                used.len() - 1
            });
            failed |= finding.severity == Severity::Error;
            results.push(result(file, &finding, index, before));
        }
    }
    let driver = json!({
        "name": "msb",
        "semanticVersion": version,
        "rules": used.into_iter().map(rule).collect::<Vec<_>>(),
    });
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": driver },
            "columnKind": "unicodeCodePoints",
            "invocations": [{ "executionSuccessful": !failed }],
            "results": results,
        }],
    })
}

/// What a rule means. Errors in a file's text have codes and no pages.
fn rule(id: &str) -> Value {
    match rules::find(id) {
        None => json!({ "id": id, "defaultConfiguration": { "level": "error" } }),
        Some(rule) => json!({
            "id": id,
            "shortDescription": { "text": plain(rule.summary) },
            "fullDescription": { "text": plain(rule.explanation) },
            "help": { "text": plain(rule.explanation) },
            "defaultConfiguration": { "level": level(super::severity(rule.level)) },
        }),
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

fn result(file: &File<'_>, finding: &Finding, index: usize, before: usize) -> Value {
    let artifact = json!({ "uri": uri(file.place), "uriBaseId": ROOT });
    let mut result = json!({
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": level(finding.severity),
        "message": { "text": plain(&visible(&finding.message)) },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": artifact,
                "region": { "startLine": finding.lines.start(), "endLine": finding.lines.end() },
            },
        }],
        "partialFingerprints": { "msb/v1": fingerprint(file.place, finding.rule, before) },
    });
    if let Some(fix) = &finding.fix {
        result["fixes"] = json!([{
            "description": { "text": "Build in one stage, and start from another that has what run time needs." },
            "artifactChanges": [{ "artifactLocation": artifact, "replacements": replacements(fix) }],
        }]);
    }
    result
}

/// Each edit as a region of the old file and the text that takes its place.
fn replacements(fix: &Fix) -> Vec<Value> {
    let replacement = |edit: &crate::differ::diff::Edit| {
        let (start, end) = (position(fix, edit.old.start), position(fix, edit.old.end));
        json!({
            "deletedRegion": { "startLine": start.0, "startColumn": start.1, "endLine": end.0, "endColumn": end.1 },
            "insertedContent": { "text": fix.text(edit) },
        })
    };
    fix.edits.iter().map(replacement).collect()
}

/// The place before the line of this index, from zero: a line and a column, from one. A file whose last line has no end
/// ends in that line.
fn position(fix: &Fix, index: usize) -> (usize, usize) {
    match fix.old.last() {
        Some(last) if index == fix.old.len() && !last.ends_with('\n') => (index, last.chars().count() + 1),
        _ => (index + 1, 1),
    }
}
