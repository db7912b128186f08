//! `.dockerignore`: which files of a folder a build does not see.
//!
//! The rules are those that BuildKit applies while it sends a context: patterns are tried in order, the last one that matches
//! decides, `!` takes back, and what matches a directory holds for everything below it.

use super::pattern::Pattern;

/// The patterns of an ignore file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ignore {
    rules: Vec<Rule>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    exception: bool,
    pattern: Pattern,
    /// The components from the first on, as far as they can be matched one by one.
    lead: Vec<Pattern>,
    /// The pattern goes on after `lead`, over any number of components.
    open_ended: bool,
}

/// A line of an ignore file that a build refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: `{pattern}` is not a valid pattern, a build stops at it; correct or remove it")]
pub struct IgnoreError {
    /// One-based line number.
    pub line: usize,
    /// The pattern as written.
    pub pattern: String,
}

/// Which rules matched a directory or one above it; carried down while walking, as BuildKit does.
#[derive(Clone, Debug, Default)]
pub(super) struct Matched(Vec<bool>);

impl Ignore {
    /// Reads the text of an ignore file. An error is a pattern that BuildKit refuses too.
    pub fn parse(text: &str) -> Result<Ignore, IgnoreError> {
        let mut rules = Vec::new();
        for (index, line) in text.strip_prefix('\u{feff}').unwrap_or(text).lines().enumerate() {
            // A comment starts in the first column; behind blanks, `#` is part of a pattern.
            if line.starts_with('#') || line.trim().is_empty() {
                continue;
            }
            let rule = Rule::parse(line.trim());
            rules.push(rule.ok_or_else(|| IgnoreError { line: index + 1, pattern: line.trim().to_owned() })?);
        }
        Ok(Ignore { rules })
    }

    /// An ignore file that excludes nothing.
    pub const fn none() -> Ignore {
        Ignore { rules: Vec::new() }
    }

    /// True when there are no patterns.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// True when `path` (relative to the context root) is excluded. A directory can be excluded and still hold files that an
    /// exception takes back.
    pub fn excludes(&self, path: &str) -> bool {
        let (parent, _) = split(path);
        self.below(&self.matched(parent), path).0
    }

    /// The rules that match the directory `path` or one above it.
    pub(super) fn matched(&self, path: &str) -> Matched {
        if path.is_empty() || self.rules.is_empty() {
            return Matched::default();
        }
        let (parent, _) = split(path);
        self.below(&self.matched(parent), path).1
    }

    /// Whether `path` is excluded, given the rules that matched its parent directory.
    pub(super) fn below(&self, parent: &Matched, path: &str) -> (bool, Matched) {
        let mut excluded = false;
        let mut matched = Vec::with_capacity(self.rules.len());
        for (index, rule) in self.rules.iter().enumerate() {
            let inherited = parent.0.get(index) == Some(&true);
            // A rule that could change nothing is not tried, and then does not count as matched for what is below either.
            let hit = inherited || (rule.exception == excluded && rule.pattern.matches(path));
            if hit {
                excluded = !rule.exception;
            }
            matched.push(hit);
        }
        (excluded, Matched(matched))
    }

    /// True when an exception may take back something below the excluded directory `path`; without one, nothing below it needs
    /// to be looked at.
    pub(super) fn may_restore_below(&self, path: &str) -> bool {
        self.rules.iter().any(|rule| rule.exception && rule.may_match_below(path))
    }
}

impl Rule {
    fn parse(line: &str) -> Option<Rule> {
        let exception = line.starts_with('!');
        let text = line.strip_prefix('!').unwrap_or(line).trim();
        if text.is_empty() {
            return None;
        }
        let text = clean(text);
        // `!/` ends up as a bare `!`, which a build refuses; `/` alone matches nothing.
        if exception && text == "/" {
            return None;
        }
        let text = text.strip_prefix('/').filter(|rest| !rest.is_empty()).unwrap_or(&text).to_owned();
        let mut lead: Vec<Option<Pattern>> = text.split('/').map(Pattern::ignore).collect();
        // `**` and a negated class match across a `/`, so from there on nothing can be said of single components.
        let fixed = text.split('/').take_while(|part| !part.contains("**") && !part.contains("[^")).count();
        let open_ended = fixed < lead.len() || lead.contains(&None);
        lead.truncate(fixed);
        Some(Rule {
            pattern: Pattern::ignore(&text)?,
            exception,
            lead: lead.into_iter().map_while(|p| p).collect(),
            open_ended,
        })
    }

    /// False when the pattern cannot match any path below `directory`.
    fn may_match_below(&self, directory: &str) -> bool {
        let agrees = self.lead.iter().zip(directory.split('/')).all(|(pattern, name)| pattern.matches(name));
        agrees && (self.open_ended || self.lead.len() > directory.split('/').count())
    }
}

fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// The shortest spelling of a path, as Go's `filepath.Clean` gives it.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        match parts.last() {
            Some(last) if part == ".." && *last != ".." => _ = parts.pop(),
            None if part == ".." && rooted => {}
            _ => parts.push(part),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excluded(text: &str, path: &str) -> bool {
        Ignore::parse(text).expect("valid ignore file").excludes(path)
    }

    #[test]
    fn one_pattern() {
        let cases = [
            // `**` alone, at the start, at the end, in the middle.
            ("**", "anything", true),
            ("**/", "at/any/depth", true),
            ("**/**", "at/depth", true),
            ("logs/**", "logs/today.log", true),
            ("logs/**", "logs/2026/05/01.log", true),
            ("logs/**", "logs", false),
            ("**/cache", "cache", true),
            ("**/cache", "app/cache/x.bin", true),
            ("**/cache/*", "app/cache/x.bin", true),
            ("**/cache/**", "app/cache/x/y.bin", true),
            ("**name", "deep/name", true),
            ("**name", "deep/surname", true),
            ("**/name", "deep/surname", false),
            ("**/log-*.txt", "var/app/log-1.txt", true),
            ("**/**/*.tmp", "top.tmp", true),
            ("**/**/*.tmp", "a/b/c.tmpl", false),
            ("lib**/*.so", "lib/x86/gcc/libm.so", true),
            // A single component.
            ("docs/*.pdf", "docs/old/a.pdf", false),
            ("docs/*.pdf", "docs/a.pdf", true),
            ("docs/*.pdf**", "docs/a.pdf", true),
            ("v[0-4]x", "v3x", true),
            ("v[0-4]x", "vx", false),
            ("v[^0-4]x", "v9x", true),
            ("v[^0-4]x", "v3x", false),
            (".*", ".env", true),
            (".*", "env", false),
            ("app.js", "appxjs", false),
            ("app?js", "app.js", true),
            ("app?js", "app/js", false),
            ("50\\*", "50*", true),
            ("50\\*", "500", false),
            ("back\\\\", "back\\", true),
            ("a(b|c)+${d}", "a(b|c)+${d}", true),
            ("*.md", "README.md", true),
            ("*.md", "docs/README.md", false),
            ("*/*.md", "docs/README.md", true),
            ("temp?", "tempa", true),
            ("temp?", "temp", false),
            ("node_modules", "node_modules/a/b.js", true),
            ("node_modules", "packages/a/node_modules/b.js", false),
            ("**/node_modules", "packages/a/node_modules/b.js", true),
            ("/absolute", "absolute", true),
            ("./here", "here", true),
            ("trailing/", "trailing", true),
            ("trailing/", "trailing/file", true),
            ("a//b/./c/../d", "a/b/d", true),
            ("../outside", "outside", false),
            (".", "anything", false),
            ("/", "anything", false),
            ("  padded  ", "padded", true),
            ("# comment", "# comment", false),
            ("  #not-a-comment", "#not-a-comment", true),
            ("\u{feff}first", "first", true),
            ("one\r\ntwo\r\n", "two", true),
            ("foo\\bar", "foobar", false),
            ("\\d*", "1st", true),
            ("^a", "^a", true),
            ("^a*", "^ab", false),
            ("^a*", "ab", true),
            ("a*\\", "ab", false),
            ("umlaut-?", "umlaut-ü", true),
        ];
        for (pattern, path, expected) in cases {
            assert_eq!(excluded(pattern, path), expected, "pattern {pattern:?}, path {path:?}");
        }
    }

    #[test]
    fn order_and_exceptions() {
        let cases = [
            ("*.md\n!README.md", "README.md", false),
            ("!README.md\n*.md", "README.md", true),
            ("*.md\n!README*.md\nREADME-secret.md", "README-secret.md", true),
            ("docs\n!docs/README.md", "docs/README.md", false),
            ("docs/\n!docs/README.md", "docs/other.md", true),
            ("docs/*\n!docs/README.md", "docs/README.md", false),
            ("*\n!src\n!package.json", "src/deep/index.js", false),
            ("*\n!src\n!package.json", "test/index.js", true),
            ("**\n!a/b/c", "a/b/c/d", false),
            ("**\n!a/b/c\na/b/c/d", "a/b/c/d", true),
            ("*\n!src/*.js", "src/a.js", false),
            ("*\n!src/*.js", "src/a.css", true),
            ("*\n! src", "src/a", false),
            ("*\n!/src/", "src/a", false),
            ("**/*.log\n!important.log", "important.log", false),
            ("**/*.log\n!important.log", "a/important.log", true),
            // An exception that comes before the directory is excluded is not tried, so it does not reach what is below.
            ("!a\na/b\n", "a/b/c", true),
            ("a/b/c\n!a/b", "a/b/c", true),
            ("a/b\n!a", "a/b", true),
        ];
        for (text, path, expected) in cases {
            assert_eq!(excluded(text, path), expected, "ignore file {text:?}, path {path:?}");
        }
    }

    #[test]
    fn invalid_lines_are_named() {
        for (text, line) in [("a\n\n!", 3), ("[", 1), ("ok\n[a-", 2), ("a[]", 1), ("a\\", 1), ("! ", 1), ("!/", 1)] {
            assert_eq!(Ignore::parse(text).expect_err(text).line, line, "{text:?}");
        }
    }

    #[test]
    fn exceptions_below_a_directory() {
        let ignore = Ignore::parse("*\n!src/app/main.c\n!conf/**").expect("valid");
        for (path, expected) in [("src", true), ("src/app", true), ("conf", true), ("sr", false), ("lib", false)] {
            assert_eq!(ignore.may_restore_below(path), expected, "{path}");
        }
        let cases = [
            ("*\n!**/*.c", "any/where", true),
            ("*\n!src/**/*.c", "src/a", true),
            ("*\n!src/**/*.c", "lib", false),
            ("*\n!package*.json", "node_modules", false),
            ("*\n!packages/*/package.json", "packages/a", true),
            ("*\n!packages/*/package.json", "packages/a/src", false),
            ("*\n!a[^b]c", "a", true),
            ("*", "any", false),
        ];
        for (text, path, expected) in cases {
            assert_eq!(Ignore::parse(text).expect("valid").may_restore_below(path), expected, "{text:?}, {path}");
        }
    }

    #[test]
    fn a_hostile_pattern_ends_soon() {
        let pattern = "*a".repeat(200);
        assert!(!excluded(&pattern, &format!("{}b", "a".repeat(2000))));
    }
}
