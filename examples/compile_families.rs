//! Compiles a table of image families outside the official library into `heuristics/data/image-families.txt`.
//!
//! Usage: `cargo run --example compile_families -- FILE`, where FILE is a table with the columns image, tag_pattern, role,
//! distro, libc, env, workdir, entrypoint, cmd, user, runtime_counterpart and grade. The format that comes out is described
//! in `heuristics/data/README.md`. What is prose in the table, and what nobody has read in a source, comes out as not known.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// What may stand behind a release without saying that it is another one at other times.
const PLAIN_REMARKS: [&str; 5] = ["", " (slim)", " (minimal)", " (ubi-minimal)", " (2018.03)"];
const DISTRIBUTIONS: [(&str, &str); 15] = [
    ("debian", "debian"),
    ("buildpack-deps", "debian"),
    ("ubuntu", "ubuntu"),
    ("alpine", "alpine"),
    ("fedora", "fedora"),
    ("rockylinux", "rockylinux"),
    ("almalinux", "almalinux"),
    ("oraclelinux", "oraclelinux"),
    ("amazonlinux", "amazonlinux"),
    ("centos", "centos"),
    ("ubi-minimal", "rhel"),
    ("ubi", "rhel"),
    ("{dn}", "{dn}"),
    ("{rd}", "{rd}"),
    ("wolfi", "wolfi"),
];

type Row = BTreeMap<String, String>;

fn main() -> io::Result<()> {
    let file = env::args().nth(1).ok_or_else(|| io::Error::other("usage: compile_families FILE"))?;
    let text = fs::read_to_string(file)?;
    let mut lines = text.lines().filter(|l| !l.starts_with('#') && !l.is_empty());
    let header: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let row = |line: &str| header.iter().zip(line.split('\t')).map(|(h, v)| (h.to_string(), v.to_string())).collect();
    let rows: Vec<Row> = lines.map(row).collect();
    let mut out =
        String::from("# Made by `cargo run --example compile_families`; do not edit. Format and sources: README.md.\n");
    let mut names = "";
    for row in rows.iter().filter(|row| !row["distro"].starts_with("scratch")) {
        if row["image"] != names {
            names = &row["image"];
            let _ = writeln!(out, "={names}");
        }
        let _ = writeln!(out, "{}", line(row));
    }
    fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("heuristics/data/image-families.txt"), out)
}

fn line(row: &Row) -> String {
    let read = row["grade"] != "memory";
    let release = release(row, read);
    let (fixed, names, clear) = variables(&row["env"]);
    let workdir = row["workdir"].split(' ').next().unwrap_or_default();
    let user = row["user"].split([' ', ',']).next().unwrap_or_default();
    let entrypoint = argv(&row["entrypoint"]);
    let cmd = argv(&row["cmd"]);
    let mut open = String::new();
    // A command that is not told is that of the image below, unless an entry point has cleared it.
    let inherits = cmd.as_deref() == Some("") && entrypoint.as_deref().unwrap_or_default().is_empty();
    if !read || entrypoint.is_none() || cmd.is_none() || inherits {
        open.push('s');
    }
    let a_user = |u: &str| u.bytes().all(|b| b.is_ascii_alphanumeric()) && !matches!(u, "as" | "default" | "official");
    if !a_user(user) || user.is_empty() && !read || row["user"].contains("older tags") || row["user"].contains(" for ")
    {
        open.push('u');
    }
    if !(workdir.is_empty() || workdir.starts_with('/')) || workdir.is_empty() && !read {
        open.push('w');
    }
    let complete = read && open.is_empty() && clear && !release.is_empty();
    let libc = match row["libc"].as_str() {
        text if text.contains(" or ") || text.contains("for alpine") || text.contains("by ") => "",
        text if text.starts_with("glibc") => "glibc",
        "musl" => "musl",
        _ => "",
    };
    let counterpart = row["runtime_counterpart"].as_str();
    let counterpart = if complete && counterpart != "same image" { counterpart } else { "" };
    let (fixed, names) = (fixed.join(" | "), names.join(" "));
    let fields: [&str; 12] = [
        &row["tag_pattern"],
        &row["role"],
        &release,
        libc,
        if complete { "complete" } else { &open },
        &fixed,
        &names,
        if workdir.starts_with('/') { workdir.trim_end_matches('/') } else { "" },
        entrypoint.as_deref().unwrap_or_default(),
        cmd.as_deref().unwrap_or_default(),
        if open.contains('u') || user == "root" || user == "0" { "" } else { user },
        counterpart,
    ];
    fields.join("\t").trim_end_matches('\t').to_string()
}

/// `debian:{os}`, `ubuntu:22.04`; with nothing behind the colon when the release is not known.
fn release(row: &Row, read: bool) -> String {
    let text = &row["distro"];
    let named = |known: &&(&str, &str)| {
        text.strip_prefix(known.0).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', ' ', ';', ',']))
    };
    let Some((written, id)) = DISTRIBUTIONS.iter().find(named) else { return String::new() };
    let others = DISTRIBUTIONS.iter().any(|(other, of)| of != id && text.contains(other));
    let rest = text[written.len()..].strip_prefix(':').unwrap_or_default();
    if others && !rest.starts_with('{') {
        return String::new();
    }
    let rest = if text[written.len()..] == *" {os}" { "{os}" } else { rest };
    if let Some(template) = rest.strip_prefix('{').and_then(|r| r.split_once('}')) {
        return format!("{id}:{{{}}}", template.0);
    }
    let end = rest.find([' ', ';', ',']).unwrap_or(rest.len());
    let (number, remark) = rest.split_at(end);
    // The name of an image may say it, too.
    let in_name = *id == "rhel" && row["image"].contains(&format!("/ubi{number}/"));
    match PLAIN_REMARKS.contains(&remark) && (read || in_name) {
        true => format!("{id}:{}", number.trim_end_matches("-slim")),
        false => format!("{id}:"),
    }
}

/// Variables with a value, names of those without, and whether the text held nothing else.
fn variables(text: &str) -> (Vec<String>, Vec<String>, bool) {
    let (mut fixed, mut names, mut clear) = (Vec::new(), Vec::new(), true);
    let mut items: Vec<&str> = text.split(';').map(str::trim).filter(|item| !item.is_empty()).collect();
    // Variables of one variant are names that may be there.
    for item in text.split(';').filter_map(|item| item.trim().strip_prefix("with cudnn: ")) {
        items.extend(item.split(','));
    }
    let is_name = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    for item in items {
        match item.split_once('=') {
            _ if item == "PATH default" => fixed.push(format!("PATH={DEFAULT_PATH}")),
            _ if item == "none" || item.starts_with("with cudnn: ") => {}
            Some((name, value)) if is_name(name) && !value.contains([' ', '(', '<', '|']) => {
                fixed.push(format!("{name}={}", value.replace("...", DEFAULT_PATH)));
            }
            Some((name, _)) if is_name(name) => {
                clear = false;
                names.push(name.to_string());
            }
            None if is_name(item) => names.push(item.to_string()),
            None if is_name(&item.replace('*', "")) => {}
            _ => clear = false,
        }
    }
    (fixed, names, clear)
}

/// A JSON list, or nothing; `None` for prose.
fn argv(text: &str) -> Option<String> {
    match text {
        "" | "[]" => Some(String::new()),
        json if json.starts_with('[')
            && json.ends_with(']')
            && !["...", "<", ".N\""].iter().any(|hole| json.contains(hole)) =>
        {
            serde_json::from_str::<Vec<String>>(json).is_ok().then(|| json.to_string())
        }
        _ => None,
    }
}
