//! Commands that something outside of the image starts in its containers: engines on command lines of scripts, documents and
//! units, jobs of CI that run in the image, and manifests of services that deploy it.

mod deployed;
mod jobs;
mod names;
mod tokens;

use crate::context::{BuildContext, join};
use crate::facts::containers::containers;
use crate::facts::heuristics::Arg;
pub(super) use names::keep_ours;
use std::collections::{BTreeMap, BTreeSet};

/// In which container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Where {
    /// One that runs, by its name or that of its service.
    Running(String),
    /// A new one of an image.
    Image(String),
    /// A new one of an image, in a job that may as well run in any other.
    Job(String),
    /// That of the project.
    Own,
}

/// What is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// A command beside the main one.
    Command(Vec<Arg>),
    /// A text for a shell.
    Shell(String),
    /// The container's own command: what takes the place of ENTRYPOINT, and of CMD.
    Start(Option<Vec<Arg>>, Option<Vec<Arg>>),
}

/// A command that is started in a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    /// The file that says so, for people.
    pub(crate) by: String,
    pub(crate) place: Where,
    /// The name that the container gets.
    pub(crate) named: Option<String>,
    pub(crate) directory: Option<String>,
    pub(crate) what: Vec<What>,
}

/// How many calls of one project are read, and how much of a file.
const MAX_CALLS: usize = 300;
const MAX_TEXT: usize = 200_000;
const MAX_DOCUMENTS: usize = 60;
/// How deep folders with such files are followed.
const MAX_DEPTH: usize = 2;

/// What the lines of a file start in containers.
pub(super) fn calls(text: &str, by: &str, is_make: bool) -> Vec<Call> {
    if text.len() > MAX_TEXT || !may_call(text) {
        return Vec::new();
    }
    let text = if is_make { text.replace("$$", "$") } else { text.to_owned() };
    let text = with_variables(&text);
    tokens::commands(&text).iter().filter_map(|words| call(words, by)).collect()
}

/// Most texts start nothing in a container.
fn may_call(text: &str) -> bool {
    let says = ["exec", " run", "health-cmd"].iter().any(|word| text.contains(word));
    says && containers().hints.iter().any(|word| text.contains(word.as_str()))
}

/// The code of a document.
pub(super) fn document(text: &str, by: &str) -> Vec<Call> {
    match text.len() > MAX_TEXT || !may_call(text) {
        true => Vec::new(),
        false => calls(&tokens::code_of(text), by, false),
    }
}

/// Text with the values of variables that name an engine in their places.
fn with_variables(text: &str) -> String {
    let mut variables = BTreeMap::new();
    for line in text.lines() {
        let line = line.trim_start();
        let line = line.strip_prefix("export ").unwrap_or(line);
        let Some((name, value)) = line.split_once('=') else { continue };
        let name = name.trim_end_matches([':', '?', '+', ' ', '\t']);
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let value = value.trim().trim_matches(['"', '\'']);
        let short = value.len() < 200 && !value.contains(['$', '`', ';', '|', '\\']);
        if is_name && short && !value.is_empty() {
            variables.insert(name.to_owned(), value.to_owned());
        }
    }
    if variables.is_empty() {
        return text.to_owned();
    }
    // Longer names first, since `$A` would end inside `$AB`.
    variables.iter().rev().take(60).fold(text.to_owned(), |text, (name, value)| {
        let written =
            [format!("${{{name}}}"), format!("$({name})"), format!("{{{{{name}}}}}"), format!("{{{{ {name} }}}}")];
        let text = written.iter().fold(text, |text, written| match text.contains(written.as_str()) {
            true => text.replace(written, value),
            false => text,
        });
        replace_plain(&text, name, value)
    })
}

/// `$NAME`, where the name ends there.
fn replace_plain(text: &str, name: &str, value: &str) -> String {
    let written = format!("${name}");
    let mut parts = text.split(written.as_str());
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let goes_on = part.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        out.push_str(if goes_on { &written } else { value });
        out.push_str(part);
    }
    out
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tool {
    Engine,
    Composer,
    Cluster,
}

fn tool(word: &Arg) -> Option<Tool> {
    let table = containers();
    let name = word.text.rsplit(['/', '\\', '=']).next().unwrap_or_default();
    let name = name.trim_start_matches(['@', '-', '+', '!']);
    let variable = || {
        // `${DOCKER:-docker}` says what it is without one.
        let name = word.text.split(":-").next().unwrap_or_default();
        let name = name.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_ascii_lowercase();
        if word.exact { String::new() } else { name }
    };
    match name {
        name if table.engines.contains(name) => Some(Tool::Engine),
        name if table.composers.contains(name) => Some(Tool::Composer),
        name if table.clusters.contains(name) => Some(Tool::Cluster),
        _ => match variable() {
            name if table.engine_variables.contains(&name) => Some(Tool::Engine),
            name if table.cluster_variables.contains(&name) => Some(Tool::Cluster),
            name => {
                let stands = |word: &String| name == *word || word.len() > 2 && name.contains(word.as_str());
                table.composer_variables.iter().any(stands).then_some(Tool::Composer)
            }
        },
    }
}

/// One command, when it starts another in a container.
fn call(words: &[Arg], by: &str) -> Option<Call> {
    let table = containers();
    let at = words.iter().position(|word| tool(word).is_some())?;
    let mut tool = tool(&words[at])?;
    let mut rest = skip(&words[at + 1..], &|option| table.global_values.contains(option)).1;
    while let Some(word) = rest.first() {
        match word.text.as_str() {
            "compose" if tool == Tool::Engine => tool = Tool::Composer,
            "container" | "kubectl" => {}
            _ => break,
        }
        rest = skip(&rest[1..], &|option| table.global_values.contains(option)).1;
    }
    let (verb, rest) = rest.split_first()?;
    match (verb.text.as_str(), tool) {
        ("exec", tool) => exec(rest, tool, by),
        ("run", Tool::Composer) => run(rest, by, true),
        ("run" | "create", Tool::Engine) => run(rest, by, false),
        _ => None,
    }
}

/// Options in front of other words, with their values, and the rest.
fn skip<'w>(words: &'w [Arg], valued: &dyn Fn(&str) -> bool) -> (Vec<(&'w str, Option<&'w Arg>)>, &'w [Arg]) {
    let mut options = Vec::new();
    let mut rest = words;
    while let Some((word, after)) = rest.split_first() {
        if !word.text.starts_with('-') || word.text == "--" || word.text == "-" {
            break;
        }
        rest = after;
        if !word.text.contains('=') && valued(&word.text) {
            options.push((word.text.as_str(), rest.first()));
            rest = rest.get(1..).unwrap_or_default();
        } else {
            options.push((word.text.as_str(), None));
        }
    }
    (options, rest)
}

/// The value of an option, as the next word or behind `=`.
fn value(options: &[(&str, Option<&Arg>)], names: &[&str]) -> Option<Arg> {
    options.iter().find_map(|(option, next)| match option.split_once('=') {
        Some((name, value)) => {
            names.contains(&name).then(|| Arg { text: value.to_owned(), exact: !value.contains('$') })
        }
        None => names.contains(option).then(|| next.cloned()).flatten(),
    })
}

fn exec(words: &[Arg], tool: Tool, by: &str) -> Option<Call> {
    let table = containers();
    let valued = |option: &str| table.exec_values.contains(option);
    let (mut options, rest) = skip(words, &valued);
    let (name, mut rest) = rest.split_first()?;
    if tool == Tool::Cluster {
        let (more, behind) = skip(rest, &valued);
        options.extend(more);
        rest = behind;
    }
    if let Some((_, behind)) = rest.split_first().filter(|(first, _)| first.text == "--") {
        rest = behind;
    }
    let container = value(&options, &["-c", "--container"]).filter(|_| tool == Tool::Cluster);
    (!rest.is_empty()).then(|| Call {
        by: by.to_owned(),
        place: Where::Running(container.as_ref().unwrap_or(name).text.clone()),
        named: None,
        directory: value(&options, &["-w", "--workdir"]).filter(|d| d.exact).map(|d| d.text),
        what: vec![What::Command(rest.to_vec())],
    })
}

fn run(words: &[Arg], by: &str, of_service: bool) -> Option<Call> {
    let table = containers();
    let valued = |option: &str| match of_service {
        true => table.service_values.contains(option),
        false => {
            let short = !option.starts_with("--");
            // `-it`, `-d`; `-p80:80` has its value with it.
            let switches = short && option.chars().skip(1).all(|c| "ditPq".contains(c));
            !switches && !table.run_switches.contains(option) && (!short || option.len() == 2)
        }
    };
    let (options, rest) = skip(words, &valued);
    let (name, rest) = rest.split_first()?;
    let entrypoint = value(&options, &["--entrypoint"]).map(|word| vec![word]);
    let mut what = Vec::new();
    if entrypoint.is_some() || !rest.is_empty() {
        let command = (!rest.is_empty()).then(|| rest.to_vec());
        what.push(What::Start(entrypoint.filter(|words| !words[0].text.is_empty()), command));
    }
    what.extend(value(&options, &["--health-cmd"]).map(|text| What::Shell(text.text)));
    let place = if of_service { Where::Running(name.text.clone()) } else { Where::Image(name.text.clone()) };
    Some(Call {
        by: by.to_owned(),
        place,
        named: value(&options, &["--name"]).map(|name| name.text),
        directory: value(&options, &["-w", "--workdir"]).filter(|d| d.exact).map(|d| d.text),
        what,
    })
}

impl super::Reader {
    /// What the files of a folder that build nothing start in containers: documents, units, manifests of services.
    pub(super) fn inside(&mut self, project: &dyn BuildContext, folder: &str, names: &[String]) {
        if self.uses.is_some() {
            return;
        }
        let table = containers();
        for name in names {
            let ends = |endings: &[String]| endings.iter().any(|ending| name.ends_with(ending.as_str()));
            let (document, lines) = (ends(&table.documents), ends(&table.lines));
            if !document && !lines && !deployed::is_manifest(name) || self.asked.calls.len() > MAX_CALLS {
                continue;
            }
            let path = join(folder, name);
            let Some(text) = super::text_of(project, &path).filter(|text| text.len() <= MAX_TEXT) else { continue };
            let found = match (document, lines) {
                (true, _) => self::document(&text, &path),
                (_, true) => calls(&text, &path, false),
                _ => deployed::read(&text, name, &path),
            };
            self.asked.calls.extend(found);
        }
    }

    /// Folders of documents, scripts, units and manifests, and those below.
    pub(super) fn inside_folders(&mut self, project: &dyn BuildContext, known: &BTreeSet<String>) {
        let mut open: Vec<(String, usize)> = containers().folders.iter().map(|folder| (folder.clone(), 0)).collect();
        open.extend(known.iter().filter(|folder| !folder.is_empty()).map(|folder| (folder.clone(), 0)));
        let mut seen = BTreeSet::new();
        while let Some((folder, depth)) = open.pop() {
            let Ok(names) = project.list_unfiltered(&folder) else { continue };
            if seen.len() == MAX_DOCUMENTS {
                return;
            }
            if depth > 0 || !known.contains(&folder) {
                self.inside(project, &folder, &names);
                self.scripts_inside(project, &folder, &names);
            }
            if depth < MAX_DEPTH {
                let below = names.iter().filter(|name| !name.contains('.'));
                open.extend(below.map(|name| (join(&folder, name), depth + 1)));
            }
            seen.insert(folder);
        }
    }

    /// Calls in the shell scripts of a folder.
    fn scripts_inside(&mut self, project: &dyn BuildContext, folder: &str, names: &[String]) {
        for name in names.iter().filter(|name| name.ends_with(".sh")) {
            let path = join(folder, name);
            if let Some(text) = super::text_of(project, &path) {
                self.called(&text, &path, false);
            }
        }
    }

    /// Calls on the command lines of a file that may build images as well, and in jobs that run in them.
    pub(super) fn called(&mut self, text: &str, by: &str, is_make: bool) {
        if self.uses.is_none() && self.asked.calls.len() <= MAX_CALLS {
            self.asked.calls.extend(calls(text, by, is_make));
        }
    }
}

#[cfg(test)]
mod tests;
