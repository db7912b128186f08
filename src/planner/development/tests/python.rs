//! Groups of Python's managers: where they go, and every doubt that keeps them.

use crate::context::MemoryContext;
use crate::planner::{Applicability, Outcome};
use crate::{Conversion, Request, convert};
use std::collections::BTreeMap;

const FILE: &str = "FROM python:3.12-slim\nRUN pip install --no-cache-dir uv\nWORKDIR /app\nCOPY pyproject.toml uv.lock ./\nRUN uv sync --frozen --no-install-project\n\
    COPY . .\nRUN uv sync --frozen\nCMD [\"/app/.venv/bin/uvicorn\", \"shop.main:app\"]\n";
const MANIFEST: &str = "[project]\nname = \"shop\"\nversion = \"1\"\ndependencies = [\"fastapi\", \"uvicorn\"]\n[dependency-groups]\ndev = [\"pytest\", \"ruff\", \"mypy\"]\n";
const LOCK: &str = "version = 1\n[[package]]\nname = \"shop\"\nsource = { editable = \".\" }\ndependencies = [{ name = \"fastapi\" }, { name = \"uvicorn\" }]\n\
    [package.dev-dependencies]\ndev = [{ name = \"mypy\" }, { name = \"pytest\" }, { name = \"ruff\" }]\n\
    [[package]]\nname = \"fastapi\"\n[[package]]\nname = \"uvicorn\"\ndependencies = [{ name = \"h11\" }]\n[[package]]\nname = \"h11\"\n[[package]]\nname = \"ruff\"\n\
    [[package]]\nname = \"mypy\"\ndependencies = [{ name = \"mypy-extensions\" }]\n[[package]]\nname = \"mypy-extensions\"\n\
    [[package]]\nname = \"pytest\"\ndependencies = [{ name = \"iniconfig\" }, { name = \"pluggy\" }]\n[[package]]\nname = \"iniconfig\"\n[[package]]\nname = \"pluggy\"\n";
const MAIN: &str = "from fastapi import FastAPI\n# pytest runs this\napp = FastAPI()\n";

fn answer(file: &str, files: BTreeMap<&str, &str>) -> Conversion {
    let context = MemoryContext::new(files.into_iter().filter(|(_, text)| !text.is_empty()));
    convert(&Request::new(file.as_bytes(), &context)).expect("a Dockerfile")
}

/// The last step of the builder, in a safe plan, where it is none of the file.
fn added(file: &str, conversion: &Conversion) -> Option<String> {
    let Outcome::Convert(plan) = &conversion.outcome else { return None };
    let text = String::from_utf8(conversion.output.clone().expect("a text")).expect("UTF-8");
    let builder = text.split("\nFROM").next().unwrap_or_default();
    let last = builder.trim_end().lines().last().and_then(|line| line.strip_prefix("RUN "))?.to_owned();
    let added = !file.contains(&last);
    assert!(!added || plan.applicability == Applicability::Safe, "{:?}", plan.assumptions);
    added.then_some(last)
}

/// What is added for a project of uv, with some files changed; an empty text takes a file away.
fn of_uv(file: &str, changed: &[(&str, &str)]) -> Option<String> {
    let mut files: BTreeMap<&str, &str> = [
        ("pyproject.toml", MANIFEST),
        ("uv.lock", LOCK),
        ("shop/__init__.py", "import os\n"),
        ("shop/main.py", MAIN),
        ("tests/test_main.py", "import pytest\n"),
    ]
    .into();
    files.extend(changed.iter().copied());
    added(file, &answer(file, files))
}

#[test]
fn uv_leaves_its_groups_of_development_out() {
    let dependencies = |names: &str| {
        LOCK.replace(
            "dependencies = [{ name = \"fastapi\" }, ",
            &format!("dependencies = [{{ name = \"fastapi\" }}, {names}"),
        )
    };
    for (about, file, changed, expected) in [
        ("twice", FILE.to_owned(), &[("", "")][..0], "uv sync --frozen --no-dev"),
        ("once", FILE.replace("RUN uv sync --frozen --no-install-project\n", ""), &[], "uv sync --frozen --no-dev"),
        ("options", FILE.replace("uv sync --frozen\n", "uv sync --locked --no-editable --python 3.12\n"), &[], "uv sync --frozen --no-dev --no-editable --python 3.12"),
        (
            "another group",
            FILE.to_owned(),
            &[("pyproject.toml", &format!("{MANIFEST}[tool.uv]\ndefault-groups = [\"dev\", \"lint\"]\n")), ("uv.lock", &LOCK.replace("dev = [", "lint = [{ name = \"ruff\" }]\ndev = ["))],
            "uv sync --frozen --no-dev --no-group lint",
        ),
        (
            "a library that stays anyway",
            FILE.to_owned(),
            &[("uv.lock", &*dependencies("{ name = \"pluggy\" }, "))],
            "uv sync --frozen --no-dev",
        ),
        (
            "another directory",
            FILE.replace("CMD [\"/app", "WORKDIR /app/shop\nCMD [\"/app"),
            &[],
            "uv sync --frozen --no-dev",
        ),
        ("a command of the environment", FILE.replace("CMD [\"/app/.venv/bin/", "ENV PATH=/app/.venv/bin:$PATH\nCMD [\""), &[], "uv sync --frozen --no-dev"),
        ("started without installing", FILE.replace("/app/.venv/bin/uvicorn\"", "uv\", \"run\", \"--no-sync\", \"uvicorn\""), &[], "uv sync --frozen --no-dev"),
        (
            "the lock file mounted",
            FILE.replace("COPY pyproject.toml uv.lock ./\nRUN uv", "RUN --mount=type=bind,source=uv.lock,target=uv.lock --mount=type=bind,source=pyproject.toml,target=pyproject.toml --mount=type=cache,target=/root/.cache/uv uv"),
            &[],
            "uv sync --frozen --no-dev",
        ),
    ] {
        assert_eq!(of_uv(&file, changed).as_deref(), Some(expected), "{about}");
    }
}

#[test]
fn what_python_may_need_keeps_them() {
    let instead = |from: &str, to: &str| {
        assert!(FILE.contains(from), "{from}");
        FILE.replace(from, to)
    };
    let lock = |from: &str, to: &str| {
        assert!(LOCK.contains(from), "{from}");
        LOCK.replace(from, to)
    };
    for (about, file, changed) in [
        ("imported", FILE.to_owned(), &[("shop/main.py", "def f():\n    import pytest\n")][..]),
        ("a module of another name", FILE.to_owned(), &[("shop/main.py", "from _pytest import x")]),
        ("what only it brings", FILE.to_owned(), &[("shop/main.py", "import pluggy")]),
        ("in a list of settings", FILE.to_owned(), &[("shop/settings.py", "INSTALLED = ['a', 'pytest.plugin']")]),
        ("started by a source", FILE.to_owned(), &[("shop/main.py", "os.system('python -m pytest -q')")]),
        ("computed", FILE.to_owned(), &[("shop/main.py", "importlib.import_module(name)")]),
        ("the tests", FILE.to_owned(), &[("shop/seed.py", "from tests.factories import Shop")]),
        ("tests beside it", FILE.to_owned(), &[("shop/seed.py", "from .tests import x")]),
        ("in settings", FILE.to_owned(), &[("config.yaml", "plugins: [pytest]\n")]),
        ("in a file of no known kind", FILE.to_owned(), &[("Procfile", "web: pytest\n")]),
        ("in variables", instead("CMD", "ENV PYTEST=1 X=\"-p pytest\"\nCMD"), &[]),
        ("in a file of variables", FILE.to_owned(), &[(".env", "APPS=ruff\n")]),
        ("in the health check", instead("CMD", "HEALTHCHECK CMD ruff --version\nCMD"), &[]),
        ("in a script", instead("CMD [\"/app/.venv/bin/uvicorn\", \"shop.main:app\"]", "CMD [\"sh\", \"start.sh\"]"), &[("start.sh", "pytest && exec /app/.venv/bin/uvicorn shop.main:app\n")]),
        ("in a text of the file", instead("CMD", "COPY <<EOF /app/run.py\nimport pytest\nEOF\nCMD"), &[]),
        ("in a container", FILE.to_owned(), &[("Makefile", "test:\n\tdocker compose run --rm web \\\n\t\tpytest\n")]),
        ("in a job", FILE.to_owned(), &[(".gitlab-ci.yml", "test:\n  image: $CI_REGISTRY_IMAGE\n  script:\n    - pytest\n")]),
        ("installed again at the start", instead("/app/.venv/bin/uvicorn\"", "uv\", \"run\", \"uvicorn\""), &[]),
        ("in variables of a service", FILE.to_owned(), &[("compose.yaml", "services:\n  web:\n    build: .\n    environment:\n      APPS: ruff.app\n"), (".dockerignore", "compose.yaml\n")]),
        ("a module that has the name of a tool's settings", FILE.to_owned(), &[("shop/tasks.py", "import pytest\n")]),
        ("a task", instead("/app/.venv/bin/uvicorn\"", "make\", \"serve\""), &[("Makefile", "serve:\n\tpytest\n")]),
        ("unknown", FILE.to_owned(), &[("uv.lock", &lock("name = \"ruff\"", "name = \"unheard-of\"")), ("pyproject.toml", &MANIFEST.replace("ruff", "unheard-of"))]),
        ("brought by one and unknown", FILE.to_owned(), &[("uv.lock", &lock("name = \"iniconfig\"", "name = \"unheard-of\""))]),
        ("loaded unasked", FILE.to_owned(), &[("uv.lock", &lock("name = \"iniconfig\"", "name = \"pyyaml\""))]),
        ("a manifest that has changed", FILE.to_owned(), &[("pyproject.toml", &MANIFEST.replace("\"fastapi\"", "\"fastapi\", \"flask\""))]),
        ("no lock file", FILE.to_owned(), &[("uv.lock", "")]),
        ("another group is no development", FILE.to_owned(), &[("uv.lock", &lock("dev = [", "worker = [")), ("pyproject.toml", &format!("{MANIFEST}[tool.uv]\ndefault-groups = [\"worker\"]\n"))]),
        ("left out already", FILE.replace("--frozen", "--frozen --no-dev"), &[]),
        ("left out by the environment", instead("WORKDIR", "ENV UV_NO_DEV=1\nWORKDIR"), &[]),
        ("left out by an argument, perhaps", instead("WORKDIR", "ARG UV_NO_DEV\nWORKDIR"), &[]),
        ("an option that is not known", instead("sync --frozen\n", "sync --frozen --refresh\n"), &[]),
        ("asked for", instead("sync --frozen\n", "sync --frozen --group dev\n"), &[]),
        ("the system's own directory", instead("WORKDIR", "ENV UV_PROJECT_ENVIRONMENT=/usr/local\nWORKDIR"), &[]),
        ("installed besides", instead("CMD", "RUN uv pip install debugtools\nCMD"), &[]),
        ("installed besides in the same step", instead("sync --frozen\n", "sync --frozen && uv pip install debugtools\n"), &[]),
        ("a step writes into it", instead("CMD", "RUN touch .venv/mark\nCMD"), &[]),
        ("brought by the context", FILE.to_owned(), &[(".venv/bin/x", "1")]),
        ("another user", instead("RUN uv sync --frozen\n", "RUN uv sync --frozen\nUSER app\nRUN python -m compileall shop\n"), &[]),
        ("the manager is gone later", instead("RUN uv sync --frozen\n", "RUN --mount=from=ghcr.io/astral-sh/uv,source=/uv,target=/bin/uv uv sync --frozen\n"), &[]),
        ("another interpreter later", FILE.replace("COPY . .\nRUN uv sync --frozen\n", "COPY . .\n"), &[(".python-version", "3.11\n")]),
        ("settings of the manager later", instead("CMD", "ENV UV_PYTHON=3.11\nRUN echo 1 > built\nCMD"), &[]),
        ("the project is installed before it is complete", "FROM python:3.12-slim\nRUN pip install uv\nWORKDIR /app\nCOPY pyproject.toml uv.lock ./\nCOPY shop shop\nRUN uv sync --frozen\nCOPY . .\nCMD [\"/app/.venv/bin/uvicorn\", \"shop.main:app\"]\n".to_owned(), &[]),
        ("a lock file that is written anew", "FROM python:3.12-slim\nRUN pip install uv\nWORKDIR /app\nCOPY pyproject.toml uv.lock ./\nRUN uv sync --no-install-project\nCOPY . .\nCMD [\"/app/.venv/bin/uvicorn\", \"shop.main:app\"]\n".to_owned(), &[]),
        ("code from elsewhere", instead("CMD", "RUN git clone https://example.org/plugin /srv/plugin\nCMD"), &[]),
        ("code of another image", instead("CMD", "COPY --from=example.org/plugin /plugin /srv/plugin\nCMD"), &[]),
        ("a workspace", FILE.to_owned(), &[("pyproject.toml", &format!("{MANIFEST}[tool.uv.workspace]\nmembers = [\"a\"]\n"))]),
        ("a second project", instead("CMD", "RUN cd web && uv sync --frozen\nCMD"), &[("web/pyproject.toml", MANIFEST), ("web/uv.lock", LOCK)]),
        ("another program", instead("CMD [\"/app/.venv/bin/uvicorn\", \"shop.main:app\"]", "CMD [\"./server\"]"), &[("server", "\0")]),
        ("kept by the author", instead("RUN uv sync --frozen\n", "# msb: keep\nRUN uv sync --frozen\n"), &[]),
    ] {
        assert_eq!(of_uv(&file, changed), None, "{about}");
    }
}

#[test]
fn what_python_does_not_need_is_no_doubt() {
    for (about, changed) in [
        ("a word of a text", &[("shop/main.py", "MESSAGE = 'Your coverage is checked by ruff'\nruff = 1\n")][..]),
        ("a comment", &[("shop/main.py", "x = 1  # import pytest\n")]),
        ("tests", &[("shop/test_shop.py", "import pytest"), ("tests/conftest.py", "import pytest")]),
        (
            "settings of tools",
            &[
                ("ruff.toml", "line-length = 1\n"),
                (".pre-commit-config.yaml", "- id: ruff\n"),
                ("tox.ini", "[testenv]\ncommands = pytest\n"),
            ],
        ),
        (
            "what is done outside of the image",
            &[
                ("Makefile", "test:\n\tpytest\nbuild:\n\tdocker build .\n"),
                (".github/workflows/ci.yml", "steps:\n- run: uv run pytest\n"),
            ],
        ),
        ("prose", &[("README.md", "Run pytest.\n")]),
        ("a template", &[("templates/a.html", "<p>pytest</p>")]),
        ("a module of its own", &[("shop/main.py", "import_module(f'shop.plugins.{name}')\n")]),
        ("types alone are another package", &[("shop/main.py", "import types\nfrom . import models\n")]),
    ] {
        assert_eq!(of_uv(FILE, changed).as_deref(), Some("uv sync --frozen --no-dev"), "{about}");
    }
}

/// A file with projects of two languages has that of the other, where the first has nothing to leave out.
#[test]
fn a_project_of_another_language_beside_it() {
    let node = "COPY web/package.json web/package-lock.json web/\nRUN cd web && npm ci\nRUN cd web && npm run build\n";
    let file = "FROM node:20\nRUN apt-get update && apt-get install -y python3 pipx && pipx install uv\nWORKDIR /app\nCOPY pyproject.toml uv.lock ./\nRUN uv sync --frozen --no-dev --no-install-project\n"
        .to_owned()
        + node
        + "COPY web web\nRUN cd web && npm run build\nCMD [\"node\", \"web/dist/main.js\"]\n";
    let manifest = "{\"scripts\": {\"build\": \"tsc\"}, \"dependencies\": {\"express\": \"4\"}, \"devDependencies\": {\"typescript\": \"5\", \"webpack\": \"5\", \"jest\": \"29\"}}";
    let lock = "{\"lockfileVersion\": 3, \"packages\": {\"\": {}, \"node_modules/express\": {}, \"node_modules/typescript\": {\"bin\": {\"tsc\": \"x\"}}, \"node_modules/webpack\": {}, \"node_modules/jest\": {}}}";
    let files = [
        ("pyproject.toml", MANIFEST),
        ("uv.lock", LOCK),
        ("web/package.json", manifest),
        ("web/package-lock.json", lock),
        ("web/src/main.ts", "import express from 'express';\n"),
    ];
    assert_eq!(added(&file, &answer(&file, files.into())).as_deref(), Some("cd /app/web && npm prune --omit=dev"));
}

const POETRY: &str = "FROM python:3.12-slim\nENV POETRY_VIRTUALENVS_IN_PROJECT=true\nRUN pip install poetry==1.8.3\nWORKDIR /app\nCOPY pyproject.toml poetry.lock ./\nRUN poetry install --no-root --no-interaction\nCOPY . .\nCMD [\"/app/.venv/bin/uvicorn\", \"shop.main:app\"]\n";
const POETRY_MANIFEST: &str = "[tool.poetry]\nname = \"shop\"\n[tool.poetry.dependencies]\npython = \"^3.12\"\nuvicorn = \"*\"\n[tool.poetry.group.dev.dependencies]\npytest = \"*\"\n[tool.poetry.group.lint.dependencies]\nmypy = \"*\"\nruff = \"*\"\n";
const POETRY_LOCK: &str = "[[package]]\nname = \"uvicorn\"\n[package.dependencies]\nh11 = \"*\"\n[[package]]\nname = \"h11\"\n[[package]]\nname = \"pytest\"\n[package.dependencies]\npluggy = \"*\"\n[[package]]\nname = \"pluggy\"\n[[package]]\nname = \"mypy\"\n[[package]]\nname = \"ruff\"\n";

fn of_poetry(file: &str, changed: &[(&str, &str)]) -> Option<String> {
    let mut files: BTreeMap<&str, &str> =
        [("pyproject.toml", POETRY_MANIFEST), ("poetry.lock", POETRY_LOCK), ("shop/main.py", "app = 1\n")].into();
    files.extend(changed.iter().copied());
    added(file, &answer(file, files))
}

#[test]
fn poetry_has_a_command_for_each_release() {
    const OLD: &str = "poetry install --sync --without dev,lint --no-root --no-interaction";
    const NEW: &str = "poetry sync --without dev,lint --no-root --no-interaction";
    for (about, file, expected) in [
        ("1.8", POETRY.to_owned(), Some(OLD)),
        ("2", POETRY.replace("==1.8.3", "==2.1.0"), Some(NEW)),
        ("the newest", POETRY.replace("==1.8.3", ""), Some(NEW)),
        ("before groups", POETRY.replace("==1.8.3", "==1.1.15"), None),
        ("a range", POETRY.replace("poetry==1.8.3", "'poetry<2'"), None),
        (
            "a variable",
            POETRY.replace(
                "RUN pip install poetry==1.8.3",
                "ARG POETRY_VERSION=1.7.1\nRUN pip install \"poetry==$POETRY_VERSION\"",
            ),
            Some(OLD),
        ),
        (
            "a variable without a value",
            POETRY.replace(
                "RUN pip install poetry==1.8.3",
                "ARG POETRY_VERSION\nRUN pip install \"poetry==$POETRY_VERSION\"",
            ),
            None,
        ),
        ("pipx", POETRY.replace("pip install poetry", "pip install pipx && pipx install poetry"), Some(OLD)),
    ] {
        assert_eq!(of_poetry(&file, &[]).as_deref(), expected, "{about}");
    }
}

#[test]
fn what_poetry_cannot_take_away_stays() {
    for (about, file, changed) in [
        (
            "the interpreter's own directory",
            POETRY.replace("POETRY_VIRTUALENVS_IN_PROJECT=true", "POETRY_VIRTUALENVS_CREATE=false"),
            &[][..],
        ),
        ("only what is asked for", POETRY.replace("--no-root", "--no-root --only main"), &[]),
        ("without them", POETRY.replace("--no-root", "--no-root --without dev"), &[]),
        ("extras", POETRY.replace("--no-root", "--no-root -E pg"), &[]),
        ("settings", POETRY.to_owned(), &[("poetry.toml", "[virtualenvs]\npath = \"/x\"\n")]),
        (
            "a build script",
            POETRY.to_owned(),
            &[("pyproject.toml", &format!("{POETRY_MANIFEST}[tool.poetry.build]\nscript = \"build.py\"\n"))],
        ),
        (
            "a group with another purpose",
            POETRY.to_owned(),
            &[(
                "pyproject.toml",
                &POETRY_MANIFEST.replace("group.dev", "group.web").replace("group.lint", "group.worker"),
            )],
        ),
        ("one installed by hand", POETRY.replace("COPY . .", "RUN poetry run pip install x\nCOPY . ."), &[]),
        (
            "settings that come later",
            POETRY.replace("COPY . .", "ENV POETRY_VIRTUALENVS_IN_PROJECT=false\nRUN echo 1 > built\nCOPY . ."),
            &[],
        ),
        ("imported", POETRY.to_owned(), &[("shop/main.py", "import pluggy\n")]),
    ] {
        assert_eq!(of_poetry(&file, changed), None, "{about}");
    }
}
