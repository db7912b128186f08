//! Lines of a stream, one after the other, none held that is longer than it may be.

use std::io::{self, BufRead, ErrorKind};

/// What is read of a stream.
#[derive(Debug)]
pub(super) enum Line {
    /// A line without its end.
    Whole { number: usize, bytes: Vec<u8> },
    /// A line that is longer than the limit; nothing of it was kept.
    TooLong { number: usize, bytes: u64 },
    /// The stream cannot be read any further.
    Broken { number: usize, error: io::Error },
}

/// The lines of a stream, counted from 1.
pub(super) struct Lines<R> {
    reader: R,
    /// The most bytes of a line, without its end.
    limit: usize,
    number: usize,
    is_broken: bool,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R, limit: usize) -> Lines<R> {
        Lines { reader, limit, number: 0, is_broken: false }
    }

    fn read(&mut self) -> io::Result<Option<Line>> {
        let number = self.number;
        let mut bytes = Vec::new();
        let mut length = 0;
        let mut is_ended = false;
        while !is_ended {
            let buffer = match self.reader.fill_buf() {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                buffer => buffer?,
            };
            if buffer.is_empty() {
                if length == 0 {
                    return Ok(None);
                }
                break;
            }
            let end = memchr::memchr(b'\n', buffer);
            let part = buffer.get(..end.unwrap_or(buffer.len())).unwrap_or_default();
            length += part.len() as u64;
            if length <= self.limit as u64 {
                bytes.extend_from_slice(part);
            } else {
                bytes = Vec::new();
            }
            is_ended = end.is_some();
            let used = part.len() + usize::from(is_ended);
            self.reader.consume(used);
        }
        Ok(Some(if length > self.limit as u64 {
            Line::TooLong { number, bytes: length }
        } else {
            Line::Whole { number, bytes }
        }))
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        if self.is_broken {
            return None;
        }
        self.number += 1;
        self.read().unwrap_or_else(|error| {
            self.is_broken = true;
            Some(Line::Broken { number: self.number, error })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufReader, Read};

    fn shown(lines: impl Iterator<Item = Line>) -> Vec<String> {
        lines
            .map(|line| match line {
                Line::Whole { number, bytes } => format!("{number} {}", String::from_utf8(bytes).unwrap()),
                Line::TooLong { number, bytes } => format!("{number} has {bytes}"),
                Line::Broken { number, error } => format!("{number} {error}"),
            })
            .collect()
    }

    #[test]
    fn lines_are_counted_and_long_ones_are_not_kept() {
        let text = "one\n\ntwelve\nseven77\n1234567890123\nlast";
        for buffer in [1, 2, 5, 100] {
            let lines = shown(Lines::new(BufReader::with_capacity(buffer, text.as_bytes()), 6));
            assert_eq!(lines, ["1 one", "2 ", "3 twelve", "4 has 7", "5 has 13", "6 last"], "{buffer}");
        }
        assert_eq!(shown(Lines::new("\n".as_bytes(), 6)), ["1 "]);
        assert_eq!(shown(Lines::new("".as_bytes(), 6)), [""; 0]);
    }

    /// Gives a part of a line, and fails.
    struct Fails(bool);

    impl Read for Fails {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if std::mem::replace(&mut self.0, true) {
                return Err(io::Error::other("the disk is gone"));
            }
            buffer[..4].copy_from_slice(b"a\nbc");
            Ok(4)
        }
    }

    #[test]
    fn what_cannot_be_read_ends_the_stream() {
        let lines = shown(Lines::new(BufReader::new(Fails(false)), 6));
        assert_eq!(lines, ["1 a", "2 the disk is gone"], "half a line is no line");
    }
}
