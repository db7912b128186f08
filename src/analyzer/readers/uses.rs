//! The way round: which Dockerfiles a file of the project builds, whatever they are called.

use super::{
    Asked, BAKE_FILES, DEV_CONTAINERS, MAKEFILES, PIPELINES, Reader, TOOL_FOLDERS, WORKFLOWS, commands, json_or_yaml,
    resolve, text, text_of, with_folders, without_comments,
};
use crate::context::manifests::{all_services, is_compose_file};
use crate::context::{BuildContext, clean, join};
use commands::Build;
use serde_json::{Map, Value};

/// A build that a file of the project describes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// The Dockerfile, relative to the project's root; it need not be there.
    pub dockerfile: String,
    /// The build context, relative to the project's root; nothing where a variable decides.
    pub context: Option<String>,
    /// The file that says it, for people.
    pub by: String,
}

/// True for files that [`uses`] reads, by their path from the project's root.
pub fn may_build(path: &str) -> bool {
    kind_of(path).is_some()
}

/// True for hidden folders in which projects keep files that [`uses`] reads, by their name.
pub fn may_hold_builds(name: &str) -> bool {
    let known = WORKFLOWS.iter().chain(DEV_CONTAINERS).chain(TOOL_FOLDERS);
    known.filter_map(|path| path.split('/').next()).any(|first| first == name && first.starts_with('.'))
}

/// The builds that the file at `path` describes, relative to the project's root as all paths are. What a variable decides is not
/// among them.
pub fn uses(project: &dyn BuildContext, path: &str) -> Vec<Use> {
    let Some(kind) = kind_of(path) else { return Vec::new() };
    let home = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut reader = Reader { dockerfile: String::new(), asked: Asked::default(), uses: Some(Vec::new()) };
    if kind == Kind::Compose {
        let services = all_services(project, home).unwrap_or_default();
        for service in services.into_iter().filter(|service| path == join(home, &service.file)) {
            let build = Build {
                cwds: vec![home.to_owned()],
                file: Some(format!("{}/{}", service.build.context, service.build.dockerfile)),
                context: Some(service.build.context),
                ..Build::default()
            };
            reader.built(&build, &format!("{path} (service `{}`)", service.name));
        }
    } else if let Some(text) = text_of(project, path) {
        match kind {
            Kind::Lines => reader.script(&text, path, home, true),
            Kind::Script => reader.script(&text, path, home, false),
            Kind::Pipeline => reader.pipeline(&text, path, home),
            // Commands of a workflow start at the top.
            Kind::Workflow => reader.pipeline(&text, path, ""),
            Kind::Values => {
                if let Some(values) = json_or_yaml(&text, path) {
                    reader.tables(&values, path);
                }
            }
            Kind::Bake => reader.bake(&text, path, home),
            Kind::Tilt => reader.tilt(&text, path, home),
            Kind::DevContainer => reader.container(&text, path, home),
            Kind::Compose => {}
        }
    }
    let mut uses = reader.uses.unwrap_or_default();
    uses.sort();
    uses.dedup();
    uses
}

/// How a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Compose,
    /// Every line has a shell of its own.
    Lines,
    Script,
    Pipeline,
    Workflow,
    /// Values of a chart: tables that name a Dockerfile, counted from the top.
    Values,
    Bake,
    Tilt,
    DevContainer,
}

fn kind_of(path: &str) -> Option<Kind> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_yaml = name.ends_with(".yml") || name.ends_with(".yaml");
    let is_within = |folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    Some(match name {
        _ if is_compose_file(name) => Kind::Compose,
        _ if MAKEFILES.contains(&name) || name.ends_with(".mk") => Kind::Lines,
        _ if name.ends_with(".sh") => Kind::Script,
        _ if PIPELINES.contains(&name) => Kind::Pipeline,
        _ if BAKE_FILES.contains(&name) => Kind::Bake,
        TILTFILE => Kind::Tilt,
        _ if is_yaml && (WORKFLOWS.iter().any(|folder| is_within(folder)) || is_within(".github/actions")) => {
            Kind::Workflow
        }
        _ if is_yaml && name.starts_with("values") => Kind::Values,
        _ if DEV_CONTAINERS.iter().any(|place| path == *place || path.ends_with(&format!("/{place}"))) => {
            Kind::DevContainer
        }
        _ => return None,
    })
}

/// The file of Tilt.
pub(super) const TILTFILE: &str = "Tiltfile";

impl Reader {
    /// Tables at any depth that name a context beside a Dockerfile.
    fn tables(&mut self, value: &Value, by: &str) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.tables(item, by)),
            Value::Object(map) => {
                self.build_table(map, by, "");
                map.values().for_each(|value| self.tables(value, by));
            }
            _ => {}
        }
    }

    /// The build of a dev container.
    fn container(&mut self, source: &str, path: &str, home: &str) {
        let Ok(Value::Object(file)) = serde_json::from_str::<Value>(&without_comments(source)) else { return };
        let none = Map::new();
        let build = file.get("build").and_then(Value::as_object).unwrap_or(&none);
        let Some(dockerfile) = text(build, "dockerfile").or_else(|| text(&file, "dockerFile")) else { return };
        let context = text(build, "context").or_else(|| text(&file, "context")).unwrap_or(".");
        let build = Build {
            cwds: vec![home.to_owned()],
            file: Some(dockerfile.to_owned()),
            context: Some(context.to_owned()),
            ..Build::default()
        };
        self.built(&build, path);
    }

    /// `docker_build("IMAGE", "CONTEXT", dockerfile="FILE")` of a Tiltfile, whose paths count from its folder.
    pub(super) fn tilt(&mut self, source: &str, by: &str, home: &str) {
        for call in source.split("docker_build(").skip(1) {
            let mut positional = Vec::new();
            let (mut file, mut context, mut target) = (None, None, None);
            for argument in arguments(call) {
                let Some((name, value)) = argument.split_once('=').filter(|(name, _)| !name.contains(['"', '\'']))
                else {
                    positional.push(literal(&argument));
                    continue;
                };
                match name.trim() {
                    "dockerfile" => file = literal(value),
                    "context" => context = literal(value),
                    "target" => target = literal(value),
                    // The text stands in the Tiltfile.
                    "dockerfile_contents" => positional.clear(),
                    _ => {}
                }
            }
            let mut positional = positional.into_iter();
            let Some(image) = positional.next() else { continue };
            let Some(context) = context.or_else(|| positional.next().flatten()) else { continue };
            let build = Build {
                cwds: vec![home.to_owned()],
                file: Some(file.unwrap_or_else(|| format!("{context}/Dockerfile"))),
                context: Some(context),
                target,
                tags: image.into_iter().collect(),
            };
            self.built(&build, by);
        }
    }

    /// Notes a build when builds are collected; true when they are.
    pub(super) fn is_collected(&mut self, cwds: &[String], file: &str, context: &str, by: &str) -> bool {
        let Some(uses) = &mut self.uses else { return false };
        // The Dockerfile comes on standard input.
        if file.starts_with("-/") {
            return true;
        }
        for cwd in cwds {
            if let Some(dockerfile) = resolve(cwd, &with_folders(file)).filter(|path| !path.is_empty()) {
                let context = resolve(cwd, &with_folders(context));
                uses.push(Use { dockerfile: clean(&dockerfile), context, by: by.to_owned() });
            }
        }
        true
    }
}

/// The arguments of a call, up to its closing bracket.
fn arguments(call: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut current = String::new();
    let mut depth = 0usize;
    let mut quote = None;
    for c in call.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')') if depth == 0 => break,
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                found.push(std::mem::take(&mut current).trim().to_owned());
                continue;
            }
            _ => {}
        }
        current.push(c);
    }
    if !current.trim().is_empty() {
        found.push(current.trim().to_owned());
    }
    found
}

/// The text of a plain string; nothing for what is computed.
fn literal(value: &str) -> Option<String> {
    let value = value.trim();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let inner = value.strip_prefix(quote)?.strip_suffix(quote)?;
    (!inner.contains([quote, '\\', '%', '{'])).then(|| inner.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::MemoryContext;

    /// `DOCKERFILE in CONTEXT` for each build of a file.
    fn found(path: &str, text: &str) -> Vec<String> {
        let project = MemoryContext::new([(path, text)]);
        let shown = |used: Use| format!("{} in {}", used.dockerfile, used.context.as_deref().unwrap_or("?"));
        uses(&project, path).into_iter().map(shown).collect()
    }

    #[test]
    fn whatever_builds_a_file_names_it() {
        let cases = [
            (
                "compose.yaml",
                "services: {a: {build: {context: ., dockerfile: docker/api.image}}}",
                "docker/api.image in ",
            ),
            ("x/docker-compose.yml", "services: {a: {build: api}}", "x/api/Dockerfile in x/api"),
            ("x/Makefile", "image:\n\tdocker build -f ../docker/api.image ..\n", "docker/api.image in "),
            ("x/build.sh", "cd \"$(dirname \"$0\")\"\ndocker build -f api.image .\n", "x/api.image in x"),
            (
                "docker-bake.hcl",
                "target \"a\" {\n  context = \"api\"\n  dockerfile = \"api.image\"\n}\n",
                "api/api.image in api",
            ),
            (
                "deploy/skaffold.yaml",
                "build: {artifacts: [{image: a, context: ../api, docker: {dockerfile: api.image}}]}",
                "api/api.image in api",
            ),
            (
                ".github/workflows/ci.yml",
                "jobs: {a: {steps: [{uses: docker/build-push-action@v6, with: {context: ., file: api.image}}]}}",
                "api.image in ",
            ),
            (".gitlab-ci.yml", "a: {script: ['docker build -f api.image \"$CI_PROJECT_DIR\"']}", "api.image in "),
            (
                "x/Tiltfile",
                "docker_build(\n  'img', '../api', dockerfile = \"../api/api.image\",\n  live_update=[sync('.', '/x')])\n",
                "api/api.image in api",
            ),
            ("Tiltfile", "docker_build(ref, 'api')\n", "api/Dockerfile in api"),
            ("chart/values.yaml", "image: {build: {context: api, dockerfile: api/api.image}}", "api/api.image in api"),
            (
                ".devcontainer/devcontainer.json",
                "{\"build\": {\"dockerfile\": \"dev.image\" /* x */}}",
                ".devcontainer/dev.image in .devcontainer",
            ),
        ];
        for (path, text, expected) in cases {
            assert!(may_build(path), "{path}");
            let found = found(path, text);
            assert!(found.iter().any(|found| found == expected), "{path}: {found:?}");
        }
    }

    #[test]
    fn hidden_folders_that_hold_builds_are_known() {
        for (name, holds) in
            [(".github", true), (".ci", true), (".devcontainer", true), (".venv", false), ("ci", false)]
        {
            assert_eq!(may_hold_builds(name), holds, "{name}");
        }
    }

    #[test]
    fn what_a_variable_decides_is_not_guessed() {
        let cases = [
            ("Makefile", "image:\n\tdocker build -f $(FILE) .\n"),
            ("compose.yaml", "services: {a: {build: {context: '${X}', dockerfile: a}}, b: {image: b}}"),
            ("Tiltfile", "docker_build('img', dir + '/api')\ndocker_build('i', '.', dockerfile_contents='FROM a')\n"),
            ("build.sh", "docker build https://example.org/x.git\ndocker build - < x\ndocker build -f ../../out .\n"),
        ];
        for (path, text) in cases {
            assert_eq!(found(path, text), Vec::<String>::new(), "{path}");
        }
        assert_eq!(found("Makefile", "a:\n\tdocker build -f a.image $(DIR)\n"), ["a.image in ?"]);
        for path in ["main.go", "README.md", "values.txt", "x.yaml", "github/workflows/x.yml"] {
            assert!(!may_build(path), "{path}");
        }
    }
}
