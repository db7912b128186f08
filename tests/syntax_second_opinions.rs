//! Two other parsers agree with ours on ordinary files. Where they are known to be wrong, a test says so.
#![allow(clippy::unwrap_used)]

use msb::syntax::{self, Kind};

/// Keywords with stage names.
type Outline = Vec<(String, Option<String>)>;

const ORDINARY: &[&str] = &[
    "FROM golang:1.24 AS build\nWORKDIR /src\nCOPY go.mod go.sum ./\nRUN go mod download\nCOPY . .\nRUN go build -o /out/app ./cmd/app\n\nFROM alpine:3.20\nCOPY --from=build /out/app /usr/local/bin/app\nENTRYPOINT [\"app\"]\n",
    "FROM node:22-slim\n\n# Dependencies first, so that they are cached.\nWORKDIR /app\nCOPY package.json package-lock.json ./\nRUN npm ci \\\n    && npm cache clean --force\nCOPY . .\nENV NODE_ENV=production PORT=3000\nEXPOSE 3000\nUSER node\nCMD [\"node\", \"server.js\"]\n",
    "FROM python:3.13\nARG VERSION=1.0\nENV PYTHONUNBUFFERED=1\nLABEL org.example.version=\"1.0\"\nWORKDIR /srv\nCOPY requirements.txt .\nRUN pip install --no-cache-dir -r requirements.txt\nCOPY . .\nVOLUME /data\nSTOPSIGNAL SIGTERM\nCMD python main.py\n",
    "ARG BASE=debian\nFROM ${BASE}:12 AS Tools\nSHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]\nRUN apt-get update && \\\n    apt-get install -y --no-install-recommends \\\n      build-essential \\\n      # needed for the tests\n      libpq-dev \\\n    && rm -rf /var/lib/apt/lists/*\nADD app.tar.gz /opt/\nRUN make -C /opt/app\nCMD [\"/opt/app/run\"]\n",
    "from ruby:3.4 as app\nrun gem install bundler\nworkdir /app\ncopy . .\nrun bundle install\nonbuild copy . /app\ncmd [\"ruby\", \"app.rb\"]\n",
    "FROM rust:1.95\nWORKDIR /app\nCOPY . .\nRUN --mount=type=cache,target=/usr/local/cargo/registry \\\n    cargo build --release\nCMD [\"target/release/app\"]\n",
];

fn ours(source: &str) -> Outline {
    let file = syntax::parse(source.as_bytes()).unwrap();
    let entry = |i: &syntax::Instruction| {
        let name = match &i.kind {
            Kind::From(from) => from.name.clone(),
            _ => None,
        };
        (i.keyword().to_owned(), name)
    };
    file.instructions().map(entry).collect()
}

fn by_dockerfile_parser(source: &str) -> Option<Outline> {
    use dockerfile_parser::Instruction;
    let file = dockerfile_parser::Dockerfile::parse(source).ok()?;
    let entry = |instruction: &Instruction| match instruction {
        Instruction::From(from) => ("FROM".to_owned(), from.alias.as_ref().map(|name| name.content.to_lowercase())),
        Instruction::Arg(_) => ("ARG".to_owned(), None),
        Instruction::Label(_) => ("LABEL".to_owned(), None),
        Instruction::Run(_) => ("RUN".to_owned(), None),
        Instruction::Entrypoint(_) => ("ENTRYPOINT".to_owned(), None),
        Instruction::Cmd(_) => ("CMD".to_owned(), None),
        Instruction::Copy(_) => ("COPY".to_owned(), None),
        Instruction::Env(_) => ("ENV".to_owned(), None),
        Instruction::Misc(misc) => (misc.instruction.content.to_uppercase(), None),
    };
    Some(file.instructions.iter().map(entry).collect())
}

fn by_parse_dockerfile(source: &str) -> Option<Outline> {
    use parse_dockerfile::Instruction;
    let file = parse_dockerfile::parse(source).ok()?;
    let entry = |instruction: &Instruction<'_>| {
        let keyword = match instruction {
            Instruction::Add(_) => "ADD",
            Instruction::Arg(_) => "ARG",
            Instruction::Cmd(_) => "CMD",
            Instruction::Copy(_) => "COPY",
            Instruction::Entrypoint(_) => "ENTRYPOINT",
            Instruction::Env(_) => "ENV",
            Instruction::Expose(_) => "EXPOSE",
            Instruction::From(from) => {
                return ("FROM".to_owned(), from.as_.as_ref().map(|(_, name)| name.value.to_lowercase()));
            }
            Instruction::Healthcheck(_) => "HEALTHCHECK",
            Instruction::Label(_) => "LABEL",
            Instruction::Maintainer(_) => "MAINTAINER",
            Instruction::Onbuild(_) => "ONBUILD",
            Instruction::Run(_) => "RUN",
            Instruction::Shell(_) => "SHELL",
            Instruction::Stopsignal(_) => "STOPSIGNAL",
            Instruction::User(_) => "USER",
            Instruction::Volume(_) => "VOLUME",
            Instruction::Workdir(_) => "WORKDIR",
            other => panic!("an instruction this test does not know: {other:?}"),
        };
        (keyword.to_owned(), None)
    };
    Some(file.instructions.iter().map(entry).collect())
}

#[test]
fn all_agree_on_ordinary_files() {
    for source in ORDINARY {
        assert_eq!(by_dockerfile_parser(source), Some(ours(source)), "{source}");
        assert_eq!(by_parse_dockerfile(source), Some(ours(source)), "{source}");
    }
}

/// `dockerfile-parser` takes a here-document's body for instructions, and so rejects the file.
#[test]
fn here_documents() {
    let source = "FROM a\nRUN <<EOF\necho hi\nEOF\nCMD x\n";
    let expected: Outline = ["FROM", "RUN", "CMD"].map(|keyword| (keyword.to_owned(), None)).into();
    assert_eq!(ours(source), expected);
    assert_eq!(by_parse_dockerfile(source), Some(expected));
    assert_eq!(by_dockerfile_parser(source), None);
}

/// Both take a doubled escape at the end of a line for a continuation. BuildKit does not.
#[test]
fn doubled_escapes() {
    let source = "FROM a\nRUN echo a\\\\\nRUN b\n";
    let expected: Outline = ["FROM", "RUN", "RUN"].map(|keyword| (keyword.to_owned(), None)).into();
    assert_eq!(ours(source), expected);
    assert_eq!(by_parse_dockerfile(source).map(|outline| outline.len()), Some(2));
    assert_eq!(by_dockerfile_parser(source).map(|outline| outline.len()), Some(2));
}
