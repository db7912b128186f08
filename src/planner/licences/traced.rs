//! Programs that a build gathered into one directory or packed into one file, and what their sources say of more: files that
//! they open by a path from the working directory, packages that others load by a name.

use crate::facts::development::development;
use crate::facts::heuristics::glob;
use crate::paths;
use crate::planner::development::{asked_for, reading};
use crate::planner::survey::Survey;

/// What such a program may use beside what was gathered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reach {
    /// Files of the project.
    pub(super) files: bool,
    /// Packages of the project.
    pub(super) packages: bool,
}

impl Reach {
    const ALL: Reach = Reach { files: true, packages: true };
    const NONE: Reach = Reach { files: false, packages: false };
}

/// What a program of a language may use of its project. Languages of which no signs are known gather all.
pub(super) fn reach(survey: &Survey<'_>, language: &str) -> Reach {
    let Some(ecosystem) = survey.inputs.heuristics.ecosystem(language) else { return Reach::ALL };
    let signs = &ecosystem.detect.reaches;
    if signs.files.is_empty() && signs.packages.is_empty() {
        return Reach::NONE;
    }
    let Some(texts) = survey.texts() else { return Reach::ALL };
    let Some(language_files) = development().language(language) else {
        // Without a manifest that declares packages for development, no package stays behind for that.
        let is_source = |path: &str| ecosystem.detect.sources.iter().any(|g| glob(g, paths::name(path)));
        let opens = |text: &str| signs.files.iter().any(|word| text.contains(word.as_str()));
        return match ecosystem.detect.sources.is_empty() {
            true => Reach::ALL,
            false => Reach { files: texts.iter().any(|(path, text)| is_source(path) && opens(text)), packages: false },
        };
    };
    let is_source = |path: &str| {
        let name = paths::name(path);
        let ending = name.rsplit('.').next().unwrap_or_default();
        // Settings of tools and tests are read while building.
        let mut tools = language_files.build_files.iter().chain(&language_files.test_files).chain(&signs.not_in);
        language_files.sources.iter().any(|known| known == ending) && !tools.any(|g| glob(g, name))
    };
    let sources: Vec<&str> = texts.iter().filter(|(path, _)| is_source(path)).map(|(_, text)| text.as_str()).collect();
    let opens = |text: &&str| signs.files.iter().any(|word| text.contains(word.as_str()));
    let Some(asked) = asked_for(survey, language_files) else { return Reach::ALL };
    let named = |name: &String| {
        signs.packages.iter().any(|g| glob(g, name)) || sources.iter().any(|text| reading::names(text, name))
    };
    Reach {
        files: sources.iter().any(opens),
        packages: sources.iter().any(|text| reading::computes_a_module(text)) || asked.iter().any(named),
    }
}
