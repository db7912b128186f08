//! Findings to the Reviewdog Diagnostic Format, with a suggestion where there is a fix.

use super::escape::visible;
use super::{File, Fix, Severity, findings};
use serde_json::{Value, json};

/// The report.
pub fn document(files: &[File<'_>]) -> Value {
    let mut diagnostics: Vec<Value> = Vec::new();
    for file in files {
        let path = String::from_utf8_lossy(file.place);
        for finding in findings(file) {
            let mut diagnostic = json!({
                "message": visible(&finding.message),
                "location": { "path": path, "range": lines(*finding.lines.start(), *finding.lines.end()) },
                "severity": match finding.severity {
                    Severity::Note => "INFO",
                    Severity::Warning => "WARNING",
                    Severity::Error => "ERROR",
                },
                "code": { "value": finding.rule },
            });
            if let Some(fix) = &finding.fix {
                let (range, text) = suggestion(fix);
                // Platforms show a suggestion only where its lines are those of the comment.
                diagnostic["location"]["range"] = range.clone();
                diagnostic["suggestions"] = json!([{ "range": range, "text": text }]);
            }
            diagnostics.push(diagnostic);
        }
    }
    json!({ "source": { "name": "msb" }, "diagnostics": diagnostics })
}

/// Whole lines, the last one included.
fn lines(first: usize, last: usize) -> Value {
    json!({ "start": { "line": first }, "end": { "line": last } })
}

/// One suggestion for the whole fix, since half of it would break the file. The last line's end belongs to neither side.
fn suggestion(fix: &Fix) -> (Value, String) {
    let edit = fix.whole();
    let text = fix.text(&edit);
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    (lines(edit.old.start + 1, edit.old.end.max(edit.old.start + 1)), text.to_owned())
}
