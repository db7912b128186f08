//! What shells and readers of manuals are given: every command is in it, and shells can read it.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]
#[path = "support/command.rs"]
mod command;

use command::{msb, skipped};
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The commands that the help lists.
fn commands() -> Vec<String> {
    let help = msb(Path::new(ROOT), &["help"]).ends(0).out;
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // Further lines of a description stand below it.
    let rows = listed.filter_map(|line| line.strip_prefix("  ")).filter(|row| !row.starts_with(' '));
    let names: Vec<String> = rows.filter_map(|row| row.split_whitespace().next()).map(str::to_owned).collect();
    assert!(names.len() > 9 && names.iter().any(|name| name == "stream"), "{names:?}");
    names
}

#[test]
fn completions_know_every_command_and_their_shells_read_them() {
    for (shell, check) in [
        ("bash", Some(["bash", "-n"])),
        ("zsh", Some(["zsh", "-n"])),
        ("fish", Some(["fish", "--no-execute"])),
        ("elvish", None),
        ("powershell", None),
    ] {
        let script = msb(Path::new(ROOT), &["completions", shell]).ends(0).out;
        for command in commands() {
            assert!(script.contains(&command), "{shell} does not know {command}");
        }
        assert!(script.contains("min-gain"), "{shell} does not know the options");
        let Some([program, option]) = check else { continue };
        let mut started = Command::new(program);
        let Ok(mut child) = started.arg(option).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn() else {
            skipped(&format!("there is no {program} to read its completions"));
            continue;
        };
        child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        let ended = child.wait_with_output().unwrap();
        assert!(ended.status.success() && ended.stderr.is_empty(), "{shell}: {ended:?}");
    }
    msb(Path::new(ROOT), &["completions", "tcsh"]).ends(2).says("possible values: bash");
}

#[test]
fn every_command_has_a_page() {
    let page = msb(Path::new(ROOT), &["man"]).ends(0).out;
    assert!(page.contains(".TH msb 1") && page.contains(env!("CARGO_PKG_VERSION")), "{page}");
    let commands: Vec<String> = commands().into_iter().filter(|name| name != "help").collect();
    for command in &commands {
        assert!(page.contains(&format!("msb\\-{command}(1)")), "the page does not name {command}");
        let own = msb(Path::new(ROOT), &["man", command]).ends(0).out;
        let head = format!(".TH msb-{command} 1  \"msb {}", env!("CARGO_PKG_VERSION"));
        assert!(own.contains(&head), "{head} is not in {own}");
    }
    let below = msb(Path::new(ROOT), &["man", "heuristics", "list"]).ends(0).out;
    assert!(below.contains("msb heuristics list"), "{below}");
    msb(Path::new(ROOT), &["man", "covnert"]).ends(2).says("there is no command `covnert`; there are convert");
}

#[test]
fn pages_are_written_into_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    msb(folder.path(), &["man", "--output-dir", "share/man1"]).ends(0).prints_nothing();
    let page = |name: &str| fs::read_to_string(folder.path().join("share/man1").join(name)).unwrap();
    assert_eq!(page("msb.1"), msb(folder.path(), &["man"]).out);
    assert_eq!(page("msb-heuristics-list.1"), msb(folder.path(), &["man", "heuristics", "list"]).out);
    let names: Vec<_> =
        fs::read_dir(folder.path().join("share/man1")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names.len(), 1 + commands().len() - 1 + 3, "one for msb, one a command, three of heuristics: {names:?}");
    fs::write(folder.path().join("file"), "").unwrap();
    msb(folder.path(), &["man", "--output-dir", "file/below"]).ends(2).says("cannot be made");
}
