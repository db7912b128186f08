//! Containers of clusters that run the image: Kubernetes manifests, Kustomize and Helm charts.

use super::helm::{Chart, UNKNOWN, render};
use super::{Asked, Project, text_of};
use crate::context::{BuildContext, join};
use crate::facts::images::{self, ImageRef};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// A container that runs the image, and what it starts in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workload {
    /// The file that says so.
    pub file: String,
    /// The container's name.
    pub name: String,
    /// `command`, in place of ENTRYPOINT.
    pub command: Option<Vec<String>>,
    /// `args`, in place of CMD.
    pub args: Option<Vec<String>>,
    /// `workingDir`.
    pub working_dir: Option<String>,
    /// Commands of probes and lifecycle hooks, with the key that gives them.
    pub execs: Vec<(String, Vec<String>)>,
}

impl Workload {
    /// True when it starts anything that the image itself does not say.
    fn asks(&self) -> bool {
        self.command.is_some() || self.args.is_some() || !self.execs.is_empty()
    }
}

/// A workload with the image that it runs, as written.
#[derive(Clone, Debug)]
struct Running {
    workload: Workload,
    image: Option<String>,
}

/// Folders with manifests, looked for in the root of a project.
const FOLDERS: &[&str] = &[
    ".k8s",
    ".kube",
    "base",
    "chart",
    "charts",
    "config",
    "deploy",
    "deployment",
    "deployments",
    "gitops",
    "helm",
    "infra",
    "infrastructure",
    "k8s",
    "kube",
    "kubernetes",
    "kustomize",
    "manifests",
    "ops",
    "overlays",
];
/// Names of folders that say nothing about what is in the image.
const NAMELESS: &[&str] = &[
    "docker",
    ".docker",
    "deploy",
    "deployment",
    "build",
    "ci",
    ".ci",
    "container",
    "containers",
    "images",
    "package",
    "ops",
];
/// Bounds of a search; a project that goes beyond them keeps its manifests elsewhere.
const MAX_FILES: usize = 300;
const MAX_DEPTH: usize = 6;

/// Adds the workloads that run the image of the projects' Dockerfile to what is asked.
pub(super) fn read(projects: &[Project<'_>], asked: &mut Asked) {
    let mut names: BTreeSet<String> = asked.names.iter().filter_map(|name| last_name(name)).collect();
    names.extend(projects.iter().filter_map(|project| own_name(project.dockerfile)));
    for project in projects {
        let near = is_near(project.dockerfile);
        let wanted = Wanted { names: &names, near };
        let mut search = Search {
            files: project.files,
            wanted,
            paths: Vec::new(),
            found: Vec::new(),
            renamed: BTreeMap::new(),
            seen: 0,
        };
        search.project();
        let Search { found, renamed, .. } = search;
        let name_of = |image: &str| {
            let name = renamed.get(image_name(image)).map_or(image, String::as_str);
            last_name(name)
        };
        let is_named =
            |running: &Running| running.image.as_deref().and_then(name_of).is_some_and(|name| names.contains(&name));
        let mut ours: Vec<Workload> = found.iter().filter(|r| is_named(r)).map(|r| r.workload.clone()).collect();
        if ours.is_empty() && near {
            match nearby(project, &found, &name_of) {
                Ok(workloads) => ours = workloads,
                Err(words) => asked.unread.push(words),
            }
        }
        // A patch names a container, not its image.
        let containers: BTreeSet<&str> = ours.iter().map(|workload| workload.name.as_str()).collect();
        let is_patch = |r: &&Running| {
            let name = r.workload.name.as_str();
            r.image.is_none() && (containers.contains(name) || name.is_empty() && !containers.is_empty())
        };
        let patches = found.iter().filter(is_patch);
        let patches: Vec<Workload> = patches.map(|r| r.workload.clone()).collect();
        for workload in ours.into_iter().chain(patches).filter(Workload::asks) {
            let same = |other: &Workload| Workload { file: workload.file.clone(), ..other.clone() } == workload;
            if !asked.workloads.iter().any(same) {
                asked.workloads.push(workload);
            }
        }
    }
}

/// What manifests beside the Dockerfile run when no image has a name of its own: the only image that may be this one.
fn nearby(
    project: &Project<'_>,
    found: &[Running],
    name_of: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<Workload>, String> {
    let mut candidates: BTreeMap<String, Vec<&Running>> = BTreeMap::new();
    for running in found {
        let Some(image) = running.image.as_deref() else { continue };
        let name = name_of(image).unwrap_or_default();
        // Official images have no folder in their name, and those in the tables are bases. Another Dockerfile has its folder.
        let foreign = !image.contains(['/', '$'])
            || ImageRef::parse(image).is_some_and(|image| images::lookup(&image).is_some())
            || !name.is_empty() && project.files.read_unfiltered(&format!("{name}/Dockerfile")).is_ok();
        if !foreign {
            candidates.entry(name).or_default().push(running);
        }
    }
    if candidates.len() > 1 {
        let asking: Vec<&Running> = candidates.values().flatten().copied().filter(|r| r.workload.asks()).collect();
        let Some(first) = asking.first() else { return Ok(Vec::new()) };
        let images: Vec<&str> = candidates.keys().map(String::as_str).filter(|name| !name.is_empty()).collect();
        return Err(format!(
            "{} runs `{}`, and which of them is this image is not said",
            first.workload.file,
            images.join("`, `")
        ));
    }
    Ok(candidates.into_values().flatten().map(|running| running.workload.clone()).collect())
}

/// The Dockerfile lies in the project's root, or in a folder of it that is only for images.
fn is_near(dockerfile: &str) -> bool {
    dockerfile.rsplit_once('/').is_none_or(|(folder, _)| NAMELESS.contains(&folder))
}

/// The name that a Dockerfile has by its folder or its ending.
pub(super) fn own_name(dockerfile: &str) -> Option<String> {
    let (folder, file) = dockerfile.rsplit_once('/').unwrap_or(("", dockerfile));
    let ending = file.strip_prefix("Dockerfile.").or_else(|| file.strip_suffix(".Dockerfile"));
    let folder = folder.rsplit('/').find(|part| !part.is_empty() && !NAMELESS.contains(part));
    ending.or(folder).map(spelled)
}

/// An image without tag and digest.
pub(super) fn image_name(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => image,
    }
}

/// The last part of an image's name; nothing where a variable decides it.
pub(super) fn last_name(image: &str) -> Option<String> {
    let name = image_name(image).rsplit('/').next()?;
    (!name.is_empty() && !name.contains(['$', '{', '('])).then(|| spelled(name))
}

pub(super) fn spelled(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}

/// Which images count.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    names: &'a BTreeSet<String>,
    /// Others may be this one as well.
    near: bool,
}

impl Wanted<'_> {
    /// Whether a text is worth parsing: most YAML files of a project say nothing about this image. What names no image at all
    /// may be a patch of something that does.
    fn in_text(self, text: &str) -> bool {
        let says = ["ontainers", "images:", "patch"].iter().any(|word| text.contains(word));
        let names_it = || {
            let text = spelled(text);
            self.names.iter().any(|name| text.contains(name.as_str()))
        };
        says && (self.near || !text.contains("image:") || names_it())
    }
}

struct Search<'a> {
    files: &'a dyn BuildContext,
    wanted: Wanted<'a>,
    /// Manifests that stand by themselves.
    paths: Vec<String>,
    found: Vec<Running>,
    /// New names of images, as Kustomize gives them, by the old ones.
    renamed: BTreeMap<String, String>,
    seen: usize,
}

impl Search<'_> {
    fn project(&mut self) {
        let names = self.files.list_unfiltered("").unwrap_or_default();
        if names.iter().any(|name| name == "Chart.yaml") {
            self.chart("");
        }
        for name in &names {
            if is_yaml(name) {
                self.paths.push(name.clone());
            } else if FOLDERS.contains(&name.as_str()) {
                self.folder(name, 1);
            }
        }
        // Kustomize gives images their names elsewhere, so that any file may count.
        self.wanted.near |=
            self.paths.iter().any(|path| path.rsplit('/').next().is_some_and(|n| n.starts_with("kustomization.")));
        for path in std::mem::take(&mut self.paths) {
            self.file(&path);
        }
    }

    fn folder(&mut self, folder: &str, depth: usize) {
        let Ok(names) = self.files.list_unfiltered(folder) else { return };
        if depth > MAX_DEPTH {
            return;
        }
        let is_chart = names.iter().any(|name| name == "Chart.yaml");
        if is_chart {
            self.chart(folder);
        }
        for name in names {
            let path = join(folder, &name);
            match is_yaml(&name) {
                true if !is_chart => self.paths.push(path),
                false if !(name.contains('.') || is_chart && name == "templates") => self.folder(&path, depth + 1),
                _ => {}
            }
        }
    }

    fn text(&mut self, path: &str) -> Option<String> {
        self.seen += 1;
        text_of(self.files, path).filter(|_| self.seen <= MAX_FILES)
    }

    fn file(&mut self, path: &str) {
        let Some(text) = self.text(path) else { return };
        if self.wanted.in_text(&text) {
            self.documents(&text, path);
        }
    }

    fn documents(&mut self, text: &str, path: &str) {
        for document in text.split("\n---") {
            if let Ok(document) = serde_saphyr::from_str::<Value>(document) {
                self.node(&document, path, 0);
            }
        }
    }

    /// A chart: its templates with its values, and with each further file of values laid over them.
    fn chart(&mut self, folder: &str) {
        let table = |text: Option<String>| -> Value {
            let value = text.and_then(|text| serde_saphyr::from_str::<Value>(&text).ok());
            value.filter(Value::is_object).unwrap_or_else(|| Value::Object(Map::new()))
        };
        let about = table(self.text(&join(folder, "Chart.yaml")));
        let values = table(self.text(&join(folder, "values.yaml")));
        let mut sets = vec![values.clone()];
        for name in self.files.list_unfiltered(folder).unwrap_or_default() {
            if is_yaml(&name) && name.starts_with("values") && name != "values.yaml" {
                let mut set = values.clone();
                overlay(&mut set, table(self.text(&join(folder, &name))));
                sets.push(set);
            }
        }
        let templates = join(folder, "templates");
        let mut paths: Vec<String> = Vec::new();
        for name in self.files.list_unfiltered(&templates).unwrap_or_default() {
            let path = join(&templates, &name);
            match is_yaml(&name) {
                true => paths.push(path),
                false => {
                    let inner = self.files.list_unfiltered(&path).unwrap_or_default();
                    paths.extend(inner.iter().filter(|name| is_yaml(name)).map(|name| join(&path, name)));
                }
            }
        }
        for path in paths {
            let Some(text) = self.text(&path).filter(|text| text.contains("ontainers")) else { continue };
            for values in &sets {
                for other_branches in [false, true] {
                    let rendered = render(&text, Chart { values, about: &about, other_branches });
                    self.documents(&rendered, &path);
                }
            }
        }
    }

    /// Containers anywhere in a document, whatever kind of thing it describes.
    fn node(&mut self, value: &Value, path: &str, depth: usize) {
        if depth > 40 {
            return;
        }
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.node(item, path, depth + 1)),
            Value::Object(map) => {
                for key in ["containers", "initContainers"] {
                    let containers = map.get(key).and_then(Value::as_array).into_iter().flatten();
                    self.found.extend(containers.filter_map(|c| container(c.as_object()?, path)));
                }
                self.kustomization(map, path);
                map.values().for_each(|value| self.node(value, path, depth + 1));
            }
            _ => {}
        }
    }

    /// What Kustomize changes: names of images, and patches that stand as a text in its own file.
    fn kustomization(&mut self, map: &Map<String, Value>, path: &str) {
        for image in map.get("images").and_then(Value::as_array).into_iter().flatten() {
            let text = |key: &str| image.get(key).and_then(Value::as_str);
            if let (Some(name), Some(new)) = (text("name"), text("newName")) {
                self.renamed.insert(name.to_owned(), new.to_owned());
            }
        }
        if let Some(patch) = map.get("patch").and_then(Value::as_str) {
            self.documents(patch, path);
        }
        // One change by its path in the document; which container stands there by number is not looked up.
        if let (Some(place), Some(value)) = (map.get("path").and_then(Value::as_str), map.get("value"))
            && let Some((_, key)) = place.split_once("ontainers/").and_then(|(_, rest)| rest.split_once('/'))
        {
            let nested = key
                .rsplit('/')
                .fold(value.clone(), |inner, key| Value::Object(Map::from_iter([(key.to_owned(), inner)])));
            let named = nested.as_object().cloned().map(|mut map| {
                map.insert("name".to_owned(), Value::String(String::new()));
                map
            });
            self.found.extend(named.and_then(|map| container(&map, path)));
        }
    }
}

/// Tables key by key, everything else replaced.
fn overlay(base: &mut Value, over: Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (key, value) in over {
                overlay(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (base, over) => *base = over,
    }
}

fn is_yaml(name: &str) -> bool {
    name.ends_with(".yaml") || name.ends_with(".yml")
}

fn container(map: &Map<String, Value>, file: &str) -> Option<Running> {
    let text = |key: &str| map.get(key).and_then(Value::as_str).map(str::to_owned);
    let mut execs = Vec::new();
    let hooks = map.get("lifecycle").and_then(Value::as_object);
    let places = ["livenessProbe", "readinessProbe", "startupProbe"].map(|key| (key, map.get(key)));
    let hooks = ["postStart", "preStop"].map(|key| (key, hooks.and_then(|hooks| hooks.get(key))));
    for (key, asks) in places.into_iter().chain(hooks) {
        if let Some(words) = asks.and_then(|asks| asks.get("exec")?.get("command")).and_then(words) {
            execs.push((key.to_owned(), words));
        }
    }
    let workload = Workload {
        file: file.to_owned(),
        name: text("name")?,
        command: map.get("command").and_then(words),
        args: map.get("args").and_then(words),
        working_dir: text("workingDir"),
        execs,
    };
    Some(Running { workload, image: text("image") })
}

/// The words of a command; one that is not known keeps its place.
fn words(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Array(items) if items.is_empty() => None,
        Value::Array(items) => {
            let word = |item: &Value| match item {
                Value::String(text) => text.clone(),
                Value::Number(_) | Value::Bool(_) => item.to_string(),
                _ => UNKNOWN.to_owned(),
            };
            Some(items.iter().map(word).collect())
        }
        Value::String(_) => Some(vec![UNKNOWN.to_owned()]),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
