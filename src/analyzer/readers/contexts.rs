//! Which folder is the build context of a Dockerfile: what builds of it say, and else where its sources are.

use super::read_project;
use crate::analyzer::Inputs;
use crate::analyzer::config::{StageState, global_arguments};
use crate::context::{BuildContext, Entry, clean, glob, join};
use crate::rules::{self, Reason};
use crate::source::Span;
use crate::syntax::{CopySource, Dockerfile, Kind, mount_fields};
use std::collections::BTreeMap;

/// A build context that a file of the project names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The folder, relative to the project's root.
    pub folder: String,
    /// The file that says it, for people.
    pub by: String,
}

/// How a context was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// It is the Dockerfile's own folder, and nothing says otherwise.
    Own,
    /// Builds of the Dockerfile name it; the words say which.
    Said(String),
    /// The Dockerfile's own folder lacks this source; the folder found is the nearest above that holds all of them.
    Assumed(String),
    /// What is said does not fit: several contexts are named, or the one that is named lacks sources. Words for each.
    Contradicted(Vec<String>),
}

/// The context that a Dockerfile is taken to be built with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The folder, relative to the top that was searched.
    pub folder: String,
    /// How it was found.
    pub how: How,
}

/// Opens a folder below the top as a build context; nothing when there is none.
pub type Open<'a> = dyn Fn(&str) -> Option<Box<dyn BuildContext>> + 'a;

/// Finds the build context of the Dockerfile at `path`, relative to the top of its repository.
pub fn find(dockerfile: &Dockerfile, path: &str, build_args: &BTreeMap<String, String>, open: &Open<'_>) -> Found {
    let own = path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let above: Vec<&str> = std::iter::successors(Some(own.as_str()), |folder| {
        (!folder.is_empty()).then(|| folder.rsplit_once('/').map_or("", |(folder, _)| folder))
    })
    .collect();
    let sources = sources(dockerfile, build_args);
    let lacks = |folder: &str| match open(folder) {
        Some(context) => lacking(&*context, &sources),
        None => Some(folder.to_owned()),
    };
    let mut said: Vec<Said> = Vec::new();
    for project in &above {
        let Some(files) = open(project) else { continue };
        let below = path.strip_prefix(project).unwrap_or(path).trim_start_matches('/');
        for one in read_project(&*files, below).contexts {
            let folder = clean(&join(project, &one.folder));
            if !said.iter().any(|said| said.folder == folder) {
                said.push(Said { folder, by: one.by });
            }
        }
    }
    let fitting: Vec<&Said> = said.iter().filter(|said| lacks(&said.folder).is_none()).collect();
    match fitting.as_slice() {
        [one] => return Found { folder: one.folder.clone(), how: How::Said(one.by.clone()) },
        [] => {}
        several => {
            let words =
                several.iter().map(|said| format!("{} builds with `{}`", said.by, shown(&said.folder))).collect();
            let folder = several.iter().find(|said| said.folder == own).unwrap_or(&several[0]).folder.clone();
            return Found { folder, how: How::Contradicted(words) };
        }
    }
    let missing = lacks(&own);
    let holder = above.iter().find(|folder| lacks(folder).is_none());
    match (said.first(), holder, missing) {
        // Whoever builds with this folder fails on a source, or makes it first: that another folder has it may be chance.
        (Some(said), Some(holder), _) => {
            let lack = lacks(&said.folder).unwrap_or_default();
            let words = format!("{} builds with `{}`, which lacks `{lack}`", said.by, shown(&said.folder));
            Found { folder: (*holder).to_owned(), how: How::Contradicted(vec![words]) }
        }
        (Some(said), None, _) => Found { folder: said.folder.clone(), how: How::Said(said.by.clone()) },
        (None, Some(holder), Some(missing)) => Found { folder: (*holder).to_owned(), how: How::Assumed(missing) },
        (None, _, _) => Found { folder: own, how: How::Own },
    }
}

fn shown(folder: &str) -> &str {
    if folder.is_empty() { "." } else { folder }
}

/// What a step takes from the build context.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Source {
    /// Cleaned, variables expanded; the root is empty.
    path: String,
    /// The instruction, counted from 0.
    instruction: usize,
    span: Span,
}

impl Source {
    fn is_pattern(&self) -> bool {
        self.path.contains(['*', '?', '['])
    }
}

/// The sources of all steps whose names are known.
fn sources(dockerfile: &Dockerfile, build_args: &BTreeMap<String, String>) -> Vec<Source> {
    let escape = dockerfile.escape;
    let global = global_arguments(dockerfile.instructions(), escape, build_args);
    let mut state = StageState::new(None, escape);
    let mut found = Vec::new();
    for (instruction, step) in dockerfile.instructions().enumerate() {
        let mut add = |text: &str, state: &StageState| {
            if let Some(text) = state.scope.expand(text, escape).filter(|text| !text.contains('$')) {
                found.push(Source { path: clean(&text), instruction, span: step.span });
            }
        };
        match &step.kind {
            Kind::From(_) => {
                state = StageState::new(None, escape);
                continue;
            }
            Kind::Copy(copy) | Kind::Add(copy) if copy.from.is_none() => {
                for source in &copy.sources {
                    if let CopySource::Path(path) = source
                        && !path.contains("://")
                        && !path.starts_with("git@")
                    {
                        add(path, &state);
                    }
                }
            }
            Kind::Run(_) => {
                for flag in step.flags.iter().filter(|flag| flag.name == "mount") {
                    if let Some(source) = bound(flag.value.as_deref().unwrap_or_default()) {
                        add(&source, &state);
                    }
                }
            }
            _ => {}
        }
        state.apply(step, &global, build_args);
    }
    found
}

/// The source of a bind mount from the build context.
fn bound(mount: &str) -> Option<String> {
    let fields: BTreeMap<String, Option<String>> = mount_fields(mount).ok()?.into_iter().collect();
    let is_bind = fields.get("type").is_none_or(|kind| kind.as_deref() == Some("bind"));
    if !is_bind || fields.contains_key("from") {
        return None;
    }
    ["source", "src"].iter().find_map(|key| fields.get(*key).cloned().flatten())
}

/// The first source that `context` lacks. A pattern that matches nothing tells only where no other source of its step is
/// named, and a step that copies everything tells when there is nothing to copy.
fn lacking(context: &dyn BuildContext, sources: &[Source]) -> Option<String> {
    if let Some(source) = sources.iter().find(|source| is_missing(context, source)) {
        return Some(source.path.clone());
    }
    let empty = |source: &&Source| match source.is_pattern() {
        true => {
            let mut step = sources.iter().filter(|other| other.instruction == source.instruction);
            step.all(|other| other.is_pattern() && glob(context, &other.path).is_ok_and(|found| found.is_empty()))
        }
        false => source.path.is_empty() && holds_no_project(context),
    };
    sources.iter().find(empty).map(|source| shown(&source.path).to_owned())
}

/// True for a source by name that is known not to be there.
fn is_missing(context: &dyn BuildContext, source: &Source) -> bool {
    context.is_known() && !source.is_pattern() && context.entry(&source.path) == Entry::Absent
}

/// True when all files of a folder speak about images and deployments: nobody copies only those.
fn holds_no_project(context: &dyn BuildContext) -> bool {
    let about_images = |name: &String| {
        let lower = name.to_ascii_lowercase();
        lower.contains("dockerfile")
            || lower.contains("containerfile")
            || lower.starts_with(".env")
            || [".dockerignore", ".gitignore", ".md", ".yml", ".yaml"].iter().any(|end| lower.ends_with(end))
    };
    context.list_unfiltered("").is_ok_and(|names| names.iter().all(about_images))
}

/// The reason to decline when sources are not in the context: the build would fail on them.
pub(in crate::analyzer) fn missing(inputs: Inputs<'_>) -> Option<Reason> {
    let sources = sources(inputs.dockerfile, inputs.build_args);
    let missing: Vec<&Source> = sources.iter().filter(|source| is_missing(inputs.context, source)).collect();
    let mut names: Vec<String> = Vec::new();
    for source in &missing {
        let name = format!("`{}`", source.path);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let are = if names.len() == 1 { "is" } else { "are" };
    let words = format!(
        "{} {are} not in the build context, or left out by .dockerignore; name the folder that the build is run on with \
         --context DIR, and what is there only by then with --context-names FILE",
        names.join(", ")
    );
    Some(rules::SOURCE_MISSING.because(words, missing.first()?.span))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::MemoryContext;
    use crate::syntax::parse;

    /// The folder that is found among `files`, and how.
    fn found(text: &str, path: &str, files: &[(&str, &str)]) -> (String, How) {
        let open = |folder: &str| -> Option<Box<dyn BuildContext>> {
            let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
            let below: Vec<_> =
                files.iter().filter_map(|(p, c)| Some((p.strip_prefix(prefix.as_str())?, *c))).collect();
            (!below.is_empty()).then(|| Box::new(MemoryContext::new(below)) as Box<dyn BuildContext>)
        };
        let file = parse(text.as_bytes()).expect("valid");
        let found = find(&file, path, &BTreeMap::new(), &open);
        (found.folder, found.how)
    }

    const GO: &str = "FROM golang:1.22\nWORKDIR /src\nCOPY go.mod ./\nCOPY web web\nRUN go build -o /x .\n";
    const TREE: [(&str, &str); 4] =
        [("go.mod", ""), ("web/index.html", ""), ("deploy/Dockerfile", ""), ("api/Dockerfile", "")];

    fn with(file: (&'static str, &'static str)) -> Vec<(&'static str, &'static str)> {
        TREE.into_iter().chain([file]).collect()
    }

    #[test]
    fn what_builds_the_file_says_its_context() {
        let cases = [
            ("compose.yaml", "services: {a: {build: {context: ., dockerfile: deploy/Dockerfile}}}"),
            ("deploy/compose.yaml", "services: {a: {build: {context: .., dockerfile: deploy/Dockerfile}}}"),
            ("docker/compose.yml", "services: {a: {build: {context: .., dockerfile: ./deploy/Dockerfile}}}"),
            ("Makefile", "image:\n\tdocker build -f deploy/Dockerfile .\n"),
            ("deploy/Makefile", "image:\n\tdocker build -f Dockerfile ..\n"),
            ("scripts/image.sh", "cd \"$(dirname \"$0\")/..\"\ndocker build -f deploy/Dockerfile -t x .\n"),
            ("build.sh", "docker buildx build --file=deploy/Dockerfile \\\n  --push .\n"),
            ("docker-bake.hcl", "target \"a\" {\n  dockerfile = \"deploy/Dockerfile\"\n}\n"),
            ("docker-bake.json", r#"{"target": {"a": {"context": ".", "dockerfile": "deploy/Dockerfile"}}}"#),
            (
                "skaffold.yaml",
                "build:\n  artifacts:\n    - image: a\n      context: .\n      docker: {dockerfile: deploy/Dockerfile}\n",
            ),
            (
                ".github/workflows/ci.yml",
                "jobs: {a: {steps: [{uses: docker/build-push-action@v6, with: {context: ., file: deploy/Dockerfile}}]}}",
            ),
            (
                ".github/workflows/ci.yml",
                "jobs: {a: {steps: [{uses: docker/build-push-action@v6, with: {context: '${{ github.workspace }}', file: ./deploy/Dockerfile}}]}}",
            ),
            (
                ".github/workflows/ci.yml",
                "jobs: {a: {strategy: {matrix: {include: [{context: ., dockerfile: deploy/Dockerfile}]}}}}",
            ),
            (
                ".github/workflows/ci.yml",
                "jobs: {a: {steps: [{working-directory: deploy, run: 'docker build -f Dockerfile ..'}]}}",
            ),
            (".gitlab-ci.yml", "a: {script: ['docker build -f deploy/Dockerfile \"$CI_PROJECT_DIR\"']}"),
            ("cloudbuild.yaml", "steps: [{name: docker, args: [build, -f, deploy/Dockerfile, -t, x, .]}]"),
            ("Jenkinsfile", "stage { docker.build(\"a\", \"-f deploy/Dockerfile .\") }"),
            ("package.json", r#"{"scripts": {"image": "docker build -f deploy/Dockerfile ."}}"#),
            (
                ".devcontainer/devcontainer.json",
                r#"{"build": {"dockerfile": "../deploy/Dockerfile", "context": ".."}}"#,
            ),
        ];
        for (file, content) in cases {
            let (folder, how) = found(GO, "deploy/Dockerfile", &with((file, content)));
            assert!(matches!(&how, How::Said(by) if by.contains(file)), "{file}: {content}: {how:?}");
            assert_eq!(folder, "", "{file}");
            let (_, how) = found(GO, "api/Dockerfile", &with((file, content)));
            assert_eq!(how, How::Assumed("go.mod".to_owned()), "{file} builds another file");
        }
    }

    #[test]
    fn what_says_nothing_certain_is_not_believed() {
        let cases = [
            ("Makefile", "image:\n\tdocker build -f deploy/Dockerfile $(DIR)\n"),
            ("Makefile", "image:\n\tdocker build -f $(FILE) .\n"),
            ("build.sh", "cd $X\ndocker build -f deploy/Dockerfile .\n"),
            ("build.sh", "docker build -f deploy/Dockerfile https://example.org/x.git\n"),
            ("compose.yaml", "services: {a: {build: {context: '${X}', dockerfile: deploy/Dockerfile}}}"),
        ];
        for (file, content) in cases {
            let (folder, how) = found(GO, "deploy/Dockerfile", &with((file, content)));
            assert_eq!((folder.as_str(), how), ("", How::Assumed("go.mod".to_owned())), "{file}: {content}");
        }
    }

    #[test]
    fn the_nearest_folder_that_holds_all_sources_is_tried() {
        let tree = [("a/go.mod", ""), ("a/web/x", ""), ("go.mod", ""), ("web/x", ""), ("a/b/c/Dockerfile", "")];
        assert_eq!(found(GO, "a/b/c/Dockerfile", &tree), ("a".to_owned(), How::Assumed("go.mod".to_owned())));
        let partly = [("a/go.mod", ""), ("a/b/Dockerfile", ""), ("go.mod", "")];
        assert_eq!(found(GO, "a/b/Dockerfile", &partly), ("a/b".to_owned(), How::Own), "no folder holds all");
        let own = [("a/go.mod", ""), ("a/web/x", ""), ("go.mod", ""), ("web/x", ""), ("a/Dockerfile", "")];
        assert_eq!(found(GO, "a/Dockerfile", &own), ("a".to_owned(), How::Own));
        assert_eq!(
            found(GO, "a/Dockerfile", &[("go.mod", ""), ("web/x", "")]).0,
            "",
            "an own folder that is not there"
        );
    }

    #[test]
    fn patterns_mounts_and_whole_folders_are_sources() {
        let tree = [("pom.xml", ""), ("app.csproj", ""), ("deploy/Dockerfile", ""), ("deploy/service.yaml", "")];
        for (text, missing) in [
            ("FROM a\nCOPY *.csproj ./\n", Some("*.csproj")),
            ("FROM a\nRUN --mount=type=bind,source=pom.xml,target=pom.xml mvn package\n", Some("pom.xml")),
            ("FROM a\nARG F=pom\nCOPY ${F}.xml ./\n", Some("pom.xml")),
            ("FROM a\nCOPY . .\n", Some(".")),
            ("FROM a\nCOPY service.yaml *.lock ./\n", None),
            (
                "FROM a\nARG F\nCOPY $F ./\nRUN --mount=type=cache,source=x,target=/x make\nCOPY --from=b pom.xml /\n",
                None,
            ),
            ("FROM a\nADD https://example.org/x /x\nCOPY <<E /y\nE\n", None),
        ] {
            let how = missing.map_or(How::Own, |missing| How::Assumed(missing.to_owned()));
            assert_eq!(found(text, "deploy/Dockerfile", &tree).1, how, "{text}");
        }
    }

    #[test]
    fn contradictions_are_told() {
        let make = ("Makefile", "a:\n\tdocker build -f deploy/Dockerfile .\nb:\n\tdocker build deploy\n");
        let everywhere: Vec<_> = with(make).into_iter().chain([("deploy/go.mod", ""), ("deploy/web/x", "")]).collect();
        let (folder, how) = found(GO, "deploy/Dockerfile", &everywhere);
        assert!(matches!(how, How::Contradicted(words) if words.len() == 2));
        assert_eq!(folder, "deploy");
        let (folder, how) = found(GO, "deploy/Dockerfile", &with(("Makefile", "b:\n\tdocker build deploy\n")));
        assert_eq!(folder, "");
        assert!(matches!(how, How::Contradicted(words) if words[0].contains("lacks `go.mod`")));
    }
}
