use super::*;
use crate::analyzer::secrets::looks_like_secret;
use crate::context::MemoryContext;
use crate::planner::{Applicability, Outcome, Plan};
use crate::{Conversion, Request, convert};

fn targets(file: &str, content: &str, dockerfile: &str) -> Vec<String> {
    let asked = read_project(&MemoryContext::new([(file, content)]), dockerfile);
    let mut names: Vec<String> = asked.targets.into_iter().map(|target| target.name).collect();
    names.dedup();
    names
}

#[test]
fn stages_are_named_in_many_files() {
    let cases = [
        ("Makefile", "build:\n\tdocker build -t x \\\n\t  --target Prod .\n"),
        ("Makefile", "build:\n\t@$(DOCKER) buildx build --push --target=prod -f ./Dockerfile ..\n"),
        ("justfile", "image:\n  podman build . --target \"prod\"\n"),
        ("package.json", r#"{"scripts": {"image": "tsc && docker build --target prod ."}}"#),
        (".gitlab-ci.yml", "image:\n  script:\n    - docker build --pull -t $IMAGE --target prod .\n"),
        (
            ".gitlab-ci.yml",
            "image:\n  script:\n    - |\n      cd x\n      docker image build --target prod \\\n        .\n",
        ),
        (".gitlab-ci.yml", "{{ not yaml\n- docker build --target prod .\n"),
        (
            ".github/workflows/ci.yml",
            "jobs:\n  a:\n    steps:\n      - uses: docker/build-push-action@v6\n        with: {context: ., target: prod}\n",
        ),
        (".github/workflows/ci.yaml", "jobs:\n  a:\n    steps:\n      - run: docker build --target prod .\n"),
        ("compose.yaml", "services:\n  web:\n    build: {context: ., target: prod}\n"),
        (
            "docker-bake.json",
            r#"{"target": {"base": {"target": "prod"}, "app": {"inherits": ["base"], "context": "."}}}"#,
        ),
        (
            "docker-bake.hcl",
            "group \"default\" {\n  targets = [\"app\"]\n}\ntarget \"app\" {\n  # target = \"no\"\n  args = {\n    target = \"no\"\n  }\n  \
             target = \"prod\"\n}\n",
        ),
        ("skaffold.yaml", "build:\n  artifacts:\n    - image: app\n      docker: {target: prod}\n"),
        (
            ".devcontainer/devcontainer.json",
            "{\n// of ours\n\"build\": {\"dockerfile\": \"../Dockerfile\", \"target\": \"prod\",},\n}\n",
        ),
    ];
    for (file, content) in cases {
        assert_eq!(targets(file, content, "Dockerfile"), ["prod"], "{file}: {content}");
        assert!(targets(file, content, "other/Dockerfile").is_empty(), "{file}: {content}");
    }
}

#[test]
fn the_dockerfile_is_found_by_its_path() {
    let cases = [
        ("Makefile", "x:\n\tdocker build --target prod -f api/Dockerfile .\n"),
        ("Makefile", "x:\n\tdocker build --target prod ./api\n"),
        ("Makefile", "x:\n\tdocker build --target prod -f $(FILE) .\n"),
        (".github/workflows/ci.yml", "- uses: docker/build-push-action@v6\n  with: {context: ./api, target: prod}\n"),
        ("docker-bake.hcl", "target \"a\" {\n  context = \"api\"\n  target = \"prod\"\n}\n"),
        ("skaffold.yaml", "a:\n  - image: app\n    context: api\n    docker: {target: prod}\n"),
        (".devcontainer.json", r#"{"build": {"dockerfile": "api/Dockerfile", "target": "prod"}}"#),
    ];
    for (file, content) in cases {
        assert_eq!(targets(file, content, "api/Dockerfile"), ["prod"], "{file}: {content}");
    }
    let bare =
        "x:\n\tdocker build --target prod .\n\techo docker --target prod\n\tdocker compose build --target prod\n";
    assert!(targets("Makefile", bare, "api/Dockerfile").is_empty());
    assert_eq!(targets("Makefile", bare, "Dockerfile"), ["prod"]);
}

#[test]
fn no_text_breaks_a_reader() {
    let pieces = [
        "{",
        "}",
        "\"",
        "target \"a\" {",
        "\n",
        "\\",
        "/*",
        "//",
        "docker build",
        " --target",
        " -f",
        "[",
        "=",
        "$",
        "é",
    ];
    for first in pieces {
        for second in pieces {
            for third in pieces {
                let text = format!("{first}{second}{third}");
                for file in ["Makefile", "docker-bake.hcl", "docker-bake.json", ".gitlab-ci.yml", ".devcontainer.json"]
                {
                    targets(file, &text, "Dockerfile");
                }
            }
        }
    }
}

const DOCKERFILE: &str = "FROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm ci --omit=dev\nCMD [\"node\", \"index.js\"]\n";

fn project() -> MemoryContext {
    MemoryContext::new([
        ("package.json", r#"{"name": "shop", "scripts": {"work": "node work.js"}}"#),
        ("package-lock.json", r#"{"lockfileVersion": 3, "packages": {"": {}}}"#),
        ("index.js", "require('http')\n"),
        ("work.js", "require('http')\n"),
    ])
}

fn conversion(dockerfile: &str, project: &MemoryContext) -> Conversion {
    convert(&Request::new(dockerfile.as_bytes(), project)).expect("the file is valid")
}

fn converted(dockerfile: &str, project: &MemoryContext) -> (Plan, String) {
    let conversion = conversion(dockerfile, project);
    let Outcome::Convert(plan) = conversion.outcome else {
        panic!("not converted: {:?}\n{:?}", conversion.outcome, conversion.findings)
    };
    (*plan, String::from_utf8(conversion.output.expect("there is a result")).expect("it is text"))
}

fn assumptions(plan: &Plan) -> Vec<&str> {
    plan.assumptions.iter().map(|reason| reason.rule.id).collect()
}

fn changes(plan: &Plan) -> Vec<&str> {
    plan.changes.iter().map(|reason| reason.rule.id).collect()
}

#[test]
fn the_stage_that_is_asked_for_stays_the_finished_image() {
    let from = |name: &str| DOCKERFILE.replace("node:20", &format!("node:20 AS {name}"));
    // Name, whether a Makefile asks for it, the stages of the result.
    let cases = [
        ("app", false, ["FROM node:20 AS builder\n", "FROM node:20-slim AS app\n"]),
        ("App", true, ["FROM node:20 AS builder\n", "FROM node:20-slim AS app\n"]),
        ("builder", false, ["FROM node:20 AS builder\n", "FROM node:20-slim\n"]),
        ("build-stage", false, ["FROM node:20 AS build-stage\n", "FROM node:20-slim\n"]),
        ("builder", true, ["FROM node:20 AS build\n", "FROM node:20-slim AS builder\n"]),
    ];
    for (name, asked, stages) in cases {
        let project = match asked {
            true => project().file("Makefile", format!("x:\n\tdocker build --target {name} .\n")),
            false => project(),
        };
        let (plan, output) = converted(&from(name), &project);
        let found: Vec<String> = output.lines().filter(|l| l.starts_with("FROM")).map(|l| format!("{l}\n")).collect();
        assert_eq!(found, stages, "{name}");
        assert!(output.contains(&format!("COPY --from={} ", plan.builder)), "{output}");
        assert_eq!(changes(&plan).contains(&"stage-named"), asked, "{name}");
        assert_eq!(plan.applicability, Applicability::Safe);
    }
}

#[test]
fn the_proof_guards_the_stage_that_is_asked_for() {
    let project = project().file("Makefile", "x:\n\tdocker build --target app .\n");
    let text = DOCKERFILE.replace("node:20", "node:20 AS app");
    let conversion = conversion(&text, &project);
    let Outcome::Convert(_) = &conversion.outcome else { panic!("not converted") };
    let output = String::from_utf8(conversion.output.clone().expect("there is a result")).expect("it is text");
    let request = Request::new(text.as_bytes(), &project);
    let inputs = request.inputs(&conversion.dockerfile);
    let analysis = conversion.analysis.as_ref().expect("one stage");
    let prove = |text: &str| crate::differ::proof::prove(inputs, analysis, &conversion.demands, text.as_bytes());
    assert_eq!(prove(&output), Vec::new());
    let findings = prove(&output.replace(" AS app", ""));
    assert!(findings.iter().any(|f| f.to_string().contains("Makefile builds `app`")), "{findings:?}");
}

fn compose(service: &str) -> MemoryContext {
    project().file("compose.yaml", format!("services:\n  web:\n    build: .\n{service}"))
}

#[test]
fn commands_of_services_are_demands() {
    let cases = [
        ("    command: node work.js\n", "/app/work.js"),
        ("    command: [\"npm\", \"run\", \"work\"]\n", "/app/work.js"),
        ("    entrypoint: node 'work.js'\n", "/app/work.js"),
        ("    command: node x.js\n    working_dir: /app/sub\n", "/app/sub/x.js"),
        ("    healthcheck: {test: [CMD, node, work.js]}\n", "/app/work.js"),
        ("    healthcheck: {test: node work.js}\n", "/app/work.js"),
    ];
    for (service, path) in cases {
        let demands = conversion(DOCKERFILE, &compose(service)).demands;
        assert!(demands.paths.iter().any(|p| p.path == path), "{service}{:?}", demands.paths);
        assert!(demands.refusals.is_empty() && demands.assumptions.is_empty(), "{service}{demands:?}");
    }
}

#[test]
fn a_health_check_of_a_service_brings_its_command() {
    let service = "    healthcheck:\n      test: curl -f http://localhost/ || exit 1\n";
    let (plan, output) = converted(DOCKERFILE, &compose(service));
    assert!(output.contains("install -y --no-install-recommends curl"), "{output}");
    assert_eq!(plan.applicability, Applicability::Safe, "{:?}", plan.assumptions);
}

#[test]
fn what_a_runtime_stage_cannot_do_for_a_service_is_an_assumption() {
    for command in ["npx vite", "gcc -o x x.c", "make"] {
        let conversion = conversion(DOCKERFILE, &compose(&format!("    command: {command}\n")));
        let Outcome::Convert(plan) = &conversion.outcome else { panic!("{command}: {:?}", conversion.outcome) };
        assert_eq!(
            (plan.applicability, assumptions(plan)),
            (Applicability::Unsafe, vec!["assumed-service"]),
            "{command}"
        );
        assert!(plan.assumptions[0].because.contains("web of compose.yaml runs"), "{:?}", plan.assumptions);
    }
    let workplace = project().file(".devcontainer/devcontainer.json", r#"{"build": {"dockerfile": "../Dockerfile"}}"#);
    assert_eq!(assumptions(&converted(DOCKERFILE, &workplace).0), ["assumed-service"]);
    let by_service = compose("    user: node\n")
        .file(".devcontainer/devcontainer.json", r#"{"dockerComposeFile": "../compose.yaml", "service": "web"}"#);
    assert_eq!(assumptions(&converted(DOCKERFILE, &by_service).0), ["assumed-service"]);
    let broken = project().file("compose.yaml", "services: [");
    assert_eq!(assumptions(&converted(DOCKERFILE, &broken).0), ["assumed-service"]);
    let numbered = project().file("Makefile", "x:\n\tdocker build --target 0 .\n");
    assert_eq!(assumptions(&converted(DOCKERFILE, &numbered).0), ["assumed-service"]);
}

#[test]
fn a_service_says_what_an_image_without_command_runs() {
    let bare = DOCKERFILE.replace("CMD [\"node\", \"index.js\"]\n", "");
    assert!(matches!(conversion(&bare, &project()).outcome, Outcome::Declined { .. }));
    let (plan, _) = converted(&bare, &compose("    command: node work.js\n"));
    assert_eq!(assumptions(&plan), ["assumed-service"]);
    let shell = DOCKERFILE.replace("[\"node\", \"index.js\"]", "[\"node\"]");
    let declined = conversion(&shell, &compose("    command: node work.js\n")).outcome;
    assert!(matches!(declined, Outcome::Declined { .. }), "the author's own CMD is a prompt");
}

#[test]
fn sources_mounted_over_the_program_are_a_warning() {
    let cases = [
        ("      - .:/app\n", true),
        ("      - ${SRC:-.}:/app:ro\n", true),
        ("      - {type: bind, source: ./, target: /app}\n", true),
        ("      - ./data:/app/data\n", false),
        ("      - code:/app\n", false),
        ("      - /app\n", false),
        ("      - .:/srv\n", false),
    ];
    for (volume, warns) in cases {
        let (plan, _) = converted(DOCKERFILE, &compose(&format!("    volumes:\n{volume}")));
        assert_eq!(changes(&plan).contains(&"source-mounted"), warns, "{volume}");
        assert_eq!(plan.applicability, Applicability::Safe);
    }
}

#[test]
fn secrets_stay_in_the_builder() {
    let with = |lines: &str| DOCKERFILE.replace("RUN npm", &format!("{lines}RUN npm"));
    let runtime = |text: &str| {
        let (plan, output) = converted(text, &project());
        let (_, runtime) = output.split_once("\n\nFROM").expect("two stages");
        (changes(&plan).iter().filter(|id| **id == "secret-argument").count(), runtime.to_owned())
    };
    let (warnings, text) = runtime(&with("ARG NPM_TOKEN\n"));
    assert_eq!((warnings, text.contains("NPM_TOKEN")), (1, false), "{text}");
    let (warnings, text) = runtime(&with("ARG NPM_TOKEN VERSION=1\nENV V=$VERSION\n"));
    assert_eq!((warnings, text.contains("NPM_TOKEN"), text.contains("ARG VERSION=1\n")), (1, false, true), "{text}");
    let (warnings, text) = runtime(&format!("{DOCKERFILE}ARG API_KEY\n"));
    assert_eq!((warnings, text.contains("API_KEY")), (1, false), "{text}");
    let (warnings, text) = runtime(&with("ARG API_KEY=x\nENV KEY=$API_KEY\n"));
    assert_eq!((warnings, text.contains("ARG API_KEY=x\n")), (1, true), "{text}");
    let (warnings, _) = runtime(&with("ARG VERSION\n"));
    assert_eq!(warnings, 0);
    assert!(looks_like_secret("NPM_TOKEN"));
}
