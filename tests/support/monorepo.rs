//! A monorepo of many small services, written by a generator: eight languages, shared contexts, compose and Kubernetes files,
//! CODEOWNERS, files that are broken, bases that nobody knows.

use std::fs;
use std::path::{Path, PathBuf};

/// A file of a service: its name and its text.
type File = (&'static str, &'static str);

/// The languages, each with a Dockerfile and what it copies.
const LANGUAGES: [(&str, &[File]); 8] = [
    (
        "go",
        &[
            (
                "Dockerfile",
                "FROM golang:1.22-bookworm\nWORKDIR /app\nCOPY go.mod main.go ./\nRUN CGO_ENABLED=0 go build -o /app/server .\nCMD [\"/app/server\"]\n",
            ),
            ("go.mod", "module example.org/server\n\ngo 1.22\n"),
            ("main.go", "package main\n\nfunc main() {\n\tprintln(1)\n}\n"),
        ],
    ),
    (
        "python",
        &[
            (
                "Dockerfile",
                "FROM python:3.11-slim\nRUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev libpq-dev\nWORKDIR /app\nCOPY requirements.txt ./\nRUN pip install --no-cache-dir -r requirements.txt\nCOPY app.py .\nCMD [\"python\", \"app.py\"]\n",
            ),
            ("requirements.txt", "psycopg2==2.9.9\n"),
            ("app.py", "import psycopg2\n\nprint(psycopg2.__version__)\n"),
        ],
    ),
    (
        "node",
        &[
            (
                "Dockerfile",
                "FROM node:20\nWORKDIR /app\nCOPY package.json package-lock.json ./\nRUN npm ci\nCOPY index.js .\nCMD [\"node\", \"index.js\"]\n",
            ),
            ("package.json", "{\"name\": \"x\", \"version\": \"1.0.0\", \"dependencies\": {}}\n"),
            (
                "package-lock.json",
                "{\"name\": \"x\", \"version\": \"1.0.0\", \"lockfileVersion\": 3, \"packages\": {\"\": {\"name\": \"x\", \"version\": \"1.0.0\"}}}\n",
            ),
            ("index.js", "console.log(1)\n"),
        ],
    ),
    (
        "rust",
        &[
            (
                "Dockerfile",
                "FROM rust:1.80\nWORKDIR /src\nCOPY Cargo.toml Cargo.lock ./\nCOPY src src\nRUN cargo build --release --locked && cp target/release/x /usr/local/bin/x\nCMD [\"x\"]\n",
            ),
            ("Cargo.toml", "[package]\nname = \"x\"\nversion = \"0.1.0\"\nedition = \"2021\"\n"),
            ("Cargo.lock", "version = 3\n\n[[package]]\nname = \"x\"\nversion = \"0.1.0\"\n"),
            ("src/main.rs", "fn main() {\n    println!(\"1\");\n}\n"),
        ],
    ),
    (
        "java",
        &[
            (
                "Dockerfile",
                "FROM maven:3.9-eclipse-temurin-17\nWORKDIR /src\nCOPY pom.xml .\nCOPY src src\nRUN mvn -B package && cp target/x.jar /x.jar\nCMD [\"java\", \"-jar\", \"/x.jar\"]\n",
            ),
            (
                "pom.xml",
                "<project><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>x</artifactId><version>1</version></project>\n",
            ),
            (
                "src/main/java/X.java",
                "class X {\n    public static void main(String[] a) {\n        System.out.println(1);\n    }\n}\n",
            ),
        ],
    ),
    (
        "c",
        &[
            (
                "Dockerfile",
                "FROM gcc:13\nWORKDIR /src\nCOPY main.c .\nRUN gcc -O2 -static -o /usr/local/bin/x main.c\nCMD [\"x\"]\n",
            ),
            ("main.c", "#include <stdio.h>\nint main(void) { puts(\"1\"); return 0; }\n"),
        ],
    ),
    (
        "ruby",
        &[
            ("Dockerfile", "FROM ruby:3.3\nWORKDIR /app\nCOPY app.rb .\nCMD [\"ruby\", \"app.rb\"]\n"),
            ("app.rb", "puts 1\n"),
        ],
    ),
    (
        "private",
        &[
            (
                "Dockerfile",
                "FROM registry.example/platform/base:7\nWORKDIR /app\nCOPY run.sh .\nCMD [\"/app/run.sh\"]\n",
            ),
            ("run.sh", "#!/bin/sh\necho 1\n"),
        ],
    ),
];

/// Teams that own services.
const TEAMS: [&str; 4] = ["payments", "search", "web", "platform"];

/// Writes `services` services below `root` and gives back the paths of all Dockerfiles that a search finds, sorted. Besides the
/// services there are a Dockerfile with the whole repository as its context, one of another name that a Makefile builds, and
/// what is to be left alone: vendored, ignored and template files.
pub(crate) fn write(root: &Path, services: usize) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut owners = String::from("* @org/all\n");
    let mut compose = String::from("services:\n");
    let put = |path: &str, text: &str| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap_or(root)).unwrap();
        fs::write(path, text).unwrap();
    };
    for number in 0..services {
        let (language, files) = LANGUAGES[number % LANGUAGES.len()];
        let team = TEAMS[number % TEAMS.len()];
        let service = format!("{team}/{language}-{number:03}");
        for (name, text) in files {
            put(&format!("{service}/{name}"), text);
        }
        match number % 20 {
            // What nobody can parse.
            7 => put(&format!("{service}/Dockerfile"), "FROM\nRUN x\n"),
            11 => put(
                &format!("{service}/Dockerfile"),
                "FROM golang:1.22 AS build\nRUN go version\nFROM scratch\nCOPY --from=build /x /x\n",
            ),
            _ => {}
        }
        found.push(PathBuf::from(format!("{service}/Dockerfile")));
        // Every file that may use an image is read for each Dockerfile; one that names a thousand services is no ordinary one.
        if number < 60 {
            compose += &format!("  {language}-{number:03}:\n    build: {service}\n");
        }
        put(
            &format!("{service}/deploy.yaml"),
            &format!(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {language}-{number:03}}}\nspec:\n  template:\n    spec:\n      containers:\n        - name: main\n          image: {language}-{number:03}\n"
            ),
        );
    }
    for team in TEAMS {
        owners += &format!("/{team}/ @org/{team}\n");
    }
    put(".github/CODEOWNERS", &owners);
    put("compose.yaml", &compose);
    // The whole repository as a context, and a name that nobody would know.
    let (_, go) = LANGUAGES[0];
    for (name, text) in go.iter().filter(|(name, _)| *name != "Dockerfile") {
        put(&format!("shared/{name}"), text);
    }
    let shared = go[0].1.replace("COPY go.mod main.go ./", "COPY shared/go.mod shared/main.go ./");
    put("shared/images/api.image", &shared);
    put("shared/images/Dockerfile.worker", &shared);
    put(
        "Makefile",
        "images:\n\tdocker build -f shared/images/api.image .\n\tdocker build -f shared/images/Dockerfile.worker .\n",
    );
    found.extend(["shared/images/api.image", "shared/images/Dockerfile.worker"].map(PathBuf::from));
    put("web/node_modules/x/Dockerfile", "FROM a\n");
    put(".gitignore", "ignored/\n");
    put("ignored/Dockerfile", "FROM a\n");
    put("templates/Dockerfile.j2", "FROM {{ base }}\n");
    found.sort();
    found
}
