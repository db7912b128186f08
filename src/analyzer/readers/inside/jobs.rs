//! Jobs of CI that run in the built image.

use super::super::Reader;
use super::{Call, What, Where};
use serde_json::{Map, Value};

/// Keys whose values are lines for a shell.
const SCRIPTS: &[&str] = &["before_script", "script", "after_script", "commands"];

impl Reader {
    /// A table that names an image, and the lines that run in a container of it.
    pub(in crate::analyzer::readers) fn job(&mut self, table: &Map<String, Value>, by: &str) {
        if self.uses.is_some() {
            return;
        }
        let image = ["container", "image"].iter().find_map(|key| match table.get(*key)? {
            Value::String(text) => Some(text.as_str()),
            Value::Object(map) => ["image", "name"].iter().find_map(|key| map.get(*key)?.as_str()),
            _ => None,
        });
        let Some(image) = image else { return };
        let mut lines: Vec<&str> = SCRIPTS.iter().filter_map(|key| table.get(*key)).flat_map(texts).collect();
        let steps = table.get("steps").and_then(Value::as_array).into_iter().flatten();
        lines.extend(steps.filter_map(|step| step.get("run")).flat_map(texts));
        if lines.is_empty() {
            return;
        }
        self.asked.calls.push(Call {
            by: by.to_owned(),
            place: Where::Job(image.to_owned()),
            named: None,
            directory: None,
            what: lines.into_iter().map(|line| What::Shell(line.to_owned())).collect(),
        });
    }

    /// `docker.build(…).inside { sh '…' }` of a Jenkinsfile, and agents that are built of the Dockerfile.
    pub(in crate::analyzer::readers) fn jenkins(&mut self, text: &str, by: &str) {
        if self.uses.is_some() || !text.contains("sh") {
            return;
        }
        let built: Vec<&str> = text
            .lines()
            .filter_map(|line| line.split_once("docker.build(")?.0.split_once('='))
            .map(|(name, _)| name)
            .collect();
        let built: Vec<&str> = built.into_iter().filter_map(|name| name.split_whitespace().last()).collect();
        let mut shell = Vec::new();
        for (at, _) in text.match_indices(".inside") {
            let line = text[..at].rsplit('\n').next().unwrap_or_default();
            let receiver =
                line.trim_end().rsplit(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default();
            if line.contains("docker.build(") || built.contains(&receiver) {
                shell.extend(block(&text[at..]).map(lines_of_sh).unwrap_or_default());
            }
        }
        let agents = ["agent { dockerfile", "agent {\n", "dockerfile {", "dockerfile true"];
        let has_agent = text.contains("dockerfile true") || text.contains("dockerfile {");
        if has_agent && agents.iter().any(|agent| text.contains(agent)) {
            shell.extend(lines_of_sh(text));
        }
        if !shell.is_empty() {
            self.asked.calls.push(Call {
                by: by.to_owned(),
                place: Where::Own,
                named: None,
                directory: None,
                what: shell.into_iter().map(What::Shell).collect(),
            });
        }
    }
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text.as_str()],
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// What stands between the next braces.
fn block(text: &str) -> Option<&str> {
    let start = text.find('{')?;
    let mut depth = 0usize;
    for (at, c) in text[start..].char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => continue,
        }
        if depth == 0 {
            return Some(&text[start + 1..start + at]);
        }
    }
    None
}

/// The texts of `sh '…'`, `sh "…"`, `sh '''…'''` and `sh(script: '…')`.
fn lines_of_sh(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("sh") {
        let before = text[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || "_.-/".contains(c)) {
            continue;
        }
        let rest = text[at + 2..].trim_start_matches([' ', '(']);
        let rest = rest.strip_prefix("script:").unwrap_or(rest).trim_start();
        let quote = ["'''", "\"\"\"", "'", "\""].into_iter().find(|quote| rest.starts_with(quote));
        let Some(quote) = quote else { continue };
        let inner = &rest[quote.len()..];
        found.extend(inner.find(quote).map(|end| inner[..end].to_owned()));
    }
    found
}
