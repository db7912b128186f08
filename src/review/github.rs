//! Findings to workflow commands of GitHub Actions, which show them as annotations.

use super::escape::{visible, workflow_message, workflow_property};
use super::{File, Severity, findings};

/// One line for each finding.
pub fn document(files: &[File<'_>]) -> String {
    let mut text = String::new();
    for file in files {
        let place = workflow_property(&String::from_utf8_lossy(file.place));
        for finding in findings(file) {
            let command = match finding.severity {
                Severity::Note => "notice",
                Severity::Warning => "warning",
                Severity::Error => "error",
            };
            let (first, last) = (finding.lines.start(), finding.lines.end());
            let title = workflow_property(&format!("msb: {}", finding.rule));
            let message = workflow_message(&visible(&finding.message));
            text += &format!("::{command} file={place},line={first},endLine={last},title={title}::{message}\n");
        }
    }
    text
}
