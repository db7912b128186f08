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
        (
            "id = 'x'\nname = 'X'\n[[command]]\nid = 'a'\nmatch = ['a']\nrole = 'build'\nbecause = 'y'\n\
             calls_for = [{ signs = [], calls = ['git'] }]\n",
            "mine.toml:",
            "needs `signs` and `calls`",
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
fn what_a_command_may_write_is_not_certain() {
    let heuristics = with(
        "id = 'x'\nname = 'X'\n[[command]]\nid = 'a'\nmatch = ['frob']\nrole = 'build'\nbecause = 'y'\n\
         writes = [{ path = '/out', kind = 'artifact', unless_signs = ['without'] }, { path = '/may', kind = 'data', may = true }, \
         { path = '/cache', kind = 'cache' }, { into = '/bin', kind = 'artifact' }, { path = '/shown', signs = ['-e '] }]\n",
    )
    .unwrap();
    let argv = argv("frob x");
    let rule = heuristics.match_command(&argv).unwrap();
    let shown = |writes: Vec<msb::facts::heuristics::Write>| {
        let each =
            writes.into_iter().map(|w| format!("{}{}", w.path.unwrap_or_default(), if w.may { "?" } else { "" }));
        each.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(shown(heuristics.writes_of(rule, &argv, &|_| None)), "/out /may? /cache? /bin?");
    let found = |text: &'static str| {
        shown(heuristics.shown_writes_of(rule, &argv, &|_| None, &|sign: &str| text.contains(sign)))
    };
    assert_eq!(found("flask\n-e .\n"), "/out /may? /cache? /bin? /shown?");
    assert_eq!(found("flask\n"), "/out /may? /cache? /bin?");
    assert_eq!(found("without\n"), "/may? /cache? /bin?");
}

#[test]
fn commands_start_others() {
    let heuristics = Heuristics::load::<&str>(&[]).unwrap();
    let calls = |command: &str, text: &str| {
        let argv = argv(command);
        let rule = heuristics.match_command(&argv).unwrap();
        let mentions = |sign: &str| command.contains(sign) || text.contains(sign);
        rule.calls_with(&mentions).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    for (command, text, expected) in [
        ("poetry install", "", "git"),
        ("go mod download", "", "git"),
        ("go build", "", "gcc"),
        ("cargo build --release", "", "cc"),
        ("cargo build --release", "", "git"),
        ("pip install -r requirements.txt", "", "gcc"),
        ("pip install -r requirements.txt", "x @ git+https://git.example/x", "git"),
        ("pip install git+https://git.example/x", "", "git"),
        ("pip install .", "requires = [\"setuptools_scm\"]", "git"),
        ("npm ci", "", "python3"),
        ("npm ci", "\"x\": \"github:a/x\"", "git"),
        ("bundle install", "gem 'x', github: 'a/x'", "git"),
        ("bundle install", "", "make"),
        ("composer install", "", "unzip"),
        ("mix deps.get", "", "git"),
        ("python manage.py compilemessages", "", "msgfmt"),
        ("tar -xJf app.tar.xz", "", "xz"),
        ("./mvnw package", "", "curl"),
        ("git clone git@git.example:a/b", "", "ssh"),
    ] {
        assert!(calls(command, text).contains(&expected.to_owned()), "{command}: {expected}");
    }
    for (command, text, not) in [
        ("pip install -r requirements.txt", "flask\n", "git"),
        ("npm ci", "\"express\": \"4\"", "git"),
        ("bundle install", "gem 'rails'", "git"),
        ("tar -xzf app.tar.gz", "", "xz"),
        ("mvn package", "", "curl"),
        ("git clone https://git.example/b", "", "ssh"),
    ] {
        assert!(!calls(command, text).contains(&not.to_owned()), "{command}: {not}");
    }
}

#[test]
fn editable_installs_write_beside_the_sources() {
    let heuristics = Heuristics::load::<&str>(&[]).unwrap();
    let env = |name: &str| (name == "PWD").then(|| "/src".to_owned());
    let within = |command: &str, text: &'static str| {
        let argv = argv(command);
        let rule = heuristics.match_command(&argv).unwrap();
        let writes = heuristics.shown_writes_of(rule, &argv, &env, &|sign: &str| text.contains(sign));
        let paths =
            writes.into_iter().filter(|w| w.form == msb::facts::heuristics::Reach::Within).filter_map(|w| w.path);
        paths.filter(|path| path.starts_with("/src")).collect::<Vec<_>>()
    };
    for (command, text, expected) in [
        ("pip install -e .", "", "/src"),
        ("pip install --editable .[dev]", "", "/src"),
        ("pip install -e ./lib", "", "/src/lib"),
        ("pip install -r requirements.txt", "flask\n-e .\n", "/src"),
        ("python setup.py develop", "", "/src"),
        ("poetry install", "[tool.poetry.build]\nscript = \"build.py\"\n", "/src"),
        ("uv sync", "build-backend = \"setuptools.build_meta\"", "/src"),
    ] {
        assert_eq!(within(command, text), [expected], "{command}");
    }
    for (command, text) in [
        ("pip install -r requirements.txt", "flask\n"),
        ("pip install -e git+https://git.example/x#egg=x", ""),
        ("poetry install --no-root", "[tool.poetry.build]\n"),
        ("poetry install", "[tool.poetry]\n"),
    ] {
        assert!(within(command, text).is_empty(), "{command}");
    }
}

#[test]
fn the_example_of_the_readme_holds() {
    let readme = include_str!("../heuristics/README.md");
    let text = readme.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let failures = check_examples(&with(text).unwrap());
    assert!(failures.is_empty(), "{failures:#?}");
}
