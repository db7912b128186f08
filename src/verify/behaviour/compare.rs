//! What two containers were seen to do, to findings.

use super::{Reply, Seen, short};
use crate::verify::http::Answer;
use crate::verify::report::{Aspect, Cause, Finding, Verdict};
use crate::verify::{Questions, hints};

/// How texts of two runs relate.
enum Alike {
    Yes,
    /// Equal but for what changes from run to run.
    ButForNoise,
    Unstable,
    No,
}

/// Compares what was printed. `again` is what the original printed another time, looked at only when needed.
fn alike(original: &str, converted: &str, again: &mut dyn FnMut() -> Option<String>) -> Alike {
    if original == converted {
        return Alike::Yes;
    }
    let Some(again) = again() else { return Alike::No };
    if again == converted {
        return Alike::ButForNoise;
    }
    if again == original {
        return Alike::No;
    }
    let (a, b, c) = (steady_parts(original), steady_parts(converted), steady_parts(&again));
    match (a == b, a == c) {
        (true, _) => Alike::ButForNoise,
        (false, true) => Alike::No,
        (false, false) => Alike::Unstable,
    }
}

/// A text with everything replaced that looks like a time, a process id, an address or a random name.
fn steady_parts(text: &str) -> String {
    let steady = |word: &str| {
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        let hex = word.len() >= 8 && word.bytes().all(|b| b.is_ascii_hexdigit());
        if hex || digits * 2 > word.len() {
            return "#".to_owned();
        }
        word.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect()
    };
    let words = text.split_inclusive(|c: char| !c.is_ascii_alphanumeric());
    let mut out = String::new();
    for word in words {
        let (body, end) = match word.char_indices().next_back() {
            Some((at, c)) if !c.is_ascii_alphanumeric() => word.split_at(at),
            _ => (word, ""),
        };
        out.push_str(&steady(body));
        out.push_str(end);
    }
    while out.contains("##") {
        out = out.replace("##", "#");
    }
    out
}

fn text_finding(
    aspect: Aspect,
    subject: &str,
    (a, b): (&str, &str),
    again: &mut dyn FnMut() -> Option<String>,
) -> Option<Finding> {
    match alike(a, b, again) {
        Alike::Yes => None,
        Alike::ButForNoise => {
            Some(Finding::same(aspect, subject, "equal but for what changes in the original from run to run"))
        }
        Alike::Unstable => Some(
            Finding::not_checkable(aspect, subject, "the original prints something else each time")
                .values(excerpt(a), excerpt(b)),
        ),
        Alike::No => Some(Finding::differs(aspect, subject, "the output is different").values(excerpt(a), excerpt(b))),
    }
}

fn excerpt(text: &str) -> String {
    const KEPT: usize = 600;
    let count = text.chars().count();
    if count <= KEPT {
        return text.to_owned();
    }
    format!("…{}", text.chars().skip(count - KEPT).collect::<String>())
}

/// Compares two runs to the end with the same arguments.
pub(crate) fn compare_runs(
    aspect: Aspect,
    subject: &str,
    a: &Seen,
    b: &Seen,
    again: &mut dyn FnMut() -> Option<Seen>,
) -> Vec<Finding> {
    let causes = || hints::causes(&b.printed(), &a.printed());
    let mut repeated: Option<Option<Seen>> = None;
    let mut once_more = || repeated.get_or_insert_with(&mut *again).clone();
    if (a.start_error.is_some(), a.ended) != (b.start_error.is_some(), b.ended) {
        let same_again =
            once_more().is_some_and(|s| (s.start_error.is_some(), s.ended) == (b.start_error.is_some(), b.ended));
        let finding = if same_again {
            Finding::not_checkable(aspect, subject, "the original does one or the other, from one run to the next")
        } else {
            Finding::differs(aspect, subject, format!("{}; the original {}", b.summary(), a.summary()))
                .because(causes())
        };
        return vec![finding.values(a.summary(), b.summary())];
    }
    if a.running() {
        return vec![Finding::same(aspect, subject, "keeps running, as the original does")];
    }
    let mut findings = Vec::new();
    findings.extend(text_finding(aspect, &join(subject, "stdout"), (&a.stdout, &b.stdout), &mut || {
        once_more().map(|s| s.stdout)
    }));
    findings.extend(text_finding(aspect, &join(subject, "stderr"), (&a.stderr, &b.stderr), &mut || {
        once_more().map(|s| s.stderr)
    }));
    for finding in &mut findings {
        if finding.verdict == Verdict::Differs {
            finding.causes = causes();
        }
    }
    if findings.is_empty() {
        let words = match a.ended {
            Some(0) => "ends with 0 and the same output".to_owned(),
            Some(code) => format!("ends with {code} and the same output, as the original does"),
            None => "does not start, as the original does not".to_owned(),
        };
        let printed = [a.stdout.trim(), a.stderr.trim()].join("\n");
        findings.push(Finding::same(aspect, subject, words).values(excerpt(printed.trim()), excerpt(printed.trim())));
    }
    findings
}

fn join(subject: &str, part: &str) -> String {
    if subject.is_empty() { part.to_owned() } else { format!("{subject}: {part}") }
}

/// Compares what two containers did, asked the same questions. `again` observes the original once more.
pub(crate) fn compare(
    a: &Seen,
    b: &Seen,
    questions: &Questions,
    again: &mut dyn FnMut() -> Option<Seen>,
) -> Vec<Finding> {
    let mut repeated: Option<Option<Seen>> = None;
    let mut once_more = || repeated.get_or_insert_with(&mut *again).clone();
    let mut findings = compare_runs(Aspect::StartUp, "", a, b, &mut once_more);
    if !a.running() || !b.running() {
        return findings;
    }
    let causes = || hints::causes(&b.printed(), &a.printed());
    findings.push(compare_ports(a, b, &causes));
    for (probe, was) in &a.http {
        let is = b.http.get(probe);
        findings.push(compare_http(&probe.to_string(), was, is, &causes, &mut || {
            once_more().and_then(|s| s.http.get(probe)?.clone().ok()?)
        }));
    }
    for (i, argv) in questions.exec.iter().enumerate() {
        let subject = argv.join(" ");
        let finding = match (a.exec.get(i), b.exec.get(i)) {
            (Some(Ok(was)), Some(Ok(is))) if was.code != is.code => {
                let words = format!("ends with {}, was {}", is.code, was.code);
                Finding::differs(Aspect::Exec, subject, words)
                    .because(hints::causes(&is.error_text(), &was.error_text()))
                    .because(hints::causes(&is.text(), &was.text()))
            }
            (Some(Ok(was)), Some(Ok(is))) => {
                let again = &mut || once_more().and_then(|s| Some(s.exec.get(i)?.as_ref().ok()?.text()));
                text_finding(Aspect::Exec, &subject, (&was.text(), &is.text()), again).unwrap_or_else(|| {
                    Finding::same(Aspect::Exec, subject, format!("ends with {} and the same output", was.code))
                        .values(excerpt(&was.text()), excerpt(&is.text()))
                })
            }
            (Some(Err(reason)), _) | (_, Some(Err(reason))) => {
                Finding::not_checkable(Aspect::Exec, subject, reason.clone())
            }
            _ => Finding::not_checkable(Aspect::Exec, subject, "it was not run"),
        };
        findings.push(finding);
    }
    if let (Some(was), Some(is)) = (&a.healthcheck, &b.healthcheck) {
        findings.push(match (was, is) {
            (Ok(was), Ok(is)) if was == is && *was == 0 => Finding::same(Aspect::Healthcheck, "", "healthy"),
            (Ok(was), Ok(is)) if was == is => {
                Finding::same(Aspect::Healthcheck, "", format!("fails with {was} in both"))
            }
            (Ok(was), Ok(is)) => {
                let program = questions.healthcheck.as_ref().and_then(|h| h.first()).cloned().unwrap_or_default();
                // 126 and 127 are what engines and shells say of a program that they cannot run or find.
                let absent =
                    (*is == 127 || *is == 126).then_some(Cause::MissingCommand { command: program, package: None });
                Finding::differs(Aspect::Healthcheck, "", format!("the command ends with {is}, was {was}"))
                    .because(absent)
                    .because(causes())
            }
            (Err(reason), _) | (_, Err(reason)) => Finding::not_checkable(Aspect::Healthcheck, "", reason.clone()),
        });
    }
    if let (Some(was), Some(is)) = (&a.user, &b.user) {
        findings.push(match (was, is) {
            (Ok(was), Ok(is)) if was == is => Finding::same(Aspect::ProcessUser, "", format!("runs as {was}")),
            (Ok(was), Ok(is)) => Finding::differs(Aspect::ProcessUser, "", format!("runs as {is}, was {was}"))
                .because([Cause::ChangedUser { user: String::new(), original: was.clone(), converted: is.clone() }]),
            (Err(reason), _) | (_, Err(reason)) => Finding::not_checkable(Aspect::ProcessUser, "", reason.clone()),
        });
    }
    findings.push(match (a.stop, b.stop) {
        (Some((_, was)), Some((seconds, is))) if was == is => {
            Finding::same(Aspect::Stop, "", format!("ends with {is} {seconds} s after the stop signal"))
        }
        (Some((_, was)), Some((_, is))) => {
            if (0..2).any(|_| once_more().and_then(|s| s.stop).is_some_and(|(_, code)| code == is)) {
                Finding::same(
                    Aspect::Stop,
                    "",
                    format!("ends with {was} or {is} in the original, from one run to the next"),
                )
            } else {
                Finding::differs(Aspect::Stop, "", format!("ends with {is} after the stop signal, was {was}"))
            }
        }
        _ => Finding::not_checkable(Aspect::Stop, "", "the container did not stop in time"),
    });
    findings
}

fn compare_ports(a: &Seen, b: &Seen, causes: &dyn Fn() -> Vec<Cause>) -> Finding {
    let list = |ports: &[(u16, &str)]| ports.iter().map(|(p, _)| p.to_string()).collect::<Vec<_>>().join(", ");
    match (&a.ports, &b.ports) {
        (Some(Ok(was)), Some(Ok(is))) => {
            let (was, is) = (list(was), list(is));
            if was == is {
                let words = if was.is_empty() { "none listens in either".to_owned() } else { format!("{was} listen") };
                Finding::same(Aspect::Ports, "", words)
            } else {
                let none = |l: &str| if l.is_empty() { "none".to_owned() } else { l.to_owned() };
                Finding::differs(Aspect::Ports, "", format!("{} listen, was {}", none(&is), none(&was)))
                    .values(none(&was), none(&is))
                    .because(causes())
            }
        }
        (Some(Err(reason)), _) | (_, Some(Err(reason))) => Finding::not_checkable(Aspect::Ports, "", reason.clone()),
        _ => Finding::not_checkable(Aspect::Ports, "", "the ports were not looked at"),
    }
}

fn compare_http(
    subject: &str,
    was: &Reply<Option<Answer>>,
    is: Option<&Reply<Option<Answer>>>,
    causes: &dyn Fn() -> Vec<Cause>,
    again: &mut dyn FnMut() -> Option<Answer>,
) -> Finding {
    let aspect = Aspect::Http;
    let (was, is) = match (was, is) {
        (Ok(was), Some(Ok(is))) => (was, is),
        (Err(reason), _) | (_, Some(Err(reason))) => return Finding::not_checkable(aspect, subject, reason.clone()),
        (_, None) => return Finding::not_checkable(aspect, subject, "the conversion was not asked"),
    };
    let show = |a: &Answer| format!("{} {} {} bytes", a.status, a.content_type, a.body.len());
    match (was, is) {
        (None, None) => Finding::not_checkable(aspect, subject, "the original gives no HTTP answer"),
        (None, Some(is)) => {
            Finding::not_checkable(aspect, subject, "the original gives no HTTP answer, the conversion does")
                .values("no answer", show(is))
        }
        (Some(was), None) => {
            Finding::differs(aspect, subject, "no answer").values(show(was), "no answer").because(causes())
        }
        (Some(was), Some(is)) => {
            let head = |a: &Answer| (a.status, a.content_type.clone(), a.location.clone());
            let (a, b) = (String::from_utf8_lossy(&was.body), String::from_utf8_lossy(&is.body));
            if head(was) != head(is) {
                return Finding::differs(aspect, subject, format!("answers {}, was {}", is.status, was.status))
                    .values(format!("{}: {}", show(was), short(&a)), format!("{}: {}", show(is), short(&b)))
                    .because(hints::causes(&b, &a))
                    .because(causes());
            }
            let again = &mut || again().map(|s| String::from_utf8_lossy(&s.body).into_owned());
            match text_finding(aspect, subject, (&a, &b), again) {
                None => Finding::same(aspect, subject, show(was)).values(excerpt(&a), excerpt(&b)),
                Some(finding) if finding.verdict == Verdict::Differs => finding.because(causes()),
                Some(finding) => finding,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::observer;
    use super::*;
    use crate::verify::http::HttpProbe;
    use crate::verify::report::Verdict;
    use crate::verify::tree::build::{Entry::*, tree};
    use std::collections::BTreeMap;

    fn ended(code: i64, stdout: &str, stderr: &str) -> Seen {
        Seen { ended: Some(code), stdout: stdout.to_owned(), stderr: stderr.to_owned(), ..Seen::default() }
    }

    fn verdicts(a: &Seen, b: &Seen, again: Option<Seen>) -> Vec<Verdict> {
        compare(a, b, &Questions::default(), &mut || again.clone()).iter().map(|f| f.verdict).collect()
    }

    #[test]
    fn programs_that_end() {
        use Verdict::*;
        let a = ended(0, "one\n", "");
        let cases = [
            (ended(0, "one\n", ""), Some(a.clone()), vec![Same]),
            (ended(0, "two\n", ""), Some(a.clone()), vec![Differs]),
            (ended(1, "one\n", ""), Some(a.clone()), vec![Differs]),
            (ended(1, "one\n", ""), Some(ended(1, "", "")), vec![NotCheckable]),
            (ended(0, "two\n", ""), Some(ended(0, "two\n", "")), vec![Same]),
            (ended(0, "two\n", ""), Some(ended(0, "three\n", "")), vec![NotCheckable]),
            (Seen::default(), Some(a.clone()), vec![Differs]),
        ];
        for (b, again, expected) in cases {
            assert_eq!(verdicts(&a, &b, again), expected, "{b:?}");
        }
        let noisy = |n: &str| ended(0, &format!("started at {n}, pid {n}\n"), "");
        assert_eq!(verdicts(&noisy("12:01"), &noisy("12:09"), Some(noisy("12:05"))), [Same]);
    }

    #[test]
    fn a_crash_names_its_cause() {
        let a = ended(1, "", "could not reach the database\n");
        let b = ended(1, "", "ModuleNotFoundError: No module named 'flask'\n");
        let findings = compare(&a, &b, &Questions::default(), &mut || Some(a.clone()));
        assert_eq!(findings[0].verdict, Verdict::Differs);
        assert_eq!(
            findings[0].causes,
            [Cause::MissingModule { module: "flask".into(), runtime: "python".into(), step: None }]
        );
    }

    fn server(port: u16, status: u16, body: &str) -> Seen {
        let probe: HttpProbe = "GET /".parse().unwrap();
        let answer = Answer { status, body: body.as_bytes().to_vec(), ..Answer::default() };
        Seen {
            ports: Some(Ok(vec![(port, "127.0.0.1")])),
            http: BTreeMap::from([(probe, Ok(Some(answer)))]),
            stop: Some((0, 0)),
            user: Some(Ok("0:0".to_owned())),
            ..Seen::default()
        }
    }

    fn differing(a: &Seen, b: &Seen, again: &Seen) -> Vec<Aspect> {
        let findings = compare(a, b, &Questions::default(), &mut || Some(again.clone()));
        findings.iter().filter(|f| f.verdict == Verdict::Differs).map(|f| f.aspect).collect()
    }

    #[test]
    fn servers() {
        let a = server(80, 200, "hello");
        assert!(differing(&a, &a, &a).is_empty());
        assert_eq!(differing(&a, &server(81, 200, "hello"), &a), [Aspect::Ports]);
        assert_eq!(differing(&a, &server(80, 500, "hello"), &a), [Aspect::Http]);
        assert_eq!(differing(&a, &server(80, 200, "bye"), &a), [Aspect::Http]);
        let random = server(80, 200, "something else");
        assert!(differing(&a, &server(80, 200, "bye"), &random).is_empty());
        let killed = Seen { stop: Some((10, 137)), ..a.clone() };
        assert_eq!(differing(&a, &killed, &a), [Aspect::Stop]);
        assert!(differing(&a, &killed, &killed).is_empty());
        let other = Seen { user: Some(Ok("1000:1000".to_owned())), ..a.clone() };
        assert_eq!(differing(&a, &other, &a), [Aspect::ProcessUser]);
        assert_eq!(differing(&a, &ended(1, "", ""), &a), [Aspect::StartUp]);
    }

    #[test]
    fn an_observer_needs_a_shell_and_a_carrier() {
        let full = tree(&[
            Mode("bin/sh", b"x", 0o755, 0),
            Mode("bin/cat", b"x", 0o755, 0),
            Mode("bin/sleep", b"x", 0o755, 0),
            Mode("bin/perl", b"x", 0o755, 0),
        ]);
        let bare = tree(&[Mode("app", b"x", 0o755, 0)]);
        let (image, words) = observer(&[("bare", &bare, "/bin"), ("full", &full, "/bin")]).unwrap();
        assert_eq!((image.as_str(), words[0]), ("full", "perl"));
        assert!(observer(&[("bare", &bare, "/bin")]).unwrap_err().contains("neither image"));
    }
}
