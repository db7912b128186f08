//! Known vulnerabilities, asked of a scanner that the user has: Trivy or Grype.

use super::process::{self, Invocation, Output};
use super::report::{Aspect, Finding};
use serde_json::Value;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// A scanner may fetch its database first.
const LIMIT: Duration = Duration::from_secs(600);

/// A scanner's program, its words before the image's name, and where its JSON keeps the list.
const SCANNERS: &[(&str, &[&str])] =
    &[("trivy", &["image", "--quiet", "--format", "json"]), ("grype", &["--quiet", "-o", "json"])];

/// Counts both images' vulnerabilities. `cancel` breaks a scan off.
pub(super) fn compare(original: &str, converted: &str, cancel: Option<&AtomicBool>) -> Finding {
    let on_path = |program: &str| {
        std::env::split_paths(&std::env::var_os("PATH")?).map(|d| d.join(program)).find(|p| p.is_file())
    };
    let scanner = SCANNERS.iter().find_map(|(name, args)| Some((*name, on_path(name)?, *args)));
    let Some((name, program, args)) = scanner else {
        return Finding::not_checkable(Aspect::Vulnerabilities, "", "neither trivy nor grype is on PATH to ask");
    };
    match (scan(&program, args, original, cancel), scan(&program, args, converted, cancel)) {
        (Ok(was), Ok(is)) => Finding::same(Aspect::Vulnerabilities, "", format!("{is} known, was {was}, by {name}"))
            .values(was.to_string(), is.to_string()),
        (Err(reason), _) | (_, Err(reason)) => {
            Finding::not_checkable(Aspect::Vulnerabilities, "", format!("{name}: {reason}"))
        }
    }
}

fn scan(program: &Path, args: &[&str], image: &str, cancel: Option<&AtomicBool>) -> Result<usize, String> {
    let mut words: Vec<std::ffi::OsString> = args.iter().map(Into::into).collect();
    words.push(image.into());
    let invocation =
        Invocation { program: program.to_owned(), args: words, env: Vec::new(), stdin: Vec::new(), timeout: LIMIT };
    let output: Output =
        process::run(&invocation, cancel, &mut |_| ()).map_err(|_| "it could not be run".to_owned())?;
    if output.code != 0 {
        let text = output.error_text();
        return Err(text.lines().last().unwrap_or("it failed").to_owned());
    }
    count(&output.stdout).ok_or_else(|| "its answer is not understood".to_owned())
}

/// Vulnerabilities in Trivy's or Grype's JSON.
fn count(json: &[u8]) -> Option<usize> {
    let value: Value = serde_json::from_slice(json).ok()?;
    if let Some(matches) = value.get("matches").and_then(Value::as_array) {
        return Some(matches.len());
    }
    value.get("SchemaVersion")?;
    let results = value.get("Results").and_then(Value::as_array).cloned().unwrap_or_default();
    Some(results.iter().filter_map(|r| r.get("Vulnerabilities")?.as_array().map(Vec::len)).sum())
}

#[cfg(test)]
mod tests {
    #[test]
    fn answers_of_both_scanners() {
        let trivy = br#"{"SchemaVersion":2,"Results":[{"Vulnerabilities":[{},{}]},{"Class":"x"}]}"#;
        assert_eq!(super::count(trivy), Some(2));
        assert_eq!(super::count(br#"{"SchemaVersion":2}"#), Some(0));
        assert_eq!(super::count(br#"{"matches":[{}]}"#), Some(1));
        assert_eq!(super::count(b"{}"), None);
        assert_eq!(super::count(b"error"), None);
    }
}
