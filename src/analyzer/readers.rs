//! Readers of the Dockerfile: what other files of the project ask of the image that it builds.
//!
//! Compose files, bake files, CI, Makefiles, Skaffold and dev containers name stages, start other commands than CMD, and lay
//! the sources over what the image holds. What they ask is a demand or a warning; a file that cannot be read asks nothing.

use super::Inputs;
use crate::context::manifests::{Service, services_for};
use crate::context::{BuildContext, Unavailable, clean, clean_inside, join};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A stage that another file names when it builds the image.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Target {
    /// The stage in lower case, or a text with `$` when a variable decides.
    pub name: String,
    /// The file that asks, for people.
    pub by: String,
}

/// What other files ask.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Services of compose files whose image is built from the Dockerfile.
    pub services: Vec<Service>,
    /// Stages by name, in the order of the files.
    pub targets: Vec<Target>,
    /// Files that open the finished image to develop in it.
    pub workplaces: Vec<String>,
    /// Compose files that may ask for something and cannot be read, with the reason.
    pub unread: Vec<String>,
}

/// Files of commands, read as text.
const SCRIPTS: &[&str] = &["Makefile", "makefile", "GNUmakefile", "Justfile", "justfile"];
/// Descriptions of continuous integration, deployment and tasks.
const PIPELINES: &[&str] = &[
    ".gitlab-ci.yml",
    "Taskfile.yaml",
    "Taskfile.yml",
    "bitbucket-pipelines.yml",
    "cloudbuild.yaml",
    "package.json",
    "skaffold.yaml",
    "skaffold.yml",
];
const BAKE_FILES: &[&str] =
    &["docker-bake.hcl", "docker-bake.override.hcl", "docker-bake.json", "docker-bake.override.json"];
const WORKFLOWS: &str = ".github/workflows";
const DEV_CONTAINERS: &[&str] = &[".devcontainer/devcontainer.json", ".devcontainer.json"];

/// A folder with files that may use the Dockerfile.
#[derive(Clone, Copy)]
pub struct Project<'a> {
    /// Its files; what an ignore file excludes is read too.
    pub files: &'a dyn BuildContext,
    /// The Dockerfile's path, relative to the folder.
    pub dockerfile: &'a str,
}

/// Reads what the files of all projects say about the Dockerfile.
pub fn read(inputs: Inputs<'_>) -> Asked {
    if inputs.projects.is_empty() {
        return read_project(inputs.context, "Dockerfile");
    }
    let mut all = Asked::default();
    for project in inputs.projects {
        let asked = read_project(project.files, project.dockerfile);
        all.services.extend(asked.services);
        all.targets.extend(asked.targets);
        all.workplaces.extend(asked.workplaces);
        all.unread.extend(asked.unread);
    }
    all
}

/// Reads what the files of `project` say about `dockerfile`, a path relative to the project's root.
fn read_project(project: &dyn BuildContext, dockerfile: &str) -> Asked {
    let mut asked = Asked::default();
    let Ok(names) = project.list_unfiltered("") else { return asked };
    match services_for(project, dockerfile) {
        Ok(services) => asked.services = services,
        Err(Unavailable::Unknown(why)) => asked.unread.push(why),
        Err(Unavailable::Absent) => {}
    }
    let mut reader = Reader { dockerfile: clean(dockerfile), asked };
    for service in reader.asked.services.clone() {
        if let Some(target) = &service.build.target {
            reader.target(target, &format!("{} (service `{}`)", service.file, service.name));
        }
    }
    let text = |path: &str| -> Option<String> {
        let bytes = project.read_unfiltered(path).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    };
    for name in &names {
        let name = name.as_str();
        if SCRIPTS.contains(&name)
            && let Some(text) = text(name)
        {
            reader.commands(&text, name);
        }
        if (PIPELINES.contains(&name) || BAKE_FILES.contains(&name))
            && let Some(text) = text(name)
        {
            match BAKE_FILES.contains(&name) {
                true => reader.bake(&text, name),
                false => reader.pipeline(&text, name),
            }
        }
    }
    for name in project.list_unfiltered(WORKFLOWS).unwrap_or_default() {
        let path = join(WORKFLOWS, &name);
        if (name.ends_with(".yml") || name.ends_with(".yaml"))
            && let Some(text) = text(&path)
        {
            reader.pipeline(&text, &path);
        }
    }
    for path in DEV_CONTAINERS {
        if let Some(text) = text(path) {
            reader.dev_container(&text, path);
        }
    }
    reader.asked
}

struct Reader {
    dockerfile: String,
    asked: Asked,
}

impl Reader {
    fn target(&mut self, name: &str, by: &str) {
        let target = Target { name: name.to_lowercase(), by: by.to_owned() };
        if !name.is_empty() && !self.asked.targets.contains(&target) {
            self.asked.targets.push(target);
        }
    }

    /// True when `path`, relative to the project's root, is the Dockerfile or may be because of a variable.
    fn is_this(&self, path: &str) -> bool {
        path.contains('$') || clean_inside(path).is_some_and(|path| path == self.dockerfile)
    }

    /// `docker build --target NAME` in any text of commands.
    fn commands(&mut self, text: &str, by: &str) {
        let joined = text.replace("\\\r\n", " ").replace("\\\n", " ");
        for command in joined.split(['\n', ';', '|']).flat_map(|line| line.split("&&")) {
            let words: Vec<&str> = command.split_whitespace().map(|w| w.trim_matches(['"', '\'', '`', ','])).collect();
            if let Some(build) = docker_build(&words)
                && let Some(target) = build.target
            {
                let file = build.file.unwrap_or_else(|| format!("{}/Dockerfile", build.context.unwrap_or(".")));
                if self.is_this(&file) {
                    self.target(target, by);
                }
            }
        }
    }

    /// Descriptions in YAML or JSON: actions with inputs, artifacts of Skaffold, and commands anywhere.
    fn pipeline(&mut self, text: &str, by: &str) {
        let document: Option<Value> = match by.ends_with(".json") {
            true => serde_json::from_str(text).ok(),
            false => serde_saphyr::from_str(text).ok(),
        };
        match document {
            Some(document) => self.node(&document, by),
            None => self.commands(text, by),
        }
    }

    fn node(&mut self, value: &Value, by: &str) {
        match value {
            Value::String(text) => self.commands(text, by),
            Value::Array(items) => items.iter().for_each(|item| self.node(item, by)),
            Value::Object(map) => {
                self.build_action(map, by);
                self.artifact(map, by);
                map.values().for_each(|value| self.node(value, by));
            }
            _ => {}
        }
    }

    /// A step that uses `docker/build-push-action`.
    fn build_action(&mut self, step: &Map<String, Value>, by: &str) {
        let uses = text(step, "uses").unwrap_or_default();
        let Some(Value::Object(inputs)) = step.get("with").filter(|_| uses.contains("build-push-action")) else {
            return;
        };
        let Some(target) = text(inputs, "target") else { return };
        let context = text(inputs, "context").unwrap_or(".");
        let file = text(inputs, "file").map_or_else(|| format!("{context}/Dockerfile"), str::to_owned);
        if self.is_this(&file) {
            self.target(target, by);
        }
    }

    /// An artifact of Skaffold: `docker: {dockerfile, target}` beside its `context`.
    fn artifact(&mut self, artifact: &Map<String, Value>, by: &str) {
        let Some(Value::Object(docker)) = artifact.get("docker").filter(|_| artifact.contains_key("image")) else {
            return;
        };
        let Some(target) = text(docker, "target") else { return };
        let context = text(artifact, "context").unwrap_or(".");
        if self.is_this(&format!("{context}/{}", text(docker, "dockerfile").unwrap_or("Dockerfile"))) {
            self.target(target, by);
        }
    }

    fn bake(&mut self, text: &str, by: &str) {
        let targets = match by.ends_with(".json") {
            true => bake_json(text),
            false => bake_hcl(text),
        };
        for name in targets.keys() {
            let field = |key: &str| bake_field(&targets, name, key, 0);
            let Some(target) = field("target") else { continue };
            let context = field("context").unwrap_or_else(|| ".".to_owned());
            let file = field("dockerfile").unwrap_or_else(|| "Dockerfile".to_owned());
            if self.is_this(&format!("{context}/{file}")) {
                self.target(&target, &format!("{by} (target `{name}`)"));
            }
        }
    }

    fn dev_container(&mut self, source: &str, path: &str) {
        let Ok(Value::Object(file)) = serde_json::from_str::<Value>(&without_comments(source)) else { return };
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let build = match file.get("build") {
            Some(Value::Object(build)) => build.clone(),
            _ => Map::new(),
        };
        let dockerfile = text(&build, "dockerfile").or_else(|| text(&file, "dockerFile"));
        if let Some(dockerfile) = dockerfile
            && self.is_this(&format!("{folder}/{dockerfile}"))
        {
            match text(&build, "target") {
                Some(target) => self.target(target, path),
                None => self.asked.workplaces.push(path.to_owned()),
            }
        }
        let service = text(&file, "service").filter(|_| file.contains_key("dockerComposeFile"));
        let whole = |s: &Service| Some(s.name.as_str()) == service && s.build.target.is_none();
        if self.asked.services.iter().any(whole) {
            self.asked.workplaces.push(path.to_owned());
        }
    }
}

fn text<'a>(map: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    map.get(key)?.as_str().filter(|text| !text.is_empty())
}

/// A `docker build` command line.
#[derive(Debug, Default)]
struct DockerBuild<'a> {
    target: Option<&'a str>,
    file: Option<String>,
    context: Option<&'a str>,
}

/// Flags of `docker build` that take no value.
const SWITCHES: &[&str] = &[
    "--push",
    "--load",
    "--no-cache",
    "--pull",
    "--rm",
    "--force-rm",
    "--squash",
    "-q",
    "--quiet",
    "--check",
    "--debug",
    "-D",
];

/// Reads `docker build`, `docker buildx build`, `docker image build` and their like, also with `$(DOCKER)` as the program.
fn docker_build<'a>(words: &[&'a str]) -> Option<DockerBuild<'a>> {
    let engine = |word: &str| {
        let word = word.to_ascii_lowercase();
        ["docker", "podman", "nerdctl", "buildah"].iter().any(|e| word.contains(e)) && !word.contains("compose")
    };
    let start = words.iter().position(|word| engine(word))?;
    let build = words.iter().skip(start + 1).take(2).position(|word| matches!(*word, "build" | "bud"))?;
    let between = &words[start + 1..start + 1 + build];
    if !between.iter().all(|word| matches!(*word, "buildx" | "image" | "builder")) {
        return None;
    }
    let mut found = DockerBuild::default();
    let mut rest = words[start + 2 + build..].iter();
    while let Some(word) = rest.next() {
        if !word.starts_with('-') || *word == "-" {
            found.context.get_or_insert(word);
            continue;
        }
        let (flag, value) = match word.split_once('=') {
            Some((flag, value)) => (flag, Some(value.trim_matches(['"', '\'']))),
            None if SWITCHES.contains(word) => continue,
            None => (*word, rest.next().copied()),
        };
        match flag {
            "--target" => found.target = value,
            "-f" | "--file" => found.file = value.map(str::to_owned),
            _ => {}
        }
    }
    Some(found)
}

/// Fields of the targets of a bake file, by name. What is computed stands as `$`.
type BakeTargets = BTreeMap<String, BTreeMap<String, String>>;

/// A field of a target, or of one that it inherits from.
fn bake_field(targets: &BakeTargets, name: &str, key: &str, depth: usize) -> Option<String> {
    let target = targets.get(name)?;
    if let Some(value) = target.get(key) {
        return Some(value.clone());
    }
    if depth > 20 {
        return None;
    }
    // The last of several parents wins.
    let parents = target.get("inherits")?;
    parents.split_whitespace().rev().find_map(|parent| bake_field(targets, parent, key, depth + 1))
}

fn bake_json(text: &str) -> BakeTargets {
    let Ok(Value::Object(file)) = serde_json::from_str::<Value>(text) else { return BakeTargets::new() };
    let Some(Value::Object(targets)) = file.get("target") else { return BakeTargets::new() };
    let fields = |target: &Value| -> BTreeMap<String, String> {
        let fields = target.as_object().into_iter().flatten();
        fields
            .filter_map(|(key, value)| match value {
                Value::String(text) => Some((key.clone(), text.clone())),
                Value::Array(items) => {
                    let words: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
                    Some((key.clone(), words.join(" ")))
                }
                _ => None,
            })
            .collect()
    };
    targets.iter().map(|(name, target)| (name.clone(), fields(target))).collect()
}

/// The plain fields of `target "NAME" { … }` blocks in HCL, one field a line.
fn bake_hcl(text: &str) -> BakeTargets {
    let mut targets = BakeTargets::new();
    let mut current: Option<String> = None;
    let mut depth = 0usize;
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with('#') || line.starts_with("//") {
            continue;
        }
        if depth == 0
            && let Some(rest) = line.strip_prefix("target ")
        {
            current = rest.split('"').nth(1).map(str::to_owned);
            if let Some(name) = &current {
                targets.entry(name.clone()).or_default();
            }
        } else if depth == 1
            && let Some(name) = &current
            && let Some((key, value)) = line.split_once('=')
            && let Some(fields) = targets.get_mut(name)
        {
            let key = key.trim().trim_matches('"').to_owned();
            fields.insert(key, hcl_value(value.trim()));
        }
        depth = (depth + line.matches(['{', '[']).count()).saturating_sub(line.matches(['}', ']']).count());
        if depth == 0 && !line.starts_with("target ") {
            current = None;
        }
    }
    targets
}

/// A string or a list of strings; `$` for everything else.
fn hcl_value(value: &str) -> String {
    let quoted: Vec<&str> = value.split('"').skip(1).step_by(2).collect();
    let plain = value.starts_with('"') && quoted.len() == 1 || value.starts_with('[') && value.contains(']');
    if plain { quoted.join(" ") } else { "$".to_owned() }
}

/// JSON without the comments and trailing commas that editors allow.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        match c {
            '"' => quoted = !quoted,
            '\\' if quoted => {
                out.push(c);
                out.extend(chars.next());
                continue;
            }
            '/' if !quoted && chars.peek() == Some(&'/') => {
                while chars.next_if(|c| *c != '\n').is_some() {}
                continue;
            }
            '/' if !quoted && chars.next_if_eq(&'*').is_some() => {
                let mut before = ' ';
                for c in chars.by_ref() {
                    if before == '*' && c == '/' {
                        break;
                    }
                    before = c;
                }
                continue;
            }
            '}' | ']' if !quoted => {
                let end = out.trim_end().len();
                if out[..end].ends_with(',') {
                    out.truncate(end - 1);
                }
            }
            _ => {}
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests;
