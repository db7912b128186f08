//! What an expression can be: a set of texts, a value from outside, or unknown.

use std::collections::BTreeSet;

/// Alternatives beyond which a value counts as unknown.
const MOST: usize = 48;

/// Where a value that the user of the program gives comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outside {
    /// An environment variable of this name.
    Environment(String),
    /// A command line flag of this name, without dashes.
    Flag(String),
    /// A command line argument.
    Argument,
}

/// What stands for something unknown in the middle of a text.
pub(super) const HOLE: char = '\0';

/// A text, or its beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Text {
    pub(super) text: String,
    /// Something unknown follows.
    pub(super) more: bool,
    /// What is known to stand behind that, with a hole for each further part that is not.
    pub(super) tail: String,
}

impl Text {
    pub(super) fn whole(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// The beginning of a text of which no more is known.
    pub(super) fn beginning(text: impl Into<String>) -> Self {
        Self { text: text.into(), more: true, tail: String::new() }
    }

    /// All that is known of it, with holes.
    fn with_holes(&self) -> String {
        if self.more { format!("{}{HOLE}{}", self.text, self.tail) } else { self.text.clone() }
    }
}

/// All the values that an expression can have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) texts: BTreeSet<Text>,
    pub(super) outside: BTreeSet<Outside>,
    pub(super) unknown: bool,
}

impl Value {
    pub(super) fn unknown() -> Self {
        Self { unknown: true, ..Self::default() }
    }

    pub(super) fn text(text: impl Into<String>) -> Self {
        Self { texts: BTreeSet::from([Text::whole(text)]), ..Self::default() }
    }

    pub(super) fn outside(outside: Outside) -> Self {
        Self { outside: BTreeSet::from([outside]), ..Self::default() }
    }

    /// This or the other.
    pub(super) fn or(mut self, other: Self) -> Self {
        self.texts.extend(other.texts);
        self.outside.extend(other.outside);
        self.unknown |= other.unknown;
        if self.texts.len() > MOST { Self::unknown() } else { self }
    }

    /// True when no text is known, so that no path is.
    pub(super) fn is_open(&self) -> bool {
        self.unknown || self.texts.is_empty()
    }

    /// The same with each text changed.
    pub(super) fn map(self, change: impl Fn(Text) -> Text) -> Self {
        Self { texts: self.texts.into_iter().map(change).collect(), ..self }
    }

    /// This followed by the other, with `between` in the middle.
    pub(super) fn then(self, other: &Self, between: &str) -> Self {
        let mut texts = BTreeSet::new();
        for left in &self.texts {
            if left.more {
                let tail = |right: &str| format!("{}{between}{right}", left.tail);
                texts.extend(other.texts.iter().map(|right| Text { tail: tail(&right.with_holes()), ..left.clone() }));
                if other.is_open() || !other.outside.is_empty() {
                    texts.insert(Text { tail: tail(&HOLE.to_string()), ..left.clone() });
                }
                continue;
            }
            for right in &other.texts {
                let text = joined(&left.text, between, &right.text);
                texts.insert(Text { text, more: right.more, tail: right.tail.clone() });
                // Some languages let an absolute path replace what it is joined to.
                if !between.is_empty() && right.text.starts_with('/') {
                    texts.insert(right.clone());
                }
            }
            if other.unknown || !other.outside.is_empty() {
                texts.insert(Text::beginning(joined(&left.text, between, "")));
            }
        }
        if texts.len() > MOST {
            return Self::unknown();
        }
        Self { texts, outside: self.outside, unknown: self.unknown }
    }
}

fn joined(left: &str, between: &str, right: &str) -> String {
    if between.is_empty() {
        format!("{left}{right}")
    } else if left.is_empty() {
        if right.is_empty() { format!(".{between}") } else { right.to_owned() }
    } else {
        format!("{}{between}{}", left.trim_end_matches('/'), right.trim_start_matches('/'))
    }
}

/// The path or pattern that a text names; `None` when too little of it is known.
pub(super) fn path_of(text: &Text) -> Option<String> {
    let mut path = text.text.as_str();
    path = path.strip_prefix("file://").unwrap_or(path);
    if text.more {
        // Only whole directories are known of a path that goes on.
        let end = path.rfind('/')?;
        path = if end == 0 { "/" } else { path.get(..end)? };
        if path == "/" {
            return None;
        }
    }
    let path = normal(path);
    (!path.contains('\0') && path.len() < 4096).then_some(path)
}

/// The directory that holds a path; `None` for the working directory and the root.
pub(super) fn parent_of(path: &str) -> Option<&str> {
    path.trim_end_matches('/').rsplit_once('/').map(|(parent, _)| parent).filter(|parent| !parent.is_empty())
}

/// A path without `.`, doubled slashes and inner `..`.
pub(super) fn normal(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(&last) if last != ".." => {
                    parts.pop();
                }
                _ if absolute => {}
                _ => parts.push(".."),
            },
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (absolute, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

/// The names of the commands that a line for the shell starts; `None` when one of them is computed.
pub(super) fn shell_commands(text: &Text) -> Option<Vec<String>> {
    let line = text.with_holes();
    if line.contains(['`', '\\']) || line.contains("$(") || line.contains("<(") {
        return None;
    }
    let mut commands = Vec::new();
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut ended = true;
    let finish = |words: &mut Vec<String>, commands: &mut Vec<String>| -> Option<()> {
        let assigns = |w: &str| w.split_once('=').is_some_and(|(name, _)| !name.is_empty() && identifier(name));
        let first = words.iter().find(|w| !assigns(w));
        if let Some(name) = first {
            if name.contains(['$', HOLE]) || name.is_empty() {
                return None;
            }
            if ["exec", "sudo", "env", "nohup", "time", "then", "do", "if", "while", "for", "case", "{", "("]
                .contains(&name.as_str())
            {
                return None;
            }
            commands.push(name.clone());
        }
        words.clear();
        Some(())
    };
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), c) => word.push(c),
            (None, '"' | '\'') => {
                quote = Some(c);
                ended = false;
            }
            (None, '(' | ')' | '{' | '}') => return None,
            (None, ' ' | '\t') => {
                if !word.is_empty() || !ended {
                    words.push(std::mem::take(&mut word));
                }
                ended = true;
            }
            (None, ';' | '|' | '&' | '\n') => {
                // `>&1` and `&>` redirect.
                if c == '&' && word.ends_with('>') {
                    continue;
                }
                if !word.is_empty() || !ended {
                    words.push(std::mem::take(&mut word));
                }
                ended = true;
                finish(&mut words, &mut commands)?;
            }
            (None, c) => {
                word.push(c);
                ended = false;
            }
        }
    }
    if quote.is_some() {
        return None;
    }
    if !word.is_empty() {
        words.push(word);
    }
    finish(&mut words, &mut commands)?;
    Some(commands)
}

fn identifier(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normal() {
        for (given, expected) in [
            ("./templates/", "templates"),
            ("a//b/../c", "a/c"),
            ("../x", "../x"),
            ("/app/./x", "/app/x"),
            (".", "."),
            ("file://migrations", "migrations"),
        ] {
            assert_eq!(path_of(&Text::whole(given)).as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_path_that_goes_on_is_its_directory() {
        for (given, expected) in
            [("data/", Some("data")), ("data/user-", Some("data")), ("./x", Some(".")), ("conf", None), ("/", None)]
        {
            assert_eq!(path_of(&Text::beginning(given)).as_deref(), expected, "{given}");
        }
    }

    #[test]
    fn shell_lines_name_their_commands() {
        let commands = |line: &str, more| shell_commands(&if more { Text::beginning(line) } else { Text::whole(line) });
        let list = |names: &[&str]| Some(names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>());
        assert_eq!(commands("git status", false), list(&["git"]));
        assert_eq!(commands("LANG=C df -h | grep x && echo 'a; b'", false), list(&["df", "grep", "echo"]));
        assert_eq!(commands("ffmpeg -i ", true), list(&["ffmpeg"]));
        assert_eq!(commands("ls >/dev/null 2>&1", false), list(&["ls"]));
        assert_eq!(commands("ffm", true), None);
        assert_eq!(commands("", true), None);
        assert_eq!(commands("$TOOL x", false), None);
        assert_eq!(commands("echo $(git log)", false), None);
    }

    #[test]
    fn commands_behind_a_hole_are_named() {
        let hole = Value::unknown;
        let line = |parts: &[Value]| {
            let whole = parts.iter().skip(1).fold(parts[0].clone(), |line, part| line.then(part, ""));
            let texts: Vec<_> = whole.texts.iter().map(shell_commands).collect();
            assert_eq!(texts.len(), 1, "{whole:?}");
            texts[0].as_ref().map(|names| names.join(" "))
        };
        let text = |text: &str| Value::text(text);
        assert_eq!(line(&[text("cd "), hole(), text(" && unzip -o a.zip")]).as_deref(), Some("cd unzip"));
        assert_eq!(line(&[text("tar c '"), hole(), text("' | xz > "), hole()]).as_deref(), Some("tar xz"));
        assert_eq!(line(&[text("cat a | "), hole(), text(" -")]), None, "the command is computed");
        assert_eq!(line(&[text("echo '"), hole()]), None, "the quote does not end");
    }

    #[test]
    fn joins_keep_directories() {
        let left = Value::text("web").then(&Value::text("/x"), "/");
        assert_eq!(left, Value::text("web/x").or(Value::text("/x")));
        assert_eq!(Value::text("web").then(&Value::text("x"), "/"), Value::text("web/x"));
        let open = Value::text("web").then(&Value::unknown(), "/");
        assert_eq!(open.texts.iter().filter_map(path_of).collect::<Vec<_>>(), ["web"]);
        assert!(Value::unknown().then(&Value::text("x"), "/").is_open());
    }
}
