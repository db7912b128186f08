//! A name assigned in a project's settings files, as far as plain text says its value: `STATIC_ROOT = BASE_DIR / "x"`.

use super::state::Files;
use crate::context::{BuildContext, Entry, walk};
use crate::facts::heuristics::ProjectSetting;
use crate::paths;
use std::collections::BTreeSet;

/// What the settings files say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// No file assigns the name.
    Absent,
    /// Every assignment is one of these absolute paths.
    Paths(Vec<String>),
    /// An assignment, or the files themselves, cannot be read.
    Unknown,
}

/// Looks for the setting below the working directory of a step.
pub(super) fn find(
    setting: &ProjectSetting,
    cwd: &str,
    files: &Files,
    context: &dyn BuildContext,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Found {
    let Some((source, Entry::Directory)) = files.entry(cwd, context) else { return Found::Unknown };
    let Ok(entries) = walk(context, &source, 20_000) else { return Found::Unknown };
    let mut found = BTreeSet::new();
    for (path, entry) in entries {
        let fits = setting.files.iter().any(|glob| crate::facts::heuristics::glob(glob, paths::name(&path)));
        let directory = paths::name(paths::parent(&path));
        let in_package =
            setting.files.iter().any(|glob| crate::facts::heuristics::glob(glob, &format!("{directory}/")));
        if !matches!(entry, Entry::File { .. }) || !(fits || in_package) {
            continue;
        }
        let Ok(text) = context.text(&path) else { return Found::Unknown };
        let is_yaml = path.ends_with(".yml") || path.ends_with(".yaml");
        for line in text.lines() {
            let Some(value) = assigned(line, &setting.name, is_yaml) else { continue };
            let plain = is_yaml.then(|| plain_scalar(value)).flatten();
            match plain.or_else(|| evaluate(value, cwd, variable)) {
                Some(path) => found.insert(paths::join(cwd, &path)),
                None => return Found::Unknown,
            };
        }
    }
    if found.is_empty() { Found::Absent } else { Found::Paths(found.into_iter().collect()) }
}

/// The right side of `NAME = value`, or of `name: value` in YAML.
fn assigned<'a>(line: &'a str, name: &str, is_yaml: bool) -> Option<&'a str> {
    if is_yaml {
        return line.strip_prefix(name)?.strip_prefix(':').map(str::trim);
    }
    let rest = line.trim_start().strip_prefix(name)?.trim_start();
    let value = rest.strip_prefix('=')?;
    (!value.starts_with('=')).then(|| value.trim())
}

/// A value of YAML without quotes that is a path.
fn plain_scalar(value: &str) -> Option<String> {
    let value = value.split(" #").next().unwrap_or(value).trim();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    (!value.is_empty() && value.chars().all(plain)).then(|| value.to_owned())
}

/// The path that a simple expression stands for: quoted text; names of base directories joined with quoted text; a
/// variable of the environment with a quoted default.
fn evaluate(expression: &str, cwd: &str, variable: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let expression = expression.split(" #").next().unwrap_or(expression).trim();
    let quoted = quoted_parts(expression)?;
    let lower = expression.to_ascii_lowercase();
    if lower.contains("environ")
        || lower.contains("getenv")
        || lower.starts_with("env(")
        || lower.starts_with("config(")
    {
        let (name, default) = (quoted.first()?, quoted.get(1));
        return variable(name).or_else(|| default.cloned());
    }
    let first = expression.chars().next()?;
    if first == '"' || first == '\'' {
        return (quoted.len() == 1).then(|| quoted[0].clone());
    }
    // Base directories are the project's own; a parent of it leads out of the working directory.
    let is_join =
        lower.contains("base_dir") || lower.contains("project_dir") || lower.contains("root") || lower.contains("join");
    if !is_join || lower.contains("parent") || lower.contains("dirname") {
        return None;
    }
    Some(paths::join(cwd, &quoted.join("/")))
}

/// The quoted texts of an expression; `None` when a quote is left open.
fn quoted_parts(expression: &str) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    let mut rest = expression;
    while let Some(start) = rest.find(['"', '\'']) {
        let quote = rest.as_bytes()[start] as char;
        let inner = &rest[start + 1..];
        let end = inner.find(quote)?;
        parts.push(inner[..end].to_owned());
        rest = &inner[end + 1..];
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions() {
        let variable = |name: &str| (name == "STATIC_ROOT").then(|| "/srv/static".to_owned());
        for (text, want) in [
            ("'/srv/x'", Some("/srv/x")),
            ("os.path.join(BASE_DIR, 'static', \"all\")", Some("/app/static/all")),
            ("BASE_DIR / 'static'", Some("/app/static")),
            ("os.environ.get('STATIC_ROOT', '/other')", Some("/srv/static")),
            ("os.environ.get('OTHER', '/other')", Some("/other")),
            ("os.environ['NONE']", None),
            ("compute()", None),
            ("BASE_DIR.parent / 'static'", None),
        ] {
            assert_eq!(evaluate(text, "/app", &variable).as_deref(), want, "{text}");
        }
    }

    #[test]
    fn assignments() {
        assert_eq!(assigned("STATIC_ROOT = 'x'", "STATIC_ROOT", false), Some("'x'"));
        assert_eq!(assigned("STATIC_ROOT == 'x'", "STATIC_ROOT", false), None);
        assert_eq!(assigned("STATIC_ROOT_2 = 'x'", "STATIC_ROOT", false), None);
        assert_eq!(assigned("destination: ./www # x", "destination", true).and_then(plain_scalar).unwrap(), "./www");
        assert_eq!(assigned("  destination: ./www", "destination", true), None);
    }
}
