#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use super::*;

const PLAN: &str = r#"# ours
version = 1
root = ".."
search = ["."]

[options]
min_gain = 40   # what the budget says

# the first wave
[[file]]
path = "api/Dockerfile"
status = "todo"   # after the release
owners = ["@org/api"]
unsafe = true
note = '''two
lines'''

[file.answer]
verdict = "safe" # agreed
saved_mb = 700
before = "b1"
after = "a1"

[[file]]
path = "web/Dockerfile"
status = "skipped"
"#;

fn answer(verdict: Verdict, before: &str, after: Option<&str>) -> Answer {
    Answer { before: Some(before.to_owned()), after: after.map(str::to_owned), ..Answer::new(verdict) }
}

fn row(status: Status, answer: Option<Answer>) -> Row {
    Row { status, answer, ..Row::new(b"Dockerfile".to_vec()) }
}

fn look(row: &Row, answer: Answer, accept_unsafe: bool) -> (Status, Option<String>) {
    let settled = settle(row, Found::Judged { answer: Box::new(answer), accept_unsafe });
    (settled.status, settled.news)
}

#[test]
fn a_plan_is_read() {
    let plan = Campaign::parse(PLAN).unwrap();
    assert_eq!((plan.root.as_str(), plan.rows.len()), ("..", 2));
    let api = &plan.rows[0];
    assert_eq!(api.status, Status::Todo);
    assert_eq!(api.owners(), ["@org/api"]);
    assert_eq!(api.options.over(&plan.options).min_gain, Some(40));
    assert_eq!(api.options.over(&plan.options).accept_unsafe, Some(true));
    assert_eq!(api.answer.as_ref().unwrap().verdict, Verdict::Safe);
    assert_eq!(plan.rows[1].status, Status::Skipped);
}

#[test]
fn what_makes_no_sense_is_an_error_with_its_place() {
    let cases = [
        ("version = 2\n", 1, "version 2"),
        ("version = 1\n[[file]]\npath = \"a\"\nstatuss = \"todo\"\n", 4, "unknown field `statuss`"),
        ("version = 1\n[[file]]\npath = \"a\"\nstatus = \"skip\"\n", 4, "unknown variant `skip`"),
        ("version = 1\n[[file]]\npath = \"../a\"\n", 3, "no path"),
        ("version = 1\n[[file]]\npath = \"/a\"\n", 3, "no path"),
        ("version = 1\n[[file]]\npath = \"a%zz\"\nencoded = true\n", 3, "no path"),
        ("version = 1\n[[file]]\npath = \"a\"\n[[file]]\npath = \"a\"\n", 5, "two rows"),
        ("version = 1\n[options]\nruntime = \"a b\"\n", 3, "not an image"),
        ("version = 1\n[options]\nmin_gain = 9999999\n", 3, "that large"),
        ("version = 1\n[[file]\n", 2, ""),
        ("", 1, "missing field `version`"),
    ];
    for (text, line, words) in cases {
        let errors = Campaign::parse(text).unwrap_err();
        assert_eq!(errors[0].line, line, "{text}: {errors:?}");
        assert!(errors[0].message.contains(words), "{text}: {errors:?}");
    }
}

#[test]
fn an_edit_changes_nothing_else() {
    let mut editor = Editor::open(PLAN).unwrap();
    assert_eq!(editor.text(), PLAN, "nothing was set");
    editor.set(b"api/Dockerfile", Status::Done, Some(&answer(Verdict::Safe, "b1", Some("a2"))));
    let expected = PLAN
        .replace("status = \"todo\"   # after", "status = \"done\"   # after")
        .replace("saved_mb = 700\n", "")
        .replace("\"a1\"", "\"a2\"");
    assert_eq!(editor.text(), expected);
    let again = editor.text();
    let mut editor = Editor::open(&again).unwrap();
    editor.set(b"api/Dockerfile", Status::Done, Some(&answer(Verdict::Safe, "b1", Some("a2"))));
    assert_eq!(editor.text(), again, "the same again");
}

#[test]
fn new_rows_come_last_and_any_name_is_held() {
    let mut editor = Editor::open(PLAN).unwrap();
    let names: [&[u8]; 3] = [b"x/\xff\n%/Dockerfile", "ä \"\\\n/Dockerfile".as_bytes(), b"web/Dockerfile"];
    let full = Answer {
        rules: vec!["assumed-command".to_owned()],
        because: Some("<b>\n\"".to_owned()),
        owners: vec!["@a".to_owned(), "b@example.org".to_owned()],
        measured: Some(Measured { verdict: "same".to_owned(), original_mb: Some(3), converted_mb: Some(1) }),
        ..answer(Verdict::Unsafe, "b", Some("a"))
    };
    for name in names {
        editor.set(name, Status::NeedsALook, Some(&full));
    }
    let text = editor.text();
    assert!(text.starts_with(PLAN.split("path = \"web").next().unwrap()), "{text}");
    let plan = Campaign::parse(&text).unwrap();
    let paths: Vec<&[u8]> = plan.rows.iter().map(|row| row.path.as_slice()).collect();
    assert_eq!(paths, [b"api/Dockerfile", names[2], names[0], names[1]]);
    assert!(plan.rows[1..].iter().all(|row| row.answer.as_ref() == Some(&full)), "{text}");
}

#[test]
fn a_new_plan_says_what_was_asked_for() {
    let options = Options {
        runtime: Some(RuntimeChoice::Image("debian:12".to_owned())),
        accept_unsafe: Some(true),
        min_gain: None,
        build_args: BTreeMap::from([("V".to_owned(), "1".to_owned())]),
    };
    let mut editor = Editor::new(".", &["a".to_owned()], &options);
    editor.set(b"a/Dockerfile", Status::Todo, Some(&answer(Verdict::Safe, "b", Some("a"))));
    let plan = Campaign::parse(&editor.text()).unwrap();
    assert_eq!((plan.options, plan.search), (options, vec!["a".to_owned()]));
    assert!(editor.text().starts_with("# The plan of a campaign"), "{}", editor.text());
    assert_eq!(Campaign::parse(&Editor::new(".", &[], &Options::default()).text()).unwrap().rows, []);
}

#[test]
fn rows_that_cannot_be_edited_are_refused() {
    assert_eq!(Editor::open("version = 1\nfile = [{path = \"a\"}]\n").unwrap_err(), NotEditable::Inline);
    assert!(matches!(Editor::open("[[file]"), Err(NotEditable::Text(_))));
}

#[test]
fn a_first_look_decides_by_the_verdict() {
    let fresh = row(Status::Todo, None);
    let status = |verdict, accept| look(&fresh, answer(verdict, "b", Some("a")), accept);
    assert_eq!(status(Verdict::Safe, false), (Status::Todo, None));
    assert_eq!(status(Verdict::Unsafe, false), (Status::NeedsALook, None));
    assert_eq!(status(Verdict::Unsafe, true), (Status::Todo, None));
    assert_eq!(status(Verdict::Unchanged, true), (Status::Stays, None));
    assert_eq!(status(Verdict::Declined, true), (Status::Stays, None));
}

#[test]
fn the_same_change_needs_no_second_consent() {
    let known = answer(Verdict::Safe, "b", Some("a"));
    let same = Answer { inputs: Some("other".to_owned()), ..known.clone() };
    for status in [Status::Todo, Status::Changed, Status::Patched] {
        assert_eq!(look(&row(status, Some(known.clone())), same.clone(), false), (status, None));
    }
    let (status, news) = look(&row(Status::Todo, Some(known.clone())), answer(Verdict::Safe, "b", Some("x")), false);
    assert_eq!(status, Status::Changed);
    assert!(news.unwrap().contains("planned again: safe"));
    let (status, news) =
        look(&row(Status::Patched, Some(known.clone())), answer(Verdict::Unsafe, "b", Some("a")), false);
    assert_eq!(status, Status::NeedsALook);
    assert!(news.unwrap().contains("needs a look, was safe"));
    let (status, news) = look(&row(Status::Todo, Some(known)), answer(Verdict::Declined, "x", None), false);
    assert_eq!((status, news.is_some()), (Status::Stays, true));
}

#[test]
fn what_real_builds_contradict_needs_a_look() {
    let measured = |verdict: &str| Answer {
        measured: Some(Measured { verdict: verdict.to_owned(), original_mb: None, converted_mb: None }),
        ..answer(Verdict::Safe, "b", Some("a"))
    };
    let plain = || answer(Verdict::Safe, "b", Some("a"));
    assert_eq!(look(&row(Status::Todo, Some(measured(SAME))), plain(), false).0, Status::Todo);
    assert_eq!(look(&row(Status::Todo, Some(measured(DIFFERS))), plain(), false).0, Status::NeedsALook);
    assert_eq!(
        look(&row(Status::NeedsALook, Some(measured(DIFFERS))), plain(), true).0,
        Status::Todo,
        "somebody looked"
    );
    let changed = answer(Verdict::Safe, "b", Some("x"));
    assert_eq!(look(&row(Status::NeedsALook, Some(measured(DIFFERS))), changed, false).0, Status::Changed);
}

#[test]
fn what_is_converted_stays_so_until_it_is_put_back() {
    let known = answer(Verdict::Safe, "b", Some("a"));
    let done = row(Status::Done, Some(known.clone()));
    let converted = |row: &Row| settle(row, Found::Converted);
    assert_eq!(converted(&done), Settled { status: Status::Done, answer: None, news: None });
    assert!(converted(&row(Status::Patched, Some(known.clone()))).news.is_some(), "somebody merged the patch");
    assert_eq!(look(&done, answer(Verdict::Unchanged, "edited", None), false), (Status::Done, None));
    let (status, news) = look(&done, known.clone(), false);
    assert_eq!((status, news.is_some()), (Status::Todo, true));
    assert_eq!(look(&done, answer(Verdict::Safe, "new", Some("x")), false).0, Status::Changed);
}

#[test]
fn failures_and_losses_are_rows_of_their_own() {
    let known = answer(Verdict::Safe, "b", Some("a"));
    let failed = settle(&row(Status::Todo, Some(known.clone())), Found::Failed("no permission".to_owned()));
    assert_eq!(failed.status, Status::Failed);
    let kept = failed.answer.unwrap();
    assert_eq!((kept.because.as_deref(), kept.after.as_deref()), (Some("no permission"), Some("a")));
    assert_eq!(look(&row(Status::Failed, Some(kept)), known.clone(), false), (Status::Todo, None), "tried again");
    let gone = settle(&row(Status::Todo, Some(known.clone())), Found::Gone);
    assert_eq!((gone.status, gone.news.is_some()), (Status::Gone, true));
    assert!(settle(&row(Status::Gone, Some(known)), Found::Gone).news.is_none(), "told once");
}
