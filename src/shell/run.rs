//! Which text a `RUN` gives to which interpreter.

/// What a `RUN` in shell form runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunText {
    /// Text for the shell of the build.
    Shell(String),
    /// A heredoc body that its `#!` line gives to another program.
    Foreign {
        /// The program's base name, such as `python3`.
        interpreter: String,
        /// The whole body with the `#!` line.
        body: String,
    },
}

/// A script's first line, when it is a `#!` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shebang {
    /// The program as written: a path, or a name that `env` looks up.
    pub program: String,
    /// What follows the program on the line, at blanks.
    pub arguments: Vec<String>,
}

impl Shebang {
    /// Reads the first line of `text`; `env` and its options are skipped.
    pub fn of(text: &str) -> Option<Shebang> {
        let line = text.strip_prefix("#!")?.lines().next()?;
        let mut words = line.split_ascii_whitespace().map(str::to_owned);
        let mut program = words.next()?;
        if base_name(&program) == "env" {
            program = words.find(|word| !word.starts_with('-') && !word.contains('='))?;
        }
        Some(Shebang { program, arguments: words.collect() })
    }

    /// The program's base name.
    pub fn name(&self) -> &str {
        base_name(&self.program)
    }

    /// True when the program is a shell whose language this module reads.
    pub fn is_shell(&self) -> bool {
        crate::facts::shells::is_posix(self.name())
    }
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The text that a `RUN` in shell form runs.
///
/// `command` is the logical line after the flags; each heredoc is its body, its unquoted delimiter and whether the body
/// is expanded. A command that is nothing but one heredoc runs the body (tabs stripped for `<<-`), by the program of
/// its `#!` line if it has one. Otherwise the shell gets the line, then each body with its terminator.
pub fn script_of_run(command: &str, heredocs: &[(&str, &str, bool)]) -> RunText {
    if let [(body, delimiter, _)] = heredocs
        && let Some(chomp) = whole_heredoc(command, delimiter)
    {
        let body = if chomp { strip_tabs(body) } else { (*body).to_owned() };
        return match Shebang::of(&body) {
            Some(line) if !line.is_shell() => RunText::Foreign { interpreter: line.name().to_owned(), body },
            _ => RunText::Shell(body),
        };
    }
    let mut text = command.to_owned();
    for (body, delimiter, _) in heredocs {
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(body);
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(delimiter);
    }
    RunText::Shell(text)
}

/// For a command that is one heredoc word and nothing else: whether it is `<<-`.
fn whole_heredoc(command: &str, delimiter: &str) -> Option<bool> {
    let word = command.trim().trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("<<")?;
    let (chomp, word) = match word.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, word.trim_start()),
    };
    (!word.contains('<') && unquote(word)? == delimiter).then_some(chomp)
}

/// One word without its quotes and escapes; none when it is several words or a quote stays open.
fn unquote(word: &str) -> Option<String> {
    let mut text = String::new();
    let mut quote = None;
    let mut chars = word.chars();
    while let Some(c) = chars.next() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            ('\'' | '"', None) => quote = Some(c),
            ('\\', None | Some('"')) => text.push(chars.next()?),
            (c, None) if c.is_whitespace() => return None,
            (c, _) => text.push(c),
        }
    }
    (quote.is_none() && !text.is_empty()).then_some(text)
}

fn strip_tabs(body: &str) -> String {
    body.split_inclusive('\n').map(|line| line.trim_start_matches('\t')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(text: &str) -> RunText {
        RunText::Shell(text.to_owned())
    }

    #[test]
    fn a_command_without_heredoc_is_itself() {
        assert_eq!(script_of_run("echo a && echo b", &[]), shell("echo a && echo b"));
    }

    #[test]
    fn a_lone_heredoc_runs_its_body() {
        for command in ["<<EOF", " << EOF ", "<<\"EOF\"", "<<'EOF'", "<<E\\OF", "0<<EOF"] {
            assert_eq!(script_of_run(command, &[("\techo hi\n", "EOF", true)]), shell("\techo hi\n"), "{command}");
        }
        assert_eq!(script_of_run("<<-EOF", &[("\t\techo hi\n\tb\n", "EOF", true)]), shell("echo hi\nb\n"));
        assert_eq!(script_of_run("<<EOF;x", &[("a\n", "EOF;x", true)]), shell("a\n"));
    }

    #[test]
    fn a_heredoc_inside_a_command_keeps_its_terminator() {
        let text = script_of_run("cat <<A >x && cat <<B", &[("1\n", "A", true), ("2\n", "B", false)]);
        assert_eq!(text, shell("cat <<A >x && cat <<B\n1\nA\n2\nB"));
        assert_eq!(script_of_run("cat <<A", &[("", "A", true)]), shell("cat <<A\nA"));
        assert_eq!(script_of_run("<<EOF sh", &[("a\n", "EOF", true)]), shell("<<EOF sh\na\nEOF"));
    }

    #[test]
    fn a_first_line_can_name_another_program() {
        let foreign = |name: &str, body: &str| RunText::Foreign { interpreter: name.to_owned(), body: body.to_owned() };
        for (body, interpreter) in [
            ("#!/usr/bin/env python3\nprint(1)\n", "python3"),
            ("#! /usr/bin/perl -w\n1;\n", "perl"),
            ("#!/usr/bin/env -S node --no-warnings\n1\n", "node"),
            ("#!/bin/zsh\na\n", "zsh"),
        ] {
            assert_eq!(script_of_run("<<EOF", &[(body, "EOF", true)]), foreign(interpreter, body));
        }
        for body in ["#!/bin/sh\na\n", "#!/usr/bin/env bash\na\n", "#!/bin/dash -e\na\n", "#!/bin/ash\n", "#!\na\n"] {
            assert_eq!(script_of_run("<<EOF", &[(body, "EOF", true)]), shell(body));
        }
        let inside = script_of_run("cat <<EOF", &[("#!/usr/bin/perl\n", "EOF", true)]);
        assert_eq!(inside, shell("cat <<EOF\n#!/usr/bin/perl\nEOF"), "only a lone heredoc is run by its own program");
    }

    #[test]
    fn the_first_line_may_have_options() {
        assert!(Shebang::of("#!/bin/bash -eux").is_some_and(|line| line.is_shell() && line.arguments == ["-eux"]));
        assert_eq!(Shebang::of("echo"), None);
    }
}
