//! A [`Report`] for people: plain text for a terminal, Markdown for a pull request.

use super::report::{Cause, Finding, ImageSummary, Left, Report, Verdict};
use std::fmt::Write as _;

/// Bytes as people read them: MB of 10^6 bytes, as engines count.
pub fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// The verdict in a word.
pub fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Same => "same",
        Verdict::NotCheckable => "not checkable",
        Verdict::Differs => "differs",
    }
}

/// A cause in words.
pub fn sentence(cause: &Cause) -> String {
    let from = |package: &Option<String>| {
        package.as_ref().map_or_else(String::new, |p| format!(" (package {p} of the original)"))
    };
    let by = |step: &Option<String>| step.as_ref().map_or_else(String::new, |s| format!(" (written by `{s}`)"));
    let needed = |file: &Option<String>| file.as_ref().map_or_else(String::new, |f| format!(", which {f} needs"));
    match cause {
        Cause::MissingLibrary { library, needed_by, package } => {
            format!("missing library {library}{}{}", needed(needed_by), from(package))
        }
        Cause::LibcMismatch { file, needs, has } => {
            let has = has.as_deref().unwrap_or("none");
            format!("{file} is built for another C library: it needs {needs}, the image has {has}")
        }
        Cause::LibraryTooOld { library, version, needed_by } => {
            format!("{library} is too old: it lacks {version}{}", needed(needed_by))
        }
        Cause::MissingInterpreter { interpreter, file, package } => {
            format!("missing interpreter {interpreter} of {file}{}", from(package))
        }
        Cause::MissingShell { shell } => format!("missing shell {shell}"),
        Cause::MissingCommand { command, package } => format!("missing command {command}{}", from(package)),
        Cause::MissingFile { path, step, package } => format!("missing file {path}{}{}", from(package), by(step)),
        Cause::MissingModule { module, runtime, step } => format!("missing {runtime} module {module}{}", by(step)),
        Cause::MissingUser { user, uid } => {
            format!("missing user {user}{}", uid.map_or_else(String::new, |u| format!(" (id {u})")))
        }
        Cause::ChangedUser { user, original, converted } => format!("user {user} is {converted}, was {original}"),
        Cause::MissingCertificates { path, package } => format!("missing certificates {path}{}", from(package)),
        Cause::MissingTimeZones { path, package } => format!("missing time zones {path}{}", from(package)),
        Cause::ChangedVariable { name, original, converted } => {
            let show = |v: &Option<String>| v.as_ref().map_or_else(|| "unset".to_owned(), |v| format!("{v:?}"));
            format!("variable {name} is {}, was {}", show(converted), show(original))
        }
        Cause::ChangedConfig { field, original, converted } => format!("{field} is {converted}, was {original}"),
        Cause::WrongOwner { path, original, converted } => format!("{path} belongs to {converted}, was {original}"),
        Cause::WrongMode { path, original, converted } => format!("{path} has mode {converted}, was {original}"),
        Cause::ChangedContent { path } => format!("{path} has other content"),
        Cause::PermissionDenied { path } => format!("permission denied: {path}"),
        Cause::UntrustedCertificate { message } => format!("a certificate was not trusted: {message}"),
        Cause::UnknownTimeZone { zone } => format!("unknown time zone {zone}"),
        Cause::BuildFailed { image, step, message } => {
            let at = step.as_ref().map_or_else(String::new, |s| format!(" at {s}"));
            format!("the build of the {image} failed{at}: {message}")
        }
        Cause::TimedOut { what, seconds } => format!("{what} took longer than {seconds} s"),
        Cause::DiskFull => "no space left on the engine's disk".to_owned(),
    }
}

fn title(finding: &Finding) -> String {
    match finding.subject.as_str() {
        "" => finding.aspect.title().to_owned(),
        subject => format!("{} {subject}", finding.aspect.title()),
    }
}

/// The last line: verdict and sizes.
fn summary(report: &Report) -> String {
    let count = |v: Verdict| report.with(v).count();
    let mut words = match report.verdict {
        Verdict::Same => "same".to_owned(),
        Verdict::Differs => match count(Verdict::Differs) {
            1 => "differs in 1 point".to_owned(),
            n => format!("differs in {n} points"),
        },
        Verdict::NotCheckable => "not checkable".to_owned(),
    };
    if count(Verdict::NotCheckable) > 0 && report.verdict != Verdict::NotCheckable {
        // Writing to a string cannot fail.
        let _ = write!(words, "; {} not checkable", count(Verdict::NotCheckable));
    }
    if let (Some(a), Some(b), Some(saved)) = (report.original.size, report.converted.size, report.saved_percent()) {
        let _ = write!(words, "; {} to {}, {saved:.0} % smaller", megabytes(a), megabytes(b));
    }
    words
}

/// Plain text. With `all`, findings without difference are listed, too.
pub fn terminal(report: &Report, all: bool) -> String {
    let mut out = String::new();
    for finding in &report.findings {
        if finding.verdict == Verdict::Same && !all && finding.intended.is_none() {
            continue;
        }
        let _ = writeln!(out, "{:<13}  {}: {}", word(finding.verdict), title(finding), finding.detail);
        if let Some((was, is)) = first_difference(finding) {
            let _ = writeln!(out, "               original:  {was}\n               converted: {is}");
        }
        if let Some(reason) = &finding.intended {
            let _ = writeln!(out, "               intended: {reason}");
        }
        for cause in &finding.causes {
            let _ = writeln!(out, "               cause: {}", sentence(cause));
        }
    }
    let shown: Vec<&Left> = report.left.iter().filter(|left| all || left.bytes > 0).collect();
    if !shown.is_empty() {
        let _ = writeln!(out, "\nwhat left, and why it may:");
    }
    for left in shown {
        let (size, number) = (megabytes(left.bytes), paths(left.paths));
        let (what, examples) = (left.licence.sentence(), left.examples.join(", "));
        let _ = writeln!(out, "    {size:>10}  {what} ({}, {number}): {examples}", left.licence.id());
    }
    for (name, lines) in &report.logs {
        let _ = writeln!(out, "\n{name}, last lines:");
        for line in lines {
            let _ = writeln!(out, "    {line}");
        }
    }
    for (which, image) in [("original", &report.original), ("converted", &report.converted)] {
        if all && !image.history.is_empty() {
            let _ = writeln!(out, "\nlayers of the {which}:");
            for (size, by) in layers(image) {
                let _ = writeln!(out, "    {size:>10}  {by}");
            }
        }
    }
    if !out.is_empty() {
        out.push('\n');
    }
    let _ = writeln!(out, "{}", summary(report));
    plain(&out)
}

/// A number of paths in words.
pub(super) fn paths(number: usize) -> String {
    if number == 1 { "1 path".to_owned() } else { format!("{number} paths") }
}

/// The first lines that are not equal, when a finding has values that differ.
fn first_difference(finding: &Finding) -> Option<(String, String)> {
    const KEPT: usize = 160;
    let (was, is) = (finding.original.as_ref()?, finding.converted.as_ref()?);
    if finding.verdict != Verdict::Differs || was == is {
        return None;
    }
    let lines = was.lines().count().max(is.lines().count());
    let line = |text: &str, at| text.lines().nth(at).unwrap_or("(nothing)").chars().take(KEPT).collect::<String>();
    (0..lines).map(|at| (line(was, at), line(is, at))).find(|(a, b)| a != b)
}

/// Size and maker of each layer.
fn layers(image: &ImageSummary) -> impl Iterator<Item = (String, String)> {
    const KEPT: usize = 100;
    image.history.iter().map(|layer| {
        let by = layer.created_by.split_whitespace().collect::<Vec<_>>().join(" ");
        (megabytes(layer.size), by.chars().take(KEPT).collect())
    })
}

/// Text of containers without characters that would steer a terminal.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || ['\n', '\t'].contains(c)).collect()
}

/// Markdown: the verdict, a table of sizes, the differences, and the rest folded away.
pub fn markdown(report: &Report) -> String {
    let mut out = format!("## msb verify: {}\n\n", word(report.verdict));
    let _ = writeln!(out, "| | original | converted |\n| --- | ---: | ---: |");
    let mut row = |name: &str, value: &dyn Fn(&ImageSummary) -> String| {
        let _ = writeln!(out, "| {name} | {} | {} |", value(&report.original), value(&report.converted));
    };
    row("size", &|s| s.size.map_or_else(|| "unknown".to_owned(), megabytes));
    row("layers", &|s| s.layers.to_string());
    row("packages", &|s| {
        let parts: Vec<String> = s.packages.iter().map(|(n, c)| format!("{c} {n}")).collect();
        if parts.is_empty() { "none found".to_owned() } else { parts.join(", ") }
    });
    row("build tools", &|s| if s.build_tools.is_empty() { "none".to_owned() } else { cell(&s.build_tools.join(" ")) });
    if !report.left.is_empty() {
        let _ = writeln!(out, "\n| left by licence | size | paths | for example |\n| --- | ---: | ---: | --- |");
    }
    for left in &report.left {
        let (size, examples) = (megabytes(left.bytes), cell(&left.examples.join(", ")));
        let _ = writeln!(
            out,
            "| {}: {} | {size} | {} | {examples} |",
            left.licence.id(),
            left.licence.sentence(),
            left.paths
        );
    }
    for verdict in [Verdict::Differs, Verdict::NotCheckable, Verdict::Same] {
        let findings: Vec<&Finding> = report.with(verdict).collect();
        if findings.is_empty() {
            continue;
        }
        let folded = verdict == Verdict::Same;
        if folded {
            let _ = write!(out, "\n<details><summary>{}: {}</summary>\n", word(verdict), findings.len());
        } else {
            let _ = write!(out, "\n### {}\n", word(verdict));
        }
        let _ = writeln!(out);
        for finding in findings {
            let _ = writeln!(out, "- **{}**: {}", cell(&title(finding)), cell(&finding.detail));
            if let Some(reason) = &finding.intended {
                let _ = writeln!(out, "  - intended: {}", cell(reason));
            }
            for cause in &finding.causes {
                let _ = writeln!(out, "  - cause: {}", cell(&sentence(cause)));
            }
        }
        if folded {
            let _ = writeln!(out, "\n</details>");
        }
    }
    for (which, image) in [("original", &report.original), ("converted", &report.converted)] {
        if !image.history.is_empty() {
            let _ = writeln!(
                out,
                "\n<details><summary>layers of the {which}</summary>\n\n| size | made by |\n| ---: | --- |"
            );
            for (size, by) in layers(image) {
                let _ = writeln!(out, "| {size} | {} |", cell(&by));
            }
            let _ = writeln!(out, "\n</details>");
        }
    }
    let _ = writeln!(out, "\n{} ({})", summary(report), cell(&report.engine));
    plain(&out)
}

/// Text that cannot end a table's cell, a line or a paragraph, nor be taken for HTML.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::super::report::{Aspect, Layer, SCHEMA};
    use super::*;
    use std::collections::BTreeMap;

    fn report() -> Report {
        let mut original = ImageSummary { size: Some(900_000_000), layers: 9, ..ImageSummary::default() };
        original.packages.insert("dpkg".to_owned(), 400);
        original.build_tools = vec!["gcc".to_owned(), "make".to_owned()];
        let cause = Cause::MissingLibrary {
            library: "libpq.so.5".to_owned(),
            needed_by: Some("/app/x".to_owned()),
            package: Some("libpq5".to_owned()),
        };
        Report {
            schema: SCHEMA,
            engine: "docker 1".to_owned(),
            verdict: Verdict::Differs,
            original,
            converted: ImageSummary { size: Some(90_000_000), layers: 3, ..ImageSummary::default() },
            findings: vec![
                Finding::differs(Aspect::Libraries, "", "a | b <c>\nd").because([cause]),
                Finding::not_checkable(Aspect::Vulnerabilities, "", "no scanner"),
                Finding::same(Aspect::Config, "", "every field is equal"),
            ],
            left: Vec::new(),
            logs: BTreeMap::from([("output of the converted".to_owned(), vec!["it broke".to_owned()])]),
        }
    }

    #[test]
    fn for_a_terminal() {
        let text = terminal(&report(), false);
        assert_eq!(
            text,
            "differs        libraries: a | b <c>\nd\n               cause: missing library libpq.so.5, which /app/x needs \
             (package libpq5 of the original)\nnot checkable  vulnerabilities: no scanner\n\noutput of the converted, last \
             lines:\n    it broke\n\ndiffers in 1 point; 1 not checkable; 900.0 MB to 90.0 MB, 90 % smaller\n"
        );
        assert!(terminal(&report(), true).contains("same           config: every field is equal\n"));
    }

    #[test]
    fn what_containers_print_steers_no_terminal() {
        let mut report = report();
        report.logs.insert("output of the original".to_owned(), vec!["\u{1b}[2Jgone\u{7}".to_owned()]);
        assert!(terminal(&report, true).contains("    [2Jgone\n"));
        assert!(!terminal(&report, true).contains('\u{1b}'));
    }

    #[test]
    fn the_first_lines_that_differ_and_the_layers() {
        let mut report = report();
        report.findings = vec![Finding::differs(Aspect::Run, "", "the output is different").values("a\nb\n", "a\nc\n")];
        report.converted.history = vec![Layer { created_by: "RUN   make\n  install".to_owned(), size: 2_500_000 }];
        let text = terminal(&report, true);
        assert!(text.contains("               original:  b\n               converted: c\n"), "{text}");
        assert!(text.contains("layers of the converted:\n        2.5 MB  RUN make install\n"), "{text}");
        assert!(markdown(&report).contains("| 2.5 MB | RUN make install |"));
    }

    #[test]
    fn for_a_pull_request() {
        let text = markdown(&report());
        assert!(text.starts_with("## msb verify: differs\n\n| | original | converted |\n"), "{text}");
        assert!(
            text.contains("| size | 900.0 MB | 90.0 MB |\n| layers | 9 | 3 |\n| packages | 400 dpkg | none found |\n")
        );
        assert!(text.contains("- **libraries**: a \\| b &lt;c> d\n  - cause: missing library libpq.so.5"), "{text}");
        assert!(text.contains("<details><summary>same: 1</summary>"));
    }

    #[test]
    fn for_programs() {
        let json = serde_json::to_value(report()).unwrap();
        assert_eq!(json["verdict"], "differs");
        assert_eq!(json["findings"][0]["causes"][0]["kind"], "missing-library");
        assert_eq!(json["findings"][0]["causes"][0]["package"], "libpq5");
        assert_eq!(json["findings"][1]["verdict"], "not-checkable");
        assert_eq!(report().exit_code(), 1);
    }
}
