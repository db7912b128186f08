//! Readers of the Dockerfile: what other files of the project ask of the image that it builds.
//!
//! Compose files, bake files, CI, Makefiles, Skaffold, dev containers and manifests of clusters name stages, start other
//! commands than CMD, and lay the sources over what the image holds. What they ask is a demand, an assumption or a warning;
//! a file that may ask for something and cannot be read is an assumption.

mod bake;
mod commands;
pub mod contexts;
mod helm;
pub(super) mod inside;
pub mod uses;
pub mod workloads;

use super::Inputs;
use crate::context::manifests::{Service, services_below};
use crate::context::{BuildContext, Unavailable, clean, clean_inside, join};
use bake::{bake_field, bake_hcl, bake_json};
use commands::{Build, Place, builds, resolve, with_folders};
use contexts::Said;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use uses::{TILTFILE, Use};
use workloads::Workload;

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
    /// Containers of clusters that run the image.
    pub workloads: Vec<Workload>,
    /// Stages by name, in the order of the files.
    pub targets: Vec<Target>,
    /// Build contexts that builds of the Dockerfile name, relative to the project's root.
    pub contexts: Vec<Said>,
    /// Names that builds give to the image, as written.
    pub names: BTreeSet<String>,
    /// What is started in containers from outside.
    pub(super) calls: Vec<inside::Call>,
    /// Files that open the finished image to develop in it.
    pub workplaces: Vec<String>,
    /// Files that may ask for something and cannot be read, with the reason.
    pub unread: Vec<String>,
}

/// Files of commands, read as text.
const MAKEFILES: &[&str] = &["Makefile", "makefile", "GNUmakefile", "Justfile", "justfile"];
/// Descriptions of continuous integration, deployment and tasks.
const PIPELINES: &[&str] = &[
    ".drone.yml",
    ".gitlab-ci.yml",
    ".travis.yml",
    ".woodpecker.yml",
    "Jenkinsfile",
    "Taskfile.yaml",
    "Taskfile.yml",
    "azure-pipelines.yml",
    "bitbucket-pipelines.yml",
    "buildspec.yml",
    "cloudbuild.yaml",
    "package.json",
    "render.yaml",
    "skaffold.yaml",
    "skaffold.yml",
];
const BAKE_FILES: &[&str] =
    &["docker-bake.hcl", "docker-bake.override.hcl", "docker-bake.json", "docker-bake.override.json"];
const WORKFLOWS: &[&str] = &[".github/workflows", ".circleci", ".woodpecker", ".buildkite"];
const DEV_CONTAINERS: &[&str] = &[".devcontainer/devcontainer.json", ".devcontainer.json"];
/// Folders in which projects keep what builds their images, beside those that lead to the Dockerfile.
const TOOL_FOLDERS: &[&str] =
    &[".ci", "bin", "build", "ci", "compose", "deploy", "docker", "hack", "infra", "script", "scripts", "tools"];
/// Keys of a table that name a build context, and those that name the Dockerfile.
const CONTEXT_KEYS: &[&str] = &["context", "buildContext", "docker-context", "dockerContext", "source_dir"];
const FILE_KEYS: &[&str] = &["file", "dockerfile", "Dockerfile", "containerfile", "dockerfilePath", "dockerfile_path"];

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
    let root = [Project { files: inputs.context, dockerfile: "Dockerfile" }];
    let projects = if inputs.projects.is_empty() { &root[..] } else { inputs.projects };
    let mut all = Asked::default();
    let mut calls = Vec::new();
    for project in projects {
        let mut asked = read_project(project.files, project.dockerfile);
        calls.push((project, std::mem::take(&mut asked.calls)));
        all.services.extend(asked.services);
        all.targets.extend(asked.targets);
        all.contexts.extend(asked.contexts);
        all.names.extend(asked.names);
        all.workplaces.extend(asked.workplaces);
        all.unread.extend(asked.unread);
    }
    workloads::read(projects, &mut all);
    for (project, calls) in calls {
        let ours = inside::keep_ours(project, calls, &all);
        all.calls.extend(ours);
    }
    all
}

/// Reads what the files of `project` say about `dockerfile`, a path relative to the project's root.
fn read_project(project: &dyn BuildContext, dockerfile: &str) -> Asked {
    let mut reader = Reader { dockerfile: clean(dockerfile), asked: Asked::default(), uses: None };
    if project.list_unfiltered("").is_err() {
        return reader.asked;
    }
    let folders = folders(&reader.dockerfile);
    for folder in &folders {
        reader.folder(project, folder);
    }
    reader.inside_folders(project, &folders);
    for folder in WORKFLOWS {
        for name in project.list_unfiltered(folder).unwrap_or_default() {
            let path = join(folder, &name);
            if (name.ends_with(".yml") || name.ends_with(".yaml"))
                && let Some(text) = text_of(project, &path)
            {
                reader.pipeline(&text, &path, "");
            }
        }
    }
    for path in DEV_CONTAINERS {
        if let Some(text) = text_of(project, path) {
            reader.dev_container(&text, path);
        }
    }
    reader.asked
}

/// Folders whose files may build the Dockerfile: the root, those that lead to the Dockerfile, and those for tools.
fn folders(dockerfile: &str) -> BTreeSet<String> {
    let above = dockerfile.match_indices('/').map(|(end, _)| dockerfile[..end].to_owned());
    above.chain(TOOL_FOLDERS.iter().map(|folder| (*folder).to_owned())).chain([String::new()]).collect()
}

fn text_of(project: &dyn BuildContext, path: &str) -> Option<String> {
    let bytes = project.read_unfiltered(path).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

struct Reader {
    dockerfile: String,
    asked: Asked,
    /// Every build of any Dockerfile, when those are asked for.
    uses: Option<Vec<Use>>,
}

impl Reader {
    /// The files of one folder that build images.
    fn folder(&mut self, project: &dyn BuildContext, folder: &str) {
        let Ok(names) = project.list_unfiltered(folder) else { return };
        self.compose(project, folder);
        self.inside(project, folder, &names);
        for name in &names {
            let name = name.as_str();
            let is_script = MAKEFILES.contains(&name) || name.ends_with(".sh") || name.ends_with(".mk");
            let is_pipeline = PIPELINES.contains(&name);
            let is_tilt = name == TILTFILE;
            if !is_script && !is_pipeline && !is_tilt && !BAKE_FILES.contains(&name) {
                continue;
            }
            let path = join(folder, name);
            let Some(text) = text_of(project, &path) else { continue };
            if is_script {
                self.script(&text, &path, folder, !name.ends_with(".sh"));
            } else if is_pipeline {
                self.pipeline(&text, &path, folder);
            } else if is_tilt {
                self.tilt(&text, &path, folder);
            } else {
                self.bake(&text, &path, folder);
            }
        }
    }

    /// Compose files. One in a folder below the root counts here only when its build climbs to this root: what does not is
    /// found by the project that is nearer.
    fn compose(&mut self, project: &dyn BuildContext, folder: &str) {
        let services = match services_below(project, folder, &self.dockerfile) {
            Ok(services) => services,
            Err(Unavailable::Unknown(why)) if folder.is_empty() => {
                self.asked.unread.push(why);
                return;
            }
            Err(_) => return,
        };
        let depth = folder.split('/').filter(|part| !part.is_empty()).count();
        for service in services {
            let path = format!("{}/{}", service.build.context, service.build.dockerfile);
            let climbs = path.split('/').take_while(|part| matches!(*part, "." | "..")).filter(|p| *p == "..").count();
            if climbs != depth {
                continue;
            }
            let by = format!("{} (service `{}`)", service.file, service.name);
            if let Some(target) = &service.build.target {
                self.target(target, &by);
            }
            self.said(resolve(folder, &service.build.context), &by);
            self.asked.names.insert(service.name.clone());
            self.asked.names.extend(service.image.clone());
            self.asked.services.push(service);
        }
    }

    fn target(&mut self, name: &str, by: &str) {
        let target = Target { name: name.to_lowercase(), by: by.to_owned() };
        if !name.is_empty() && !self.asked.targets.contains(&target) {
            self.asked.targets.push(target);
        }
    }

    fn said(&mut self, folder: Option<String>, by: &str) {
        if let Some(folder) = folder
            && !self.asked.contexts.iter().any(|said| said.folder == folder)
        {
            self.asked.contexts.push(Said { folder, by: by.to_owned() });
        }
    }

    /// True when `path`, relative to the project's root, is the Dockerfile or may be because of a variable.
    fn is_this(&self, path: &str) -> bool {
        path.contains('$') || clean_inside(path).is_some_and(|path| path == self.dockerfile)
    }

    /// One build: its stage, its context and its names count when it reads the Dockerfile.
    fn built(&mut self, build: &Build, by: &str) {
        let context = build.context.as_deref().unwrap_or(".");
        let file = build.file.clone().unwrap_or_else(|| format!("{context}/Dockerfile"));
        if self.is_collected(&build.cwds, &file, context, by) {
            return;
        }
        let place = build.cwds.iter().find(|cwd| resolve(cwd, &file).as_ref() == Some(&self.dockerfile));
        if let Some(target) = &build.target
            && (place.is_some() || self.is_this(&file))
        {
            self.target(target, by);
        }
        if let Some(cwd) = place {
            self.said(resolve(cwd, context), by);
            self.asked.names.extend(build.tags.iter().cloned());
        }
    }

    /// A file of commands.
    fn script(&mut self, text: &str, by: &str, home: &str, lines_apart: bool) {
        // A Makefile is run in its folder; a script from there or from the root.
        let starts = match lines_apart || home.is_empty() {
            true => vec![home.to_owned()],
            false => vec![String::new(), home.to_owned()],
        };
        for build in builds(text, Place { home, starts: &starts, lines_apart }) {
            self.built(&build, by);
        }
        self.called(text, by, lines_apart);
    }

    /// Descriptions in YAML or JSON: actions with inputs, artifacts of Skaffold, and commands anywhere.
    fn pipeline(&mut self, text: &str, by: &str, home: &str) {
        match json_or_yaml(text, by).filter(|document| !document.is_string()) {
            Some(document) => self.node(&document, by, home),
            None => {
                self.script(text, by, home, true);
                self.jenkins(text, by);
            }
        }
    }

    fn node(&mut self, value: &Value, by: &str, home: &str) {
        match value {
            Value::String(text) => self.script(text, by, home, false),
            Value::Array(items) => items.iter().for_each(|item| self.node(item, by, home)),
            Value::Object(map) => {
                self.build_action(map, by);
                self.job(map, by);
                self.artifact(map, by, home);
                self.build_table(map, by, home);
                // Builders of clouds get the words after the program.
                if let Some(Value::Array(words)) = map.get("args")
                    && words.first().and_then(Value::as_str) == Some("build")
                {
                    let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
                    self.script(&format!("docker {}", words.join(" ")), by, home, false);
                }
                let within = text(map, "working-directory").and_then(|folder| resolve(home, &with_folders(folder)));
                let home = within.as_deref().unwrap_or(home);
                map.values().for_each(|value| self.node(value, by, home));
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
        let tags = text(inputs, "tags").unwrap_or_default();
        self.built(
            &Build {
                cwds: vec![String::new()],
                file: text(inputs, "file").map(with_folders),
                context: text(inputs, "context").map(with_folders),
                target: text(inputs, "target").map(str::to_owned),
                tags: tags.split([',', '\n', ' ']).filter(|tag| !tag.is_empty()).map(str::to_owned).collect(),
            },
            by,
        );
    }

    /// An artifact of Skaffold: `docker: {dockerfile, target}` beside its `context`.
    fn artifact(&mut self, artifact: &Map<String, Value>, by: &str, home: &str) {
        let Some(image) = text(artifact, "image") else { return };
        let none = Map::new();
        let how = ["docker", "kaniko"].iter().find_map(|key| artifact.get(*key));
        if how.is_none() && !artifact.contains_key("context") {
            return;
        }
        let how = how.and_then(Value::as_object).unwrap_or(&none);
        let context = text(artifact, "context").unwrap_or(".").to_owned();
        self.built(
            &Build {
                cwds: vec![home.to_owned()],
                file: Some(format!("{context}/{}", text(how, "dockerfile").unwrap_or("Dockerfile"))),
                context: Some(context),
                target: text(how, "target").map(str::to_owned),
                tags: vec![image.to_owned()],
            },
            by,
        );
    }

    /// Any table that names a context beside a Dockerfile: steps of further services, and matrices of builds. Whether the
    /// file counts from the context or from the root differs, so that both are tried.
    fn build_table(&mut self, table: &Map<String, Value>, by: &str, home: &str) {
        let one = |keys: &[&str]| keys.iter().find_map(|key| text(table, key)).map(with_folders);
        let (Some(context), Some(file)) = (one(CONTEXT_KEYS), one(FILE_KEYS)) else { return };
        for path in [file.clone(), format!("{context}/{file}")] {
            if self.is_collected(&[home.to_owned()], &path, &context, by) {
                continue;
            }
            if resolve(home, &path).as_ref() == Some(&self.dockerfile) {
                self.said(resolve(home, &context), by);
            }
        }
    }

    fn bake(&mut self, text: &str, by: &str, home: &str) {
        let targets = match by.ends_with(".json") {
            true => bake_json(text),
            false => bake_hcl(text),
        };
        for name in targets.keys() {
            let field = |key: &str| bake_field(&targets, name, key, 0);
            let context = field("context").unwrap_or_else(|| ".".to_owned());
            let tags = field("tags").unwrap_or_default();
            self.built(
                &Build {
                    cwds: vec![home.to_owned()],
                    file: Some(format!("{context}/{}", field("dockerfile").unwrap_or_else(|| "Dockerfile".to_owned()))),
                    context: Some(context),
                    target: field("target"),
                    tags: tags.split_whitespace().chain([name.as_str()]).map(str::to_owned).collect(),
                },
                &format!("{by} (target `{name}`)"),
            );
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
            let context = text(&build, "context").or_else(|| text(&file, "context")).unwrap_or(".");
            self.said(resolve(folder, context), path);
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

/// A document by the ending of its name.
fn json_or_yaml(text: &str, name: &str) -> Option<Value> {
    match name.ends_with(".json") {
        true => serde_json::from_str(text).ok(),
        false => serde_saphyr::from_str(text).ok(),
    }
}

fn text<'a>(map: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    map.get(key)?.as_str().filter(|text| !text.is_empty())
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
