//! Which directories belong to the program, and how much of each goes along: the modes of the roots.

use super::{
    CONFIGURATION, FEW, LONG_CONFIGURATION, MANY, Mode, Placer, Root, Write, is_home_cache, is_scratch, lands_in,
};
use crate::analyzer::demands::Program;
use crate::analyzer::pragmas;
use crate::analyzer::state::Landing;
use crate::analyzer::{Action, Step};
use crate::context::Entry;
use crate::facts::heuristics::{Reach, WriteKind};
use crate::paths;
use crate::programs::{self, Opens, Reading};
use std::collections::BTreeSet;

impl Placer<'_, '_> {
    pub(super) fn find_roots(&mut self) {
        let mut candidates: BTreeSet<String> = BTreeSet::new();
        for step in self.steps() {
            match &step.action {
                Action::Copy(copy) => {
                    candidates.extend(copy.landings.iter().filter(|l| l.tree).map(|l| l.destination.clone()));
                    if copy.into_directory {
                        candidates.insert(copy.destination.clone());
                    } else if !copy.landings.iter().any(|l| l.tree) {
                        candidates.insert(paths::parent(&copy.destination).to_owned());
                    }
                }
                Action::Run(run) => {
                    if run.units.iter().any(|u| !u.effects.is_portable() || !u.effects.files.is_empty()) {
                        candidates.insert(step.workdir.clone());
                        candidates.extend(run.units.iter().filter_map(|u| u.cwd.clone()));
                    }
                }
                Action::Config => {}
            }
        }
        for write in &self.writes {
            if write.write.form != Reach::Path {
                candidates.insert(write.write.path.clone());
            }
        }
        candidates.extend(self.planner.analysis.files.prefixes.iter().cloned());
        candidates.retain(|path| !paths::is_shared(path) && !is_scratch(path) && !is_home_cache(path));
        for path in &candidates {
            // The order of a set of paths puts a directory before what lies in it.
            if !self.roots.iter().any(|root| paths::is_within(&root.path, path)) {
                self.roots.push(Root { path: path.clone(), mode: Mode::Precise });
            }
        }
    }

    pub(super) fn root_of(&self, path: &str) -> Option<&Root> {
        self.roots.iter().find(|root| paths::is_within(&root.path, path))
    }

    pub(super) fn choose_modes(&mut self) {
        let programs = self.planner.programs();
        let runtime_commands = &self.planner.base;
        // A system command such as `tail` does not read the program's directory by itself.
        let natives: Vec<String> = programs
            .iter()
            .filter_map(|program| match program {
                Program::File { path } => Some(path.clone()),
                Program::Command { name } => self.built_command(name),
                _ => None,
            })
            .filter(|path| self.artifact_at(path, 0))
            .collect();
        let native = !natives.is_empty()
            && programs.iter().all(|program| match program {
                Program::File { path } => self.artifact_at(path, 0),
                Program::Command { name } => self.built_command(name).is_some() || runtime_commands.provides(name),
                Program::Script { .. } => true,
                Program::Interpreted { .. } | Program::Server { .. } => false,
            });
        self.placement.native = native;
        let servers = !programs.is_empty() && programs.iter().all(|p| matches!(p, Program::Server { .. }));
        let sources = self.native_sources(&natives);
        self.placement.readings = sources.as_ref().map(|s| self.readings(s)).unwrap_or_default();
        let all_read = sources.is_some_and(|sources| sources.len() == self.placement.readings.len());
        self.placement.unread = native && !all_read;
        let proven = (native && programs.iter().all(|p| matches!(p, Program::File { .. } | Program::Command { .. })))
            .then(|| all_read.then(|| self.proven_paths()).flatten())
            .flatten();
        let bundles = self.self_contained_directories();
        for i in 0..self.roots.len() {
            let root = self.roots[i].path.clone();
            let built = self.writes.iter().any(|w| paths::is_within(&root, &w.write.path));
            let unknown = self.writes.iter().any(|w| {
                // Where data lands is known roughly; a COPY of a path that the build did not make would fail.
                let named = pragmas::is_artifact(&w.write) || w.exact;
                let rough = w.write.form == Reach::Within
                    || w.write.path == root
                        && w.write.form == Reach::Path
                        && !(native && w.write.kind == WriteKind::Source)
                    || matches!(w.write.kind, WriteKind::Data | WriteKind::Unknown)
                    || w.write.kind == WriteKind::Source && !native
                    || w.write.kind == WriteKind::Artifact && !native;
                paths::is_within(&root, &w.write.path) && rough && !named && !self.inside_intermediate(&w.write.path)
            }) || self.may_have_no_dependencies(&root);
            self.roots[i].mode = match &proven {
                Some(paths) if built => {
                    let inside: Vec<String> = paths.iter().filter(|p| paths::is_within(&root, p)).cloned().collect();
                    let (again, copied) = inside.into_iter().partition::<Vec<_>, _>(|p| self.own_copy(p).is_some());
                    self.plain_copies.extend(again.iter().filter_map(|p| self.own_copy(p)).collect::<Vec<_>>());
                    Mode::Proven(copied)
                }
                _ if bundles.iter().any(|b| b != &root && paths::is_within(&root, b)) => {
                    Mode::Proven(bundles.iter().filter(|b| paths::is_within(&root, b)).cloned().collect())
                }
                _ if servers && built && !self.is_mentioned(&root) => Mode::Dropped,
                _ if unknown => match self.packed(&root) {
                    Some((paths, plain)) => {
                        self.plain_copies.extend(plain);
                        Mode::Proven(paths)
                    }
                    None => Mode::Tree,
                },
                _ if native && (built || self.is_compiled_in(&root)) => match self.without_sources(&root) {
                    Some((paths, plain)) => {
                        self.plain_copies.extend(plain);
                        Mode::Proven(paths)
                    }
                    None => Mode::Precise,
                },
                _ => Mode::Precise,
            };
        }
        if native {
            self.narrow_copies(proven.as_deref());
        }
    }

    /// `COPY . .` into `/`: a program that is compiled there needs what lies beside its sources, or what it is proven to
    /// open. Directories that the base image has, too, are left to the COPY.
    pub(super) fn narrow_copies(&mut self, proven: Option<&[String]>) {
        let ecosystems = self.compiling_ecosystems();
        for step in self.steps() {
            let Action::Copy(copy) = &step.action else { continue };
            let trees =
                !copy.landings.is_empty() && copy.landings.iter().all(|l| l.tree && paths::is_shared(&l.destination));
            let compiles_there = || {
                copy.landings.iter().all(|landing| {
                    let here = |w: &Write| w.unit.cwd.as_deref() == Some(landing.destination.as_str());
                    let made = |w: &Write| matches!(w.write.kind, WriteKind::Artifact | WriteKind::Intermediate);
                    self.writes.iter().any(|w| made(w) && here(w) && w.instruction > step.instruction)
                })
            };
            let in_builder = Some(step.instruction) <= self.placement.cut;
            if !trees || !in_builder || !copy.heredocs.is_empty() || copy.unpacks || !compiles_there() {
                continue;
            }
            let mut beside = Vec::new();
            let known = copy.landings.iter().all(|l| self.beside_sources(l, &ecosystems, &mut beside).is_some());
            let whole = copy.landings.iter().any(|l| beside.contains(&l.destination));
            if !known || whole || beside.iter().any(|path| paths::is_shared(path)) {
                continue;
            }
            let brought = |path: &&String| self.brought_by(path) == Some(step.instruction);
            let demanded = self.planner.demands.paths.iter().map(|p| &p.path).filter(|path| self.is_from_context(path));
            let mut paths: Vec<String> = match proven {
                Some(opened) => opened.to_vec(),
                None => beside,
            };
            paths.extend(demanded.cloned());
            paths.retain(|path| brought(&path));
            paths.sort();
            paths.dedup();
            if paths.len() <= FEW {
                self.narrowed.insert(step.instruction, paths);
            }
        }
    }

    /// Programs that a build packed with everything they need into one file each, and what else the build context brings
    /// into their root besides sources; nothing when anything else was made there. Directories that are packed as a whole
    /// stay behind unless something in them names them: it would open them beside the program.
    pub(super) fn packed(&self, root: &str) -> Option<(Vec<String>, Vec<usize>)> {
        let mut files = Vec::new();
        let mut rules = BTreeSet::new();
        for program in self.planner.programs() {
            let Program::Interpreted { file: Some(file), .. } = program else { return None };
            if !paths::is_within(root, file) || file.contains(['*', '?', '[']) {
                return None;
            }
            let packs = |w: &&Write| {
                let made = w.write.kind == WriteKind::Intermediate && w.write.form == Reach::Path;
                made && paths::is_within(&w.write.path, file) && self.bundles(&w.write)
            };
            let write = self.writes.iter().find(packs)?;
            rules.insert(write.write.by.as_str());
            files.push((file.clone(), write.unit.cwd.clone()?));
        }
        let others =
            self.writes.iter().any(|w| paths::is_within(root, &w.write.path) && !rules.contains(w.write.by.as_str()));
        if files.is_empty() || others {
            return None;
        }
        let (mut paths, plain) = self.without_sources(root)?;
        let heuristics = self.planner.inputs.heuristics;
        for (_, project) in &files {
            for directory in self.compiling_ecosystems().iter().flat_map(|id| heuristics.packed_directories(id)) {
                if !self.names_itself(directory)? {
                    paths.retain(|path| !paths::is_within(&paths::join(project, directory), path));
                }
            }
        }
        paths.extend(files.into_iter().map(|(file, _)| file));
        Some((paths, plain))
    }

    /// True when a file in a directory of the build context has the directory's name in its text; nothing when there is too
    /// much to look at.
    pub(super) fn names_itself(&self, directory: &str) -> Option<bool> {
        let context = self.planner.inputs.context;
        let found = crate::context::walk(context, "", MANY).ok()?;
        let below = format!("{directory}/");
        let inside = found.iter().filter(|(path, entry)| {
            matches!(entry, Entry::File { .. }) && (path.starts_with(&below) || path.contains(&format!("/{below}")))
        });
        Some(inside.into_iter().any(|(path, _)| context.text(path).is_ok_and(|text| text.contains(directory))))
    }

    /// True when what the build leaves elsewhere was made of what lies in a root.
    pub(super) fn is_compiled_in(&self, root: &str) -> bool {
        self.writes.iter().any(|w| {
            matches!(w.write.kind, WriteKind::Artifact | WriteKind::Intermediate)
                && w.unit.cwd.as_deref().is_some_and(|cwd| paths::is_within(root, cwd))
        })
    }

    /// Ecosystems whose tools made what the build leaves.
    pub(super) fn compiling_ecosystems(&self) -> BTreeSet<String> {
        let made = self.writes.iter().filter(|w| matches!(w.write.kind, WriteKind::Artifact | WriteKind::Intermediate));
        made.filter_map(|w| w.write.by.split('/').next()).filter(|id| !id.is_empty()).map(str::to_owned).collect()
    }

    /// What the build context brings into a root besides sources, in a few paths, and the instructions that bring no
    /// sources at all; nothing when that cannot be said. A compiled program may read any file, but not the sources it was
    /// made of.
    pub(super) fn without_sources(&self, root: &str) -> Option<(Vec<String>, Vec<usize>)> {
        let ecosystems = self.compiling_ecosystems();
        let mut paths = Vec::new();
        let mut plain = Vec::new();
        for step in self.steps() {
            let Action::Copy(copy) = &step.action else { continue };
            if !lands_in(copy, root) || Some(step.instruction) > self.placement.cut {
                // What comes after the build comes again.
                continue;
            }
            if !copy.heredocs.is_empty() || copy.unpacks || copy.landings.is_empty() {
                return None;
            }
            let mut own = Vec::new();
            for landing in &copy.landings {
                self.beside_sources(landing, &ecosystems, &mut own)?;
            }
            let all = own.len() == copy.landings.len() && copy.landings.iter().all(|l| own.contains(&l.destination));
            if all && !own.iter().any(|path| self.is_touched(path, step.instruction)) {
                plain.push(step.instruction);
            } else {
                paths.extend(own);
            }
        }
        let demanded = self.planner.demands.paths.iter().map(|p| p.path.clone());
        let of_build = |p: &String| self.brought_by(p).is_none_or(|i| Some(i) <= self.placement.cut);
        paths.extend(demanded.filter(|p| paths::is_within(root, p) && self.is_from_context(p) && of_build(p)));
        paths.sort();
        paths.dedup();
        (paths.len() <= FEW).then_some((paths, plain))
    }

    /// The instruction that brings exactly one path from the context, which no step touches.
    pub(super) fn own_copy(&self, path: &str) -> Option<usize> {
        let brings = |step: &&Step| match &step.action {
            Action::Copy(copy) => matches!(copy.landings.as_slice(), [landing] if landing.destination == path),
            _ => false,
        };
        let found = self.steps().iter().rev().find(brings).map(|step| step.instruction);
        found.filter(|&instruction| !self.is_touched(path, instruction))
    }

    /// True when a step writes or changes anything in a path that an instruction brings. What was done before to the
    /// directories around it does not count.
    pub(super) fn is_touched(&self, path: &str, brought: usize) -> bool {
        let near = |other: &String, instruction: usize| {
            paths::is_within(path, other) || instruction >= brought && paths::is_within(other, path)
        };
        self.writes.iter().any(|w| near(&w.write.path, w.instruction) && w.write.form != Reach::Into)
            || self.operations.iter().any(|o| {
                let paths = o.operation.writes.iter().chain(&o.operation.removes);
                paths.into_iter().any(|path| near(path, o.instruction))
            })
    }

    /// Adds the shortest paths that hold all files of a landing but sources.
    pub(super) fn beside_sources(
        &self,
        landing: &Landing,
        ecosystems: &BTreeSet<String>,
        paths: &mut Vec<String>,
    ) -> Option<()> {
        let inputs = self.planner.inputs;
        let is_source = |name: &str| inputs.heuristics.is_source(ecosystems, name);
        if !landing.tree {
            if !is_source(paths::name(&landing.source)) {
                paths.push(landing.destination.clone());
            }
            return Some(());
        }
        let inner = crate::context::walk(inputs.context, &landing.source, MANY).ok()?;
        if !inner.iter().any(|(path, _)| is_source(paths::name(path))) {
            paths.push(landing.destination.clone());
            return Some(());
        }
        let mut pending = vec![landing.source.clone()];
        while let Some(directory) = pending.pop() {
            let below = |path: &str| match paths::below(&landing.source, path).unwrap_or(path) {
                "" => landing.destination.clone(),
                rest => paths::join(&landing.destination, rest),
            };
            for name in inputs.context.list(&directory).ok()? {
                let path = crate::context::join(&directory, &name);
                if is_source(&name) {
                    continue;
                }
                let mixed = match inputs.context.entry(&path) {
                    Entry::Directory => {
                        let inner = crate::context::walk(inputs.context, &path, MANY).ok()?;
                        let sources = inner.iter().filter(|(p, e)| *e != Entry::Directory && is_source(paths::name(p)));
                        (sources.count(), inner.iter().filter(|(_, e)| *e != Entry::Directory).count())
                    }
                    Entry::Unknown => return None,
                    _ => (0, 1),
                };
                match mixed {
                    (sources, all) if sources == all => {}
                    (0, _) => paths.push(below(&path)),
                    _ => pending.push(path),
                }
                if paths.len() > FEW {
                    return None;
                }
            }
        }
        Some(())
    }

    /// Directories that hold every program with all it needs; empty when one program lies elsewhere.
    pub(super) fn self_contained_directories(&self) -> Vec<String> {
        let mut directories = Vec::new();
        for program in self.planner.programs() {
            let Program::Interpreted { language, file: Some(file), .. } = program else { return Vec::new() };
            let names = self.planner.inputs.heuristics.self_contained(language);
            let found = names.iter().find_map(|name| {
                let marker = format!("/{name}/");
                let at = file.find(&marker)?;
                Some(file[..at + marker.len() - 1].to_owned())
            });
            match found {
                Some(directory) => directories.push(directory),
                None => return Vec::new(),
            }
        }
        directories
    }

    /// True when a step installs dependencies into a root and nothing says that there are any: the directory may not
    /// exist then.
    pub(super) fn may_have_no_dependencies(&self, root: &str) -> bool {
        let installs =
            self.writes.iter().any(|w| w.write.kind == WriteKind::Dependency && paths::is_within(root, &w.write.path));
        installs && crate::planner::dependencies::declared(self.planner.inputs, self.planner.analysis).found.is_empty()
    }

    pub(super) fn inside_intermediate(&self, path: &str) -> bool {
        self.writes.iter().any(|w| {
            let tree = w.write.kind == WriteKind::Intermediate && w.write.form == Reach::Path;
            tree && w.write.path != path && paths::is_within(&w.write.path, path)
        })
    }

    /// True when configuration that run time reads mentions a directory: a file copied elsewhere, a variable, the
    /// working directory's own relative paths in CMD.
    pub(super) fn is_mentioned(&self, root: &str) -> bool {
        let analysis = self.planner.analysis;
        let config = &analysis.end.config;
        let in_words = config.cmd.iter().chain(&config.entrypoint).flatten().any(|w| w.contains(root));
        let in_variables = config.env.iter().any(|(name, value)| match value {
            Some(value) => value.contains(root),
            None => analysis.sets_variable(name),
        });
        let in_files = self.planner.files_mention(|path| !paths::is_within(root, path), root);
        in_words || in_variables || in_files || !self.planner.demands.unread.is_empty()
    }

    /// Language and directory in the context of what native programs are built from; nothing when some are not known.
    pub(super) fn native_sources(&self, natives: &[String]) -> Option<BTreeSet<(String, String)>> {
        let analysis = self.planner.analysis;
        let context = self.planner.inputs.context;
        if natives.is_empty() || !context.is_known() {
            return None;
        }
        let mut sources: BTreeSet<(String, String)> = BTreeSet::new();
        for write in
            self.writes.iter().filter(|w| matches!(w.write.kind, WriteKind::Artifact | WriteKind::Intermediate))
        {
            let language = write.write.by.split('/').next().unwrap_or_default().to_owned();
            if language.is_empty() {
                continue;
            }
            let directory = write.unit.cwd.as_deref()?;
            let source = match analysis.files.entry(directory, context) {
                Some((source, Entry::Directory)) => source,
                _ => self.copied_piecewise(directory)?,
            };
            sources.insert((language, source));
        }
        (!sources.is_empty()).then_some(sources)
    }

    /// The directory of the context whose files and directories were copied one by one into a directory of the image,
    /// each under its own name.
    pub(super) fn copied_piecewise(&self, directory: &str) -> Option<String> {
        let mut found: Option<String> = None;
        for landing in self.planner.analysis.files.landings() {
            let Some(below) = paths::below(directory, &landing.destination) else { continue };
            let source = landing.source.strip_suffix(below).map(|s| s.trim_end_matches('/'))?;
            if found.get_or_insert_with(|| source.to_owned()) != source {
                return None;
            }
        }
        found
    }

    pub(super) fn readings(&self, sources: &BTreeSet<(String, String)>) -> Vec<Reading> {
        let context = self.planner.inputs.context;
        sources.iter().filter_map(|(language, source)| programs::read_program(language, context, source)).collect()
    }

    /// What a self-contained program opens, when its sources prove it.
    pub(super) fn proven_paths(&mut self) -> Option<Vec<String>> {
        let analysis = self.planner.analysis;
        let context = self.planner.inputs.context;
        let mut opened = Vec::new();
        let mut tls = false;
        for reading in &self.placement.readings {
            if !reading.self_contained {
                return None;
            }
            tls |= !reading.tls.is_empty() || !reading.complete;
            if !reading.complete || !reading.subprocesses.is_empty() || !reading.unknown_subprocesses.is_empty() {
                return None;
            }
            match &reading.opens {
                Opens::Nothing => {}
                Opens::These(found) => opened.extend(found.iter().map(|f| f.value.clone())),
                Opens::NotProven(_) => return None,
            }
        }
        self.placement.tls_excluded = !tls;
        // Who starts the container may name another file than the default.
        if self.placement.readings.iter().any(|reading| !reading.user_given.is_empty()) {
            return None;
        }
        let workdir = &analysis.end.config.workdir;
        let mut needed = BTreeSet::new();
        for pattern in opened {
            let fixed: Vec<&str> = pattern.split('/').take_while(|part| !part.contains(['*', '?', '[', '{'])).collect();
            let fixed = if pattern.starts_with('/') { format!("/{}", fixed.join("/")) } else { fixed.join("/") };
            let path = paths::join(workdir, &fixed);
            let landed = analysis.files.entry(&path, context).is_some_and(|(_, e)| !matches!(e, Entry::Unknown));
            if landed || self.is_built(&path) {
                needed.insert(path);
            }
        }
        let named: Vec<String> = needed.iter().flat_map(|path| self.named_in(path)).collect();
        needed.extend(named);
        let cut = self.placement.cut;
        needed.retain(|path| self.brought_by(path).is_none_or(|instruction| Some(instruction) <= cut));
        Some(needed.into_iter().collect())
    }

    /// True when a directory from the build context holds sources, or too much to look at.
    pub(super) fn holds_sources(&self, directory: &str, ecosystems: &BTreeSet<String>) -> bool {
        let inputs = self.planner.inputs;
        let Some((origin, _)) = self.planner.analysis.files.entry(directory, inputs.context) else { return false };
        let is_source = |path: &String| inputs.heuristics.is_source(ecosystems, paths::name(path));
        match crate::context::walk(inputs.context, &origin, MANY) {
            Ok(found) => found.iter().any(|(path, _)| is_source(path)),
            Err(_) => true,
        }
    }

    /// Paths from the build context that a configuration file names, such as a database or a directory of templates. Of a
    /// file that is not there yet, the directory that is to hold it.
    pub(super) fn named_in(&self, file: &str) -> Vec<String> {
        let analysis = self.planner.analysis;
        let context = self.planner.inputs.context;
        let name = paths::name(file);
        let is_configuration = name.starts_with('.')
            || name.rsplit_once('.').is_some_and(|(_, extension)| CONFIGURATION.contains(&extension));
        let text =
            analysis.files.text(file, context).filter(|text| is_configuration && text.len() < LONG_CONFIGURATION);
        let ecosystems = self.compiling_ecosystems();
        let is_source = |path: &str| self.planner.inputs.heuristics.is_source(&ecosystems, paths::name(path));
        let mut found = Vec::new();
        for word in
            text.iter().flat_map(|text| text.split(|c: char| c.is_whitespace() || "\"'`=,:;<>()[]{}?#".contains(c)))
        {
            let word = word.trim_start_matches("//");
            if word.trim_matches(['.', '/']).is_empty() {
                continue;
            }
            let path = paths::join(&analysis.end.config.workdir, word);
            let entry = |path: &str| analysis.files.entry(path, context).map(|(_, entry)| entry);
            let is_directory = |path: &str| matches!(entry(path), Some(Entry::Directory));
            match entry(&path) {
                Some(Entry::Unknown) => {}
                Some(_) if is_source(&path) => {}
                Some(Entry::Directory) if self.holds_sources(&path, &ecosystems) => {}
                Some(_) => found.push(path),
                None => {
                    let parent = paths::parent(&path);
                    if word.contains('/') && is_directory(parent) && *parent != analysis.end.config.workdir {
                        found.push(parent.to_owned());
                    }
                }
            }
        }
        found
    }
}
