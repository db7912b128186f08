//! Files to a table for spreadsheets.

use super::File;
use super::entry::{Entry, entries};
use crate::campaign::Row;

const HEAD: [&str; 12] = [
    "path",
    "verdict",
    "status",
    "rules",
    "ecosystem",
    "owners",
    "context",
    "saved_mb",
    "original_mb",
    "measured_original_mb",
    "measured_converted_mb",
    "because",
];

/// The table with a line of names above it; what gains most comes first. `others` are rows of a campaign whose files were not
/// looked at again.
pub fn document(files: &[File<'_>], others: &[Row]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory does not fail.
    _ = writer.write_record(HEAD);
    for entry in entries(files, others) {
        _ = writer.write_record(record(&entry));
    }
    writer.into_inner().unwrap_or_default()
}

fn record(entry: &Entry) -> Vec<String> {
    let number = |mb: u32| if mb > 0 { mb.to_string() } else { String::new() };
    let (before, after) = entry.measured_mb.map(|(a, b)| (a.to_string(), b.to_string())).unwrap_or_default();
    vec![
        plain(&entry.place),
        entry.verdict.word().to_owned(),
        entry.status.to_owned(),
        plain(&entry.rules.join(" ")),
        plain(&entry.ecosystem),
        plain(&entry.owners.join(" ")),
        plain(&entry.context),
        number(entry.saved_mb),
        number(entry.original_mb),
        before,
        after,
        plain(&entry.because),
    ]
}

/// Text that no spreadsheet takes for a formula. Names of owners begin with `@` and are left as they are where nothing else of
/// them could be one.
fn plain(text: &str) -> String {
    let is_owner = text.starts_with('@') && text.chars().all(|c| c.is_alphanumeric() || "@._-/ ".contains(c));
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_owner { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn nothing_is_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(1)", "@a|b"] {
            assert_eq!(plain(text), format!("'{text}"));
        }
        for text in ["a=1", "@org/team @b", "", "x"] {
            assert_eq!(plain(text), text);
        }
    }
}
