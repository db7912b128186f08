//! The steps of a stage, applied one after the other.

use super::{At, Entry, Extent, Image, Operation, Origin, within};
use crate::analyzer::effects::{Effects, FileOperation, PathWrite};
use crate::analyzer::{Action, Analysis, CopyAction, RunAction, Step, Unit};
use crate::context::{self, BuildContext};
use crate::facts::heuristics::{SystemChange, WriteKind};
use crate::paths;
use crate::syntax::{Dockerfile, Kind};

impl<'a> Image<'a> {
    /// The image of an analysed stage. `builder` is the stage that its `COPY --from` may name, with its name.
    pub fn of(
        analysis: &Analysis,
        dockerfile: &Dockerfile,
        context: &'a dyn BuildContext,
        builder: Option<(&str, &Image<'a>)>,
    ) -> Image<'a> {
        let mut image = Image {
            context,
            entries: Vec::new(),
            operations: Vec::new(),
            packages: Vec::new(),
            holes: Vec::new(),
            bared: Vec::new(),
            directories: Vec::new(),
        };
        let instructions: Vec<_> = dockerfile.instructions().collect();
        let start = At { instruction: analysis.base.instruction, unit: 0 };
        if let Some(facts) = &analysis.base.facts {
            image.directories.push((facts.config.workdir.clone(), start));
            let search = facts.config.env.iter().find(|(name, _)| name == "PATH").and_then(|(_, v)| v.clone());
            let on_path = search.iter().flat_map(|value| value.split(':'));
            image.directories.extend(on_path.map(|directory| (directory.to_owned(), start)));
        }
        for (i, step) in analysis.steps.iter().enumerate() {
            let at = At { instruction: step.instruction, unit: 0 };
            match &step.action {
                Action::Config => {
                    if matches!(instructions[step.instruction].kind, Kind::Workdir(_)) {
                        let next = analysis.steps.get(i + 1).map(|next| next.workdir.as_str());
                        let entered = next.unwrap_or(&analysis.end.config.workdir);
                        image.directories.push((entered.to_owned(), at));
                    }
                }
                Action::Copy(copy) => image.copy(step, copy, builder),
                Action::Run(run) => image.run(step, run),
            }
        }
        image.homes(analysis, start);
        image.install(analysis);
        image
    }

    /// Home directories that are made along with their users.
    fn homes(&mut self, analysis: &Analysis, start: At) {
        for home in analysis.homes.values() {
            self.directories.push((home.clone(), start));
        }
    }

    fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    fn copy(&mut self, step: &Step, copy: &CopyAction, builder: Option<(&str, &Image<'a>)>) {
        let at = At { instruction: step.instruction, unit: 0 };
        let entry = |path: &str, extent: Extent, origin: Origin| Entry {
            path: path.to_owned(),
            extent,
            certain: true,
            origin,
            purpose: WriteKind::Source,
            by: String::new(),
            at,
            step: String::new(),
            sources: Vec::new(),
            link: false,
            user: step.user.clone(),
            chown: copy.chown.clone(),
            gone: None,
        };
        if copy.into_directory || copy.landings.iter().any(|landing| landing.tree) {
            self.directories.push((copy.destination.clone(), at));
        }
        for landing in &copy.landings {
            let extent = if landing.tree { Extent::Tree } else { Extent::One };
            self.push(entry(&landing.destination, extent, Origin::Context { source: landing.source.clone() }));
        }
        for path in &copy.heredocs {
            self.push(entry(path, Extent::One, Origin::Text));
        }
        if copy.unpacks {
            self.push(Entry { certain: false, ..entry(&copy.destination, Extent::Tree, Origin::Added) });
        }
        let Some(from) = &copy.from else { return };
        for (source, arrival) in copy.from_stage.iter().zip(copy.arrivals()) {
            match builder.filter(|(name, _)| name.eq_ignore_ascii_case(from)) {
                Some((_, builder)) => self.take(builder, &paths::join("/", source), &copy.destination, copy, at),
                None => {
                    let origin = Origin::Image { image: from.clone(), source: source.clone() };
                    self.push(entry(&arrival, Extent::Tree, origin));
                }
            }
        }
    }

    /// What lies at or below a path of another stage arrives.
    fn take(&mut self, builder: &Image<'a>, source: &str, destination: &str, copy: &CopyAction, at: At) {
        self.directories.push((paths::parent(destination).to_owned(), at));
        for (_, entry) in builder.entries() {
            let mut taken = entry.clone();
            if let Some(rest) = paths::below(source, &entry.path) {
                taken.path = paths::join(destination, rest);
            } else if builder.holds(entry, source) {
                taken.path = destination.to_owned();
                taken.extent = if entry.extent == Extent::One { Extent::One } else { Extent::Tree };
                if let Some(inner) = entry.context_path(source) {
                    taken.origin = Origin::Context { source: inner };
                }
            } else {
                continue;
            }
            taken.at = at;
            taken.chown = copy.chown.clone().or(taken.chown);
            self.push(taken);
        }
        let inside = |path: &String| paths::below(source, path).map(|rest| paths::join(destination, rest));
        let holes: Vec<_> = builder.holes.iter().filter_map(|(hole, _)| Some((inside(hole)?, at))).collect();
        self.holes.extend(holes);
        let made: Vec<_> = builder.directories.iter().filter_map(|(path, _)| Some((inside(path)?, at))).collect();
        self.directories.extend(made);
    }

    fn run(&mut self, step: &Step, run: &RunAction) {
        for (u, unit) in run.units.iter().enumerate() {
            let at = At { instruction: step.instruction, unit: u };
            let text = run.text.get(unit.range.clone()).unwrap_or_default().trim();
            let template = Entry {
                path: String::new(),
                extent: Extent::One,
                certain: true,
                origin: if self.is_repeatable(unit, step) { Origin::Plain } else { Origin::Step },
                purpose: WriteKind::Data,
                by: String::new(),
                at,
                step: text.to_owned(),
                sources: Vec::new(),
                link: false,
                user: step.user.clone(),
                chown: None,
                gone: None,
            };
            for write in &unit.effects.writes {
                self.write(write, &template);
            }
            for operation in &unit.effects.files {
                self.operation(operation, &template);
            }
            if !unit.effects.unknown.is_empty() || unit.effects.fills {
                self.may_fill(&template);
            }
        }
    }

    /// True for a part that another stage can repeat: a plain one, in a directory that is there without the build.
    fn is_repeatable(&self, unit: &Unit, step: &Step) -> bool {
        let entered = unit.cwd.as_deref().unwrap_or(&step.workdir);
        let of_build = entered != step.workdir && (self.is_built(entered) || !self.is_certain(entered));
        let plain = unit.effects.files.is_empty() || !of_build && !unit.leans;
        is_repeated(&unit.effects) && plain
    }

    /// A command that nobody knows, or that the project tells where to write, may fill any directory that was made before: that
    /// is what it was made for.
    fn may_fill(&mut self, template: &Entry) {
        let made = |e: &Entry| {
            let empty = e.sources.is_empty() && !e.link && e.origin == Origin::Plain && e.gone.is_none();
            empty && self.directories.iter().any(|(directory, _)| *directory == e.path)
        };
        let paths: Vec<String> = self.entries.iter().filter(|e| made(e)).map(|e| e.path.clone()).collect();
        for path in paths {
            let (extent, purpose) = (Extent::Within, WriteKind::Unknown);
            self.push(Entry { path, extent, purpose, certain: false, ..template.clone() });
        }
    }

    fn write(&mut self, write: &PathWrite, template: &Entry) {
        let there = |file: &String| self.entries.iter().any(|e| e.gone.is_none() && self.holds(e, file));
        if write.if_file.as_ref().is_some_and(|file| !there(file)) {
            return;
        }
        // Whatever its files are called, an installation fills the directory that it is told.
        let fills = write.form != crate::facts::heuristics::Reach::Path && write.kind == WriteKind::Artifact;
        if fills && !paths::is_shared(&write.path) {
            self.directories.push((write.path.clone(), template.at));
        }
        // A program that is stripped or given capabilities is still what a compiler made.
        let made = |e: &&Entry| matches!(e.purpose, WriteKind::Artifact | WriteKind::Intermediate) && e.is_built();
        let changed = self.provider(&write.path).filter(|_| write.in_place).filter(made);
        let sources = changed.iter().map(|entry| entry.path.clone()).collect();
        let (purpose, by) = changed.map_or((write.kind, &write.by), |entry| (entry.purpose, &entry.by));
        self.push(Entry {
            path: write.path.clone(),
            extent: write.form.into(),
            certain: !write.may && write.form == crate::facts::heuristics::Reach::Path,
            purpose,
            by: by.clone(),
            sources,
            ..template.clone()
        });
    }

    fn operation(&mut self, operation: &FileOperation, template: &Entry) {
        let portable = template.origin == Origin::Plain;
        self.operations.push(Operation { at: template.at, operation: operation.clone(), portable });
        if operation.metadata_only {
            // The command would fail if the path was not there.
            let plain = operation.writes.iter().filter(|path| !path.contains(['*', '?', '[']));
            self.directories.extend(plain.map(|path| (path.clone(), template.at)));
        }
        if !operation.metadata_only {
            let parents = operation.writes.iter().map(|path| (paths::parent(path).to_owned(), template.at));
            self.directories.extend(parents.collect::<Vec<_>>());
            let edits = operation.writes.iter().any(|path| operation.reads.contains(path));
            for (i, path) in operation.writes.iter().enumerate() {
                if operation.is_touch && self.provider(path).is_some_and(|e| e.extent != Extent::Within) {
                    // Only its time changes.
                    continue;
                }
                if operation.is_link {
                    let sources = operation.reads.clone();
                    self.push(Entry { path: path.clone(), link: true, sources, ..template.clone() });
                } else if operation.reads.is_empty() || edits {
                    self.directories.push((path.clone(), template.at));
                    if operation.reads.is_empty() && paths::is_shared(path) {
                        // It was there before.
                        continue;
                    }
                    let sources = operation.reads.clone();
                    self.push(Entry { path: path.clone(), sources, ..template.clone() });
                } else {
                    let pairs = operation.reads.len() == operation.writes.len();
                    let sources = if pairs { &operation.reads[i..=i] } else { operation.reads.as_slice() };
                    for source in sources {
                        self.carry(source, path, template);
                    }
                }
            }
        }
        for path in &operation.removes {
            if !operation.by_tool && self.is_brought(path) {
                self.bared.push((path.clone(), template.at));
            }
            self.remove(path, template.at);
        }
    }

    /// A step copies or moves what lies at a path to another one: origins go along.
    fn carry(&mut self, source: &str, destination: &str, template: &Entry) {
        // `dist/*` and `dist/.` stand for what the directory holds.
        let contents = source.ends_with("/*");
        let source = source.trim_end_matches("/*");
        let held: Vec<Entry> =
            self.entries.iter().filter(|e| e.gone.is_none() && self.holds(e, source)).cloned().collect();
        let inner: Vec<Entry> = self
            .entries
            .iter()
            .filter(|e| e.gone.is_none() && e.path != source && within(source, &e.path))
            .cloned()
            .collect();
        self.directories.push((paths::parent(destination).to_owned(), template.at));
        let is_tree = |e: &Entry| e.extent != Extent::One;
        let merges = paths::is_shared(destination) || contents && self.is_certain(destination);
        let built = held.iter().chain(&inner).any(Entry::is_built) || !template_is_plain(template);
        if let Some(last) = held.last() {
            let whole = held.iter().any(is_tree) && last.origin != Origin::Text;
            let directory = whole && self.context_has(source).is_none_or(|e| e == context::Entry::Directory);
            let purpose = match last.purpose {
                WriteKind::Intermediate if last.path != source => WriteKind::Artifact,
                WriteKind::Cache => WriteKind::Data,
                purpose => purpose,
            };
            self.push(Entry {
                path: destination.to_owned(),
                extent: match (merges && directory, whole) {
                    (true, _) => Extent::Within,
                    (_, true) => Extent::Tree,
                    _ => Extent::One,
                },
                certain: !(merges && directory),
                origin: if built { Origin::Step } else { Origin::Plain },
                purpose,
                by: last.by.clone(),
                sources: vec![source.to_owned()],
                ..template.clone()
            });
        } else if inner.is_empty() {
            // Nobody knows what is there: the base image's own file, or what a step made unseen.
            let certain = !merges && !contents;
            let extent = if certain { Extent::Tree } else { Extent::Within };
            let sources = vec![source.to_owned()];
            self.push(Entry { path: destination.to_owned(), extent, certain, sources, ..template.clone() });
        }
        for entry in inner {
            let Some(rest) = paths::below(source, &entry.path) else { continue };
            let origin = if built { Origin::Step } else { Origin::Plain };
            let path = paths::join(destination, rest);
            let sources = vec![entry.path.clone()];
            self.push(Entry { path, origin, at: template.at, step: template.step.clone(), sources, ..entry });
        }
    }

    /// True for a path that the base image or a package may have brought: nothing that the steps made is there.
    fn is_brought(&self, path: &str) -> bool {
        let fixed = &path[..path.find(['*', '?', '[']).unwrap_or(path.len())];
        let place = if fixed.len() < path.len() { paths::parent(fixed) } else { path };
        let made = |e: &Entry| e.gone.is_none() && (within(path, &e.path) || self.holds(e, place) && e.path != place);
        paths::is_of_distribution(path) && !self.entries.iter().any(made)
    }

    fn remove(&mut self, path: &str, at: At) {
        // What `rm -rf /tmp/*` leaves of a directory for temporary files has a name that begins with a dot.
        let emptied = path.strip_suffix("/*").filter(|directory| paths::is_temporary(directory));
        for entry in &mut self.entries {
            let inside = matches!(entry.extent, Extent::Into | Extent::Within) && emptied == Some(&entry.path);
            if entry.gone.is_none() && (within(path, &entry.path) || inside) {
                entry.gone = Some(at);
            }
        }
        self.holes.push((path.to_owned(), at));
    }
}

fn template_is_plain(template: &Entry) -> bool {
    template.origin == Origin::Plain
}

/// True for parts that are repeated as they are where they are needed: plain operations, and changes of the system by its own
/// tools with no build around them.
pub(crate) fn is_repeated(effects: &Effects) -> bool {
    effects.is_portable() || is_system_change(effects)
}

/// A change of the system by its own tools, with no build around it.
pub(crate) fn is_system_change(effects: &Effects) -> bool {
    effects.system.iter().any(|s| !matches!(s, SystemChange::Ldconfig)) && !effects.builds && effects.unknown.is_empty()
}
