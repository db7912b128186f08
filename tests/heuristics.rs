//! The heuristics files: every example holds, and what a broken file says.

#![allow(clippy::unwrap_used)]

use msb::facts::heuristics::{Arg, Heuristics, check_examples};

fn with(text: &str) -> Result<Heuristics, String> {
    Heuristics::from_files([("mine.toml".to_owned(), text.to_owned())]).map_err(|e| e.to_string())
}

fn argv(text: &str) -> Vec<Arg> {
    text.split(' ').map(Arg::known).collect()
}

#[test]
fn every_example_holds() {
    let heuristics = Heuristics::load::<&str>(&[]).unwrap();
    let failures: Vec<String> = check_examples(&heuristics).iter().map(ToString::to_string).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(heuristics.ecosystem("go").is_some());
}

#[test]
fn a_user_file_adds_and_replaces() {
    let command = "[[command]]\nid = 'x'\nmatch = ['frob build', 'go build']\nrole = 'build'\nbecause = 'it frobs'\n";
    let added = with(&format!("id = 'frob'\nname = 'Frob'\n{command}")).unwrap();
    assert_eq!(added.match_command(&argv("frob -v build")).unwrap().full_id(), "frob/x");
    assert_eq!(added.match_command(&argv("go build")).unwrap().full_id(), "frob/x", "the user's file wins a tie");
    let replaced = with(&format!("id = 'go'\nname = 'Go'\n{command}")).unwrap();
    assert!(replaced.match_command(&argv("go mod download")).is_none(), "no deep merge");
}

#[test]
fn a_broken_file_names_the_place() {
    for (text, place, words) in [
        ("id = 'x'\nname = 'X'\nnmae = 'X'\n", "mine.toml:3:1", "unknown field `nmae`"),
        ("id = 'x'\n", "mine.toml:1:1", "missing field `name`"),
        ("id = 'x'\nname = 'X\n", "mine.toml:2:", "string"),
        (
            "id = 'x'\nname = 'X'\n[[command]]\nid = 'a'\nmatch = ['a']\nrole = 'biuld'\nbecause = 'y'\n",
            "mine.toml:6:8",
            "unknown variant `biuld`",
        ),
        (
            "id = 'x'\nname = 'X'\n[[command]]\nid = 'a'\nmatch = ['a']\nrole = 'build'\n",
            "mine.toml:3:1",
            "missing field `because`",
        ),
        (
            "id = 'x'\nname = 'X'\n[[command]]\nid = 'a'\nmatch = ['a']\nrole = 'build'\nbecause = 'y'\n\
             writes = [{ path = '${X' }]\n",
            "mine.toml:8:20",
            "not closed",
        ),
        (
            "id = 'x'\nname = 'X'\n[[command]]\nid = 'a'\nmatch = ['a']\nrole = 'build'\nbecause = 'y'\n\
             writes = [{ kind = 'cache' }]\n",
            "mine.toml:8:10",
            "exactly one of",
        ),
        (
            "id = 'x'\nname = 'X'\n[[command]]\nid = 'a'\nmatch = ['*/a']\nrole = 'build'\nbecause = 'y'\n",
            "mine.toml:5:9",
            "plain command name",
        ),
    ] {
        let message = with(text).unwrap_err();
        assert!(message.contains(place), "{place} in\n{message}");
        assert!(message.contains(words), "{words} in\n{message}");
    }
}

#[test]
fn an_example_that_does_not_hold_is_found() {
    let heuristics = with(
        "id = 'x'\nname = 'X'\n[[command]]\nid = 'a'\nmatch = ['frob']\nrole = 'build'\nbecause = 'y'\n\
         writes = [{ flag = ['-o'] }]\n\
         [[command]]\nid = 'b'\nmatch = ['frub']\nrole = 'build'\nbecause = 'y'\n\
         [[example]]\nrun = 'frob -o out'\nrule = 'a'\nwrites = ['/src/other']\n\
         [[example]]\nrun = 'frob'\nrule = 'none'\n\
         [[example]]\nrun = 'frob'\nrule = 'a'\nrole = 'check'\n",
    )
    .unwrap();
    let failures: Vec<String> = check_examples(&heuristics).iter().map(ToString::to_string).collect();
    let found = |words: &str| assert!(failures.iter().any(|f| f.contains(words)), "{words} in {failures:#?}");
    found("expected to write [\"/src/other\"]");
    found("expected rule `none`, matched by x/a");
    found("expected role Check");
    found("b: has no [[example]]");
    assert_eq!(failures.len(), 4);
}

#[test]
fn the_example_of_the_readme_holds() {
    let readme = include_str!("../heuristics/README.md");
    let text = readme.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let failures = check_examples(&with(text).unwrap());
    assert!(failures.is_empty(), "{failures:#?}");
}
