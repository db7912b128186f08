//! Whether a package manager fetches an interpreter of its own, or finds one in the base image that the project accepts.

use super::Survey;
use crate::facts::heuristics::{Interpreter, glob};
use crate::facts::images;
use crate::paths;

impl Survey<'_> {
    /// Takes away entries of interpreters that a package manager fetches only where the system has none that fits.
    pub(super) fn refute_interpreters(&mut self) {
        let known: Vec<&Interpreter> =
            self.inputs.heuristics.ecosystems().iter().filter_map(|e| e.detect.interpreter.as_ref()).collect();
        let fitting: Vec<&String> =
            known.into_iter().filter(|known| self.has_fitting(known)).flat_map(|known| &known.fetched).collect();
        if !fitting.is_empty() {
            self.image.refute(|entry| fitting.iter().any(|end| entry.path.ends_with(&format!("/{end}"))));
        }
    }

    /// True for an interpreter of the language that the base image is of.
    pub(crate) fn is_interpreter_of_image(&self, command: &str) -> bool {
        let repository = self.analysis.base.reference.as_ref().map(|image| image.normalised().repository);
        let of_image = repository.map(|name| self.inputs.heuristics.detect_image(&name)).unwrap_or_default();
        of_image.iter().any(|ecosystem| ecosystem.detect.interpreters.iter().any(|known| known == command))
    }

    /// True when the base image's interpreter is one that every project of the file accepts.
    fn has_fitting(&self, known: &Interpreter) -> bool {
        let Some(reference) = &self.analysis.base.reference else { return false };
        let official = images::wrapped_in(reference);
        let reference = official.as_ref().unwrap_or(reference);
        let repository = reference.normalised().repository;
        let tag = reference.tag.as_deref().unwrap_or_default();
        let version = numbers(tag);
        if !known.images.iter().any(|image| glob(image, &repository)) || version.len() < 2 {
            return false;
        }
        let directories = self.runs().flat_map(|(_, run)| &run.units).filter_map(|unit| unit.cwd.as_deref());
        directories.collect::<std::collections::BTreeSet<_>>().into_iter().all(|directory| {
            let text = |name: &str| self.analysis.files.text(&paths::join(directory, name), self.inputs.context);
            let pinned = text(&known.pin).is_none_or(|pin| {
                let pin = pin.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
                pin.is_some_and(|pin| starts_with(&version, &numbers(pin)) && !numbers(pin).is_empty())
            });
            let accepted = text(&known.manifest).is_none_or(|manifest| {
                let asked = manifest.lines().find_map(|line| {
                    let (key, value) = line.split_once('=')?;
                    (key.trim() == known.key).then(|| value.trim().trim_matches(['"', '\'']).to_owned())
                });
                asked.is_none_or(|asked| asked.split(',').all(|part| accepts(part.trim(), &version)))
            });
            pinned && accepted
        })
    }
}

/// The numbers at the start of a version or a tag.
fn numbers(text: &str) -> Vec<u32> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    text[..end].split('.').map_while(|part| part.parse().ok()).collect()
}

fn starts_with(version: &[u32], start: &[u32]) -> bool {
    // A tag may leave out the last number.
    version.iter().zip(start).all(|(a, b)| a == b)
}

/// True when one clause of a version specifier holds for every release of a version that is known in part. Source: PyPA,
/// Version specifiers.
fn accepts(clause: &str, version: &[u32]) -> bool {
    let end = clause.find(|c: char| c.is_ascii_digit()).unwrap_or(clause.len());
    let (operator, bound) = (clause[..end].trim(), numbers(&clause[end..]));
    if bound.is_empty() {
        return false;
    }
    let short = &bound[..bound.len().min(version.len())];
    match operator {
        ">=" => version >= short && (bound.len() <= version.len() || version > short),
        "<" => version < short,
        "==" => clause.ends_with(".*") && starts_with(version, &bound),
        "~=" => version >= short && starts_with(version, &bound[..bound.len() - 1]),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clauses_of_a_version() {
        for (clause, version, expected) in [
            (">=3.12", "3.12-slim", true),
            (">=3.13", "3.12", false),
            (">=3.12.4", "3.12", false),
            (">=3.11.4", "3.12", true),
            ("<4", "3.12", true),
            ("<3.13", "3.12.1-bookworm", true),
            ("<3.12", "3.12", false),
            ("==3.12.*", "3.12", true),
            ("==3.12.3", "3.12", false),
            ("~=3.11", "3.12", true),
            ("~=3.11.2", "3.12", false),
            ("!=3.9", "3.12", false),
            ("nonsense", "3.12", false),
        ] {
            assert_eq!(accepts(clause, &numbers(version)), expected, "{clause} {version}");
        }
    }

    #[test]
    fn an_interpreter_is_fetched_where_none_fits() {
        use crate::context::MemoryContext;
        let copies = |image: &str, files: &[(&str, &str)]| {
            let file = format!(
                "FROM {image}\nRUN pip install uv && apt-get update && apt-get install -y gcc\nWORKDIR /app\nCOPY pyproject.toml uv.lock .python-versio[n] ./\nRUN uv sync --frozen --no-install-project\nCOPY app.py .\nCMD [\"/app/.venv/bin/python\", \"app.py\"]\n"
            );
            let mut all = vec![("uv.lock", ""), ("app.py", "print(1)")];
            all.extend(files);
            let context = MemoryContext::new(all);
            let conversion = crate::convert(&crate::Request::new(file.as_bytes(), &context)).expect("a Dockerfile");
            let text = String::from_utf8(conversion.output.unwrap_or_else(|| panic!("{:?}", conversion.outcome)))
                .expect("UTF-8");
            text.contains("COPY --from=builder /root")
        };
        let manifest = |asked: &str| format!("[project]\nname = \"x\"\nrequires-python = \"{asked}\"\n");
        assert!(!copies("python:3.12-slim", &[("pyproject.toml", &manifest(">=3.10,<4"))]));
        assert!(copies("python:3.12-slim", &[("pyproject.toml", &manifest(">=3.13"))]));
        assert!(copies("python:3-slim", &[("pyproject.toml", &manifest(">=3.10"))]));
        let pinned = |pin: &'static str| [("pyproject.toml", "[project]\n"), (".python-version", pin)];
        assert!(!copies("python:3.12-slim", &pinned("3.12\n")));
        assert!(copies("python:3.12-slim", &pinned("3.11\n")));
        let uv = "ghcr.io/astral-sh/uv:python3.12-bookworm";
        assert!(!copies(uv, &[("pyproject.toml", &manifest(">=3.12"))]), "it is Python's own image with uv");
        assert!(copies(uv, &[("pyproject.toml", &manifest(">=3.13"))]));
    }
}
