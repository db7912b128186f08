//! Two versions of a file to a unified diff that `git apply` and `patch -p1` take.
//!
//! Lines are bytes: line ends stay what they are, text need not be UTF-8, and a missing line end at the end of the file
//! is said the way git says it.

use similar::{Algorithm, DiffTag, capture_diff_slices, group_diff_ops};
use std::ops::Range;

/// Lines shown before and after a change.
const CONTEXT: usize = 3;

/// The diff from `old` to `new` of the file named `path`, in bytes: relative, `/` separated, without `a/`. Empty when they are
/// equal.
pub fn unified(path: impl AsRef<[u8]>, old: &[u8], new: &[u8]) -> Vec<u8> {
    if old == new {
        return Vec::new();
    }
    let old_lines: Vec<&[u8]> = old.split_inclusive(|&b| b == b'\n').collect();
    let new_lines: Vec<&[u8]> = new.split_inclusive(|&b| b == b'\n').collect();
    let operations = capture_diff_slices(Algorithm::Patience, &old_lines, &new_lines);

    let mut diff = header(path.as_ref()).into_bytes();
    for group in group_diff_ops(operations, CONTEXT) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let old_range = first.old_range().start..last.old_range().end;
        let new_range = first.new_range().start..last.new_range().end;
        let place = format!("@@ -{} +{} @@\n", range(&old_range), range(&new_range));
        diff.extend_from_slice(place.as_bytes());
        for operation in &group {
            let kept = operation.tag() == DiffTag::Equal;
            for line in &old_lines[operation.old_range()] {
                push_line(&mut diff, if kept { b' ' } else { b'-' }, line);
            }
            if !kept {
                for line in &new_lines[operation.new_range()] {
                    push_line(&mut diff, b'+', line);
                }
            }
        }
    }
    diff
}

/// Lines of the old text that are replaced by lines of the new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Lines of the old text, from zero; empty where lines are inserted before the first of them.
    pub old: Range<usize>,
    /// Lines of the new text, from zero.
    pub new: Range<usize>,
}

/// The edits that make `new` of `old`, in order, with at least one equal line between two of them.
pub fn edits(old: &[u8], new: &[u8]) -> Vec<Edit> {
    let old_lines: Vec<&[u8]> = old.split_inclusive(|&b| b == b'\n').collect();
    let new_lines: Vec<&[u8]> = new.split_inclusive(|&b| b == b'\n').collect();
    let mut edits: Vec<Edit> = Vec::new();
    for operation in capture_diff_slices(Algorithm::Patience, &old_lines, &new_lines) {
        if operation.tag() == DiffTag::Equal {
            continue;
        }
        match edits.last_mut() {
            Some(last)
                if last.old.end == operation.old_range().start && last.new.end == operation.new_range().start =>
            {
                last.old.end = operation.old_range().end;
                last.new.end = operation.new_range().end;
            }
            _ => edits.push(Edit { old: operation.old_range(), new: operation.new_range() }),
        }
    }
    edits
}

/// The line by which git knows that the names of a diff count from the repository's top, wherever it is applied.
pub fn git_line(path: impl AsRef<[u8]>) -> String {
    format!("diff --git {} {}\n", quoted("a/", path.as_ref()), quoted("b/", path.as_ref()))
}

fn header(path: &[u8]) -> String {
    let (old, new) = (quoted("a/", path), quoted("b/", path));
    // Git ends a name with blanks by a tab, so that it is told from a time stamp.
    let tab = if path.contains(&b' ') && !old.starts_with('"') { "\t" } else { "" };
    format!("--- {old}{tab}\n+++ {new}{tab}\n")
}

/// A name as git writes it: in quotes when it holds quotes, backslashes, control characters or bytes beyond ASCII.
fn quoted(prefix: &str, path: &[u8]) -> String {
    let plain = |b: u8| (b' '..0x7f).contains(&b) && b != b'"' && b != b'\\';
    if path.iter().copied().all(plain) {
        return format!("{prefix}{}", String::from_utf8_lossy(path));
    }
    let mut text = format!("\"{prefix}");
    for &byte in path {
        match byte {
            b'"' | b'\\' => text.extend(['\\', byte as char]),
            b'\n' => text.push_str("\\n"),
            b'\t' => text.push_str("\\t"),
            _ if plain(byte) => text.push(byte as char),
            _ => text.push_str(&format!("\\{byte:03o}")),
        }
    }
    text.push('"');
    text
}

/// Line numbers count from one; an empty range names the line before it.
fn range(lines: &Range<usize>) -> String {
    match lines.len() {
        0 => format!("{},0", lines.start),
        1 => format!("{}", lines.start + 1),
        length => format!("{},{length}", lines.start + 1),
    }
}

fn push_line(diff: &mut Vec<u8>, sign: u8, line: &[u8]) {
    diff.push(sign);
    diff.extend_from_slice(line);
    if !line.ends_with(b"\n") {
        diff.extend_from_slice(b"\n\\ No newline at end of file\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::process::Command;

    #[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
    /// Applies a diff with git in a directory that is no repository; `None` when there is no git to ask.
    fn git_apply(path: &str, old: &[u8], diff: &[u8]) -> Option<Vec<u8>> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, old).unwrap();
        let patch = folder.path().join("x.patch");
        fs::write(&patch, diff).unwrap();
        let output = Command::new("git")
            .args(["apply", "x.patch"])
            .current_dir(&folder)
            .env("GIT_CEILING_DIRECTORIES", folder.path().parent().unwrap())
            .output();
        match output {
            Err(_) => {
                eprintln!("skipped: git cannot be started");
                None
            }
            Ok(output) => {
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
                Some(fs::read(&file).unwrap())
            }
        }
    }

    #[test]
    fn git_takes_it() {
        let long: String = (1..40).map(|i| format!("line {i}\n")).collect();
        let changed = long.replace("line 3\n", "").replace("line 30\n", "line 30\nand more\n");
        let cases: [(&str, &[u8], &[u8]); 9] = [
            ("Dockerfile", b"FROM a\n", b"FROM a AS builder\nFROM b\n"),
            ("Dockerfile", b"FROM a\r\nRUN b\r\n", b"FROM a\r\nRUN c\r\n"),
            ("Dockerfile", b"FROM a", b"FROM a\nRUN b"),
            ("Dockerfile", b"FROM a\nRUN b", b"FROM a\nRUN b\n"),
            ("Dockerfile", b"FROM a\n", b"FROM b"),
            ("Dockerfile", b"# caf\xe9 \xff\nFROM a\n", b"# caf\xe9 \xff\nFROM b\n"),
            ("sub dir/my Dockerfile", b"FROM a\n", b"FROM b\n"),
            ("d\u{e9}p/Dock\"er\tfile", b"FROM a\n", b"FROM b\n"),
            ("deep/Dockerfile", long.as_bytes(), changed.as_bytes()),
        ];
        for (path, old, new) in cases {
            let diff = unified(path, old, new);
            if let Some(applied) = git_apply(path, old, &diff) {
                assert_eq!(applied, new, "{path}\n{}", String::from_utf8_lossy(&diff));
            }
        }
    }

    #[test]
    fn equal_files_have_no_diff() {
        assert!(unified("Dockerfile", b"FROM a\n", b"FROM a\n").is_empty());
    }

    #[test]
    fn the_text_is_what_people_expect() {
        let diff = unified("app/Dockerfile", b"FROM a\nRUN b\nCMD c", b"FROM a\nRUN x\nCMD c");
        let expected = "--- a/app/Dockerfile\n+++ b/app/Dockerfile\n@@ -1,3 +1,3 @@\n FROM a\n-RUN b\n+RUN x\n CMD c\n\\ No newline at end of file\n";
        assert_eq!(String::from_utf8(diff).unwrap(), expected);
    }
}
