//! The licences *compiled-source* and, for what lies beside it, *development-dependency*: sources of a program that was
//! compiled or packed, when what it opens is known, or when all the rest stays.

use super::traced::{self, Reach};
use super::{Ledger, bundles};
use crate::analyzer::demands::Program;
use crate::analyzer::state::Landing;
use crate::analyzer::{CopyAction, Step};
use crate::context::Entry as ContextEntry;
use crate::facts::heuristics::WriteKind;
use crate::image::{Entry, Extent, Origin};
use crate::licence::Licence;
use crate::paths;
use crate::planner::survey::{MANY, Survey, is_compiled, is_copy};
use std::collections::BTreeSet;

/// The most paths that take the place of one COPY.
const FEW: usize = 6;

/// Extensions of files that name other files as settings.
const CONFIGURATION: &[&str] = &["toml", "yaml", "yml", "json", "ini", "conf", "cfg", "env", "properties", "xml"];

/// Length from which on a text is data rather than settings.
const LONG_CONFIGURATION: usize = 64 * 1024;

/// What may leave of a directory, and what stays of it.
struct Whole {
    because: &'static str,
    stays: Vec<String>,
    /// The program's sources prove that nothing else is opened.
    proven: bool,
    /// What of the project the program may use nevertheless.
    reach: Reach,
}

pub(super) fn compiled_sources(survey: &Survey<'_>, ledger: &mut Ledger) {
    let bundled = self_contained_directories(survey);
    for root in survey.roots.clone() {
        let built = survey.image.entries().any(|(_, e)| e.is_built() && paths::is_within(&root, &e.path));
        let Some(whole) = whole(survey, &root, built, &bundled) else { continue };
        let inside: Vec<(usize, Entry)> = survey
            .image
            .entries()
            .filter(|(i, e)| paths::is_within(&root, &e.path) && ledger.left(*i).is_none())
            .map(|(i, e)| (i, e.clone()))
            .collect();
        for (i, entry) in inside {
            leave(survey, ledger, &whole, i, &entry);
        }
    }
    if survey.native {
        sources_in_shared_directories(survey, ledger);
    }
}

/// Lets one entry of a compiled program's directory go, where its kind allows it.
fn leave(survey: &Survey<'_>, ledger: &mut Ledger, whole: &Whole, i: usize, entry: &Entry) {
    let reaches = |path: &&String| paths::is_within(&entry.path, path) || paths::is_within(path, &entry.path);
    let mut stays: Vec<String> = whole.stays.iter().filter(reaches).cloned().collect();
    stays.extend(survey.asked_of(entry).into_iter().filter(|path| !whole.stays.contains(path)));
    if stays.iter().any(|path| paths::is_within(path, &entry.path)) {
        return;
    }
    match entry.origin {
        // What a COPY has brought since is that one's.
        Origin::Step => stays.retain(|path| survey.image.provider(path) == Some(entry)),
        _ => stays.retain(|path| survey.image.holds(entry, path)),
    }
    // What was fetched into the directory that the program runs in may be its data.
    let workdir = &survey.analysis.end.config.workdir;
    let fetched = entry.is_built() && entry.purpose == WriteKind::Source && !whole.proven;
    if fetched && *workdir != entry.path && paths::is_within(&entry.path, workdir) {
        stays.push(workdir.clone());
    }
    let licence = match (&entry.origin, entry.purpose) {
        (Origin::Context { .. } | Origin::Plain | Origin::Text, _) if whole.reach.files => return,
        (Origin::Step, WriteKind::Dependency) if whole.reach.packages => return,
        (Origin::Context { .. }, _) => Licence::CompiledSource,
        // What a tool of another trade fetches or changes may be data as well.
        (Origin::Step, WriteKind::Source) if whole.proven || !survey.native || is_of_compiler(survey, entry) => {
            Licence::CompiledSource
        }
        (Origin::Step, WriteKind::Dependency) if whole.proven || !survey.native => Licence::DevelopmentDependency,
        (Origin::Step, WriteKind::Data | WriteKind::Unknown) if whole.proven => Licence::Scratch,
        (Origin::Step, WriteKind::Artifact | WriteKind::Intermediate) if !survey.native => Licence::Scratch,
        // A source or a build tool's file stays one when a step changes it in its place.
        (Origin::Plain, _)
            if survey.inputs.heuristics.is_source(&survey.compiling_ecosystems(), paths::name(&entry.path)) =>
        {
            Licence::CompiledSource
        }
        (Origin::Plain | Origin::Text | Origin::Image { .. }, _)
            if whole.proven && survey.comes_from_builder(entry) =>
        {
            Licence::Scratch
        }
        _ => return,
    };
    ledger.let_go(i, licence, whole.because, stays);
}

/// True for what a tool of a language that is compiled here wrote for its compiler.
fn is_of_compiler(survey: &Survey<'_>, entry: &Entry) -> bool {
    entry.by.split('/').next().is_some_and(|language| survey.compiling_ecosystems().contains(language))
}

/// Whether a directory's contents may leave, and what of it stays; nothing when that cannot be said.
fn whole(survey: &Survey<'_>, root: &str, built: bool, bundled: &[String]) -> Option<Whole> {
    let inside = |paths: &[String]| -> Vec<String> {
        paths.iter().filter(|path| paths::is_within(root, path)).cloned().collect()
    };
    if let Some(opened) = survey.opened.as_ref().filter(|_| built || is_compiled_in(survey, root)) {
        let because = "the program was compiled of it, and its sources prove what it opens";
        let stays = inside(opened);
        return Some(Whole { because, stays, proven: true, reach: Reach::default() });
    }
    if bundled.iter().any(|b| b != root && paths::is_within(root, b)) {
        let because = "the build put all that the program loads into a directory of its own";
        let mut stays = inside(bundled);
        stays.extend(inside(&survey.demands.settings));
        let mut reach = reach_of_programs(survey);
        reach.files |= survey.sources_name(root);
        return Some(Whole { because, stays, proven: true, reach });
    }
    let apart = |b: &String| !paths::is_within(b, root) && !paths::is_within(root, b);
    if built
        && !bundled.is_empty()
        && bundled.iter().all(apart)
        && !is_mentioned(survey, root)
        && !survey.sources_name(root)
    {
        let because = "the build put all that the program loads into a directory elsewhere";
        return Some(Whole { because, stays: Vec::new(), proven: true, reach: Reach::default() });
    }
    if survey.servers && built && !is_mentioned(survey, root) {
        let because = "the server is told nothing about the directory";
        return Some(Whole { because, stays: Vec::new(), proven: true, reach: Reach::default() });
    }
    if let Some(stays) = packed(survey, root) {
        let because = "the build packed the program into one file";
        // Files of the project stay anyway, as far as they are no sources, and so does what steps put beside them.
        let reach = Reach { files: false, ..reach_of_programs(survey) };
        return Some(Whole { because, stays, proven: false, reach });
    }
    if survey.native && (built || is_compiled_in(survey, root)) && !has_rough_data(survey, root) {
        let stays = without_sources(survey, root)?;
        let because = "the program was compiled of it; all else stays";
        return Some(Whole { because, stays, proven: false, reach: Reach::default() });
    }
    None
}

/// True when a step may have written anything but sources and build trees somewhere below a directory.
fn has_rough_data(survey: &Survey<'_>, root: &str) -> bool {
    survey.image.entries().any(|(_, e)| {
        let rough = matches!(e.purpose, WriteKind::Data | WriteKind::Unknown)
            && (e.extent == Extent::Within || !e.certain || e.path == root);
        e.is_built() && rough && paths::is_within(root, &e.path) && !is_copy(e)
    })
}

/// True when what the build leaves elsewhere was made of what lies in a root.
fn is_compiled_in(survey: &Survey<'_>, root: &str) -> bool {
    survey.image.all().iter().filter(|e| is_compiled(e)).any(|e| {
        let unit = survey.unit(e.at);
        unit.and_then(|unit| unit.cwd.as_deref()).is_some_and(|cwd| paths::is_within(root, cwd))
    })
}

/// What the build context brings into a root besides sources, in a few paths; nothing when that cannot be said. A compiled
/// program may read any file, but not the sources it was made of.
fn without_sources(survey: &Survey<'_>, root: &str) -> Option<Vec<String>> {
    let ecosystems = survey.compiling_ecosystems();
    let mut stays = Vec::new();
    for (step, copy) in survey.copies() {
        if !lands_in(copy, root) || Some(step.instruction) > survey.cut {
            // What comes after the build comes again.
            continue;
        }
        if !copy.heredocs.is_empty() || copy.unpacks || copy.landings.is_empty() {
            return None;
        }
        for landing in &copy.landings {
            beside_sources(survey, landing, &ecosystems, &mut stays)?;
        }
    }
    let demanded = survey.demands.paths.iter().map(|p| p.path.clone());
    let of_build = |p: &String| survey.brought_by(p).is_none_or(|i| Some(i) <= survey.cut);
    stays.extend(demanded.filter(|p| paths::is_within(root, p) && survey.is_from_context(p) && of_build(p)));
    stays.sort();
    stays.dedup();
    (stays.len() <= FEW).then_some(stays)
}

/// Adds the shortest paths that hold all files of a landing but sources.
fn beside_sources(
    survey: &Survey<'_>,
    landing: &Landing,
    ecosystems: &BTreeSet<String>,
    stays: &mut Vec<String>,
) -> Option<()> {
    let context = survey.inputs.context;
    let is_source = |name: &str| survey.inputs.heuristics.is_source(ecosystems, name);
    if !landing.tree {
        if !is_source(paths::name(&landing.source)) {
            stays.push(landing.destination.clone());
        }
        return Some(());
    }
    let inner = crate::context::walk(context, &landing.source, MANY).ok()?;
    if !inner.iter().any(|(path, _)| is_source(paths::name(path))) {
        stays.push(landing.destination.clone());
        return Some(());
    }
    let mut pending = vec![landing.source.clone()];
    while let Some(directory) = pending.pop() {
        let below = |path: &str| match paths::below(&landing.source, path).unwrap_or(path) {
            "" => landing.destination.clone(),
            rest => paths::join(&landing.destination, rest),
        };
        for name in context.list(&directory).ok()? {
            let path = crate::context::join(&directory, &name);
            if is_source(&name) {
                continue;
            }
            let mixed = match context.entry(&path) {
                ContextEntry::Directory => {
                    let inner = crate::context::walk(context, &path, MANY).ok()?;
                    let files: Vec<_> = inner.iter().filter(|(_, e)| *e != ContextEntry::Directory).collect();
                    (files.iter().filter(|(p, _)| is_source(paths::name(p))).count(), files.len())
                }
                ContextEntry::Unknown => return None,
                _ => (0, 1),
            };
            match mixed {
                (sources, all) if sources == all => {}
                (0, _) => stays.push(below(&path)),
                _ => pending.push(path),
            }
            if stays.len() > FEW {
                return None;
            }
        }
    }
    Some(())
}

/// `COPY . .` into `/`: a program that is compiled there needs what lies beside its sources, or what it is proven to open.
/// Directories that the base image has, too, are left to the COPY.
fn sources_in_shared_directories(survey: &Survey<'_>, ledger: &mut Ledger) {
    let ecosystems = survey.compiling_ecosystems();
    for (step, copy) in survey.copies() {
        let in_builder = Some(step.instruction) <= survey.cut;
        if !in_builder || !copy.heredocs.is_empty() || copy.unpacks || copy.landings.is_empty() {
            continue;
        }
        let stays = match (stays_beside(survey, step, copy, &ecosystems), is_build_input(survey, copy, &ecosystems)) {
            (Some(stays), _) => stays,
            (None, true) => Vec::new(),
            (None, false) => continue,
        };
        for (i, entry) in survey.image.entries() {
            let of_copy = entry.at.instruction == step.instruction && matches!(entry.origin, Origin::Context { .. });
            if of_copy && !stays.contains(&entry.path) {
                let because = "the program was compiled of it";
                ledger.let_go(i, Licence::CompiledSource, because, stays.clone());
            }
        }
    }
}

/// What stays of a COPY into directories of the system in which a program is compiled; nothing when that cannot be said.
fn stays_beside(
    survey: &Survey<'_>,
    step: &Step,
    copy: &CopyAction,
    ecosystems: &BTreeSet<String>,
) -> Option<Vec<String>> {
    let compiled_there = |landing: &Landing| {
        survey.image.all().iter().filter(|e| is_compiled(e)).any(|e| {
            let unit = survey.unit(e.at);
            let here = unit.is_some_and(|unit| unit.cwd.as_deref() == Some(landing.destination.as_str()));
            here && e.at.instruction > step.instruction
        })
    };
    let trees = copy.landings.iter().all(|l| l.tree && paths::is_shared(&l.destination) && compiled_there(l));
    if !trees {
        return None;
    }
    let mut beside = Vec::new();
    for landing in &copy.landings {
        beside_sources(survey, landing, ecosystems, &mut beside)?;
    }
    let whole = copy.landings.iter().any(|l| beside.contains(&l.destination));
    if whole || beside.iter().any(|path| paths::is_shared(path)) {
        return None;
    }
    let mut stays = survey.opened.clone().unwrap_or(beside);
    let demanded = survey.demands.paths.iter().map(|p| &p.path).filter(|path| survey.is_from_context(path));
    stays.extend(demanded.cloned());
    stays.retain(|path| survey.brought_by(path) == Some(step.instruction));
    stays.sort();
    stays.dedup();
    (stays.len() <= FEW).then_some(stays)
}

/// True when a native program's sources or manifests are all that a COPY brings.
fn is_build_input(survey: &Survey<'_>, copy: &CopyAction, ecosystems: &BTreeSet<String>) -> bool {
    copy.landings.iter().all(|landing| match landing.tree {
        true => {
            let mut rest = Vec::new();
            beside_sources(survey, landing, ecosystems, &mut rest).is_some() && rest.is_empty()
        }
        false => survey.inputs.heuristics.is_build_input(paths::name(&landing.source)),
    })
}

/// Programs that a build packed with everything they need into one file each, and what else the build context brings into their
/// root besides sources; nothing when anything else was made there. Directories that are packed as a whole stay behind unless
/// something in them names them: it would open them beside the program.
fn packed(survey: &Survey<'_>, root: &str) -> Option<Vec<String>> {
    let mut files = Vec::new();
    let mut rules = BTreeSet::new();
    let is_moved = |e: &Entry| !e.link && !e.sources.is_empty() && !e.sources.contains(&e.path);
    for program in &survey.demands.programs {
        let Program::Interpreted { file: Some(file), .. } = program else { return None };
        // Of a pattern the directory counts.
        let file = match file.find(['*', '?', '[']) {
            Some(at) => &paths::parent(&file[..at + 1]).to_owned(),
            None => file,
        };
        // A later step may have put it somewhere else.
        let inside = |path: &String| paths::is_within(root, path);
        let copied = || {
            let copy = survey.image.entries().find(|(_, e)| e.path == *file && is_moved(e));
            copy.and_then(|(_, e)| e.sources.iter().find(|source| inside(source)).cloned())
        };
        let made_at = match copied() {
            Some(source) => source,
            None if inside(file) => file.clone(),
            None => return None,
        };
        let packs = |e: &Entry| {
            let made = e.purpose == WriteKind::Intermediate && e.extent == Extent::Tree;
            made && paths::is_within(&e.path, &made_at) && bundles(survey, e)
        };
        let (_, entry) = survey.image.entries().find(|(_, e)| packs(e))?;
        rules.insert(entry.by.clone());
        files.push((file.clone(), survey.unit(entry.at)?.cwd.clone()?));
    }
    let others = survey.image.entries().any(|(_, e)| {
        let counts = e.is_built() && e.purpose != WriteKind::Cache;
        let copy = is_moved(e) && files.iter().any(|(file, _)| *file == e.path);
        counts && paths::is_within(root, &e.path) && !rules.contains(&e.by) && !copy
    });
    if files.is_empty() || others {
        return None;
    }
    let mut stays = without_sources(survey, root)?;
    let heuristics = survey.inputs.heuristics;
    for (_, project) in &files {
        for directory in survey.compiling_ecosystems().iter().flat_map(|id| heuristics.packed_directories(id)) {
            if !names_itself(survey, directory)? {
                stays.retain(|path| !paths::is_within(&paths::join(project, directory), path));
            }
        }
    }
    stays.extend(files.into_iter().map(|(file, _)| file).filter(|file| paths::is_within(root, file)));
    Some(stays)
}

/// True when a file in a directory of the build context has the directory's name in its text; nothing when there is too much to
/// look at.
fn names_itself(survey: &Survey<'_>, directory: &str) -> Option<bool> {
    let context = survey.inputs.context;
    let found = crate::context::walk(context, "", MANY).ok()?;
    let below = format!("{directory}/");
    let inside = found.iter().filter(|(path, entry)| {
        matches!(entry, ContextEntry::File { .. }) && (path.starts_with(&below) || path.contains(&format!("/{below}")))
    });
    Some(inside.into_iter().any(|(path, _)| context.text(path).is_ok_and(|text| text.contains(directory))))
}

/// What the programs of the container may use of their projects beside what was gathered for them.
fn reach_of_programs(survey: &Survey<'_>) -> Reach {
    let languages = survey.demands.programs.iter().filter_map(|program| match program {
        Program::Interpreted { language, .. } => Some(language),
        _ => None,
    });
    let mut all = Reach::default();
    for reach in languages.map(|language| traced::reach(survey, language)) {
        all.files |= reach.files;
        all.packages |= reach.packages;
    }
    all
}

/// Directories that hold every program with all it needs; empty when one program lies elsewhere.
fn self_contained_directories(survey: &Survey<'_>) -> Vec<String> {
    let mut directories = Vec::new();
    for program in &survey.demands.programs {
        let Program::Interpreted { language, file: Some(file), .. } = program else { return Vec::new() };
        let names = survey.inputs.heuristics.self_contained(language);
        let found = names.iter().find_map(|name| {
            let marker = format!("/{name}/");
            let at = file.find(&marker)?;
            Some(file[..at + marker.len() - 1].to_owned())
        });
        let found = found.or_else(|| {
            let shown = survey.demands.shown.contains(file).then(|| file.clone());
            shown.or_else(|| whole_program(survey, file))
        });
        match found {
            Some(directory) => directories.push(directory),
            None => return Vec::new(),
        }
    }
    // What else is asked for by name may load what lies beside the sources.
    let inside = |path: &str| directories.iter().any(|directory| paths::is_within(directory, path));
    let read = |path: &String| survey.demands.settings.contains(path);
    let other =
        survey.demands.paths.iter().any(|d| !inside(&d.path) && !read(&d.path) && survey.is_from_context(&d.path));
    if other { Vec::new() } else { directories }
}

/// The directory into which a command put a program with everything it needs, when the container works in there: what is
/// opened by a relative path lies in it as well.
fn whole_program(survey: &Survey<'_>, file: &str) -> Option<String> {
    let workdir = &survey.analysis.end.config.workdir;
    let gathers = |e: &Entry| {
        let rule = survey.inputs.heuristics.command(&e.by);
        rule.is_some_and(|rule| rule.whole_program) && e.purpose == WriteKind::Artifact && e.certain
    };
    let mut entries = survey.image.entries().map(|(_, e)| e).filter(|e| gathers(e));
    let found = entries.find(|e| paths::is_within(&e.path, file) && paths::is_within(&e.path, workdir))?;
    Some(found.path.clone())
}

/// True when something that run time reads mentions a directory: configuration, a variable, the command, a link that stays, or
/// the server's own default.
pub(super) fn is_mentioned(survey: &Survey<'_>, root: &str) -> bool {
    let analysis = survey.analysis;
    let config = &analysis.end.config;
    let in_words = config.cmd.iter().chain(&config.entrypoint).flatten().any(|w| w.contains(root));
    let in_variables = config.env.iter().any(|(name, value)| match value {
        Some(value) => value.contains(root),
        None => analysis.sets_variable(name),
    });
    let in_files = survey.files_mention(|path| !paths::is_within(root, path), root);
    // What a step writes or a here-document holds outside of the directory may name it as well.
    let outside = |e: &Entry| !paths::is_within(root, &e.path);
    let in_steps = survey.image.entries().any(|(_, e)| {
        let linked = e.link && e.sources.iter().any(|source| paths::is_within(root, source));
        let written = matches!(e.origin, Origin::Plain | Origin::Text) && e.sources.is_empty();
        outside(e) && (linked || written && e.step.contains(root))
    });
    let served = survey.demands.served.iter().any(|d| paths::is_within(root, d) || paths::is_within(d, root));
    in_words || in_variables || in_files || in_steps || served || !survey.demands.unread.is_empty()
}

/// True when a COPY puts something into a directory.
pub(crate) fn lands_in(copy: &CopyAction, root: &str) -> bool {
    copy.landings
        .iter()
        .any(|l| paths::is_within(root, &l.destination) || l.tree && paths::is_within(&l.destination, root))
        || copy.heredocs.iter().any(|p| paths::is_within(root, p))
        || paths::is_within(root, &copy.destination)
}

/// True when a directory from the build context holds sources, or too much to look at.
fn holds_sources(survey: &Survey<'_>, directory: &str, ecosystems: &BTreeSet<String>) -> bool {
    let inputs = survey.inputs;
    let Some((origin, _)) = survey.analysis.files.entry(directory, inputs.context) else { return false };
    let is_source = |path: &String| inputs.heuristics.is_source(ecosystems, paths::name(path));
    match crate::context::walk(inputs.context, &origin, MANY) {
        Ok(found) => found.iter().any(|(path, _)| is_source(path)),
        Err(_) => true,
    }
}

/// Paths from the build context that a configuration file names, such as a database or a directory of templates. Of a file that
/// is not there yet, the directory that is to hold it.
pub(crate) fn named_in(survey: &Survey<'_>, file: &str) -> Vec<String> {
    let analysis = survey.analysis;
    let context = survey.inputs.context;
    let name = paths::name(file);
    let is_configuration =
        name.starts_with('.') || name.rsplit_once('.').is_some_and(|(_, extension)| CONFIGURATION.contains(&extension));
    let text = analysis.files.text(file, context).filter(|text| is_configuration && text.len() < LONG_CONFIGURATION);
    let ecosystems = survey.compiling_ecosystems();
    let is_source = |path: &str| survey.inputs.heuristics.is_source(&ecosystems, paths::name(path));
    let mut found = Vec::new();
    for word in text.iter().flat_map(|text| text.split(|c: char| c.is_whitespace() || "\"'`=,:;<>()[]{}?#".contains(c)))
    {
        let word = word.trim_start_matches("//");
        if word.trim_matches(['.', '/']).is_empty() {
            continue;
        }
        let path = paths::join(&analysis.end.config.workdir, word);
        let entry = |path: &str| analysis.files.entry(path, context).map(|(_, entry)| entry);
        let is_directory = |path: &str| matches!(entry(path), Some(ContextEntry::Directory));
        match entry(&path) {
            Some(ContextEntry::Unknown) => {}
            Some(_) if is_source(&path) => {}
            Some(ContextEntry::Directory) if holds_sources(survey, &path, &ecosystems) => {}
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
