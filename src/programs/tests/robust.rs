//! No text makes the reader fall over, and every description fits its grammars.

use super::read;
use crate::programs::language::{GrammarId, language};
use proptest::prelude::*;

const SAMPLES: &[(&str, &str, &str)] = &[
    (
        "go",
        "main.go",
        "package main\nimport (\n\"os\"\nf \"path/filepath\"\n)\nfunc g(p string) (string, error) { return f.Join(p, \"x\"), nil }\nfunc main() { a, _ := g(\"d\"); for _, x := range []string{a} { os.Open(x + `y`) } }\n",
    ),
    (
        "python",
        "a.py",
        "import os, subprocess as s\nfrom pathlib import Path\ndef f(p='x', *a, **k):\n    global z\n    with open(f'{p}/a') as h: s.run(['git', *a])\nz = Path(__file__).parent / 'b'\nf(p=z or 'c')\n",
    ),
    (
        "node",
        "a.ts",
        "import { exec as e } from 'child_process';\nconst { readFile: r = 1, ...q } = require('fs');\nexport class A<T> { x: T = e(`git ${r}`) ?? 'y'; m = async (p?: string) => r(p! as string); }\n",
    ),
    (
        "rust",
        "src/main.rs",
        "use std::{fs::{self, File}, io::*};\nconst P: &str = r#\"a\"#;\nfn l<T: AsRef<str>>(p: &T) -> String { match fs::read(p) { Ok(x) if true => format!(\"{}/{P}\", 1), _ => \"b\".into() } }\nfn main() { println!(\"{}\", l(&File::open(\"c\")?)); }\n",
    ),
    (
        "java",
        "A.java",
        "package a; import java.io.*; class A { static final String P = \"x\"; void f(String... s) { for (var a : s) { new File(P + a); } Runtime.getRuntime().exec(new String[]{\"ls\"}); } }\n",
    ),
    (
        "c",
        "a.cpp",
        "#include <fstream>\n#define P \"a\" \"b\"\nstatic const char *q = P;\nint f(const char *n, int k = 3) { std::ifstream in(n), b{\"x\"}; auto l = [&](int z) { return fopen(q, \"r\"); }; return system(\"ls\"); }\n",
    ),
];

fn mutated() -> impl Strategy<Value = (usize, String)> {
    let edits =
        proptest::collection::vec((any::<prop::sample::Index>(), 0..12_usize, any::<prop::sample::Index>()), 0..8);
    (0..SAMPLES.len(), edits).prop_map(|(sample, edits)| {
        const PIECES: &[&str] = &["(", ")", "{", "}", "\"", "'", "`", "\\", "\n", "é", ".", "::"];
        let mut text: Vec<char> = SAMPLES[sample].2.chars().collect();
        for (at, piece, cut) in edits {
            let at = at.index(text.len() + 1);
            let end = (at + cut.index(6)).min(text.len());
            text.splice(at..end, PIECES[piece].chars());
        }
        (sample, text.into_iter().collect())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    #[test]
    fn mutated_sources_are_answered((sample, text) in mutated()) {
        let (language, path, _) = SAMPLES[sample];
        let manifest = [("go.mod", "module a\n"), ("Cargo.toml", "[package]\nname = \"a\"\n"), (path, text.as_str())];
        let once = read(language, &manifest, "");
        prop_assert_eq!(once, read(language, &manifest, ""));
    }
}

#[test]
fn deep_nesting_is_not_understood_rather_than_fatal() {
    let deep = format!("x = {}1{}\n", "(".repeat(20_000), ")".repeat(20_000));
    assert!(!read("python", &[("a.py", &deep)], "").complete);
    let chain = format!("x = {}\n", vec!["f(1)"; 5_000].join("."));
    assert!(!read("python", &[("a.py", &chain)], "").complete);
    let sum = format!("package main\nvar x = {}\nfunc main() {{}}\n", vec!["\"a\""; 20_000].join(" + "));
    assert!(!read("go", &[("go.mod", "module a\n"), ("main.go", &sum)], "").complete);
}

#[test]
fn functions_that_call_each_other_end() {
    let text = "package main\nimport \"os\"\nfunc a(p string) string { return b(p) + b(p) }\nfunc b(p string) string { return a(p) + a(p) }\nfunc main() { os.Open(a(\"x\")) }\n";
    assert!(super::opens(&read("go", &[("go.mod", "module a\n"), ("main.go", text)], "")).starts_with("not proven"));
}

#[test]
fn a_bundle_is_not_read_and_not_forgotten() {
    let bundle = format!("var a = 1;\n{}", "a += 1;".repeat(150_000));
    let reading = read("node", &[("a.js", "1;"), ("b.js", &bundle)], "");
    assert_eq!(super::opens(&reading), "not proven\nb.js:1 is too large to be read");
}

#[test]
fn names_that_stand_for_themselves_end() {
    for (language, path, text) in [
        ("node", "a.js", "let a = a.b(c).d(a);\nvar e = f.g, f = e.h;\nlet i = j(); let j = i(); i.exec(j);\n"),
        ("python", "a.py", "a = a.b().c()\nd = e.f\ne = d.g\nd()\n"),
        ("c", "a.c", "int main(void) { char *a = f(a)(a); fopen(a, a); }\n"),
        ("java", "A.java", "class A { Object a = a.b().c(); void f() { a.exec(a); } }\n"),
    ] {
        read(language, &[(path, text)], "");
    }
}

#[test]
fn every_described_kind_and_field_exists_in_a_grammar() {
    for id in ["go", "python", "node", "rust", "java", "c"] {
        let data = &language(id).expect("a description that parses").data;
        let grammars: Vec<tree_sitter::Language> = data.extensions.values().map(|g: &GrammarId| g.language()).collect();
        let kind = |name: &str| {
            let known = grammars.iter().any(|grammar| grammar.id_for_node_kind(name, true) != 0);
            assert!(known, "{id}: no grammar has the kind {name}");
        };
        let field = |name: &str| {
            let known = name.is_empty() || grammars.iter().any(|grammar| grammar.field_id_for_name(name).is_some());
            assert!(known, "{id}: no grammar has the field {name}");
        };
        let syntax = &data.syntax;
        let plain = [
            &syntax.strings,
            &syntax.names,
            &syntax.adjacent,
            &syntax.callee_wrappers,
            &syntax.blocks,
            &syntax.lists,
            &syntax.unwrapping_lists,
            &syntax.globals,
            &syntax.spreads,
            &syntax.unknown_bindings,
            &syntax.returns,
            &syntax.tokens,
            &syntax.imports,
            &syntax.exports,
            &syntax.member_patterns,
            &syntax.statements,
            &syntax.skipped,
        ];
        plain.into_iter().flatten().for_each(|name| kind(name));
        for [name, one, two] in
            syntax.members.iter().chain(&syntax.subscripts).chain(&syntax.named_arguments).chain(&syntax.declarations)
        {
            kind(name);
            field(one);
            field(two);
        }
        for [name, one] in syntax.transparent.iter().chain(&syntax.macros).chain(&syntax.imports_with) {
            kind(name);
            field(one);
        }
        for [name, _] in syntax.concatenations.iter().chain(&syntax.joins) {
            kind(name);
        }
        for [name, _, one] in &syntax.address_of {
            kind(name);
            field(one);
        }
        for parts in &syntax.alternatives {
            kind(&parts[0]);
            parts.iter().skip(2).for_each(|name| field(name));
        }
        for call in &syntax.calls {
            kind(&call.kind);
            [&call.callee, &call.object, &call.name, &call.arguments].into_iter().for_each(|name| field(name));
        }
        for function in &syntax.functions {
            kind(&function.kind);
            field(&function.name);
            field(&function.parameters);
        }
        for binding in &syntax.bindings {
            kind(&binding.kind);
            field(&binding.left);
            field(&binding.right);
        }
    }
}

#[test]
fn a_package_is_described_once() {
    for id in ["go", "python", "node", "rust", "java", "c"] {
        let data = &language(id).expect("a description that parses").data;
        for package in data.packages.iter().flat_map(|package| &package.names) {
            assert!(!data.quiet.contains(package), "{id}: {package} is both quiet and described");
            let times = data.packages.iter().filter(|other| other.names.contains(package)).count();
            assert_eq!(times, 1, "{id}: {package}");
        }
    }
}
