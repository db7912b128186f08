//! What programs are known to do: their sources, the packages that they are made with, and what both ask of the system.

use super::{MANY, Started, Survey, is_compiled, is_copy};
use crate::analyzer::demands::Program;
use crate::context::{self, Entry as ContextEntry};
use crate::facts::callers::{self, Behaviour, Compiles};
use crate::facts::compiled::compiled;
use crate::facts::contents::BaseContents;
use crate::facts::heuristics::{Arg, CommandRole, WriteKind};
use crate::facts::images::Libc;
use crate::facts::libraries;
use crate::facts::releases;
use crate::image::{Entry, Origin};
use crate::paths;
use crate::planner::compiled::Sources;
use crate::planner::development;
use crate::programs::{self, Opens, Reading};
use std::collections::BTreeSet;

impl Survey<'_> {
    /// Language and directory in the context of what native programs are built from; nothing when some are not known.
    pub(super) fn native_sources(&self, natives: &[String]) -> Option<BTreeSet<(String, String)>> {
        let context = self.inputs.context;
        if natives.is_empty() || !context.is_known() {
            return None;
        }
        let mut sources: BTreeSet<(String, String)> = BTreeSet::new();
        for entry in self.image.all().iter().filter(|e| is_compiled(e) && !is_copy(e)) {
            let language = entry.by.split('/').next().unwrap_or_default().to_owned();
            if language.is_empty() || !entry.sources.is_empty() {
                continue;
            }
            let directory = self.unit(entry.at)?.cwd.as_deref()?;
            let source = self.context_of(directory)?;
            sources.insert((language, source));
        }
        (!sources.is_empty()).then_some(sources)
    }

    /// The directory of the context that a build in a directory of the image is made of. A build tree that steps made has the
    /// sources in the nearest directory around it.
    pub(crate) fn context_of(&self, directory: &str) -> Option<String> {
        let context = self.inputs.context;
        let mut around = directory;
        loop {
            match self.analysis.files.entry(around, context) {
                Some((source, ContextEntry::Directory)) => return Some(source),
                Some((_, ContextEntry::Absent)) | None if !paths::is_shared(paths::parent(around)) => {}
                _ => return self.copied_piecewise(directory),
            }
            if self.copied_piecewise(around).is_some() {
                return self.copied_piecewise(around);
            }
            around = paths::parent(around);
        }
    }

    /// The directory of the context whose files and directories were copied one by one into a directory of the image, each
    /// under its own name.
    fn copied_piecewise(&self, directory: &str) -> Option<String> {
        let mut found: Option<String> = None;
        for landing in self.analysis.files.landings() {
            let Some(below) = paths::below(directory, &landing.destination) else { continue };
            let source = landing.source.strip_suffix(below).map(|s| s.trim_end_matches('/'))?;
            if found.get_or_insert_with(|| source.to_owned()) != source {
                return None;
            }
        }
        found
    }

    pub(super) fn readings_of(&self, sources: &BTreeSet<(String, String)>) -> Vec<Reading> {
        let context = self.inputs.context;
        sources.iter().filter_map(|(language, source)| programs::read_program(language, context, source)).collect()
    }

    /// What self-contained programs open, when their sources prove it.
    pub(super) fn proven_paths(&mut self) -> Option<Vec<String>> {
        // Whether it makes connections is told apart from what it opens.
        let silent = |r: &Reading| r.complete && r.tls.is_empty() && r.unknown_packages.is_empty();
        self.tls_excluded = self.readings.iter().all(silent) && !self.links_foreign_code();
        let mut opened = Vec::new();
        for reading in &self.readings {
            let starts = !reading.subprocesses.is_empty() || !reading.unknown_subprocesses.is_empty();
            if !reading.self_contained || !reading.complete || starts {
                return None;
            }
            match &reading.opens {
                Opens::Nothing => {}
                Opens::These(found) => opened.extend(found.iter().map(|f| f.value.clone())),
                Opens::NotProven(_) => return None,
            }
        }
        // Who starts the container may name another file than the default.
        if self.readings.iter().any(|reading| !reading.user_given.is_empty()) {
            return None;
        }
        let workdir = &self.analysis.end.config.workdir;
        let mut needed = BTreeSet::new();
        for pattern in opened {
            let fixed: Vec<&str> = pattern.split('/').take_while(|part| !part.contains(['*', '?', '[', '{'])).collect();
            let fixed = if pattern.starts_with('/') { format!("/{}", fixed.join("/")) } else { fixed.join("/") };
            let path = paths::join(workdir, &fixed);
            if self.image.has(&path) {
                needed.insert(path);
            }
        }
        needed.extend(self.named_paths()?);
        let named: Vec<String> =
            needed.iter().flat_map(|path| crate::planner::licences::named_in(self, path)).collect();
        needed.extend(named);
        // Whoever opens a link opens what it leads to; a link to a link leads on.
        let mut links: Vec<String> = needed.iter().cloned().collect();
        while let Some(link) = links.pop() {
            links.extend(self.leads_to(&link).into_iter().filter(|to| needed.insert(to.clone())));
        }
        Some(needed.into_iter().collect())
    }

    /// Files and directories of the project whose paths are texts in the sources, whoever is given them: a library may open
    /// what it is told, even where it is known to open nothing by itself. Texts that a macro or an attribute takes are the
    /// compiler's.
    fn named_paths(&self) -> Option<Vec<String>> {
        let ecosystems = self.compiling_ecosystems();
        let heuristics = self.inputs.heuristics;
        let is_source = |path: &str| heuristics.is_source(&ecosystems, paths::name(path));
        let mut found = Vec::new();
        for (_, text) in self.texts()?.iter().filter(|(path, _)| is_source(path)) {
            for (before, literal) in literals(text) {
                let word = literal.trim_start_matches("./").trim_end_matches('/');
                let plain = word.len() > 2
                    && !word.contains([' ', '\\', '{', '%', ':', '*'])
                    && !word.starts_with(['/', '.', '-']);
                let compiled_in = before.ends_with("!(")
                    || before.trim_start().starts_with("#[")
                    || before.trim_start().starts_with("//");
                if !plain || compiled_in || is_source(word) {
                    continue;
                }
                let workdir = &self.analysis.end.config.workdir;
                let path = paths::join(workdir, word);
                if self.is_from_context(&path) {
                    found.push(path);
                }
            }
        }
        Some(found)
    }

    /// True when a program links a library that was not written in its language, which may do anything.
    fn links_foreign_code(&self) -> bool {
        let mut packages = crate::planner::dependencies::compiled(self.inputs, self.analysis).into_iter();
        packages.any(|package| libraries::linked_needs(&package.ecosystem, &package.name).next().is_some())
    }

    /// True when a language's build may make libraries that programs load from the build tree: its build files or the steps
    /// say so, or cannot be read.
    pub(crate) fn makes_libraries(&self, language: &str) -> bool {
        let Some(ecosystem) = self.inputs.heuristics.ecosystem(language) else { return true };
        let signs = &ecosystem.detect.libraries;
        let said = |text: &str| signs.words.iter().any(|word| text.contains(word.as_str()));
        if signs.words.is_empty() {
            return false;
        }
        if self.runs().any(|(_, run)| said(&run.text)) {
            return true;
        }
        let Ok(found) = context::walk(self.inputs.context, "", MANY) else { return true };
        found.iter().filter(|(_, entry)| *entry != ContextEntry::Directory).any(|(path, _)| {
            let named = signs.files.iter().any(|glob| crate::facts::heuristics::glob(glob, paths::name(path)));
            named && self.inputs.context.text(path).map_or(true, |text| said(&text))
        })
    }

    /// Programs that nobody can look into: they were downloaded, unpacked, or brought as they are from elsewhere.
    pub(crate) fn opaque_programs(&self) -> Vec<&str> {
        let unread = |path: &str| match self.image.provider(path) {
            _ if self.analysis.files.text(path, self.inputs.context).is_some() => false,
            Some(entry) => match &entry.origin {
                Origin::Added | Origin::Image { .. } => true,
                Origin::Step => {
                    // A tool that builds makes it of the project's own sources, wherever it puts it.
                    let rule = self.inputs.heuristics.command(&entry.by);
                    let built =
                        rule.is_some_and(|rule| rule.role == CommandRole::Build) && entry.purpose == WriteKind::Unknown;
                    let made =
                        matches!(entry.purpose, WriteKind::Artifact | WriteKind::Intermediate | WriteKind::Dependency);
                    !made && !built
                }
                Origin::Context { .. } => true,
                Origin::Text | Origin::Plain => false,
            },
            None => false,
        };
        let on_path = |name: &str| {
            let search = self.analysis.end.scope.get("PATH").unwrap_or_default();
            search.split(':').any(|directory| unread(&paths::join(directory, name)))
        };
        let programs = self.demands.programs.iter().filter_map(|program| match program {
            Program::File { path } | Program::Script { path } | Program::Interpreted { file: Some(path), .. }
                if unread(path) && !self.demands.shown.contains(path) =>
            {
                Some(path.as_str())
            }
            Program::Command { name } if !self.before.commands.contains(name) && on_path(name) => Some(name.as_str()),
            _ => None,
        });
        programs.collect()
    }

    /// Programs of which no table says what they start, and whose sources nobody has read: they come from elsewhere.
    pub(crate) fn foreign_programs(&self) -> Vec<&str> {
        if !self.unread || !self.inputs.context.is_known() {
            return Vec::new();
        }
        let known = |entry: &Entry| {
            let language = entry.by.split('/').next().unwrap_or_default();
            // A module's program has a name below the module's.
            let is_listed = |name: &String| {
                let bare = name.split('@').next().unwrap_or(name);
                let mut whole = std::iter::successors(Some(bare), |at| at.rsplit_once('/').map(|(above, _)| above));
                whole.any(|at| callers::behaviour(language, at).behaviour().is_some())
            };
            let published = self.published(entry);
            !published.is_empty() && published.iter().all(is_listed)
        };
        let named = self.demands.programs.iter().filter_map(|program| match program {
            Program::File { path } => Some((paths::name(path), path.clone())),
            Program::Command { name } => Some((name.as_str(), self.built_command(name)?)),
            _ => None,
        });
        let foreign = named.filter(|(_, path)| {
            self.made_program(path)
                .is_some_and(|entry| !self.is_hosted(entry) && !known(entry) && !self.is_of_context(entry))
        });
        foreign.map(|(name, _)| name).collect()
    }

    /// Names of packages from elsewhere that a step compiles a program of.
    fn published(&self, entry: &Entry) -> Vec<String> {
        let heuristics = self.inputs.heuristics;
        let Some(rule) = heuristics.command(&entry.by) else { return Vec::new() };
        let argv: Vec<Arg> = entry
            .step
            .split_whitespace()
            .skip_while(|word| word.contains('='))
            .map(|word| Arg { text: word.to_owned(), exact: true })
            .collect();
        let flags: Vec<&str> = rule.project_flags.iter().map(String::as_str).collect();
        let of_project = heuristics.has_option(&argv, &flags);
        let is_address =
            |word: &str| word.split_once('/').is_some_and(|(host, _)| host.contains('.') && host.len() > 2);
        let words = heuristics.positionals(rule, &argv).into_iter().map(|i| argv[i].text.clone());
        words.filter(|word| is_address(word) || !flags.is_empty() && !of_project).collect()
    }

    /// True for what was compiled of files of the context, by its directory or by what the step names.
    fn is_of_context(&self, entry: &Entry) -> bool {
        let Some(directory) = self.unit(entry.at).and_then(|unit| unit.cwd.as_deref()) else { return false };
        let holds = |l: &crate::analyzer::state::Landing| {
            paths::is_within(directory, &l.destination) || l.tree && paths::is_within(&l.destination, directory)
        };
        let named = |word: &str| {
            let path = paths::join(directory, word);
            self.is_from_context(&path) || self.analysis.files.text(&path, self.inputs.context).is_some()
        };
        self.published(entry).is_empty()
            && (self.analysis.files.landings().iter().any(holds) || entry.step.split_whitespace().any(named))
    }

    /// Reads which commands the program starts, in every language that runs in the container.
    pub(super) fn read_started(&self) -> Option<Started> {
        let mut languages: BTreeSet<String> = BTreeSet::new();
        for program in &self.demands.programs {
            if let Program::Interpreted { language, .. } = program {
                languages.insert(language.clone());
            }
        }
        languages.extend(self.languages_of_commands());
        languages.extend(self.languages_of_made_programs());
        let by_signs = self.languages_by_signs();
        let repository = self.analysis.base.reference.as_ref().map(|image| image.normalised().repository);
        let of_image = repository.map(|name| self.inputs.heuristics.detect_image(&name)).unwrap_or_default();
        let known = self.inputs.context.is_known();
        let mut started =
            Started { commands: BTreeSet::new(), complete: known, own: true, hidden: false, unknown: None };
        let mut hear = |reading: &Reading| {
            started.commands.extend(reading.subprocesses.iter().map(|f| f.value.clone()));
            let packages = &reading.unknown_packages;
            let own = reading.unknown_subprocesses.iter().find(|place| {
                !packages.iter().any(|package| (&package.file, package.line) == (&place.file, place.line))
            });
            started.unknown = own
                .as_ref()
                .map(|place| format!("{}:{}: {}", place.file, place.line, place.value))
                .or(started.unknown.take());
            started.complete &= reading.complete && reading.unknown_subprocesses.is_empty();
            started.own &= reading.complete && own.is_none();
            started.hidden |= reading.hidden;
        };
        self.readings.iter().for_each(&mut hear);
        let mut unread = self.unread;
        for language in languages.iter().filter(|language| !by_signs.contains(*language)) {
            match programs::read_program(language, self.inputs.context, "") {
                Some(reading) => hear(&reading),
                None => unread = true,
            }
        }
        started.complete &= !unread;
        started.own &= !unread && known;
        for language in languages.iter().filter(|language| !by_signs.contains(*language)) {
            self.hear_others(language, &mut started);
        }
        for language in &by_signs {
            let runs = languages.contains(language) || of_image.iter().any(|ecosystem| ecosystem.id == *language);
            self.hear_signs(language, runs, &mut started);
        }
        (!languages.is_empty() || !by_signs.is_empty() || self.native).then_some(started)
    }

    /// Adds what the declared packages of the languages that run start by themselves, as far as the image has it.
    pub(super) fn hear_packages(&mut self) {
        let Some(mut started) = self.started.take() else { return };
        let mentions = |word: &str| self.sources_mention(word);
        let lies = |name: &str| {
            let landed = self.analysis.files.landings().iter();
            landed.filter(|l| l.tree).any(|l| {
                let path = context::join(&l.source, name);
                self.inputs.context.entry(&path) != ContextEntry::Absent
            })
        };
        let musl = self.analysis.base.facts.as_ref().is_some_and(|facts| facts.libc == Some(Libc::Musl));
        let languages: BTreeSet<&String> = self.declared.found.iter().map(|d| &d.ecosystem).collect();
        for language in languages {
            let known = callers::behaviour(language, language);
            let Some(behaviour) = known.behaviour().filter(|_| musl) else { continue };
            let declared = self.declared.found.iter().filter(|d| d.ecosystem == *language);
            let by_package = declared.map(|d| &d.name).any(|name| behaviour.musl_by.contains(name));
            if by_package || behaviour.signs.iter().any(|sign| mentions(sign).unwrap_or(true)) {
                started.commands.extend(behaviour.musl_calls.iter().filter(|call| self.has_command(call)).cloned());
            }
        }
        let dropped = development::dropped(self);
        for dependency in self.declared.found.iter().filter(|dependency| !dropped.contains(&dependency.name)) {
            let detect = self.inputs.heuristics.ecosystem(&dependency.ecosystem).map(|e| &e.detect);
            let tools = detect.iter().flat_map(|d| d.build_packages.iter().chain(&d.installer_packages));
            let tool = tools.into_iter().any(|tool| *tool == dependency.name);
            let known = callers::behaviour(&dependency.ecosystem, &dependency.name);
            let Some(behaviour) = known.behaviour() else { continue };
            // A tool that only builds is needed at run time where the sources show so.
            if tool && !behaviour.signs.iter().any(|sign| mentions(sign) == Some(true)) {
                continue;
            }
            self.hear_behaviour(behaviour, &mentions, &lies, &mut started);
        }
        for package in self.linked() {
            // An import names a part of a package.
            let known = callers::nearest_behaviour(&package.ecosystem, &package.name);
            let Some(behaviour) = known.behaviour() else { continue };
            if package.direct {
                self.hear_behaviour(behaviour, &mentions, &lies, &mut started);
            } else if behaviour.compiles == Compiles::Never {
                let always = behaviour.calls.iter().filter(|command| self.has_command(command));
                started.commands.extend(always.map(|command| (*command).to_owned()));
            }
        }
        if started.unknown.is_some() {
            started.commands.extend(self.named_commands());
        }
        self.started = Some(started);
    }

    /// Commands of the distribution whose names begin a text in quotes or a value of a setting: one of them may be what is
    /// started by a computed name.
    fn named_commands(&self) -> BTreeSet<String> {
        let distribution = self.distribution();
        let texts = self.texts().unwrap_or_default().iter();
        let quoted = texts.clone().flat_map(|(_, text)| text.split(['"', '\'', '`']).skip(1).step_by(2));
        let values = texts.flat_map(|(_, text)| text.lines()).filter_map(|line| line.split_once([':', '=']));
        let first = quoted.chain(values.map(|(_, value)| value)).filter_map(|text| text.split_whitespace().next());
        let words = first.map(paths::name).filter(|word| word.len() > 1).collect::<BTreeSet<&str>>().into_iter();
        let known = words.filter(|word| crate::facts::packages::package_of_command(&distribution, word).is_some());
        known.map(str::to_owned).collect()
    }

    /// Adds the commands that a package starts, as far as the image has them.
    fn hear_behaviour(
        &self,
        behaviour: &Behaviour,
        mentions: &dyn Fn(&str) -> Option<bool>,
        lies: &dyn Fn(&str) -> bool,
        started: &mut Started,
    ) {
        let calls = behaviour.calls_in(mentions, lies);
        started.commands.extend(calls.iter().filter(|c| self.has_command(c)).map(|c| (*c).to_owned()));
        if behaviour.compiles_in(mentions) {
            started.commands.extend(programs::compilers().iter().filter(|c| self.has_command(c)).cloned());
        }
    }

    /// Commands that a command of the container starts by itself, as far as the project's texts show it.
    pub(crate) fn started_with(&self, command: &str) -> BTreeSet<String> {
        let shown = |words: &[String]| words.iter().any(|word| self.sources_mention(word) != Some(false));
        let for_words = programs::started_for(command).filter(|(_, words)| shown(words)).map(|(other, _)| other);
        programs::started_by(command).iter().map(String::as_str).chain(for_words).map(str::to_owned).collect()
    }

    /// True when the base image or a package of the file brings a command.
    fn has_command(&self, command: &str) -> bool {
        self.before.commands.contains(command) || self.is_installed(command)
    }

    /// Whether a file of the project has a word in its text; nothing when the files cannot all be listed. The Dockerfile and
    /// what only builds do not count.
    pub(crate) fn sources_mention(&self, word: &str) -> Option<bool> {
        self.texts().map(|texts| texts.iter().any(|(_, text)| text.contains(word)))
    }

    /// The project's files with their texts, without the Dockerfile and what only builds; nothing when they cannot all be
    /// listed.
    pub(crate) fn texts(&self) -> Option<&[(String, String)]> {
        self.texts.get_or_init(|| self.own_texts()).as_deref()
    }

    fn own_texts(&self) -> Option<Vec<(String, String)>> {
        let found = context::walk_where(self.inputs.context, "", MANY, &|path| self.may_be_read(path)).ok()?;
        // What a compiler reads is the program's own text; settings of build tools are not.
        let builds = |path: &str| !self.native && self.inputs.heuristics.is_build_setting(paths::name(path));
        let is_file = |entry: &ContextEntry| matches!(entry, ContextEntry::File { .. });
        let files = found.into_iter().filter(|(path, entry)| is_file(entry) && !builds(path));
        let texts = files.filter_map(|(path, _)| self.inputs.context.text(&path).ok().map(|text| (path, text)));
        // The Dockerfile lies there as well, and says what the build does.
        Some(texts.filter(|(_, text)| text.as_bytes() != self.inputs.dockerfile.source).collect())
    }

    /// False for a directory of the context from which no step of the file takes anything.
    pub(super) fn may_be_read(&self, directory: &str) -> bool {
        let overlaps = |source: &str| {
            source.is_empty() || paths::is_within(directory, source) || paths::is_within(source, directory)
        };
        let mounts = self.inputs.dockerfile.instructions().any(|i| i.flags.iter().any(|flag| flag.name == "mount"));
        mounts || self.analysis.files.landings().iter().any(|landing| overlaps(&landing.source))
    }

    /// Languages of the programs that a build tool makes with a script to start them.
    fn languages_of_made_programs(&self) -> BTreeSet<String> {
        let named = self.demands.programs.iter().filter_map(|program| match program {
            Program::File { path } => Some(path.clone()),
            Program::Command { name } => self.built_command(name),
            _ => None,
        });
        let entries = named.filter_map(|path| self.made_program(&path).map(|entry| (self.is_hosted(entry), entry)));
        let hosted = entries.filter(|(hosted, _)| *hosted).filter_map(|(_, entry)| entry.by.split('/').next());
        hosted.map(str::to_owned).collect()
    }

    /// Languages of the packages that bring a command of the container which no image and no build step has.
    fn languages_of_commands(&self) -> BTreeSet<String> {
        let unknown = self.demands.programs.iter().any(|program| match program {
            Program::Command { name } => !self.before.commands.contains(name),
            _ => false,
        });
        if !unknown || self.native {
            return BTreeSet::new();
        }
        let units = self.runs().flat_map(|(_, run)| run.units.iter()).map(|unit| &unit.effects);
        units.flat_map(|e| e.manifests.iter().chain(&e.installs)).map(|(_, ecosystem)| ecosystem.clone()).collect()
    }

    /// True when certificate authorities have to be put back: the original had them, the new base has not, and TLS is
    /// possible. `loses` says that only packages which leave brought them, `installed` which packages stay.
    pub(crate) fn needs_certificates(
        &self,
        loses: bool,
        after: &BaseContents,
        installed: &dyn Fn(&str) -> bool,
    ) -> bool {
        let had = self.before.ca_certificates || loses;
        if !had || after.ca_certificates {
            return false;
        }
        // Interpreters with certificate stores of their own need the system's only for the tools beside them.
        let own_store = self.demands.programs.iter().all(|p| match p {
            Program::Interpreted { language, .. } => {
                self.inputs.heuristics.ecosystem(language).is_some_and(|e| e.detect.own_certificates)
            }
            Program::Script { .. } => true,
            // A server checks certificates only where its configuration names them.
            Program::Server { .. } => !self.files_mention(|path| paths::is_within("/etc", path), "/etc/ssl"),
            _ => false,
        });
        // A health check that asks its own server by plain HTTP needs none.
        let demands = &self.demands.commands;
        let over_tls = |tool: &str| demands.iter().any(|c| c.name == tool && !c.because.contains("http://"));
        let started = |tool: &str| self.started.as_ref().is_some_and(|started| started.commands.contains(tool));
        let tools = programs::tls_tools().iter().any(|t| installed(t) || over_tls(t) || started(t));
        !own_store && !self.tls_excluded || tools
    }

    /// True when the time zone database has to be put back: the original had it, the new base has not, and the program is not
    /// proven to do without.
    pub(crate) fn needs_zones(&self, after: &BaseContents) -> bool {
        self.before.tzdata && !after.tzdata && self.asks_for_zones()
    }

    /// True unless it is known that nothing that runs looks into the time zone database: a variable or a text of the project
    /// names a zone, sources ask for them, or nobody can look.
    pub(crate) fn asks_for_zones(&self) -> bool {
        let readings = &self.readings;
        let without = !readings.is_empty() && readings.iter().all(|r| r.complete && r.time_zones.is_empty());
        let told = self.analysis.end.config.env.iter().any(|(name, _)| name == "TZ");
        let named = || self.texts().is_none_or(|texts| texts.iter().any(|(_, text)| releases::names_a_zone(text)));
        told || !without || named()
    }

    /// True when a library that came along with a package unasked may be loaded: dependencies or compiled sources name it, or
    /// nobody can look at them.
    pub(crate) fn may_load(&self, library: &str) -> bool {
        let releases = &self.target.releases;
        let by_dependency = self.declared.found.iter().any(|dependency| {
            let need = libraries::library_needs(&dependency.ecosystem, &dependency.name);
            need.is_some_and(|need| need.packages_for(releases).iter().any(|name| name == library))
        });
        let by_compiler = || {
            let mut named = compiled().need.iter().filter(|n| n.packages(releases).iter().any(|p| p == library));
            let hidden = Sources::look(self).is_some_and(|sources| sources.are_hidden());
            let sources = Sources::all(self);
            named.any(|need| hidden || sources.load(need))
        };
        by_dependency || !self.declared.unread.is_empty() || by_compiler()
    }
}

/// Texts in double quotes on one line, each with what stands before it on the line.
fn literals(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().flat_map(|line| {
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(start) = line[at..].find('"').map(|i| at + i) {
            let Some(end) = line[start + 1..].find('"').map(|i| start + 1 + i) else { break };
            found.push((&line[..start], &line[start + 1..end]));
            at = end + 1;
        }
        found
    })
}
