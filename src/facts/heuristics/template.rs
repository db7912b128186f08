//! Path templates: text with `${NAME}` and `${NAME:-default}`, defaults may hold templates again.
//!
//! A name that starts with `-` is an option of the command (`${--root:-/usr/local}`), a number is a positional
//! argument counted from one, everything else is an assignment among the arguments (`make PREFIX=/opt`) or a variable
//! of the step.

use serde::Deserialize;

/// A parsed template.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Variable { name: String, default: Option<Template> },
}

/// What a name in a template stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// This text.
    Known(String),
    /// Not set: the default counts.
    Unset,
    /// Set to something that is not known: the whole template is unknown.
    Unknown,
}

impl TryFrom<String> for Template {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (template, rest) = parse(&text, false)?;
        debug_assert!(rest.is_empty());
        Ok(template)
    }
}

fn parse(text: &str, nested: bool) -> Result<(Template, &str), String> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let end = rest.find(|c| c == '$' || (nested && c == '}')).unwrap_or(rest.len());
        if end > 0 {
            parts.push(Part::Text(rest[..end].to_owned()));
        }
        rest = &rest[end..];
        if rest.is_empty() || rest.starts_with('}') {
            return if nested == rest.is_empty() {
                Err(format!("`{text}`: a `${{` is not closed"))
            } else {
                Ok((Template { parts }, rest))
            };
        }
        let Some(inner) = rest.strip_prefix("${") else {
            return Err(format!("`{text}`: write `${{NAME}}` or `${{NAME:-default}}`"));
        };
        // `:-` ends a name; a lone `}` too.
        let length = inner.find(":-").unwrap_or(inner.len()).min(inner.find('}').unwrap_or(inner.len()));
        let name = inner[..length].to_owned();
        if name.is_empty() || name.contains(['$', '{', ' ']) {
            return Err(format!("`{text}`: `{name}` is not a name"));
        }
        rest = &inner[length..];
        let mut default = None;
        if let Some(after) = rest.strip_prefix(":-") {
            let (template, after) = parse(after, true)?;
            default = Some(template);
            rest = after;
        }
        rest = rest.strip_prefix('}').ok_or_else(|| format!("`{text}`: a `${{` is not closed"))?;
        parts.push(Part::Variable { name, default });
    }
}

impl Template {
    /// The text with every name replaced; `None` when a name without default is unset or a value is not known.
    pub fn expand(&self, lookup: &dyn Fn(&str) -> Value) -> Option<String> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Variable { name, default } => match (lookup(name), default) {
                    (Value::Unknown, _) | (Value::Unset, None) => return None,
                    (Value::Known(value), Some(default)) if value.is_empty() => text.push_str(&default.expand(lookup)?),
                    (Value::Known(value), _) => text.push_str(&value),
                    (Value::Unset, Some(default)) => text.push_str(&default.expand(lookup)?),
                },
            }
        }
        Some(text)
    }
}

/// An absolute path without `.` and `..` from a path and the directory that relative ones start from.
pub fn absolute(path: &str, directory: Option<&str>) -> Option<String> {
    let joined = if path.starts_with('/') { path.to_owned() } else { format!("{}/{path}", directory?) };
    if !joined.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in joined.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    Some(format!("/{}", parts.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expand(template: &str) -> Result<Option<String>, String> {
        let lookup = |name: &str| match name {
            "HOME" => Value::Known("/root".into()),
            "EMPTY" => Value::Known(String::new()),
            "--root" => Value::Known("/opt".into()),
            "ARG" => Value::Unknown,
            _ => Value::Unset,
        };
        Template::try_from(template.to_owned()).map(|t| t.expand(&lookup))
    }

    #[test]
    fn expands() {
        for (template, expected) in [
            ("/a/b", Some("/a/b")),
            ("${HOME}/.cache", Some("/root/.cache")),
            ("${X:-/go}/pkg", Some("/go/pkg")),
            ("${X:-${HOME}/go}/pkg", Some("/root/go/pkg")),
            ("${EMPTY:-d}", Some("d")),
            ("${EMPTY}", Some("")),
            ("${--root:-x}/bin", Some("/opt/bin")),
            ("${--other:-${--root}}/bin", Some("/opt/bin")),
            ("${ARG:-x}", None),
            ("${X}", None),
        ] {
            assert_eq!(expand(template).unwrap().as_deref(), expected, "{template}");
        }
    }

    #[test]
    fn refuses() {
        for template in ["${", "${X", "${X:-a", "$X", "${}", "a${X:-${Y}", "${a b}"] {
            assert!(expand(template).is_err(), "{template}");
        }
    }

    #[test]
    fn absolute_paths() {
        for (path, directory, expected) in [
            ("a", Some("/src"), Some("/src/a")),
            ("../a/./b/", Some("/src"), Some("/a/b")),
            ("/../x", None, Some("/x")),
            ("a", None, None),
            (".", Some("/"), Some("/")),
            ("a", Some("rel"), None),
        ] {
            assert_eq!(absolute(path, directory).as_deref(), expected, "{path}");
        }
    }
}
