//! The examples in heuristics files, checked.

use super::schema::{Ecosystem, Example, WriteKind};
use super::{Arg, Heuristics};
use std::collections::BTreeMap;
use std::fmt;

/// An example that does not hold, or a rule that has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExampleFailure {
    /// The heuristics file.
    pub file: String,
    /// The example's command, or the rule that lacks one.
    pub subject: String,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for ExampleFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.file, self.subject, self.message)
    }
}

impl std::error::Error for ExampleFailure {}

/// Checks every example of every file, that every rule has one, and that every file shows what it must not match.
pub fn check_examples(heuristics: &Heuristics) -> Vec<ExampleFailure> {
    heuristics.ecosystems().iter().flat_map(|ecosystem| check_file(heuristics, ecosystem)).collect()
}

fn check_file(heuristics: &Heuristics, ecosystem: &Ecosystem) -> Vec<ExampleFailure> {
    let failure = |subject: &str, message: String| ExampleFailure {
        file: ecosystem.file.clone(),
        subject: subject.to_owned(),
        message,
    };
    let mut failures = Vec::new();
    let examples = ecosystem.examples();
    for example in &examples {
        if let Err(message) = check(heuristics, ecosystem, example) {
            let subject = example.run.as_deref().or(example.cmd.as_deref()).unwrap_or_default();
            failures.push(failure(subject, message));
        }
    }
    let has_example = |id: &str| examples.iter().any(|e| e.rule == id);
    let ids = ecosystem.commands.iter().map(|c| &c.id).chain(ecosystem.runtimes.iter().map(|r| &r.id));
    for id in ids.filter(|id| !has_example(id)) {
        failures.push(failure(id, "has no [[example]]".to_owned()));
    }
    let rules = ecosystem.commands.len() + ecosystem.runtimes.len();
    if rules > 0 && !has_example("none") {
        failures.push(failure(&ecosystem.id, "has no near miss: an [[example]] with rule = \"none\"".to_owned()));
    }
    failures
}

fn check(heuristics: &Heuristics, ecosystem: &Ecosystem, example: &Example) -> Result<(), String> {
    let text = example.run.as_deref().or(example.cmd.as_deref()).unwrap_or_default();
    let (variables, argv) = read(text);
    let env = |name: &str| match (variables.get(name), name) {
        (Some(value), _) => Some(value.clone()),
        (None, "PWD") => Some("/src".to_owned()),
        (None, "HOME") => Some("/root".to_owned()),
        (None, "PYTHON_SITE") => Some("/usr/local/lib/python3.12/site-packages".to_owned()),
        (None, "PYTHON_PREFIX") => Some("/usr/local".to_owned()),
        _ => None,
    };
    if example.cmd.is_some() {
        return check_runtime(heuristics, ecosystem, example, &argv, &env);
    }
    let found = heuristics.match_command(&argv);
    let rule = found.filter(|c| c.ecosystem == ecosystem.id).map_or("none", |c| c.id.as_str());
    if rule != example.rule {
        let by = found.map_or_else(|| "nothing".to_owned(), |c| c.full_id());
        return Err(format!("expected rule `{}`, matched by {by}", example.rule));
    }
    let Some(command) = found.filter(|_| rule != "none") else { return Ok(()) };
    if let Some(role) = example.role.filter(|r| *r != command.role) {
        return Err(format!("expected role {role:?}, found {:?}", command.role));
    }
    if let Some(expected) = &example.writes {
        let writes = heuristics.writes_of(command, &argv, &env);
        let kept = writes.into_iter().filter(|w| w.kind != WriteKind::Cache);
        let actual: Vec<String> = kept.map(|w| w.path.unwrap_or_else(|| "?".to_owned())).collect();
        if actual != *expected {
            return Err(format!("expected to write {expected:?}, found {actual:?}"));
        }
    }
    Ok(())
}

fn check_runtime(
    heuristics: &Heuristics,
    ecosystem: &Ecosystem,
    example: &Example,
    argv: &[Arg],
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<(), String> {
    let found = heuristics.match_runtime(argv);
    let rule = found.filter(|r| r.ecosystem == ecosystem.id).map_or("none", |r| r.id.as_str());
    if rule != example.rule {
        let by = found.map_or_else(|| "nothing".to_owned(), |r| r.full_id());
        return Err(format!("expected rule `{}`, matched by {by}", example.rule));
    }
    let Some(runtime) = found.filter(|_| rule != "none") else { return Ok(()) };
    let program = heuristics.program_of(runtime, argv, env);
    if example.program.is_some() && program != example.program {
        return Err(format!("expected the program {:?}, found {program:?}", example.program));
    }
    Ok(())
}

/// Words of an example, quotes removed, and the assignments before the command. Examples are simple commands, so no
/// shell grammar is needed.
fn read(text: &str) -> (BTreeMap<String, String>, Vec<Arg>) {
    let mut variables = BTreeMap::new();
    let mut argv = Vec::new();
    for arg in words(text) {
        match arg.text.split_once('=') {
            Some((name, value)) if argv.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') => {
                variables.insert(name.to_owned(), value.to_owned());
            }
            _ => argv.push(arg),
        }
    }
    (variables, argv)
}

fn words(text: &str) -> Vec<Arg> {
    let mut words = Vec::new();
    let mut word: Option<Arg> = None;
    let mut quote = None;
    for c in text.chars() {
        match quote {
            Some(q) if c == q => quote = None,
            None if c == '\'' || c == '"' => {
                quote = Some(c);
                word.get_or_insert_with(|| Arg::known(""));
            }
            None if c.is_whitespace() => words.extend(word.take()),
            _ => {
                let word = word.get_or_insert_with(|| Arg::known(""));
                word.exact &= c != '$' || quote == Some('\'');
                word.text.push(c);
            }
        }
    }
    words.extend(word);
    words
}
