use super::*;
use crate::context::MemoryContext;
use crate::{Request, convert};

fn words(arguments: &[Arg]) -> String {
    arguments.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join("|")
}

fn shown(calls: &[Call]) -> Vec<String> {
    let what = |what: &What| match what {
        What::Command(command) => words(command),
        What::Shell(text) => format!("sh: {text}"),
        What::Start(entrypoint, cmd) => {
            let part = |part: &Option<Vec<Arg>>| part.as_deref().map(words).unwrap_or_default();
            format!("start {} / {}", part(entrypoint), part(cmd))
        }
    };
    let place = |place: &Where| match place {
        Where::Running(name) | Where::Image(name) | Where::Job(name) => name.clone(),
        Where::Own => "own".to_owned(),
    };
    calls
        .iter()
        .map(|c| format!("{}: {}", place(&c.place), c.what.iter().map(what).collect::<Vec<_>>().join(", ")))
        .collect()
}

#[test]
fn command_lines_that_reach_into_containers() {
    for (text, expected) in [
        ("docker exec -it shop dig example.org", "shop: dig|example.org"),
        ("\t@sudo docker exec -e A=b -u root --workdir /srv shop dig x", "shop: dig|x"),
        ("docker compose -f a.yaml exec -T shop dig x > out", "shop: dig|x"),
        ("A=b docker-compose run --rm -v .:/x shop dig x", "shop: start  / dig|x"),
        ("docker run --rm -p80:80 -v a:/b --name n --init r/shop:1 dig x", "r/shop:1: start  / dig|x"),
        ("ExecStart=/usr/bin/docker run --rm --health-cmd \"dig x\" shop", "shop: sh: dig x"),
        ("docker run --entrypoint dig shop x", "shop: start dig / x"),
        ("kubectl -n web exec deploy/shop -c app -- dig x", "app: dig|x"),
        ("DC := docker compose\na:\n\t$(DC) exec shop dig x", "shop: dig|x"),
        ("${DOCKER:-docker} exec shop dig", "shop: dig"),
        ("X=$(docker exec shop dig x)", "shop: dig|x"),
        ("# docker exec shop dig x", "shop: dig|x"),
    ] {
        assert_eq!(shown(&calls(text, "x", false)), [expected], "{text}");
    }
    for text in ["docker ps", "docker exec", "docker run shop", "exec docker-entrypoint run", "docker compose up run"] {
        assert!(shown(&calls(text, "x", false)).iter().all(|call| call.ends_with(": ")), "{text}");
    }
}

#[test]
fn manifests_of_services() {
    for (name, text, expected) in [
        (
            "shop-task-definition.json",
            "{\"containerDefinitions\": [{\"name\": \"a\", \"image\": \"r/shop\", \"healthCheck\": {\"command\": [\"CMD-SHELL\", \"dig x\"]}}]}",
            "r/shop: sh: dig x",
        ),
        (
            "shop.nomad.hcl",
            "job \"a\" {\n task \"b\" {\n  service {\n   check {\n    type = \"script\"\n    command = \"dig\"\n    args = [\n     \"x\",\n    ]\n   }\n  }\n }\n}\n",
            "own: dig|x",
        ),
        ("fly.toml", "[deploy]\nrelease_command = \"dig x\"\n", "own: sh: dig x"),
        (
            "render.yaml",
            "services:\n- {runtime: docker, preDeployCommand: dig x}\n- {runtime: node, preDeployCommand: y}\n",
            "own: sh: dig x",
        ),
        ("Procfile", "release: dig x\n", "own: sh: dig x"),
        ("heroku.yml", "release:\n  command: [dig x]\n", "own: sh: dig x"),
        ("railway.json", "{\"deploy\": {\"preDeployCommand\": [\"dig x\"]}}", "own: dig x, sh: dig x"),
        (
            "site.yml",
            "- tasks:\n  - community.docker.docker_container: {name: a, image: r/shop, healthcheck: {test: [CMD, dig, x]}}\n",
            "r/shop: dig|x",
        ),
        ("app-stack.yml", "services: {a: {image: r/shop, command: dig x}}\n", "r/shop: start  / dig|x"),
    ] {
        assert!(deployed::is_manifest(name), "{name}");
        assert_eq!(shown(&deployed::read(text, name, name)), [expected], "{name}");
    }
}

const FILE: &str = "FROM python:3.11\nWORKDIR /app\nCOPY requirements.txt app.py ./\nRUN pip install -r requirements.txt\nCMD [\"python\", \"app.py\"]\n";

/// Commands that are asked for, and assumptions, of a project with one more file.
fn asked(path: &str, text: &str) -> String {
    let compose = "services: {shop: {build: .}, mail: {image: mailpit}}\n";
    let files =
        [("requirements.txt", "flask==3.0.0\n"), ("app.py", "import flask\n"), ("compose.yaml", compose), (path, text)];
    let context = MemoryContext::new(files);
    let conversion = convert(&Request::new(FILE.as_bytes(), &context)).expect("valid");
    let commands = conversion.demands.commands.iter().map(|c| c.name.clone());
    commands
        .chain(conversion.demands.assumptions.iter().map(|reason| reason.because.clone()))
        .collect::<Vec<_>>()
        .join("; ")
}

#[test]
fn what_reaches_the_image_is_asked_for() {
    for (path, text) in [
        ("Makefile", "a:\n\tdocker compose exec -T shop curl x\n"),
        ("README.md", "```\n$ docker compose exec shop sh -c \"curl x | sort\"\n```\n"),
        ("docs/runbooks/x.md", "Call `docker exec proj-shop-1 curl x`.\n"),
        ("scripts/x.sh", "docker compose exec shop curl x\n"),
        ("package.json", "{\"scripts\": {\"x\": \"docker compose exec shop curl x\"}}"),
        ("Taskfile.yml", "tasks: {x: {cmds: [docker compose exec shop curl x]}}\n"),
        ("deploy/x.service", "[Service]\nExecStartPost=/usr/bin/docker exec shop curl x\n"),
        ("fly.toml", "[deploy]\nrelease_command = 'curl x'\n"),
        (
            "deploy/x-task-definition.json",
            "{\"containerDefinitions\": [{\"name\": \"a\", \"image\": \"r/x\", \"command\": [\"curl\"]}]}",
        ),
        (".gitlab-ci.yml", "a: {script: ['docker build -t $IMG:$SHA .']}\nb: {image: '$IMG:$SHA', script: [curl x]}\n"),
        (
            ".github/workflows/x.yml",
            "jobs: {a: {steps: [{run: docker build -t x/y .}]}, b: {container: 'x/y', steps: [{run: curl x}]}}\n",
        ),
        ("Jenkinsfile", "def app = docker.build(\"x/y\")\napp.inside {\n  sh 'curl x'\n}\n"),
    ] {
        assert!(asked(path, text).contains("curl"), "{path}: {}", asked(path, text));
    }
}

#[test]
fn what_reaches_others_is_not() {
    for (path, text) in [
        ("Makefile", "a:\n\tdocker compose exec -T mail curl x\n\tcurl y\n"),
        ("README.md", "Run curl with docker.\n```\ndocker compose up -d && curl x\n```\n"),
        (
            "README.md",
            "```\ndocker run --rm curlimages/curl:8 x\ndocker run -d --name m redis:7\ndocker exec m curl x\n```\n",
        ),
        ("README.md", "```\ndocker run --rm -v .:/x python:3.12 curl x\n```\n"),
        (".gitlab-ci.yml", "b: {image: 'node:20', script: [curl x]}\n"),
        ("Jenkinsfile", "docker.build(\"x/y\")\nsh 'curl x'\n"),
        ("fly.toml", "[build]\nimage = 'curl'\n"),
    ] {
        assert!(!asked(path, text).contains("curl"), "{path}: {}", asked(path, text));
    }
}

#[test]
fn what_needs_the_tools_is_an_assumption_and_a_shell_is_none() {
    let found = asked("Makefile", "a:\n\tdocker compose run --rm shop gcc x.c\n");
    assert!(found.contains("Makefile runs `gcc x.c`"), "{found}");
    let found = asked("Makefile", "a:\n\tdocker compose exec shop bash\n\tdocker compose exec shop python\n");
    assert!(!found.contains("Makefile runs") && found.contains("bash"), "{found}");
    // The image has no such command.
    let found = asked("Makefile", "a:\n\tdocker compose exec shop frobnicate\n");
    assert!(!found.contains("Makefile"), "{found}");
}
