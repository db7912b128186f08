//! The licence *build-package*: which packages of the distribution may leave, and what takes their place.

use super::tools::{called, is_unprovided};
use crate::analyzer::demands::Program;
use crate::analyzer::effects::PackageAction;
use crate::analyzer::{Step, Unit};
use crate::facts::ambient::ambient;
use crate::facts::archives::may_supply;
use crate::facts::contents::{CERTIFICATES, ZONES};
use crate::facts::distributions;
use crate::facts::heuristics::{Arg, Detect, SystemChange, WriteKind, glob};
use crate::facts::images::Release;
use crate::facts::libraries::library_needs;
use crate::facts::packages::{self as facts, PackageRole, RuntimePackages};
use crate::image::{At, Extent, Origin, Package};
use crate::paths;
use crate::planner::survey::{Beside, Survey};
use crate::programs;
use serde::Serialize;
use std::collections::BTreeSet;

/// What becomes of a package that the file installs by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "fate", content = "packages")]
pub(crate) enum PackageFate {
    /// It is installed again.
    Kept,
    /// It only builds; these are its run-time half.
    Replaced(Vec<String>),
    /// It only builds.
    Dropped,
    /// A later step of the original removes it.
    Removed,
}

/// The fates of all packages, in the order of the image.
#[derive(Debug)]
pub(crate) struct PackageLedger {
    pub(crate) fates: Vec<PackageFate>,
    /// What only packages that leave had brought in and run time needs, with the reason.
    pub(crate) brought: Vec<(String, String)>,
    /// Only packages that leave brought the certificate authorities.
    pub(crate) loses_certificates: bool,
    /// Run time calls a compiler that the file installs.
    pub(crate) compiles: bool,
    /// Commands that scripts call which stay beside the program.
    pub(crate) beside: Vec<Beside>,
    /// Parts of RUN that add an archive from which a package that stays may come.
    pub(crate) archives: BTreeSet<At>,
}

impl PackageLedger {
    pub(crate) fn of(survey: &Survey<'_>, left: &super::Ledger) -> PackageLedger {
        let (releases, called) = (&survey.target.releases, run_time_commands(survey, left));
        let beside = stay_beside(survey, left);
        let asked_beside = beside.iter().map(|call| call.command.clone()).collect();
        let mut judge = Judge { survey, releases, called, asked_beside, compiles: false };
        judge.compiles = survey.image.packages().iter().any(|package| {
            let role = releases.first().and_then(|r| facts::package(r, &package.name)).map(|fact| fact.role);
            role == Some(PackageRole::Build) && package.removed.is_none() && judge.is_called_to_build(&package.name)
        });
        let fates: Vec<PackageFate> = survey.image.packages().iter().map(|package| judge.fate(package)).collect();
        let mut brought = judge.brought(&fates);
        let loses_certificates = brought.iter().any(|(name, _)| name == CERTIFICATES);
        brought.retain(|(name, _)| name != CERTIFICATES);
        let archives = archives(survey, &fates);
        PackageLedger { fates, brought, loses_certificates, compiles: judge.compiles, beside, archives }
    }
}

/// What scripts call that no licence lets go.
fn stay_beside(survey: &Survey<'_>, left: &super::Ledger) -> Vec<Beside> {
    let mut beside = survey.beside();
    beside.retain(|call| {
        let mut entries = survey.image.entries().filter(|(_, entry)| survey.image.holds(entry, &call.script));
        entries.any(|(i, entry)| {
            // A COPY after the build is repeated as it is, whatever might leave of it.
            let again = matches!(entry.origin, Origin::Context { .. }) && Some(entry.at.instruction) > survey.cut;
            again || left.left(i).is_none_or(|left| left.stays.iter().any(|path| paths::is_within(path, &call.script)))
        })
    });
    beside
}

/// Parts of RUN that add an archive which packages that stay may come from, or whose lists they are installed with.
fn archives(survey: &Survey<'_>, fates: &[PackageFate]) -> BTreeSet<At> {
    let units = || {
        let at = |step: &Step, unit| At { instruction: step.instruction, unit };
        survey
            .runs()
            .flat_map(move |(step, run)| run.units.iter().enumerate().map(move |(u, unit)| (at(step, u), run, unit)))
    };
    let lists = |unit: &Unit| unit.effects.packages.iter().any(|change| change.action == PackageAction::Update);
    let updates: Vec<At> = units().filter(|(_, _, unit)| lists(unit)).map(|(at, ..)| at).collect();
    let adds = |unit: &Unit| unit.effects.system.contains(&SystemChange::Repositories);
    let needed = units().filter(|(_, _, unit)| adds(unit)).filter(|(at, run, unit)| {
        let text = &run.text[unit.range.clone()];
        survey.image.packages().iter().zip(fates).filter(|(package, _)| package.at >= *at).any(|(package, fate)| {
            let listed = updates.iter().any(|update| update >= at && *update <= package.at);
            let may_come = |name: &String| !listed || may_supply(text, name);
            match fate {
                PackageFate::Kept => may_come(&package.name),
                PackageFate::Replaced(names) => names.iter().any(may_come),
                PackageFate::Dropped | PackageFate::Removed => false,
            }
        })
    });
    needed.map(|(at, ..)| at).collect()
}

/// Commands that run time calls, and the interpreters of what they are written in.
pub(crate) fn run_time_commands(survey: &Survey<'_>, left: &super::Ledger) -> BTreeSet<String> {
    let mut commands = called(survey);
    let heuristics = survey.inputs.heuristics;
    let mut languages: BTreeSet<&str> = BTreeSet::new();
    for program in &survey.demands.programs {
        if let Program::Interpreted { command, language, .. } = program {
            commands.insert(command.clone());
            languages.insert(language);
        }
    }
    // Where nobody knows what brings a command, any package of a language may.
    let unprovided = commands.iter().any(|name| is_unprovided(survey, name));
    for (i, entry) in survey.image.entries() {
        let installed = entry.purpose == WriteKind::Dependency && entry.is_built() && left.left(i).is_none();
        let language = entry.by.split('/').next().unwrap_or_default();
        if installed && (unprovided && survey.brings_commands(entry) || !survey.wanted_of(entry).is_empty()) {
            languages.insert(language);
        }
    }
    for language in languages {
        let found = heuristics.ecosystem(language).map_or(&[][..], |e| &e.detect.interpreters);
        commands.extend(found.iter().cloned());
    }
    commands
}

struct Judge<'s, 'a> {
    survey: &'s Survey<'a>,
    releases: &'s [Release],
    called: BTreeSet<String>,
    /// Commands that scripts beside the program call.
    asked_beside: BTreeSet<String>,
    /// Run time calls a compiler: what that needs to build stays with it.
    compiles: bool,
}

impl Judge<'_, '_> {
    fn fate(&self, package: &Package) -> PackageFate {
        if self.survey.analysis.pragmas.is_kept_whole(package.at.instruction) {
            return PackageFate::Kept;
        }
        match package.removed {
            Some(_) => PackageFate::Removed,
            None => self.fate_of(&package.name, 0),
        }
    }

    /// What becomes of a package by its name. What is not known stays.
    fn fate_of(&self, name: &str, depth: usize) -> PackageFate {
        if self.is_called(name) || self.is_interpreter(name) && self.has_fetched_programs() {
            return PackageFate::Kept;
        }
        if self.is_of_other_interpreter(name) {
            return PackageFate::Dropped;
        }
        match crate::planner::compiled::replaced(self.survey, name, self.releases) {
            Some(names) if !self.compiles && names.is_empty() => return PackageFate::Dropped,
            Some(names) if !self.compiles => return PackageFate::Replaced(names),
            _ => {}
        }
        let Some(fact) = self.releases.first().and_then(|release| facts::package(release, name)) else {
            return PackageFate::Kept;
        };
        match fact.role {
            PackageRole::Runtime | PackageRole::Both => PackageFate::Kept,
            PackageRole::Ambiguous if self.is_asked_beside(name) => PackageFate::Kept,
            PackageRole::Ambiguous
                if self.is_for_builds(name) && (self.is_nothing_hidden() || self.is_unmentioned(name)) =>
            {
                PackageFate::Dropped
            }
            PackageRole::Ambiguous => PackageFate::Kept,
            PackageRole::Build if self.is_asked_to_inspect(name) => PackageFate::Kept,
            PackageRole::Build if self.compiles || self.is_opened_by_name(name) => PackageFate::Kept,
            PackageRole::Build if fact.runtime.is_empty() => PackageFate::Dropped,
            PackageRole::Build => match facts::runtime_packages(self.releases, name) {
                RuntimePackages::Names(names) if depth < 3 => {
                    let stays: Vec<String> = names
                        .into_iter()
                        .filter(|n| n != name && self.fate_of(n, depth + 1) != PackageFate::Dropped)
                        .collect();
                    if stays.is_empty() { PackageFate::Dropped } else { PackageFate::Replaced(stays) }
                }
                // Headers of a library whose name is not known: they stay, and bring it.
                _ => PackageFate::Kept,
            },
        }
    }

    /// True when something that runs in the container calls the package's commands.
    fn is_called(&self, name: &str) -> bool {
        let commands = facts::commands_of_package(&self.survey.distribution(), name);
        // `python3.11` is a python; an environment calls it by its plain name.
        let plain = |c: &str| c.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').to_owned();
        let is_called =
            |c: &str| self.called.contains(c) || self.called.contains(&plain(c)) && self.is_interpreter(&plain(c));
        commands.iter().copied().chain([name]).any(is_called)
    }

    /// As [`is_called`](Judge::is_called), but for commands that only look into running programs.
    fn is_called_to_build(&self, name: &str) -> bool {
        let commands = facts::commands_of_package(&self.survey.distribution(), name);
        let mut called = commands.into_iter().chain([name]).filter(|command| self.called.contains(*command));
        self.is_called(name) && (called.clone().next().is_none() || called.any(|command| !programs::inspects(command)))
    }

    /// True when a script that stays beside the program calls one of the package's commands.
    fn is_asked_beside(&self, name: &str) -> bool {
        let commands = facts::commands_of_package(&self.survey.distribution(), name);
        commands.iter().copied().chain([name]).any(|command| self.asked_beside.contains(command))
    }

    /// True when such a script looks into running programs with one of the package's commands.
    fn is_asked_to_inspect(&self, name: &str) -> bool {
        let commands = facts::commands_of_package(&self.survey.distribution(), name);
        let mut inspecting = commands.iter().copied().chain([name]).filter(|command| programs::inspects(command));
        inspecting.any(|command| self.asked_beside.contains(command))
    }

    /// True when a step that builds wants a package, or files install it for what their builds may fetch.
    fn is_for_builds(&self, name: &str) -> bool {
        facts::fetches(&self.survey.distribution(), name) || self.is_wanted_by_build(name)
    }

    /// True for a package that brings the interpreter of a language.
    fn is_interpreter(&self, name: &str) -> bool {
        let commands = facts::commands_of_package(&self.survey.distribution(), name);
        let mut words = commands.iter().copied().chain([name]);
        words.any(|word| {
            let ecosystems = self.survey.inputs.heuristics.ecosystems();
            ecosystems.iter().any(|e| e.detect.interpreters.iter().any(|known| known == word))
        })
    }

    /// True when a program that nobody has read was fetched into a directory of PATH: it may be a script of any language.
    fn has_fetched_programs(&self) -> bool {
        let search = self.survey.analysis.end.scope.get("PATH").unwrap_or_default();
        self.survey.image.entries().any(|(_, entry)| {
            let fetched = matches!(entry.origin, Origin::Step | Origin::Added)
                && matches!(entry.purpose, WriteKind::Data | WriteKind::Unknown)
                && matches!(entry.extent, Extent::One | Extent::Tree);
            let argv = [Arg { text: paths::name(&entry.path).to_owned(), exact: true }];
            let heuristics = self.survey.inputs.heuristics;
            // What the heuristics know of a command, they know of what it starts.
            let known = || heuristics.match_runtime(&argv).is_some() || heuristics.match_command(&argv).is_some();
            fetched && search.split(':').any(|directory| paths::parent(&entry.path) == directory) && !known()
        })
    }

    /// True when something names a library by the file name without a release, which only the package with its development
    /// files has: sources that load it, a variable, a repeated link, a package that asks for it.
    fn is_opened_by_name(&self, name: &str) -> bool {
        let by_package = self.survey.declared.found.iter().any(|dependency| {
            let need = library_needs(&dependency.ecosystem, &dependency.name);
            need.is_some_and(|need| need.packages_for(self.releases).iter().any(|asked| asked == name))
        });
        if by_package {
            return true;
        }
        let Some(stem) = name.strip_suffix("-dev") else { return false };
        let stem = if stem.starts_with("lib") { stem.to_owned() } else { format!("lib{stem}") };
        let stem = stem.as_str();
        let bare = stem.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '-' | '.'));
        let usb_like = stem.rsplit_once('-').map(|(before, _)| before);
        let names: BTreeSet<&str> = [Some(stem), Some(bare), usb_like].into_iter().flatten().collect();
        let instructions = &self.survey.inputs.dockerfile.source;
        let dockerfile = String::from_utf8_lossy(instructions);
        let texts = self.survey.texts().unwrap_or_default().iter().map(|(_, text)| text.as_str());
        let mut all = texts.chain(std::iter::once(dockerfile.as_ref()));
        let short = |name: &&str| name.strip_prefix("lib").map(|name| [format!("\"{name}\""), format!("'{name}'")]);
        let short: Vec<String> = names.iter().filter_map(short).flatten().collect();
        let opens = |text: &str| ambient().short_names.iter().any(|call| text.contains(call.as_str()));
        all.any(|text| {
            names.iter().any(|name| names_library(text, name))
                || short.iter().any(|name| text.contains(name.as_str())) && opens(text)
        })
    }

    /// True when a step that builds calls one of the package's commands, or is known to want it.
    fn is_wanted_by_build(&self, name: &str) -> bool {
        let commands = facts::commands_of_package(&self.survey.distribution(), name);
        let is_command = |c: &String| c == name || commands.contains(&c.as_str());
        self.survey.runs().flat_map(|(_, run)| &run.units).any(|unit| {
            let effects = &unit.effects;
            let adds = effects.system.contains(&SystemChange::Repositories);
            let building = !effects.is_portable() && (adds || !crate::image::is_system_change(effects));
            let ecosystems = effects.evidence.iter().filter_map(|e| e.heuristic.as_deref()?.split('/').next());
            let interpreters = || {
                let known = ecosystems.filter_map(|id| self.survey.inputs.heuristics.ecosystem(id));
                known.flat_map(|ecosystem| &ecosystem.detect.interpreters).any(is_command)
            };
            building && (effects.commands.iter().chain(&effects.calls).any(is_command) || interpreters())
        })
    }

    /// True when nothing of the project has the name of one of the package's commands in it. That is no proof, and serves where
    /// the plan needs a look anyway: for programs of a language that is not proven.
    fn is_unmentioned(&self, name: &str) -> bool {
        let heuristics = self.survey.inputs.heuristics;
        let unproven = |program: &Program| match program {
            Program::Interpreted { language, .. } => {
                heuristics.ecosystem(language).is_some_and(|ecosystem| ecosystem.detect.unproven)
            }
            _ => false,
        };
        let commands = facts::commands_of_package(&self.survey.distribution(), name);
        let mut words = commands.iter().copied().chain([name]);
        self.survey.demands.programs.iter().any(unproven)
            && words.all(|word| self.survey.sources_mention(word) == Some(false))
    }

    /// True when all that runs was looked at, so that a command which nobody names is called by nobody.
    fn is_nothing_hidden(&self) -> bool {
        let own = self.survey.started.as_ref().is_some_and(|started| started.own);
        own || self.survey.started.is_none() && self.survey.servers || self.survey.is_all_known(None)
    }

    /// What packages that leave had brought in, beyond what the packages that stay bring.
    fn brought(&self, fates: &[PackageFate]) -> Vec<(String, String)> {
        let mut wanted: Vec<(String, String)> = Vec::new();
        let mut there: BTreeSet<String> = BTreeSet::new();
        for (package, fate) in self.survey.image.packages().iter().zip(fates) {
            let brings =
                || self.releases.first().map(|release| facts::brings(release, &package.name, self.recommends(package)));
            let brings = brings().into_iter().flatten().map(str::to_owned);
            match fate {
                PackageFate::Kept => {
                    there.insert(package.name.clone());
                    there.extend(brings.clone());
                }
                PackageFate::Replaced(names) => there.extend(names.iter().cloned()),
                PackageFate::Dropped | PackageFate::Removed => {}
            }
            if !matches!(fate, PackageFate::Kept) {
                wanted.extend(brings.map(|name| (name, package.name.clone())));
            }
        }
        let lacking = |name: &str| self.releases.iter().any(|release| facts::lacks(release, name));
        wanted.retain(|(name, _)| !there.contains(name) && !lacking(name) && self.is_needed(name));
        let mut found: Vec<(String, String)> = Vec::new();
        for (name, by) in wanted {
            if !found.iter().any(|(known, _)| *known == name) {
                found.push((name, format!("only `{by}` brought it, and run time may need it")));
            }
        }
        found
    }

    /// True when a package was installed with what it recommends.
    fn recommends(&self, package: &Package) -> bool {
        let unit = self.survey.unit(package.at);
        let change = unit.and_then(|unit| unit.effects.packages.get(package.word.0));
        change.is_none_or(|change| !distributions::is_lean(&self.survey.distribution(), &change.options))
    }

    /// True for an interpreter that the base image has of its own, which is found first; unless something asks for the
    /// distribution's by its path.
    fn is_of_image(&self, name: &str) -> bool {
        let commands = facts::commands_of_package(&self.survey.distribution(), name);
        let own = |command: &&str| self.survey.before.commands.contains(*command);
        let demands = self.survey.demands;
        let named = demands.commands.iter().chain(&demands.interpreters).map(|demand| demand.name.as_str());
        let mut asked = named.chain(demands.paths.iter().map(|demand| demand.path.as_str()));
        let by_path = |path: &str| commands.iter().any(|command| path == format!("/usr/bin/{command}"));
        let of_distribution = self.survey.before.packages.contains(name);
        let distribution = self.survey.distribution();
        let fuller = commands.iter().any(|command| facts::fuller(&distribution, command) == Some(name));
        !commands.is_empty() && !of_distribution && !fuller && commands.iter().all(own) && !asked.any(by_path)
    }

    /// True for modules of the distribution's interpreter in an image of the language, whose own interpreter is found first and
    /// looks elsewhere: nothing names the other or its directories, and no other package may start it.
    fn is_of_other_interpreter(&self, name: &str) -> bool {
        let survey = self.survey;
        let distribution = survey.distribution();
        let repository = survey.analysis.base.reference.as_ref().map(|image| image.normalised().repository);
        let of_image = |command: &str| {
            let ecosystems = survey.inputs.heuristics.ecosystems().iter().map(|ecosystem| &ecosystem.detect);
            let own = |detect: &Detect| {
                let images = detect.interpreter.iter().flat_map(|interpreter| &interpreter.images);
                let fits = |pattern: &String| repository.as_ref().is_some_and(|name| glob(pattern, name));
                detect.interpreters.iter().any(|known| known == command) && images.into_iter().any(fits)
            };
            ecosystems.into_iter().any(own)
        };
        let Some(owner) = facts::belongs_to(&distribution, name).filter(|owner| of_image(owner)) else { return false };
        let alone = survey.image.packages().iter().filter(|package| package.removed.is_none()).all(|package| {
            let fact = self.releases.first().and_then(|release| facts::package(release, &package.name));
            let library =
                package.name.starts_with("lib") && facts::commands_of_package(&distribution, &package.name).is_empty();
            let part = package.name == owner || facts::belongs_to(&distribution, &package.name) == Some(owner);
            part || library || fact.is_some_and(|fact| fact.role == PackageRole::Build)
        });
        let demands = survey.demands;
        let named = demands.commands.iter().chain(&demands.interpreters).map(|demand| demand.name.as_str());
        let mut asked = named.chain(demands.paths.iter().map(|demand| demand.path.as_str()));
        let places = [format!("/usr/bin/{owner}"), format!("/usr/lib/{owner}")];
        let names = |text: &str| places.iter().any(|place| text.contains(place.as_str()));
        let set = survey.analysis.end.config.env.iter().filter(|(name, _)| survey.analysis.sets_variable(name));
        let in_variables = set.into_iter().any(|(_, value)| value.as_deref().is_none_or(names));
        let in_steps = survey.runs().any(|(_, run)| names(&run.text));
        let in_texts = || survey.texts().is_none_or(|texts| texts.iter().any(|(_, text)| names(text)));
        // Who installs a module for the libraries behind it has to be told apart.
        facts::knows_brings(&distribution, name)
            && alone
            && demands.unread.is_empty()
            && !asked.any(names)
            && !in_variables
            && !in_steps
            && !in_texts()
    }

    /// True when run time may need what a package brought unasked: a command of it is called, or a library may be loaded.
    fn is_needed(&self, name: &str) -> bool {
        let distribution = self.survey.distribution();
        let fact = self.releases.first().and_then(|release| facts::package(release, name));
        if name == CERTIFICATES {
            return true;
        }
        if name == ZONES {
            return self.survey.asks_for_zones();
        }
        if self.is_of_image(name) {
            return false;
        }
        if let Some(owner) = facts::belongs_to(&distribution, name) {
            // A part of an interpreter is needed where that is.
            return self.is_called(owner) && !self.is_of_image(owner);
        }
        match fact.map(|f| f.role) {
            Some(PackageRole::Build) => self.is_called(name),
            Some(PackageRole::Ambiguous) => self.is_called(name) || self.is_asked_beside(name),
            _ if !facts::commands_of_package(&distribution, name).is_empty() => {
                self.is_called(name) || self.is_asked_beside(name)
            }
            _ => self.survey.may_load(name),
        }
    }
}

/// True when a text has `NAME.so` without a release, or `"NAME"` in quotes.
fn names_library(text: &str, name: &str) -> bool {
    let unversioned = |at: usize| !text[at..].starts_with('.');
    let file = format!("{name}.so");
    let quoted = ["\"", "'"].map(|quote| format!("{quote}{name}{quote}"));
    text.match_indices(&file).any(|(at, found)| unversioned(at + found.len()))
        || quoted.iter().any(|word| text.contains(word.as_str()))
}
