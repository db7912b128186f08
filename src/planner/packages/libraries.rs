//! Libraries that dependencies and compiled programs load of the old base, to the packages that bring them.

use super::Installer;
use super::facts;
use super::missing::Wanted;
use crate::facts::compiled::{CompilerLibrary, compiled};
use crate::facts::libraries::{library_needs, linked_needs};
use crate::planner::compiled::Sources;
use crate::planner::dependencies;
use crate::rules;

impl Installer<'_, '_> {
    /// Libraries of the compiler and the development packages that programs are linked with.
    pub(super) fn libraries_of_compiler(&mut self, wanted: &mut Vec<Wanted>) {
        let (survey, base) = (self.survey, self.base);
        self.libraries_of_one_language(wanted);
        let Some(sources) = Sources::look(survey) else { return };
        let unasked = |build: &String| !base.same_image && base.before.packages.contains(build);
        let listed = |name: &String| survey.image.packages().iter().any(|p| p.name == *name && p.removed.is_none());
        let has = |library: &&CompilerLibrary| match library.asked.as_slice() {
            [] => library.build.is_empty() || library.build.iter().any(unasked),
            asked => asked.iter().any(listed),
        };
        let of_compilers = compiled().need.iter().filter(|library| library.ecosystems.is_empty());
        for library in of_compilers.filter(has).filter(|library| sources.load(library)) {
            let packages = library.packages(&base.releases).into_iter();
            wanted.extend(packages.map(|package| (package, library.because.clone())));
        }
        if sources.are_hidden() && compiled().need.iter().flat_map(|library| &library.build).any(unasked) {
            let words = "sources that are not in the build context may link libraries that the image for compiling has";
            self.plan.assumptions.push(rules::ASSUMED_LIBRARIES.because(words, None));
        }
    }

    /// Libraries of the compiler that programs of single languages load.
    fn libraries_of_one_language(&self, wanted: &mut Vec<Wanted>) {
        let survey = self.survey;
        let compiling = survey.compiling_ecosystems();
        let of_language = compiled().need.iter().filter(|n| n.ecosystems.iter().any(|e| compiling.contains(e)));
        let listed = |name: &String| survey.image.packages().iter().any(|p| p.name == *name && p.removed.is_none());
        let asked: Vec<&CompilerLibrary> =
            of_language.filter(|n| n.asked.is_empty() || n.asked.iter().any(listed)).collect();
        if asked.is_empty() {
            return;
        }
        let sources = Sources::all(survey);
        for library in asked.into_iter().filter(|library| sources.load(library)) {
            let packages = library.packages(&self.base.releases).into_iter();
            wanted.extend(packages.map(|package| (package, library.because.clone())));
        }
    }

    /// Libraries of a language that the distribution brings, and that a dependency embeds.
    pub(super) fn libraries_of_languages(&self, wanted: &mut Vec<Wanted>) {
        let reference = self.survey.analysis.base.reference.as_ref().map(|image| image.normalised().repository);
        let of_image = reference.map(|name| self.survey.inputs.heuristics.detect_image(&name)).unwrap_or_default();
        for dependency in &self.survey.declared.found {
            if of_image.iter().any(|ecosystem| ecosystem.id == dependency.ecosystem) {
                continue;
            }
            let need = library_needs(&dependency.ecosystem, &dependency.name);
            for library in need.iter().flat_map(|need| need.language_packages(&self.base.releases)) {
                wanted.push((library, format!("`{}` embeds the interpreter", dependency.name)));
            }
        }
    }

    /// System libraries that dependencies load, as far as the larger base had them without being asked.
    pub(super) fn libraries_of_dependencies(&mut self, wanted: &mut Vec<Wanted>) {
        let releases = self.base.releases.clone();
        let declared = &self.survey.declared;
        for dependency in &declared.found {
            let Some(need) = library_needs(&dependency.ecosystem, &dependency.name) else {
                continue;
            };
            let config = self.survey.analysis.base.facts.as_ref().map(|facts| &facts.config);
            let older = need.ready_made.as_ref().zip(dependency.version.as_ref()).is_some_and(|(ready, version)| {
                let mut variables = config.iter().flat_map(|config| &config.env);
                // The tag tells the version; the variable, that it is one of this language.
                let tag = self.survey.analysis.base.reference.as_ref().and_then(|image| image.tag.as_ref());
                variables.any(|(name, _)| *name == ready.variable)
                    && tag.is_some_and(|tag| ready.is_before(version, tag.split('-').next().unwrap_or(tag)))
            });
            let from_source = dependency.from_source || need.usually_from_source() || older;
            if !from_source && !need.always() {
                continue;
            }
            for library in need.packages_for(&releases) {
                // A program that the larger base has not got was missing before, too.
                if !self.is_foreign_program(&library) {
                    wanted.push((library, format!("`{}` loads it", dependency.name)));
                }
            }
        }
        let had = &self.base.before.packages;
        // A package by the name of its ecosystem stands for the language's own library.
        for language in self.survey.languages_by_signs() {
            let need = library_needs(&language, &language);
            let lost = need.iter().flat_map(|need| need.packages_for(&releases)).filter(|name| had.contains(name));
            wanted.extend(lost.map(|name| (name, "the language's own library loads it".to_owned())));
        }
        for package in dependencies::compiled(self.survey.inputs, self.survey.analysis) {
            for need in linked_needs(&package.ecosystem, &package.name) {
                if !need.holds_with(&package.with) || !need.build.iter().any(|build| had.contains(build)) {
                    continue;
                }
                for library in need.packages_for(&releases) {
                    wanted.push((library, format!("`{}` links it", package.name)));
                }
            }
        }
        if let Some(name) = declared.unknown.first().filter(|_| !self.base.same_image) {
            let words = format!("`{name}` is in no table of packages: it may load libraries of the larger base");
            self.plan.assumptions.push(rules::ASSUMED_LIBRARIES.because(words, None));
        }
        if let Some(words) = declared.unread.first().filter(|_| !self.base.same_image) {
            self.plan.assumptions.push(rules::ASSUMED_LIBRARIES.because(words.clone(), None));
        }
    }

    /// True for a package of programs of which the original's base has none.
    fn is_foreign_program(&self, package: &str) -> bool {
        let distribution = self.base.releases.first().map(|r| r.distribution.as_str()).unwrap_or_default();
        let commands = facts::commands_of_package(distribution, package);
        !commands.is_empty() && !commands.iter().any(|command| self.base.before.commands.contains(*command))
    }
}
