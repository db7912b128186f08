//! For each licence small files in which it lets go, in which a demand of run time voids it, and in which a doubt does.
//!
//! A doubt voids a licence in one of two ways: the entry stays, or the plan says what it assumes and is not applied unasked.

use crate::context::{BuildContext, MemoryContext, NoContext};
use crate::licence::Licence::{self, *};
use crate::planner::{Applicability, EntryFate, Outcome};
use crate::{Conversion, Request, convert};

mod author;
mod build_package;
mod cache;
mod compiled_source;
mod development_dependency;
mod scratch;
mod secret;
mod toolchain;

/// Files of a context.
type Files = &'static [(&'static str, &'static str)];

/// What becomes of one path.
struct Case {
    about: &'static str,
    /// The Dockerfile.
    file: String,
    context: Files,
    path: &'static str,
    fate: Fate,
}

#[derive(Clone, Copy)]
enum Fate {
    /// The licence lets all of it go.
    Goes(Licence),
    /// It goes but for some paths in it.
    GoesBut(Licence, &'static [&'static str]),
    Stays,
    /// It stays, or a plan that lets it go is not safe.
    NeedsALook,
}
use Fate::*;

fn memory(files: &[(&str, &str)]) -> MemoryContext {
    MemoryContext::new(files.iter().copied())
}

/// Converts a file and hands over the conversion with the fates.
fn converted<T>(
    file: &str,
    context: &dyn BuildContext,
    ask: impl FnOnce(&Conversion, &crate::planner::Fates) -> T,
) -> T {
    let request = Request::new(file.as_bytes(), context);
    let conversion = convert(&request).expect("a Dockerfile");
    let fates = conversion.fates(&request);
    ask(&conversion, &fates)
}

fn is_safe(conversion: &Conversion) -> bool {
    matches!(&conversion.outcome, Outcome::Convert(plan) if plan.applicability == Applicability::Safe)
}

/// What is wrong with a case, in words.
fn fault(case: &Case, context: &dyn BuildContext) -> Option<String> {
    converted(&case.file, context, |conversion, fates| {
        let entries: Vec<&EntryFate> = fates.entries.iter().filter(|entry| entry.path == case.path).collect();
        let leave = |licence| !entries.is_empty() && entries.iter().all(|entry| entry.licence == Some(licence));
        let stays: Vec<&str> = entries.iter().flat_map(|entry| &entry.stays).map(String::as_str).collect();
        let kept = entries.iter().any(|entry| entry.licence.is_none());
        let right = match case.fate {
            Goes(licence) => leave(licence) && stays.is_empty(),
            GoesBut(licence, but) => leave(licence) && stays == but,
            Stays => kept,
            NeedsALook => kept || !entries.is_empty() && !is_safe(conversion),
        };
        let seen: Vec<_> = fates.entries.iter().map(|e| (&e.path, e.licence, &e.stays)).collect();
        let outcome = match &conversion.outcome {
            Outcome::Convert(plan) => format!("{:?} {:?}", plan.applicability, plan.assumptions),
            other => format!("{other:?}"),
        };
        (!right).then(|| format!("{}: `{}` of {seen:?}; {outcome}", case.about, case.path))
    })
}

fn judge(cases: &[Case], context: impl Fn(&Case) -> Box<dyn BuildContext>) {
    let faults: Vec<String> = cases.iter().filter_map(|case| fault(case, &*context(case))).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

fn check(cases: &[Case]) {
    judge(cases, |case| Box::new(memory(case.context)));
}

/// As `check`, for a build whose context nobody gave.
fn check_without_context(cases: &[Case]) {
    judge(cases, |_| Box::new(NoContext));
}

/// A package's fate: `None` when it stays, else what takes its place.
fn package(file: &str, context: &dyn BuildContext, name: &str) -> Option<Vec<String>> {
    converted(file, context, |_, fates| {
        let found = fates.packages.iter().find(|package| package.name == name).expect("a package of the file");
        assert!(matches!(found.licence, None | Some(BuildPackage)), "{found:?}");
        found.licence.map(|_| found.replaced_by.clone())
    })
}

const GO_MOD: (&str, &str) = ("go.mod", "module example.org/app\n\ngo 1.22\n");
const GO_MAIN: (&str, &str) = ("main.go", "package main\n\nfunc main() { println(\"hi\") }\n");
const GO_ANY_FILE: (&str, &str) =
    ("main.go", "package main\n\nimport \"os\"\n\nfunc main() { os.ReadFile(os.Args[1]) }\n");
const GO_TEMPLATE: (&str, &str) =
    ("main.go", "package main\n\nimport \"os\"\n\nfunc main() { os.ReadFile(\"page.html\") }\n");
const GO_STARTS_GCC: (&str, &str) =
    ("main.go", "package main\n\nimport \"os/exec\"\n\nfunc main() { exec.Command(\"gcc\", \"x.c\").Run() }\n");
const GO_STARTS_ANY: (&str, &str) = (
    "main.go",
    "package main\n\nimport (\n\t\"os\"\n\t\"os/exec\"\n)\n\nfunc main() { exec.Command(os.Args[1]).Run() }\n",
);
const PAGE: (&str, &str) = ("page.html", "<p>");
const C_MAIN: (&str, &str) = ("main.c", "int main() { return 0; }\n");

const PACKAGE: (&str, &str) = ("package.json", "{\"name\":\"app\",\"scripts\":{\"build\":\"tsc\"}}");
const LOCK: (&str, &str) = ("package-lock.json", "{\"lockfileVersion\":3,\"packages\":{\"\":{}}}");
const WEB: (&str, &str) = ("package.json", "{\"name\":\"web\",\"devDependencies\":{\"vite\":\"5.0.0\"}}");

/// A Go program in `/app` that was compiled in `/src`.
fn go(end: &str) -> String {
    format!("FROM golang:1.22\nWORKDIR /src\nCOPY . .\nRUN go build -o /app .\n{end}\n")
}

/// A site that is built in `/app` and served by nginx from its own directory.
fn site(end: &str) -> String {
    format!(
        "FROM nginx:1.27\nRUN apt-get update && apt-get install -y nodejs npm\nWORKDIR /app\nCOPY . .\n\
         RUN npm ci && npx vite build --outDir /usr/share/nginx/html\n{end}"
    )
}

fn tests_of(licence: Licence) -> &'static str {
    match licence {
        Toolchain => include_str!("tests/toolchain.rs"),
        BuildPackage => include_str!("tests/build_package.rs"),
        Cache => include_str!("tests/cache.rs"),
        Scratch => include_str!("tests/scratch.rs"),
        CompiledSource => include_str!("tests/compiled_source.rs"),
        DevelopmentDependency => include_str!("tests/development_dependency.rs"),
        Secret => include_str!("tests/secret.rs"),
        Author => include_str!("tests/author.rs"),
    }
}

#[test]
fn every_licence_has_its_three_kinds_of_tests() {
    for licence in Licence::ALL {
        for kind in ["fn lets_", "fn is_void_when_run_time_", "fn is_void_in_doubt"] {
            assert!(tests_of(licence).contains(kind), "{}: {kind}", licence.id());
        }
    }
}
