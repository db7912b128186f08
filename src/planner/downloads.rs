//! What package managers keep of their downloads in a cache: it weighs in the layer of the installation, and no later layer
//! takes that back.

use super::dependencies;
use super::survey::Survey;
use crate::facts::heuristics::{CommandRole, WriteKind};
use crate::facts::registry;
use crate::paths;
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// A cache that stays in a layer of the original image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    /// Its directory.
    pub(crate) path: String,
    /// What is in it, in MB.
    pub(crate) mb: u32,
    /// The option with which the installation does without it, where one is enough.
    pub(crate) without: Option<String>,
    /// The first step that fills it.
    pub(crate) span: Span,
}

/// The caches of downloads that installations leave in the original image, where the size of what is in them is known.
pub(crate) fn kept(survey: &Survey<'_>) -> Vec<Kept> {
    let mut caches: BTreeMap<&str, (Kept, String, BTreeSet<String>)> = BTreeMap::new();
    let file = String::from_utf8_lossy(&survey.inputs.dockerfile.source);
    for (step, run) in survey.runs() {
        for unit in &run.units {
            for (path, rule, how) in &unit.effects.downloads {
                let ecosystem = rule.split('/').next().unwrap_or_default();
                let foreign = |word: &String| file.contains(word.as_str());
                if !is_left(survey, step.instruction, ecosystem, path) || how.elsewhere.iter().any(foreign) {
                    continue;
                }
                let Survey { inputs, analysis, .. } = survey;
                let names = dependencies::installed_by(*inputs, analysis, unit, ecosystem, &how.elsewhere);
                let cache = || Kept { path: path.clone(), mb: 0, without: how.without.clone(), span: step.span };
                caches.entry(path).or_insert_with(|| (cache(), ecosystem.to_owned(), BTreeSet::new())).2.extend(names);
            }
        }
    }
    let weighed = caches.into_values().map(|(cache, ecosystem, names)| {
        // One package that two steps install is downloaded once.
        let kb: u64 = names.iter().map(|name| u64::from(registry::size_kb(&ecosystem, name))).sum();
        Kept { mb: (kb / 1000) as u32, ..cache }
    });
    weighed.filter(|cache| cache.mb > 0).collect()
}

/// True when nothing in an instruction that fills a cache takes it, or a part of it, away again: after that it would be too
/// late.
pub(crate) fn is_left(survey: &Survey<'_>, instruction: usize, ecosystem: &str, path: &str) -> bool {
    let here = || survey.runs().filter(|(step, _)| step.instruction == instruction).flat_map(|(_, run)| &run.units);
    let removed = here().flat_map(|unit| &unit.effects.files).flat_map(|file| &file.removes).any(|removed| {
        let certain = removed.split(['*', '?', '[']).next().unwrap_or_default().trim_end_matches('/');
        paths::is_within(certain, path) || paths::is_within(path, certain)
    });
    let cleans = here().flat_map(|unit| &unit.effects.evidence).filter_map(|e| e.heuristic.as_deref()).any(|rule| {
        survey.inputs.heuristics.command(rule).is_some_and(|rule| {
            rule.ecosystem == ecosystem
                && rule.role == CommandRole::Cleanup
                && rule.writes.iter().any(|write| write.kind == WriteKind::Cache)
        })
    });
    !removed && !cleans
}

#[cfg(test)]
mod tests {
    use crate::context::MemoryContext;
    use crate::planner::{Licence, Options, Outcome};
    use crate::rules;
    use crate::{Request, convert};

    const FILE: &str = "FROM python:3.12-slim\nWORKDIR /app\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\n\
                        CMD [\"python\", \"app.py\"]\n";

    fn outcome(file: &str, requirements: &str, min_gain: Option<u32>) -> Outcome {
        let context = MemoryContext::new([
            ("requirements.txt", requirements),
            ("app.py", "import numpy\n"),
            (
                "pyproject.toml",
                "[tool.poetry.dependencies]\npython = \"^3.12\"\nnumpy = \"1\"\npandas = \"2\"\nscipy = \"1\"\n",
            ),
            ("package.json", "{\"dependencies\": {\"express\": \"4\", \"next\": \"14\", \"typescript\": \"5\"}}"),
            ("index.js", "require('express')\n"),
        ]);
        let options = Options { min_gain, ..Options::default() };
        let request = Request { options, ..Request::new(file.as_bytes(), &context) };
        convert(&request).expect("a Dockerfile").outcome
    }

    /// What leaves as a cache, in MB.
    fn cache_mb(file: &str, requirements: &str) -> u32 {
        match outcome(file, requirements, Some(0)) {
            Outcome::Convert(plan) => {
                assert!(plan.saved_mb <= plan.original_mb, "{} of {}", plan.saved_mb, plan.original_mb);
                plan.leaves.iter().filter(|l| l.licence == Licence::Cache).filter_map(|l| l.about_mb).sum()
            }
            Outcome::Declined { reasons } => {
                assert!(reasons[0].because.contains("nothing is left behind"), "{reasons:?}");
                0
            }
            Outcome::Unchanged { reason } => panic!("{reason:?}"),
        }
    }

    #[test]
    fn downloads_that_an_installation_leaves_weigh() {
        let with = |before: &str, after: &str| FILE.replace(before, after);
        let pip = "pip install -r requirements.txt";
        let (some, none) = (30..200, 0..1);
        for (about, file, expected) in [
            ("a cache", FILE.to_owned(), &some),
            ("two steps that install the same", with("COPY . .", "RUN pip install numpy pandas\nCOPY . ."), &some),
            ("an option", with(pip, "pip install --no-cache-dir -r requirements.txt"), &none),
            ("a variable", with("WORKDIR", "ENV PIP_NO_CACHE_DIR=1\nWORKDIR"), &none),
            ("a mount", with("RUN pip", "RUN --mount=type=cache,target=/root/.cache pip"), &none),
            ("taken away in the step", with(pip, &format!("{pip} && rm -rf /root/.cache")), &none),
            ("a part of it is", with(pip, &format!("{pip} && rm -rf ~/.cache/pip/*")), &none),
            ("cleaned by the tool", with(pip, &format!("{pip} && pip cache purge")), &none),
            ("taken away too late", with("COPY . .", "RUN rm -rf /root/.cache\nCOPY . ."), &some),
            ("from elsewhere", with(pip, "pip install --extra-index-url https://x.example -r requirements.txt"), &none),
            (
                "linked to, not copied",
                with(pip, "pip install --no-cache-dir uv && uv pip install --system -r requirements.txt")
                    .replace("-slim", ""),
                &none,
            ),
        ] {
            let mb = cache_mb(&file, "numpy==1.26.4\npandas\nscipy\n");
            assert!(expected.contains(&mb), "{about}: {mb} MB");
        }
        assert_eq!(cache_mb(FILE, "--index-url https://x.example\ntorch\n"), 0);
    }

    #[test]
    fn what_a_tool_cleans_in_the_same_step_does_not_weigh() {
        let file = "FROM node:20-slim\nWORKDIR /app\nCOPY . .\nRUN npm install\nCMD [\"node\", \"index.js\"]\n";
        assert!(cache_mb(file, "") > 25);
        for clean in ["npm cache clean --force", "rm -rf /root/.npm", "rm -rf ~/.npm/_cacache"] {
            assert_eq!(cache_mb(&file.replace("npm install", &format!("npm install && {clean}")), ""), 0, "{clean}");
        }
    }

    #[test]
    fn a_file_whose_only_gain_is_a_cache_is_told_the_option() {
        let requirements = "numpy==1.26.4\npandas\nscipy\n";
        let Outcome::Unchanged { reason } = outcome(FILE, requirements, None) else { panic!("it is converted") };
        assert_eq!(reason.rule, rules::NO_GAIN);
        assert!(reason.because.contains("`--no-cache-dir`"), "{}", reason.because);
        let span = reason.span.expect("a place");
        assert!(FILE[span.range()].starts_with("RUN pip install"));
        let poetry = FILE.replace("requirements.txt .", "pyproject.toml .").replace(
            "pip install -r requirements.txt",
            "pip install --no-cache-dir poetry && poetry config virtualenvs.create false && poetry install --no-root",
        );
        let Outcome::Unchanged { reason } = outcome(&poetry, "", None) else { panic!("it is converted") };
        assert!(
            reason.because.contains("pypoetry/artifacts`, which removing it in the same step"),
            "{}",
            reason.because
        );
        // Who asks for a figure gets what saves it.
        assert!(matches!(outcome(FILE, requirements, Some(25)), Outcome::Convert(_)));
        // What would leave anyhow is enough.
        let more = FILE.replace("WORKDIR", "RUN apt-get update && apt-get install -y gcc\nWORKDIR");
        let Outcome::Convert(plan) = outcome(&more, requirements, None) else { panic!("it is not converted") };
        assert!(
            plan.leaves.iter().any(|l| l.licence == Licence::Cache && l.what == ["/root/.cache/pip"]),
            "{:?}",
            plan.leaves
        );
        // A small cache is worth nothing either way.
        let Outcome::Unchanged { reason } = outcome(FILE, "flask\n", None) else { panic!("it is converted") };
        assert!(reason.because.contains("less than 25 MB"), "{}", reason.because);
    }
}
