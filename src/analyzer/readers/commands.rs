//! `docker build` and its like in texts of commands: scripts, Makefiles, and what CI runs.

use crate::context::clean_inside;
use std::collections::BTreeMap;

/// One call that builds an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Build {
    /// Folders that it may be run in, from the project's root.
    pub(super) cwds: Vec<String>,
    /// `--file`, as written.
    pub(super) file: Option<String>,
    /// The context, as written.
    pub(super) context: Option<String>,
    /// `--target`.
    pub(super) target: Option<String>,
    /// Names that the image gets.
    pub(super) tags: Vec<String>,
}

/// Where a text of commands stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// The folder of its file, from the project's root.
    pub(super) home: &'a str,
    /// Folders that it may be started in.
    pub(super) starts: &'a [String],
    /// Every line has a shell of its own, as in a Makefile.
    pub(super) lines_apart: bool,
}

/// Stands for the top of the project in a path that a variable of the CI or a command gives.
const TOP: &str = "//";

/// Spellings of the folder that a pipeline works in, and of the present folder.
const FOLDERS: &[(&str, &str)] = &[
    ("${{ github.workspace }}", TOP),
    ("${{github.workspace}}", TOP),
    ("{{defaultContext}}:", TOP),
    ("$(git rev-parse --show-toplevel)", TOP),
    ("`git rev-parse --show-toplevel`", TOP),
    ("${GITHUB_WORKSPACE}", TOP),
    ("$GITHUB_WORKSPACE", TOP),
    ("${CI_PROJECT_DIR}", TOP),
    ("$CI_PROJECT_DIR", TOP),
    ("${BITBUCKET_CLONE_DIR}", TOP),
    ("$BITBUCKET_CLONE_DIR", TOP),
    ("$(Build.SourcesDirectory)", TOP),
    ("$(System.DefaultWorkingDirectory)", TOP),
    ("$(CURDIR)", "."),
    ("${CURDIR}", "."),
    ("$(shell pwd)", "."),
    ("$(pwd)", "."),
    ("`pwd`", "."),
    ("$(PWD)", "."),
    ("${PWD}", "."),
    ("$PWD", "."),
];

/// Text with known folders in place of the variables that name them.
pub(super) fn with_folders(text: &str) -> String {
    FOLDERS.iter().fold(text.to_owned(), |text, (written, folder)| match text.contains(written) {
        true => text.replace(written, folder),
        false => text,
    })
}

/// `path` as seen from the folder `cwd`, from the project's root; nothing where a variable decides or it lies elsewhere.
pub(super) fn resolve(cwd: &str, path: &str) -> Option<String> {
    if path.contains(['$', '{', '`']) || path == "-" {
        return None;
    }
    if let Some(rest) = path.strip_prefix(TOP) {
        return clean_inside(rest);
    }
    if path.starts_with('/') || path.contains("://") || path.starts_with("git@") {
        return None;
    }
    clean_inside(&format!("{cwd}/{path}"))
}

/// Every build in a text.
pub(super) fn builds(text: &str, place: Place<'_>) -> Vec<Build> {
    // Most texts of a pipeline build nothing.
    if !["build", "bud", "kaniko"].iter().any(|word| text.contains(word)) {
        return Vec::new();
    }
    let joined =
        with_folders(&text.replace("\\\r\n", " ").replace("\\\n", " ")).replace("docker.build(", "docker build -t ");
    let mut variables = BTreeMap::new();
    let mut cwds = place.starts.to_vec();
    let mut found = Vec::new();
    for line in joined.lines() {
        if place.lines_apart || line.trim_start().starts_with('(') {
            cwds = place.starts.to_vec();
        }
        for command in line.split([';', '|']).flat_map(|line| line.split("&&")) {
            if let Some((name, value)) = assignment(command, place.home) {
                variables.insert(name, value);
                continue;
            }
            let command = substituted(command, &variables);
            let words: Vec<&str> = command.split_whitespace().map(bare).collect();
            if let Some(build) = docker_build(&words) {
                found.push(Build { cwds: cwds.clone(), ..build });
            } else if let [go, to, ..] = words.as_slice()
                && matches!(go.trim_start_matches(['(', '@']), "cd" | "pushd")
            {
                cwds = match script_folder(&command, place.home) {
                    Some(folder) => vec![folder],
                    None => cwds.iter().filter_map(|cwd| resolve(cwd, to)).collect(),
                };
            }
        }
    }
    found
}

/// A word without the quotes and brackets around it.
fn bare(word: &str) -> &str {
    let word = word.trim_matches(['"', '\'', '`', ',']);
    match word.contains(['(', '{']) {
        true => word,
        false => word.trim_end_matches([')', '"', '\'']),
    }
}

/// `$(dirname "$0")/…` and its like: a folder counted from that of the script.
fn script_folder(text: &str, home: &str) -> Option<String> {
    if !["dirname", "BASH_SOURCE", "%/*"].iter().any(|word| text.contains(word)) {
        return None;
    }
    let rest = text.rsplit([')', '}']).next()?.split(['"', '\'', ' ']).next()?;
    clean_inside(&format!("{home}/{rest}"))
}

/// A variable with a value that can be read, as scripts and Makefiles set one.
fn assignment(command: &str, home: &str) -> Option<(String, String)> {
    let command = command.trim();
    let command = command.strip_prefix("export ").unwrap_or(command);
    let (name, value) = command.split_once('=')?;
    let name = name.trim_end_matches([':', '?', ' ', '\t']);
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return None;
    }
    let value = value.trim();
    if let Some(folder) = script_folder(value, home) {
        return Some((name.to_owned(), format!("{TOP}{folder}")));
    }
    let value = value.trim_matches(['"', '\'']);
    (!value.contains(['$', '`', ' '])).then(|| (name.to_owned(), value.to_owned()))
}

fn substituted(command: &str, variables: &BTreeMap<String, String>) -> String {
    if !command.contains('$') {
        return command.to_owned();
    }
    // Longer names first, since `$A` would end inside `$AB`.
    variables.iter().rev().fold(command.to_owned(), |text, (name, value)| {
        [format!("${{{name}}}"), format!("$({name})"), format!("${name}")]
            .iter()
            .fold(text, |text, written| text.replace(written, value))
    })
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
fn docker_build(words: &[&str]) -> Option<Build> {
    let engine = |word: &str| {
        let word = word.to_ascii_lowercase();
        ["docker", "podman", "nerdctl", "buildah"].iter().any(|e| word.contains(e)) && !word.contains("compose")
    };
    if let Some(start) = words.iter().position(|word| word.ends_with("kaniko/executor")) {
        return Some(flags(&words[start + 1..]));
    }
    let start = words.iter().position(|word| engine(word))?;
    let build = words.iter().skip(start + 1).take(2).position(|word| matches!(*word, "build" | "bud"))?;
    let between = &words[start + 1..start + 1 + build];
    if !between.iter().all(|word| matches!(*word, "buildx" | "image" | "builder")) {
        return None;
    }
    Some(flags(&words[start + 2 + build..]))
}

fn flags(words: &[&str]) -> Build {
    let mut found = Build::default();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        if !word.starts_with('-') || *word == "-" {
            found.context.get_or_insert_with(|| (*word).to_owned());
            continue;
        }
        let (flag, value) = match word.split_once('=') {
            Some((flag, value)) => (flag, Some(value.trim_matches(['"', '\'']))),
            None if SWITCHES.contains(word) => continue,
            None => (*word, rest.next().copied()),
        };
        let value = value.map(str::to_owned);
        match flag {
            "--target" => found.target = value,
            "-f" | "--file" | "--dockerfile" => found.file = value,
            "--context" => found.context = value.map(|v| v.trim_start_matches("dir://").to_owned()),
            "-t" | "--tag" | "--destination" => found.tags.extend(value),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contexts(text: &str, home: &str, starts: &[&str]) -> Vec<Option<String>> {
        let starts: Vec<String> = starts.iter().map(|s| (*s).to_owned()).collect();
        let place = Place { home, starts: &starts, lines_apart: false };
        let context = |build: &Build| resolve(build.cwds.first()?, build.context.as_deref().unwrap_or("."));
        builds(text, place).iter().map(context).collect()
    }

    #[test]
    fn a_build_is_run_where_the_script_went() {
        let cases: &[(&str, Option<&str>)] = &[
            ("docker build -t x .", Some("")),
            ("cd api && docker build -t x .", Some("api")),
            ("cd api\npushd web\ndocker build .", Some("api/web")),
            ("(cd web && docker build .)\n(cd api; docker build -f ../Dockerfile ..)", Some("web")),
            ("cd \"$(dirname \"$0\")/..\"\ndocker build -f deploy/Dockerfile deploy", Some("deploy")),
            (
                "ROOT=\"$(cd \"$(dirname \"${BASH_SOURCE[0]}\")/..\" >/dev/null; pwd)\"\ndocker build \"${ROOT}/api\"",
                Some("api"),
            ),
            ("HERE=$(dirname $0)\ndocker build $HERE/../api", Some("api")),
            ("ROOT=$(git rev-parse --show-toplevel)\ncd $ROOT/api\ndocker build -f ../x .", Some("api")),
            ("cd $SOMEWHERE\ndocker build .", None),
            ("docker build $(CURDIR)/api", Some("api")),
            ("docker build -f x - < Dockerfile", None),
            ("docker build https://example.org/x.git", None),
            ("docker.build(\"x\", \"-f docker/Dockerfile ./api\")", Some("api")),
            ("/kaniko/executor --context dir:///workspace --dockerfile a/Dockerfile", None),
            ("/kaniko/executor --context \"${CI_PROJECT_DIR}/api\" --destination r/x:1", Some("api")),
        ];
        for (text, expected) in cases {
            let found = contexts(text, "scripts", &[""]);
            assert!(!found.is_empty(), "{text}");
            assert_eq!(found[0].as_deref(), *expected, "{text}");
        }
        assert!(contexts("docker compose build .\ndocker run build", "", &[""]).is_empty());
    }

    #[test]
    fn flags_and_variables_are_read() {
        let starts = [String::new()];
        let place = Place { home: "", starts: &starts, lines_apart: true };
        let text = "FILE := docker/Dockerfile\nimage:\n\tcd docker\n\t$(DOCKER) build -t acme/api:$(TAG) --target=prod -f $(FILE) .\n";
        let expected = Build {
            cwds: vec![String::new()],
            file: Some("docker/Dockerfile".to_owned()),
            context: Some(".".to_owned()),
            target: Some("prod".to_owned()),
            tags: vec!["acme/api:$(TAG)".to_owned()],
        };
        assert_eq!(builds(text, place), [expected]);
    }
}
