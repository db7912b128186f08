//! How fast msb is: `cargo bench`, under a minute on a quiet machine.
//!
//! Texts are generated or written here; conversions run over `corpus/` with its contexts held in memory, so that disks do
//! not count. The whole process is the binary of this build, started on a small project.

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use msb::context::MemoryContext;
use msb::facts::heuristics::Heuristics;
use msb::{Request, convert, shell, syntax};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fs, io};

fn main() {
    divan::main();
}

/// Reading Dockerfiles.
#[divan::bench_group(max_time = 3)]
mod parse {
    use super::*;

    #[divan::bench(args = [1, 100, 2_000])]
    fn dockerfile(bencher: Bencher<'_, '_>, repeats: usize) {
        let text = dockerfile_of(repeats);
        assert!(syntax::parse(text.as_bytes()).is_ok(), "what is measured is a file, not an error");
        bencher.counter(BytesCount::of_str(&text)).bench(|| syntax::parse(black_box(text.as_bytes())));
    }

    /// The reader of plain text, which most RUN lines are.
    #[divan::bench]
    fn shell_fast(bencher: Bencher<'_, '_>) {
        let text = shell_text(50);
        assert!(shell::is_plain(&text), "the text is for the fast reader");
        bencher.counter(BytesCount::of_str(&text)).bench(|| shell::parse(black_box(&text)));
    }

    /// The reader of everything, on the same text.
    #[divan::bench]
    fn shell_full(bencher: Bencher<'_, '_>) {
        let text = shell_text(50);
        bencher.counter(BytesCount::of_str(&text)).bench(|| shell::parse_full(black_box(&text)));
    }
}

/// Parse, analyse, plan, render, prove.
#[divan::bench_group(max_time = 5)]
mod conversion {
    use super::*;

    /// All projects once; the counter gives conversions a second.
    #[divan::bench]
    fn in_process(bencher: Bencher<'_, '_>) {
        let projects = projects();
        Heuristics::builtin();
        bencher.counter(ItemsCount::new(projects.len())).bench(|| {
            for project in &projects {
                let _ = black_box(convert(&Request::new(&project.dockerfile, &project.context)));
            }
        });
    }

    /// A here-document of 50,000 lines, whose time should grow with its length and no faster.
    #[divan::bench(args = [500, 5_000, 50_000])]
    fn long_heredoc(bencher: Bencher<'_, '_>, lines: usize) {
        let body: String = (0..lines).map(|i| format!("echo line {i} > /tmp/f{i}\n")).collect();
        let text = format!(
            "FROM golang:1.22\nWORKDIR /app\nCOPY . .\nRUN <<EOF\n{body}EOF\nRUN CGO_ENABLED=0 go build -o /app/x .\nCMD [\"/app/x\"]\n"
        );
        let context = MemoryContext::new([("go.mod", "module x\n"), ("main.go", "package main\n\nfunc main() {}\n")]);
        Heuristics::builtin();
        assert!(convert(&Request::new(text.as_bytes(), &context)).is_ok_and(|done| done.output.is_some()));
        bencher.counter(ItemsCount::new(lines)).bench(|| convert(&Request::new(black_box(text.as_bytes()), &context)));
    }

    /// What a process does before its first conversion.
    #[divan::bench]
    fn load_heuristics() -> bool {
        Heuristics::from_files(std::iter::empty()).is_ok()
    }

    /// From start to exit, for one small file.
    #[divan::bench]
    fn whole_process(bencher: Bencher<'_, '_>) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (dockerfile, files) = WRITTEN[0];
        for (name, text) in [("Dockerfile", dockerfile)].iter().chain(files) {
            fs::write(folder.path().join(name), text).expect("the folder can be written to");
        }
        bencher.bench(|| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_msb"));
            command.arg("convert").arg(folder.path().join("Dockerfile"));
            let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("msb starts");
            assert!(status.success(), "msb ends with {status}");
        });
    }
}

struct Project {
    dockerfile: Vec<u8>,
    context: MemoryContext,
}

/// The cases of `corpus/`, else the projects written here.
fn projects() -> Vec<Project> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let cases: io::Result<Vec<Project>> = folders(&corpus).and_then(|cases| {
        let cases = cases.iter().filter(|c| c.join("Dockerfile").is_file());
        cases.map(|c| read_project(c)).collect()
    });
    let written = || {
        WRITTEN.iter().map(|&(dockerfile, files)| Project {
            dockerfile: dockerfile.into(),
            context: MemoryContext::new(files.iter().copied()),
        })
    };
    cases.ok().filter(|c| !c.is_empty()).unwrap_or_else(|| written().collect())
}

fn read_project(case: &Path) -> io::Result<Project> {
    let root = case.join("context");
    let mut context = MemoryContext::default();
    let mut pending = if root.is_dir() { vec![root.clone()] } else { Vec::new() };
    while let Some(next) = pending.pop() {
        for entry in fs::read_dir(&next)? {
            let path = entry?.path();
            if path.is_dir() {
                pending.push(path);
            } else if let Ok(relative) = path.strip_prefix(&root) {
                context = context.file(&relative.to_string_lossy(), fs::read(&path)?);
            }
        }
    }
    Ok(Project { dockerfile: fs::read(case.join("Dockerfile"))?, context })
}

fn folders(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut folders = fs::read_dir(directory)?.map(|e| e.map(|e| e.path())).collect::<io::Result<Vec<_>>>()?;
    folders.sort();
    Ok(folders)
}

/// A Dockerfile of comments, continuations, variables, exec forms and a here-document, over and over.
fn dockerfile_of(repeats: usize) -> String {
    let mut text = String::from("# syntax=docker/dockerfile:1\nFROM debian:bookworm AS base\n");
    for i in 0..repeats {
        text.push_str(&format!(
            "\n# part {i}\nARG VERSION_{i}=1.{i}\nENV HOME_{i}=/srv/part-{i} FLAGS=\"-O2 -g\"\nWORKDIR /srv/part-{i}\n\
             RUN --mount=type=cache,target=/root/.cache set -e; \\\n    # configured for this machine only\n    \
             ./configure --prefix=\"$HOME_{i}\" && \\\n    make -j4 all && \\\n    make install\n\
             COPY --chown=1000:1000 conf/part-{i}.conf [\"data file\", \"/etc/part-{i}/\"]\n\
             RUN <<EOF\nadduser --system part{i}\nmkdir -p /var/lib/part-{i}\nEOF\n"
        ));
    }
    text.push_str("CMD [\"/srv/run\", \"--port\", \"8080\"]\n");
    text
}

/// Commands as RUN lines have them.
fn shell_text(repeats: usize) -> String {
    let line = "apt-get update && apt-get install -y --no-install-recommends curl \"ca-certificates\" && \
                rm -rf /var/lib/apt/lists/* && CGO_ENABLED=0 go build -ldflags '-s -w' -o /out/app ./cmd/app > build.log";
    vec![line; repeats].join("\n")
}

/// Dockerfiles with the files of their contexts.
const WRITTEN: &[(&str, &[(&str, &str)])] = &[
    (
        "FROM golang:1.22\nWORKDIR /src\nCOPY go.mod ./\nRUN go mod download\nCOPY . .\n\
         RUN CGO_ENABLED=0 go build -o /usr/local/bin/clock .\nEXPOSE 8080\nCMD [\"clock\"]\n",
        &[
            ("go.mod", "module example.com/clock\n\ngo 1.22\n"),
            ("main.go", "package main\n\nimport \"fmt\"\n\nfunc main() {\n\tfmt.Println(\"tick\")\n}\n"),
        ],
    ),
    (
        "FROM python:3.12\nENV PYTHONUNBUFFERED=1\nWORKDIR /app\n\
         RUN apt-get update && apt-get install -y gcc libpq-dev && rm -rf /var/lib/apt/lists/*\n\
         COPY requirements.txt .\nRUN pip install --no-cache-dir -r requirements.txt\nCOPY . .\nEXPOSE 8000\n\
         CMD [\"gunicorn\", \"--bind\", \"0.0.0.0:8000\", \"shop:app\"]\n",
        &[("requirements.txt", "flask==3.0.0\ngunicorn==22.0.0\npsycopg2==2.9.9\n"), ("shop.py", "app = None\n")],
    ),
    (
        "FROM node:20\nWORKDIR /app\nCOPY package.json package-lock.json ./\nRUN npm ci\nCOPY . .\nRUN npm run build\n\
         ENV NODE_ENV=production\nEXPOSE 3000\nCMD [\"node\", \"dist/server.js\"]\n",
        &[
            (
                "package.json",
                "{\"name\": \"notes\", \"scripts\": {\"build\": \"tsc\"}, \"dependencies\": {\"express\": \"4\"}}\n",
            ),
            ("package-lock.json", "{\"lockfileVersion\": 3, \"packages\": {}}\n"),
            ("tsconfig.json", "{\"compilerOptions\": {\"outDir\": \"dist\"}}\n"),
            ("server.ts", "console.log(\"listening\");\n"),
        ],
    ),
];
