//! Look-ups in sorted text: lines of a key, a tab and fields, in the order of the keys' bytes.
//!
//! The text is searched where it lies, so a table costs nothing until it is asked.

/// The fields behind `key`, found by halving; `None` when no line has the key.
pub(super) fn fields_of<'a>(lines: &'a str, key: &str) -> Option<&'a str> {
    let (mut start, mut end) = (0, lines.len());
    while start < end {
        let middle = floor(lines, start + (end - start) / 2);
        let line_start = lines.get(start..middle)?.rfind('\n').map_or(start, |at| start + at + 1);
        let line_end = lines.get(middle..end)?.find('\n').map_or(end, |at| middle + at);
        let line = lines.get(line_start..line_end)?;
        let (found, fields) = line.split_once('\t').unwrap_or((line, ""));
        match found.cmp(key) {
            std::cmp::Ordering::Equal => return Some(fields),
            std::cmp::Ordering::Less => start = line_end + 1,
            std::cmp::Ordering::Greater => end = line_start,
        }
    }
    None
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// True when the keys ascend, which [`fields_of`] rests on.
#[cfg(test)]
pub(super) fn is_sorted(lines: &str) -> bool {
    lines.lines().map(|line| line.split('\t').next()).is_sorted_by(|a, b| a < b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_found_and_nothing_else() {
        let all = "a\t1\na-b\t2\tx\naa\t\nb\t4\nné\t5\nz\t6";
        for end in ["", "\n"] {
            let lines = format!("{all}{end}");
            assert!(is_sorted(&lines));
            for (key, fields) in [("a", "1"), ("a-b", "2\tx"), ("aa", ""), ("b", "4"), ("né", "5"), ("z", "6")] {
                assert_eq!(fields_of(&lines, key), Some(fields), "{key}");
            }
            for key in ["", "0", "a-", "ab", "c", "zz"] {
                assert_eq!(fields_of(&lines, key), None, "{key}");
            }
        }
        assert_eq!(fields_of("", "a"), None);
        assert!(!is_sorted("b\t1\na\t2") && !is_sorted("a\t1\na\t2"));
    }
}
