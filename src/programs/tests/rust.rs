use super::{lines, opens, read};
use crate::programs::{Outside, Reading};

const MANIFEST: &str = "[package]\nname = \"app\"\n\n[dependencies]\nserde = \"1\"\n";

fn program(text: &str) -> Reading {
    read("rust", &[("Cargo.toml", MANIFEST), ("src/main.rs", text)], "")
}

fn with_crate(name: &str, text: &str) -> Reading {
    let manifest = format!("[package]\nname = \"app\"\n\n[dependencies]\n{name} = \"1\"\n");
    read("rust", &[("Cargo.toml", &manifest), ("src/main.rs", text)], "")
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn file_opens_are_found_where_they_are() {
    for (about, text, expected) in [
        ("nothing", "fn main() { println!(\"hello\"); }", "nothing"),
        (
            "fully written",
            "fn main() {\n    std::fs::read_to_string(\"a.txt\").unwrap();\n}",
            "these\nsrc/main.rs:2 a.txt",
        ),
        ("imported", "use std::fs;\nfn main() { fs::read(\"a.txt\"); }", "these\nsrc/main.rs:2 a.txt"),
        ("a type", "use std::fs::File;\nfn main() { File::open(\"a.txt\"); }", "these\nsrc/main.rs:2 a.txt"),
        (
            "a group",
            "use std::{fs::{self, File}, io};\nfn main() { File::open(\"a\"); fs::read(\"b\"); }",
            "these\nsrc/main.rs:2 a\nsrc/main.rs:2 b",
        ),
        ("everything", "use std::fs::*;\nfn main() { read_to_string(\"a\"); }", "these\nsrc/main.rs:2 a"),
        ("under another name", "use std::fs as disk;\nfn main() { disk::read(\"a\"); }", "these\nsrc/main.rs:2 a"),
        (
            "in a macro",
            "fn main() {\n    println!(\"{}\",\n        std::fs::read_to_string(\"a\").unwrap());\n}",
            "these\nsrc/main.rs:3 a",
        ),
        (
            "in code that is not understood",
            "fn main() { tokio::select! { x = std::fs::read(\"a\") => {} } }",
            "not proven\nsrc/main.rs:1 code that is not understood",
        ),
        (
            "in a macro's definition",
            "macro_rules! load { ($p:expr) => { File::open($p) } }\nfn main() {}",
            "not proven\nsrc/main.rs:1 code that is not understood",
        ),
        ("embedded", "const A: &str = include_str!(\"a.txt\");\nfn main() { println!(\"{A}\"); }", "nothing"),
        (
            "joined",
            "use std::path::Path;\nfn main() { let p = Path::new(\"data\").join(\"x.json\"); std::fs::read(&p); }",
            "these\nsrc/main.rs:2 data/x.json",
        ),
        ("a format", "fn main() { std::fs::read(format!(\"data/{}.json\", 1)); }", "these\nsrc/main.rs:1 data"),
        (
            "a constant",
            "const P: &str = \"conf/a.toml\";\nfn main() { std::fs::read(P); }",
            "these\nsrc/main.rs:2 conf/a.toml",
        ),
        (
            "a path is asked",
            "use std::path::Path;\nfn main() { if Path::new(\"x.lock\").exists() {} }",
            "these\nsrc/main.rs:2 x.lock",
        ),
        ("asked of something else", "fn main() { db.exists(); }", "nothing"),
        (
            "where it was built",
            "fn main() { std::fs::read(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/x\")); }",
            "not proven\nsrc/main.rs:1 std.fs.read opens a path that is computed",
        ),
        (
            "options",
            "use std::fs::OpenOptions;\nfn main() { OpenOptions::new().append(true).open(\"log/a.log\"); }",
            "these\nsrc/main.rs:2 log/a.log",
        ),
        (
            "changed in place",
            "use std::path::PathBuf;\nfn main() { let mut p = PathBuf::from(\"a\"); p.push(\"b\"); std::fs::read(&p); }",
            "not proven\nsrc/main.rs:2 std.fs.read opens a path that is computed",
        ),
        (
            "changed by another",
            "fn main() { let mut p = String::from(\"a\"); fill(&mut p); std::fs::read(&p); }",
            "not proven\nsrc/main.rs:1 std.fs.read opens a path that is computed",
        ),
        (
            "given away",
            "fn main() { names.iter().map(std::fs::read_to_string); }",
            "not proven\nsrc/main.rs:1 std.fs.read_to_string is passed on without being called",
        ),
        (
            "by a function",
            "fn load(p: &str) { std::fs::read(p); }\nfn main() { load(\"a\"); load(\"b\"); }",
            "these\nsrc/main.rs:1 a\nsrc/main.rs:1 b",
        ),
        (
            "after a pattern with such a name",
            "fn main() { match e { std::io::ErrorKind::Other => {}, _ => {} }; std::fs::read(\"a\"); }",
            "these\nsrc/main.rs:1 a",
        ),
        (
            "in tests only",
            "fn main() {}\n#[cfg(test)]\nmod tests { fn x() { std::fs::read(\"testdata\"); } }",
            "nothing",
        ),
    ] {
        let reading = program(text);
        assert_eq!(opens(&reading), expected, "{about}");
        assert!(reading.complete, "{about}");
    }
}

#[test]
fn a_default_of_the_environment_counts() {
    for text in [
        "fn main() { let p = std::env::var(\"CONF\").unwrap_or_else(|_| \"c/app.toml\".to_string()); std::fs::read(p); }",
        "fn main() { let p = std::env::var(\"CONF\").unwrap_or(\"c/app.toml\".into()); std::fs::read(p); }",
        "fn main() { let p = match std::env::var(\"CONF\") { Ok(p) => p, Err(_) => \"c/app.toml\".to_string() }; std::fs::read(p); }",
    ] {
        let reading = program(text);
        if text.contains("match") {
            // What a pattern binds is not followed.
            assert!(opens(&reading).starts_with("not proven"));
            continue;
        }
        assert_eq!(opens(&reading), "these\nsrc/main.rs:1 c\nsrc/main.rs:1 c/app.toml");
        assert_eq!(reading.user_given[0].value, Outside::Environment("CONF".to_owned()));
    }
}

#[test]
fn crates_that_open_files_are_known() {
    for (name, text, expected) in [
        ("serde", "fn main() {}", "nothing"),
        ("rocket", "fn main() {}", "these\nCargo.toml:5 Rocket.toml"),
        ("dotenvy", "fn main() { dotenvy::dotenv().ok(); }", "these\nsrc/main.rs:1 .env"),
        ("dotenvy", "fn main() {}", "nothing"),
        (
            "tera",
            "use tera::Tera;\nfn main() { Tera::new(\"templates/**/*\"); }",
            "these\nsrc/main.rs:2 templates/**/*",
        ),
        (
            "tower-http",
            "use tower_http::services::ServeDir;\nfn main() { ServeDir::new(\"assets\"); }",
            "these\nsrc/main.rs:2 assets",
        ),
        (
            "actix-files",
            "use actix_files as fs;\nfn main() { fs::Files::new(\"/s\", \"./static\"); }",
            "these\nsrc/main.rs:2 static",
        ),
        (
            "config",
            "fn main() {}",
            "not proven\nCargo.toml:5 config opens files whose names its callers or its configuration give",
        ),
        (
            "strange-crate",
            "fn main() {}",
            "not proven\nCargo.toml:5 strange-crate: what this package opens or starts is not known",
        ),
    ] {
        assert_eq!(opens(&with_crate(name, text)), expected, "{name}");
    }
}

#[test]
fn commands_c_code_tls_and_time_zones_are_found() {
    let text = "use std::process::Command;\nfn main() { Command::new(\"git\").arg(\"log\"); }";
    assert_eq!(lines(&program(text).subprocesses), ["src/main.rs:2 git"]);
    let text = "fn main() { tokio::process::Command::new(tool()); }";
    assert_eq!(
        lines(&program(text).unknown_subprocesses),
        ["src/main.rs:1 tokio.process.Command.new starts a command whose name is computed"]
    );
    let text = "struct Command; impl Command { fn old() {} }\nfn main() { Command::old(); }";
    assert_eq!(lines(&program(text).subprocesses), [""; 0]);
    assert_eq!(lines(&with_crate("openssl", "fn main() {}").native_code), ["Cargo.toml:5 openssl"]);
    assert_eq!(lines(&with_crate("reqwest", "fn main() {}").tls), ["Cargo.toml:5 reqwest"]);
    assert_eq!(lines(&with_crate("chrono-tz", "fn main() {}").time_zones), ["Cargo.toml:5 chrono-tz"]);
    let text = "use chrono::Local;\nfn main() { Local::now(); }";
    assert_eq!(lines(&with_crate("chrono", text).time_zones), ["src/main.rs:2 Local.now"]);
}

#[test]
fn crates_of_the_workspace_are_read() {
    let files = [
        ("Cargo.toml", "[workspace]\nmembers = [\"api\", \"core\"]\n[workspace.dependencies]\nserde = \"1\"\n"),
        (
            "api/Cargo.toml",
            "[package]\nname = \"api\"\n[dependencies]\ncore-lib = { path = \"../core\" }\nserde.workspace = true\n[dev-dependencies]\nstrange = \"1\"\n",
        ),
        ("api/src/main.rs", "fn main() { core_lib::load(); }"),
        ("core/Cargo.toml", "[package]\nname = \"core-lib\"\n"),
        ("core/src/lib.rs", "pub fn load() { std::fs::read(\"core.dat\"); }"),
        ("core/tests/x.rs", "fn t() { std::fs::read(\"test.dat\"); }"),
        ("core/build.rs", "fn main() { std::fs::read(\"build.dat\"); }"),
    ];
    assert_eq!(opens(&read("rust", &files, "")), "these\ncore/src/lib.rs:1 core.dat");
    assert_eq!(opens(&read("rust", &files, "api")), "these\ncore/src/lib.rs:1 core.dat");
}

#[test]
fn without_a_manifest_nothing_is_proven() {
    let reading = read("rust", &[("src/main.rs", "fn main() {}")], "");
    assert!(!reading.complete);
    assert_eq!(opens(&reading), "not proven\nCargo.toml:1 cannot be read: not in the build context");
}
