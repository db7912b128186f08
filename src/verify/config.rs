//! Image configurations, compared field by field.
//!
//! Values that mean the same are the same: no user and root, no work directory and `/`, no stop signal and SIGTERM. A
//! variable or label that the original's file never sets came with its base image; it may go or change with the base,
//! and the finding says so.

use super::engine::Image;
use super::report::{Aspect, Cause, Finding};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Names that a Dockerfile sets itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) variables: BTreeSet<String>,
    pub(super) labels: BTreeSet<String>,
}

impl Written {
    /// Reads a Dockerfile's ENV and LABEL instructions; a file that does not parse sets nothing, and then does not build.
    pub(super) fn read(dockerfile: &str) -> Self {
        use crate::syntax::Kind;
        let mut written = Written::default();
        let Ok(file) = crate::syntax::parse(dockerfile.as_bytes()) else { return written };
        for instruction in file.instructions() {
            match &instruction.kind {
                Kind::Env(pairs) => written.variables.extend(pairs.iter().map(|p| p.name.clone())),
                Kind::Label(pairs) => {
                    written.labels.extend(pairs.iter().map(|p| p.name.trim_matches(['"', '\'']).to_owned()));
                }
                _ => {}
            }
        }
        written
    }
}

const FIELDS: &[&str] = &[
    "Entrypoint",
    "Cmd",
    "User",
    "WorkingDir",
    "ExposedPorts",
    "Volumes",
    "Healthcheck",
    "StopSignal",
    "Shell",
    "OnBuild",
];

/// Compares two images' configurations; one finding for each field that differs or that is noteworthy, one for the rest.
pub(super) fn compare(original: &Image, converted: &Image, written: &Written) -> Vec<Finding> {
    let mut findings = Vec::new();
    for field in FIELDS {
        let (a, b) = (normal(field, original.config.get(*field)), normal(field, converted.config.get(*field)));
        if a != b {
            findings.push(changed(field, &a, &b));
        }
    }
    if original.platform != converted.platform {
        findings.push(changed("Platform", &json!(original.platform), &json!(converted.platform)));
    }
    variables(&original.config, &converted.config, &written.variables, &mut findings);
    labels(&original.config, &converted.config, &written.labels, &mut findings);
    if findings.is_empty() {
        findings.push(Finding::same(Aspect::Config, "", "every field is equal"));
    }
    findings
}

fn changed(field: &str, original: &Value, converted: &Value) -> Finding {
    let (a, b) = (original.to_string(), converted.to_string());
    let cause = Cause::ChangedConfig { field: field.to_owned(), original: a.clone(), converted: b.clone() };
    Finding::differs(Aspect::Config, field, format!("{field} is {b}, was {a}")).values(a, b).because([cause])
}

fn normal(field: &str, value: Option<&Value>) -> Value {
    let value = value.cloned().unwrap_or(Value::Null);
    let empty = match &value {
        Value::String(s) => match field {
            "User" => ["", "0", "root", "0:0", "root:root"].contains(&s.as_str()),
            "WorkingDir" => s == "/" || s.is_empty(),
            "StopSignal" => ["", "SIGTERM", "TERM", "15"].contains(&s.as_str()),
            _ => s.is_empty(),
        },
        Value::Array(a) => a.is_empty() || field == "Shell" && *a == [json!("/bin/sh"), json!("-c")],
        Value::Object(o) => o.is_empty(),
        _ => false,
    };
    if empty { Value::Null } else { value }
}

/// The image's variables.
pub(super) fn environment(config: &Map<String, Value>) -> BTreeMap<String, String> {
    let list = config.get("Env").and_then(Value::as_array).cloned().unwrap_or_default();
    let pair = |v: &Value| {
        let text = v.as_str()?;
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        Some((name.to_owned(), value.to_owned()))
    };
    list.iter().filter_map(pair).collect()
}

fn variables(
    original: &Map<String, Value>,
    converted: &Map<String, Value>,
    written: &BTreeSet<String>,
    findings: &mut Vec<Finding>,
) {
    let (a, b) = (environment(original), environment(converted));
    let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    for name in names {
        let (was, is) = (a.get(name), b.get(name));
        if was == is {
            continue;
        }
        let shown = |v: Option<&String>| v.map_or_else(|| "(unset)".to_owned(), Clone::clone);
        let subject = format!("Env {name}");
        // Docker keeps no trace of who set a variable; the file's text has it.
        let finding = match was {
            None => Finding::same(Aspect::Config, subject, "only the conversion sets it; its base image brought it"),
            Some(_) if !written.contains(name) => {
                Finding::same(Aspect::Config, subject, "it came with the original's base image and went with it")
            }
            Some(_) => {
                let (original, converted) = (was.cloned(), is.cloned());
                Finding::differs(Aspect::Config, subject, "the original's file sets this variable")
                    .because([Cause::ChangedVariable { name: name.clone(), original, converted }])
            }
        };
        findings.push(finding.values(shown(was), shown(is)));
    }
}

fn labels(
    original: &Map<String, Value>,
    converted: &Map<String, Value>,
    written: &BTreeSet<String>,
    findings: &mut Vec<Finding>,
) {
    let own = |config: &Map<String, Value>| -> BTreeMap<String, Value> {
        let labels = config.get("Labels").and_then(Value::as_object).cloned().unwrap_or_default();
        labels.into_iter().filter(|(k, _)| written.contains(k)).collect()
    };
    let (a, b) = (own(original), own(converted));
    if a != b {
        findings.push(changed("Labels", &json!(a), &json!(b)));
    }
}

/// The words of a field such as `Entrypoint` or `Cmd`.
pub(super) fn words(config: &Map<String, Value>, field: &str) -> Vec<String> {
    let list = config.get(field).and_then(Value::as_array).cloned().unwrap_or_default();
    list.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect()
}

/// A text field; empty when it is not set.
pub(super) fn text(config: &Map<String, Value>, field: &str) -> String {
    config.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The work directory, `/` when none is set.
pub(super) fn workdir(config: &Map<String, Value>) -> String {
    let dir = text(config, "WorkingDir");
    if dir.is_empty() { "/".to_owned() } else { dir }
}

/// Exposed TCP ports.
pub(super) fn exposed(config: &Map<String, Value>) -> BTreeSet<u16> {
    let ports = config.get("ExposedPorts").and_then(Value::as_object).cloned().unwrap_or_default();
    ports.keys().filter(|p| !p.ends_with("/udp")).filter_map(|p| p.split('/').next()?.parse().ok()).collect()
}

/// The health check's command as argv; shell forms run by the image's shell.
pub(super) fn healthcheck(config: &Map<String, Value>) -> Option<Vec<String>> {
    let check = config.get("Healthcheck")?.as_object()?;
    let test = words(check, "Test");
    match test.split_first()? {
        (kind, rest) if kind == "CMD" && !rest.is_empty() => Some(rest.to_vec()),
        (kind, [line]) if kind == "CMD-SHELL" => {
            let mut shell = words(config, "Shell");
            if shell.is_empty() {
                shell = vec!["/bin/sh".to_owned(), "-c".to_owned()];
            }
            shell.push(line.clone());
            Some(shell)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::Verdict;
    use super::*;

    fn image(config: Value) -> Image {
        Image { config: config.as_object().cloned().unwrap(), ..Image::default() }
    }

    fn differing(a: Value, b: Value, written: &Written) -> Vec<String> {
        let findings = compare(&image(a), &image(b), written);
        findings.into_iter().filter(|f| f.verdict == Verdict::Differs).map(|f| f.subject).collect()
    }

    #[test]
    fn values_that_mean_the_same() {
        let a = json!({"User": "root", "WorkingDir": "/", "StopSignal": "SIGTERM", "Cmd": null, "Labels": null,
                       "Shell": ["/bin/sh", "-c"], "OnBuild": []});
        let b = json!({"User": "", "WorkingDir": "", "Cmd": [], "Volumes": {}});
        let findings = compare(&image(a), &image(b), &Written::default());
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].verdict, Verdict::Same);
    }

    #[test]
    fn each_field_that_is_lost() {
        let full = json!({"Entrypoint": ["/e"], "Cmd": ["c"], "User": "app", "WorkingDir": "/app",
                          "ExposedPorts": {"80/tcp": {}}, "Volumes": {"/data": {}}, "Healthcheck": {"Test": ["CMD", "x"]},
                          "StopSignal": "SIGINT", "Shell": ["/bin/bash", "-c"], "OnBuild": ["RUN x"]});
        for field in FIELDS {
            let mut less = full.clone();
            less.as_object_mut().unwrap().remove(*field);
            assert_eq!(differing(full.clone(), less, &Written::default()), [*field]);
        }
    }

    #[test]
    fn variables_of_the_file_and_of_the_base() {
        let written = Written::read("FROM x\nENV APP=1 \\\n    KEPT=2\nLABEL \"a\"=b\n");
        assert_eq!(written.variables.iter().collect::<Vec<_>>(), ["APP", "KEPT"]);
        let a = json!({"Env": ["PATH=/go/bin:/bin", "APP=1", "KEPT=2"], "Labels": {"a": "b", "base": "1"}});
        let b = json!({"Env": ["PATH=/bin", "KEPT=2", "NEW=1"], "Labels": {"base": "2"}});
        let findings = compare(&image(a), &image(b), &written);
        let verdicts: Vec<_> = findings.iter().map(|f| (f.subject.as_str(), f.verdict)).collect();
        assert_eq!(
            verdicts,
            [
                ("Env APP", Verdict::Differs),
                ("Env NEW", Verdict::Same),
                ("Env PATH", Verdict::Same),
                ("Labels", Verdict::Differs)
            ]
        );
        assert_eq!(
            findings[0].causes,
            [Cause::ChangedVariable { name: "APP".to_owned(), original: Some("1".to_owned()), converted: None }]
        );
    }

    #[test]
    fn health_checks_as_argv() {
        let config = |v: Value| v.as_object().cloned().unwrap();
        let shell = config(json!({"Healthcheck": {"Test": ["CMD-SHELL", "curl -f x"]}}));
        assert_eq!(healthcheck(&shell).unwrap(), ["/bin/sh", "-c", "curl -f x"]);
        let exec = config(json!({"Healthcheck": {"Test": ["CMD", "a", "b"]}}));
        assert_eq!(healthcheck(&exec).unwrap(), ["a", "b"]);
        assert_eq!(healthcheck(&config(json!({"Healthcheck": {"Test": ["NONE"]}}))), None);
        assert_eq!(exposed(&config(json!({"ExposedPorts": {"80/tcp": {}, "53/udp": {}}}))), BTreeSet::from([80]));
    }
}
