//! Each licence lets something go, and each is void for what is asked for or not known.

use super::super::report::{Cause, Verdict};
use super::super::tree::build::{Entry, Entry::*, tree};
use super::*;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// Two images with their bases, and what is asked.
#[derive(Clone, Default)]
struct Case<'a> {
    dockerfile: &'a str,
    context: Vec<(&'a str, &'a str)>,
    config: Value,
    base: Vec<Entry<'a>>,
    runtime_base: Vec<Entry<'a>>,
    original: Vec<Entry<'a>>,
    converted: Vec<Entry<'a>>,
    paths: Vec<&'a str>,
    commands: Vec<&'a str>,
}

impl Case<'_> {
    /// Licences with the number of paths that each lets go, and the subjects of findings.
    fn settle(&self) -> (Vec<(Licence, usize)>, Vec<String>) {
        let (left, findings) = self.whole();
        assert!(findings.iter().all(|f| f.verdict == Verdict::Differs && f.aspect == Aspect::Ledger));
        (left.iter().map(|l| (l.licence, l.paths)).collect(), sorted(findings.into_iter().map(|f| f.subject).collect()))
    }

    fn whole(&self) -> (Vec<Left>, Vec<Finding>) {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in &self.context {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let config: Map<String, Value> = self.config.as_object().cloned().unwrap_or_default();
        let [base, runtime_base, a, b] =
            [&self.base, &self.runtime_base, &self.original, &self.converted].map(|entries| tree(entries));
        let read = Original::read(self.dockerfile, folder.path(), None, &[]);
        let said = read.as_ref().map(Said::of);
        let words = |list: &[&str]| list.iter().map(|w| (*w).to_owned()).collect::<Vec<String>>();
        let (paths, commands) = (words(&self.paths), words(&self.commands));
        let evidence = Evidence {
            original: Side { tree: &a, config: &config },
            converted: Side { tree: &b, config: &config },
            base: &base,
            runtime_base: &runtime_base,
            said: said.as_ref(),
            demanded: (&paths, &commands),
            compared: &[],
        };
        let known: BTreeSet<[u8; 32]> = self.context.iter().map(|(_, t)| Sha256::digest(t).into()).collect();
        settle(&evidence, &mut |wanted| wanted.intersection(&known).copied().collect())
    }
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

const DEBIAN: Entry = File("etc/os-release", b"ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n");

#[test]
fn the_base_image_may_be_left_for_a_smaller_one() {
    let gcc = [Mode("usr/bin/gcc", b"x", 0o755, 0), Link("usr/bin/cc", "gcc")];
    let case = Case { base: gcc.to_vec(), original: gcc.to_vec(), ..Case::default() };
    assert_eq!(case.settle(), (vec![(Licence::Toolchain, 2)], vec![]));
    // Somebody asks for it.
    let asked = Case { commands: vec!["gcc"], ..case.clone() };
    assert_eq!(asked.settle().1, ["/usr/bin/gcc"]);
    // A step of the original changed it.
    let mut changed = case.clone();
    changed.original[0] = Mode("usr/bin/gcc", b"other", 0o755, 0);
    assert_eq!(changed.settle().1, ["/usr/bin/gcc"]);
    // The runtime stage's base has it: a step removed it.
    let removed = Case { runtime_base: gcc.to_vec(), ..case };
    assert_eq!(removed.settle(), (vec![], vec!["/usr/bin/cc".to_owned(), "/usr/bin/gcc".to_owned()]));
}

#[test]
fn what_nobody_thought_of_is_a_difference_with_its_cause() {
    let original = vec![
        Dir("srv", 0o755, 0),
        Dir("srv/data", 0o755, 0),
        File("srv/data/a", b"12"),
        File("srv/data/b", b"3"),
        Dir("srv/empty", 0o755, 0),
        Dir("srv/kept", 0o755, 0),
    ];
    let converted = vec![Dir("srv", 0o755, 0), Dir("srv/kept", 0o755, 0)];
    let (left, findings) = Case { original, converted, ..Case::default() }.whole();
    assert!(left.is_empty());
    assert_eq!(findings.iter().map(|f| f.subject.as_str()).collect::<Vec<_>>(), ["/srv/data", "/srv/empty"]);
    assert_eq!(findings[0].detail, "is gone (2 paths, 0.0 MB): no licence lets it go");
    let cause = Cause::MissingFile { path: "/srv/data".to_owned(), step: None, package: None };
    assert_eq!(findings[0].causes, [cause]);
}

/// gcc by name with what it brought in, libpq-dev with its run-time half, and jq, which no table calls a build tool.
fn packages() -> Case<'static> {
    let status = b"Package: gcc\nStatus: install ok installed\nDepends: cpp-12\n\nPackage: cpp-12\nStatus: install ok installed\n\n\
        Package: libpq-dev\nStatus: install ok installed\nDepends: libpq5\n\nPackage: libpq5\nStatus: install ok installed\n\n\
        Package: jq\nStatus: install ok installed\nDepends: libjq1\n\nPackage: libjq1\nStatus: install ok installed\n\n\
        Package: git\nStatus: install ok installed\n";
    Case {
        dockerfile: "FROM debian:12\nRUN apt-get update && apt-get install -y gcc libpq-dev jq git\n",
        original: vec![
            DEBIAN,
            File("var/lib/dpkg/status", status),
            File("var/lib/apt/extended_states", b"Package: cpp-12\nAuto-Installed: 1\n\nPackage: libpq5\nAuto-Installed: 1\n\nPackage: libjq1\nAuto-Installed: 1\n"),
            File("var/lib/dpkg/info/gcc.list", b"/usr/bin/gcc\n"),
            File("var/lib/dpkg/info/cpp-12.list", b"/usr/bin/cpp-12\n"),
            File("var/lib/dpkg/info/libpq-dev.list", b"/usr/include/libpq-fe.h\n"),
            File("var/lib/dpkg/info/libpq5.list", b"/usr/lib/libpq.so.5\n"),
            File("var/lib/dpkg/info/jq.list", b"/usr/bin/jq\n"),
            File("var/lib/dpkg/info/libjq1.list", b"/usr/lib/libjq.so.1\n"),
            File("var/lib/dpkg/info/git.list", b"/usr/bin/git\n"),
            Mode("usr/bin/gcc", b"x", 0o755, 0),
            Link("etc/alternatives/cc", "/usr/bin/gcc"),
            Mode("usr/bin/cpp-12", b"x", 0o755, 0),
            File("usr/include/libpq-fe.h", b"x"),
            File("usr/lib/libpq.so.5", b"x"),
            Mode("usr/bin/jq", b"x", 0o755, 0),
            File("usr/lib/libjq.so.1", b"x"),
            Mode("usr/bin/git", b"x", 0o755, 0),
        ],
        converted: vec![DEBIAN, File("app", &ELF)],
        ..Case::default()
    }
}

/// Enough of an ELF file to be none that the loader is asked about; see [`super::super::elf`].
const ELF: [u8; 4] = *b"\x7fELF";

#[test]
fn packages_that_only_build_may_leave_with_what_they_brought_in() {
    let (left, findings) = packages().whole();
    let building = left.iter().find(|l| l.licence == Licence::BuildPackage).unwrap();
    // Nothing in this conversion loads a library when it runs, so libpq5 goes with the headers.
    let expected = ["cpp-12", "/etc/alternatives/", "gcc", "git", "libpq-dev", "libpq5"];
    assert_eq!(building.examples.iter().map(String::as_str).collect::<BTreeSet<_>>(), expected.into());
    let subjects: Vec<&str> = findings.iter().map(|f| f.subject.as_str()).collect();
    assert_eq!(subjects, ["package jq", "package libjq1"]);
    assert!(findings[0].detail.contains("no build step is known to want it"), "{}", findings[0].detail);
    assert!(findings[1].detail.contains("jq brought it in"), "{}", findings[1].detail);
    assert!(matches!(&findings[0].causes[0], Cause::MissingFile { package: Some(p), .. } if p == "jq"));
}

#[test]
fn a_build_package_that_is_asked_for_stays() {
    let asked = Case { commands: vec!["gcc"], ..packages() };
    let subjects = asked.settle().1;
    assert!(subjects.contains(&"package gcc".to_owned()), "{subjects:?}");
    // What only it brought in has no reason to leave then.
    assert!(subjects.contains(&"package cpp-12".to_owned()), "{subjects:?}");
}

#[test]
fn a_shell_may_come_from_another_package_and_must_come_from_one() {
    let dash = [Mode("usr/bin/dash", b"x", 0o755, 0), Link("usr/bin/sh", "dash")];
    let busybox = [Mode("usr/bin/busybox", b"y", 0o755, 0), Link("usr/bin/sh", "busybox")];
    let case = Case { base: dash.to_vec(), original: dash.to_vec(), commands: vec!["sh"], ..Case::default() };
    assert_eq!(case.settle().1, ["/usr/bin/dash", "/usr/bin/sh"]);
    let other = Case { runtime_base: busybox.to_vec(), converted: busybox.to_vec(), ..case.clone() };
    assert_eq!(other.settle().1, [""; 0]);
    // Asked for by its own name it is another command.
    let named = Case { commands: vec!["dash"], ..other };
    assert_eq!(named.settle().1, ["/usr/bin/dash"]);
}

#[test]
fn the_run_time_half_stays_where_libraries_are_loaded() {
    use super::super::elf::build::{Spec, elf};
    let program = elf(&Spec { needed: &["libc.so.6"], ..Spec::default() });
    let mut case = packages();
    case.converted[1] = Mode("app", &program, 0o755, 0);
    let (_, findings) = case.whole();
    let half = findings.iter().find(|f| f.subject == "package libpq5").unwrap();
    assert!(half.detail.ends_with("it is the run-time half of libpq-dev"), "{}", half.detail);
}

#[test]
fn a_tool_that_a_build_step_wants_may_leave_unless_something_kept_may_call_it() {
    let wanted =
        "FROM debian:12\nRUN apt-get update && apt-get install -y git && git clone https://example.org/x /src\n";
    let case = Case { dockerfile: wanted, ..packages() };
    assert!(!case.settle().1.contains(&"package git".to_owned()));
    let mut called = case;
    called.converted.push(File("srv/tool.py", b"subprocess.run(['git', 'log'])\n"));
    let (_, findings) = called.whole();
    let git = findings.iter().find(|f| f.subject == "package git").unwrap();
    assert!(git.detail.ends_with("a source that is kept names git"), "{}", git.detail);
}

#[test]
fn caches_by_the_table_and_by_the_tool_that_wrote_them() {
    let case = Case {
        dockerfile: "FROM golang:1.22\nWORKDIR /src\nRUN GOCACHE=/build-cache go build -o /app .\n",
        original: vec![
            File("var/lib/apt/lists/x", b"1"),
            File("etc/ld.so.cache", b"1"),
            Dir("build-cache", 0o755, 0),
            File("build-cache/x", b"1"),
            Dir("models", 0o755, 0),
            File("models/x", b"1"),
        ],
        ..Case::default()
    };
    assert_eq!(case.settle(), (vec![(Licence::Cache, 4)], vec!["/models".to_owned()]));
    let asked = Case { paths: vec!["/build-cache"], ..case };
    assert_eq!(asked.settle().1, ["/build-cache", "/models"]);
}

#[test]
fn build_trees_and_temporary_files_are_scratch() {
    let case = Case {
        dockerfile: "FROM rust:1\nWORKDIR /src\nCOPY . .\nRUN cargo build --release\nCMD [\"/src/target/release/app\"]\n",
        context: vec![("Cargo.toml", "[package]\nname = \"app\"\n"), ("src/main.rs", "fn main() {}\n")],
        original: vec![
            Dir("src", 0o755, 0),
            Dir("src/target", 0o755, 0),
            File("src/target/release/deps/x", b"1"),
            Mode("src/target/release/app", b"1", 0o755, 0),
            File("tmp/x", b"1"),
        ],
        converted: vec![
            Dir("src", 0o755, 0),
            Dir("src/target", 0o755, 0),
            Mode("src/target/release/app", b"1", 0o755, 0),
        ],
        ..Case::default()
    };
    assert_eq!(case.settle(), (vec![(Licence::Scratch, 2)], vec![]));
    let asked = Case { paths: vec!["/src/target/release/deps/x"], ..case };
    assert_eq!(asked.settle(), (vec![(Licence::Scratch, 1)], vec!["/src/target/release/deps/x".to_owned()]));
}

#[test]
fn what_a_test_runner_remembers_is_a_cache_whatever_lies_in_it() {
    let case = Case {
        original: vec![
            Dir("code/.pytest_cache", 0o755, 0),
            File("code/.pytest_cache/.gitignore", b"*"),
            File("code/.gitignore", b"x"),
        ],
        ..Case::default()
    };
    assert_eq!(case.settle(), (vec![(Licence::Cache, 2)], vec!["/code/.gitignore".to_owned()]));
}

/// A site that a step packs, served by nginx of a package: its sources may leave unless something names their directory.
#[test]
fn servers_have_no_use_for_sources_that_they_are_told_nothing_of() {
    let case = Case {
        dockerfile: "FROM node:20\nRUN apt-get update && apt-get install -y nginx\nWORKDIR /build\nCOPY . .\n\
            RUN npm run build && cp -r public/. /var/www/html/\nCMD [\"nginx\", \"-g\", \"daemon off;\"]\n",
        context: vec![
            ("package.json", r#"{"scripts":{"build":"esbuild src/a.js --bundle --outfile=public/app.js"}}"#),
            ("src/a.js", "// a"),
        ],
        config: json!({"Cmd": ["nginx", "-g", "daemon off;"], "Env": ["PATH=/usr/sbin:/usr/bin"], "WorkingDir": "/build"}),
        original: vec![
            Dir("build", 0o755, 0),
            File("build/package.json", b"{}"),
            Dir("build/src", 0o755, 0),
            File("build/src/a.js", b"// a"),
            File("etc/nginx/nginx.conf", b"root /var/www/html;\n"),
            File("var/www/html/app.js", b"1"),
        ],
        converted: vec![
            Dir("build", 0o755, 0),
            File("etc/nginx/nginx.conf", b"root /var/www/html;\n"),
            File("var/www/html/app.js", b"1"),
        ],
        ..Case::default()
    };
    assert_eq!(case.settle(), (vec![(Licence::CompiledSource, 3)], vec![]));
    let lost = vec!["/build/package.json".to_owned(), "/build/src".to_owned()];
    // The configuration serves the directory.
    let mut served = case.clone();
    served.converted[1] = File("etc/nginx/nginx.conf", b"location /raw { alias /build/src; }\n");
    assert_eq!(served.settle().1, lost);
    // A link leads into it.
    let mut linked = case.clone();
    linked.converted.push(Link("var/www/html/raw", "/build/src"));
    assert_eq!(linked.settle().1, lost);
    // Something else runs as well.
    let other = case.dockerfile.replace("[\"nginx\", \"-g\", \"daemon off;\"]", "node src/a.js & nginx");
    assert_eq!(Case { dockerfile: &other, ..case }.settle().1, lost);
}

fn compiled() -> Case<'static> {
    let main = "package main\n\nfunc main() { println(\"x\") }\n";
    Case {
        dockerfile: "FROM golang:1.22\nWORKDIR /src\nCOPY . .\nRUN go build -o /app .\nCMD [\"/app\"]\n",
        context: vec![("go.mod", "module x\n"), ("main.go", main), ("README.md", "x"), ("data.csv", "1,2")],
        original: vec![
            Dir("src", 0o755, 0),
            File("src/go.mod", b"module x\n"),
            File("src/main.go", main.as_bytes()),
            File("src/README.md", b"x"),
            File("src/data.csv", b"1,2"),
            Mode("app", b"program", 0o755, 0),
        ],
        converted: vec![Dir("src", 0o755, 0), Mode("app", b"program", 0o755, 0)],
        ..Case::default()
    }
}

#[test]
fn sources_of_a_program_may_leave_with_all_that_it_is_proven_not_to_open() {
    assert_eq!(compiled().settle(), (vec![(Licence::CompiledSource, 4)], vec![]));
    // What opens a file that the sources do not name proves nothing: all but the sources has to stay.
    let main = "package main\n\nimport \"os\"\n\nfunc main() { os.Open(os.Args[1]) }\n";
    let mut doubtful = compiled();
    doubtful.context[1] = ("main.go", main);
    doubtful.original[2] = File("src/main.go", main.as_bytes());
    assert_eq!(doubtful.settle(), (vec![(Licence::CompiledSource, 3)], vec!["/src/data.csv".to_owned()]));
    let opens = "package main\n\nimport \"os\"\n\nfunc main() { os.ReadFile(\"data.csv\") }\n";
    let mut opened = compiled();
    opened.context[1] = ("main.go", opens);
    opened.original[2] = File("src/main.go", opens.as_bytes());
    assert_eq!(opened.settle().1, ["/src/data.csv"]);
}

#[test]
fn a_file_that_no_context_has_is_no_source() {
    let mut case = compiled();
    case.original.push(File("src/made.csv", b"by a step"));
    assert_eq!(case.settle().1, ["/src/made.csv"]);
    // Without a text that says what is compiled, nothing is.
    let unknown = Case { dockerfile: "FROM a AS b\nFROM c\n", ..compiled() };
    assert_eq!(unknown.settle().0, []);
}

#[test]
fn development_dependencies_may_leave_unless_a_kept_source_names_one() {
    let case = Case {
        original: vec![
            Dir("app", 0o755, 0),
            File("app/package.json", br#"{"dependencies":{"a":"1"},"devDependencies":{"dev":"1"}}"#),
            Dir("app/node_modules", 0o755, 0),
            Dir("app/node_modules/a", 0o755, 0),
            File("app/node_modules/a/package.json", b"{}"),
            Dir("app/node_modules/dev", 0o755, 0),
            File("app/node_modules/dev/package.json", b"{}"),
            Mode("app/node_modules/dev/cli.js", b"x", 0o755, 0),
            Link("app/node_modules/.bin/dev", "../dev/cli.js"),
        ],
        converted: vec![
            Dir("app", 0o755, 0),
            File("app/package.json", br#"{"dependencies":{"a":"1"},"devDependencies":{"dev":"1"}}"#),
            Dir("app/node_modules", 0o755, 0),
            Dir("app/node_modules/.bin", 0o755, 0),
            Dir("app/node_modules/a", 0o755, 0),
            File("app/node_modules/a/package.json", b"{}"),
        ],
        ..Case::default()
    };
    assert_eq!(case.settle(), (vec![(Licence::DevelopmentDependency, 4)], vec![]));
    let mut named = case.clone();
    named.converted.push(File("app/server.js", b"require('dev')"));
    assert_eq!(named.settle().1, ["/app/node_modules/.bin/dev", "/app/node_modules/dev"]);
    let mut needed = case;
    needed.converted.truncate(4);
    assert_eq!(needed.settle().1, ["/app/node_modules/a"]);
}

#[test]
fn the_author_gives_a_step_to_the_build() {
    let text = "FROM debian:12\n# msb: build\nCOPY tools /tools\nCOPY data /data\n";
    let case = Case {
        dockerfile: text,
        context: vec![("tools/x", "1"), ("data/x", "1")],
        original: vec![Dir("tools", 0o755, 0), File("tools/x", b"1"), Dir("data", 0o755, 0), File("data/x", b"1")],
        ..Case::default()
    };
    assert_eq!(case.settle(), (vec![(Licence::Author, 2)], vec!["/data".to_owned()]));
}

#[test]
fn an_unpacked_toolchain_is_known_by_what_it_holds() {
    let sdk = [
        Dir("usr/local/go", 0o755, 0),
        Dir("usr/local/go/bin", 0o755, 0),
        Mode("usr/local/go/bin/go", b"x", 0o755, 0),
        Dir("usr/local/go/pkg/tool", 0o755, 0),
        File("usr/local/go/pkg/tool/compile", b"x"),
        File("usr/local/go/VERSION", b"x"),
    ];
    let case = Case { original: sdk.to_vec(), config: json!({"Env": ["PATH=/usr/local/go/bin"]}), ..Case::default() };
    assert_eq!(case.settle(), (vec![(Licence::Toolchain, 6)], vec![]));
    let asked = Case { commands: vec!["go"], ..case.clone() };
    assert_eq!(asked.settle().1, ["/usr/local/go"]);
    let unknown = Case { original: [&sdk[..3], &sdk[5..]].concat(), ..case };
    assert_eq!(unknown.settle(), (vec![], vec!["/usr/local/go".to_owned()]));
}

#[test]
fn links_and_scripts_that_are_kept_ask_for_what_they_lead_to() {
    let python = [Mode("usr/bin/python3", b"x", 0o755, 0), Mode("usr/bin/tool", b"x", 0o755, 0)];
    let venv = [Link("venv/bin/python", "/usr/bin/python3"), Mode("venv/bin/run", b"#!/usr/bin/tool\n", 0o755, 0)];
    let case = Case {
        base: python.to_vec(),
        original: [python.to_vec(), venv.to_vec()].concat(),
        converted: venv.to_vec(),
        ..Case::default()
    };
    let (left, findings) = case.whole();
    assert!(left.is_empty());
    assert_eq!(findings[0].detail, "is gone (1 path, 0.0 MB): /venv/bin/python, which is kept, leads there");
    assert_eq!(findings[1].detail, "is gone (1 path, 0.0 MB): /venv/bin/run, which is kept, is run by it");
}

#[test]
fn content_that_a_step_wrote_is_missed_where_the_base_has_the_path() {
    let default = [File("etc/nginx/nginx.conf", b"default"), File("etc/passwd", b"root:x:0:0::/:\n")];
    let case = Case {
        base: default.to_vec(),
        runtime_base: default.to_vec(),
        original: vec![File("etc/nginx/nginx.conf", b"own"), File("etc/passwd", b"a:x:1:1::/:\n")],
        converted: default.to_vec(),
        ..Case::default()
    };
    let (_, findings) = case.whole();
    assert_eq!(findings.iter().map(|f| f.subject.as_str()).collect::<Vec<_>>(), ["/etc/nginx/nginx.conf"]);
    assert!(findings[0].detail.ends_with("and the conversion has the base image's"), "{}", findings[0].detail);
    assert_eq!(findings[0].causes, [Cause::ChangedContent { path: "/etc/nginx/nginx.conf".to_owned() }]);
    // Two builds of the same program are seldom equal byte for byte; a file of the context is.
    let built = Case { original: vec![File("bin/a", b"1")], converted: vec![File("bin/a", b"2")], ..Case::default() };
    assert_eq!(built.settle().1, Vec::<String>::new());
    let copied = Case { context: vec![("a", "1")], ..built };
    assert_eq!(copied.settle().1, ["/bin/a"]);
}

#[test]
fn many_paths_are_told_as_few() {
    let names: Vec<String> = (0..60).map(|i| format!("d{i}/x")).chain((0..9).map(|i| format!("kept/{i}"))).collect();
    let original = names.iter().map(|n| File(n, b"1")).chain([Dir("kept", 0o755, 0)]).collect();
    let (_, findings) = Case { original, converted: vec![Dir("kept", 0o755, 0)], ..Case::default() }.whole();
    assert!(findings.iter().any(|f| f.subject == "/kept/" && f.detail.starts_with("is gone (9 paths")), "{findings:?}");
    assert!(findings.len() <= 41, "{}", findings.len());
}

#[test]
fn a_result_that_was_moved_on_may_leave_its_build_tree() {
    let case = Case {
        dockerfile: "FROM gcc:12\nWORKDIR /src\nRUN gcc -o tool main.c && cp tool /usr/local/bin/\n",
        original: vec![
            Dir("src", 0o755, 0),
            Mode("src/tool", b"program", 0o755, 0),
            Link("src/tool.1", "tool"),
            Mode("usr/local/bin/tool", b"program", 0o755, 0),
        ],
        converted: vec![Dir("src", 0o755, 0), Mode("usr/local/bin/tool", b"program", 0o755, 0)],
        ..Case::default()
    };
    assert_eq!(case.settle(), (vec![(Licence::Scratch, 2)], vec![]));
    let mut other = case;
    other.original[1] = Mode("src/tool", b"another", 0o755, 0);
    assert_eq!(other.settle().1, ["/src/tool", "/src/tool.1"]);
}

#[test]
fn links_and_empty_directories_belong_to_their_package() {
    let case = Case {
        dockerfile: "FROM debian:12\nRUN apt-get install -y gcc\n",
        original: vec![
            DEBIAN,
            File("var/lib/dpkg/status", b"Package: gcc\nStatus: install ok installed\n"),
            File("var/lib/dpkg/info/gcc.list", b"/etc/gcc\n/lib/libgcc.so\n"),
            Link("lib", "usr/lib"),
            Link("usr/lib/libgcc.so", "libc.so"),
            File("usr/lib/libc.so", b"x"),
            Dir("etc/gcc", 0o755, 0),
        ],
        converted: vec![DEBIAN, Link("lib", "usr/lib"), File("usr/lib/libc.so", b"x")],
        ..Case::default()
    };
    assert_eq!(case.settle(), (vec![(Licence::BuildPackage, 2), (Licence::Cache, 2)], vec![]));
}

#[test]
fn packages_that_only_rpm_can_name_are_not_judged() {
    let case = Case {
        original: vec![Dir("var/lib/rpm", 0o755, 0), Mode("usr/bin/gcc", b"x", 0o755, 0), File("srv/data", b"1")],
        converted: vec![Dir("var/lib/rpm", 0o755, 0)],
        ..Case::default()
    };
    let (_, findings) = case.whole();
    assert_eq!(
        findings.iter().map(|f| (f.verdict, f.subject.as_str())).collect::<Vec<_>>(),
        [(Verdict::NotCheckable, "packages"), (Verdict::Differs, "/srv/data"),]
    );
}
