//! Causes read from what programs print when something is missing.

use super::report::Cause;
use crate::facts::shells::is_shell;
use std::collections::BTreeSet;

/// How to take the name out of a line.
#[derive(Clone, Copy)]
enum Take {
    /// The first quoted text after the marker.
    Quoted,
    /// The word after the marker.
    After,
    /// The word before the marker, without a closing colon.
    Before,
    /// The whole line.
    Line,
}

type Make = fn(String) -> Cause;

fn file(path: String) -> Cause {
    Cause::MissingFile { path, step: None, package: None }
}

fn command(command: String) -> Cause {
    if is_shell(&command) {
        Cause::MissingShell { shell: command }
    } else {
        Cause::MissingCommand { command, package: None }
    }
}

fn node(module: String) -> Cause {
    Cause::MissingModule { module, runtime: "node".to_owned(), step: None }
}

fn python(module: String) -> Cause {
    Cause::MissingModule { module, runtime: "python".to_owned(), step: None }
}

fn ruby(module: String) -> Cause {
    Cause::MissingModule { module, runtime: "ruby".to_owned(), step: None }
}

fn java(module: String) -> Cause {
    Cause::MissingModule { module, runtime: "java".to_owned(), step: None }
}

fn library(library: String) -> Cause {
    Cause::MissingLibrary { library, needed_by: None, package: None }
}

fn user(user: String) -> Cause {
    Cause::MissingUser { user, uid: None }
}

fn untrusted(message: String) -> Cause {
    Cause::UntrustedCertificate { message }
}

fn zone(zone: String) -> Cause {
    Cause::UnknownTimeZone { zone }
}

fn denied(path: String) -> Cause {
    Cause::PermissionDenied { path }
}

/// Markers in lower case, the most telling first; the first that is found in a line decides.
const MARKERS: &[(&str, Take, Make)] = &[
    ("error while loading shared libraries:", Take::After, library),
    ("importerror: lib", Take::After, library),
    ("error loading shared library", Take::After, library),
    ("cannot find module", Take::Quoted, node),
    ("cannot find package", Take::Quoted, node),
    ("no module named", Take::Quoted, python),
    ("cannot load such file --", Take::After, ruby),
    ("could not find or load main class", Take::After, java),
    ("unable to find user", Take::After, user),
    ("unable to find group", Take::After, user),
    ("no such user", Take::After, user),
    ("unknown user", Take::After, user),
    ("unable to access jarfile", Take::After, file),
    ("templatenotfound:", Take::After, file),
    ("unknown time zone", Take::After, zone),
    ("zoneinfonotfounderror:", Take::Quoted, zone),
    ("executable file not found in $path", Take::Quoted, command),
    ("certificate signed by unknown authority", Take::Line, untrusted),
    ("certificate_verify_failed", Take::Line, untrusted),
    ("certificate verify failed", Take::Line, untrusted),
    ("unable to get local issuer certificate", Take::Line, untrusted),
    ("no ca certificates were loaded", Take::Line, untrusted),
    (": command not found", Take::Before, command),
    (": not found", Take::Before, command),
    ("permission denied", Take::Quoted, denied),
    ("eacces", Take::Quoted, denied),
    ("enoent: no such file or directory", Take::Quoted, file),
    ("no such file or directory: '", Take::Quoted, file),
    (": no such file or directory", Take::Before, file),
    ("can't open file", Take::Quoted, file),
];

/// Causes in `text`, most telling first, that `known` (the original's output) does not show as well.
pub(super) fn causes(text: &str, known: &str) -> Vec<Cause> {
    let known: BTreeSet<Cause> = lines(known).into_iter().map(|(_, c)| c).collect();
    let mut found: Vec<(usize, Cause)> = lines(text).into_iter().filter(|(_, c)| !known.contains(c)).collect();
    found.sort();
    found.dedup();
    found.truncate(5);
    found.into_iter().map(|(_, c)| c).collect()
}

fn lines(text: &str) -> Vec<(usize, Cause)> {
    text.lines().take(5000).filter_map(line).collect()
}

fn line(line: &str) -> Option<(usize, Cause)> {
    let lower = line.to_ascii_lowercase();
    if let Some(cause) = engine(line, &lower).or_else(|| version(line)) {
        return Some((0, cause));
    }
    MARKERS.iter().enumerate().find_map(|(rank, (marker, take, make))| {
        let at = lower.find(marker)?;
        let (before, after) = (&line[..at], &line[at + marker.len()..]);
        let name = match take {
            Take::Quoted => quoted(after).or_else(|| quoted(before)).or_else(|| word(after)),
            Take::After => word(if *marker == "importerror: lib" { &line[at + marker.len() - 3..] } else { after }),
            Take::Before => before.split([' ', '\t', '(']).next_back().map(|w| tidy(w).to_owned()),
            Take::Line => Some(line.trim().chars().take(200).collect()),
        }?;
        let plausible = !name.is_empty() && (name.len() < 200) && name.parse::<u64>().is_err();
        plausible.then(|| (rank + 1, make(name)))
    })
}

/// What an engine says when a container does not start.
fn engine(line: &str, lower: &str) -> Option<Cause> {
    if lower.contains("exec format error") {
        return None;
    }
    // runc: `exec: "/app/run": stat /app/run: no such file or directory`; crun: `executable file `x` not found`.
    let at = lower.find("exec: \"")?;
    let name = quoted(&line[at..])?;
    if lower.contains("permission denied") {
        return Some(Cause::PermissionDenied { path: name });
    }
    (lower.contains("no such file or directory") || lower.contains("not found")).then(|| command(name))
}

/// `libc.so.6: version `GLIBC_2.38' not found (required by /app/x)`.
fn version(line: &str) -> Option<Cause> {
    let at = line.find(": version `")?;
    let library = line[..at].rsplit([' ', '/']).next()?.to_owned();
    let version = line[at..].split('`').nth(1)?.split('\'').next()?.to_owned();
    let needed_by = line.split("(required by ").nth(1).map(|r| r.trim_end_matches([')', '\r']).to_owned());
    line[at..].contains("not found").then_some(Cause::LibraryTooOld { library, version, needed_by })
}

fn quoted(text: &str) -> Option<String> {
    let start = text.find(['\'', '"', '`'])?;
    let close = match text.as_bytes()[start] {
        b'`' if text[start + 1..].contains('\'') && !text[start + 1..].contains('`') => '\'',
        quote => char::from(quote),
    };
    let rest = &text[start + 1..];
    Some(rest[..rest.find(close)?].to_owned())
}

fn word(text: &str) -> Option<String> {
    let word = text.split_whitespace().next()?;
    Some(tidy(word).to_owned())
}

fn tidy(word: &str) -> &str {
    word.trim_matches(['\'', '"', '`', ':', ',', '(', ')', '[', ']', ';'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_many_programs() {
        let package = None;
        let file = |p: &str| file(p.to_owned());
        let cases = [
            (
                "./app: error while loading shared libraries: libpq.so.5: cannot open shared object file: No such file or directory",
                library("libpq.so.5".into()),
            ),
            (
                "ImportError: libpq.so.5: cannot open shared object file: No such file or directory",
                library("libpq.so.5".into()),
            ),
            (
                "Error loading shared library libssl.so.3: No such file or directory (needed by /app)",
                library("libssl.so.3".into()),
            ),
            ("Error: Cannot find module 'express'", node("express".into())),
            (
                "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'chalk' imported from /app/x.mjs",
                node("chalk".into()),
            ),
            ("ModuleNotFoundError: No module named 'flask'", python("flask".into())),
            ("/usr/bin/python: No module named gunicorn", python("gunicorn".into())),
            ("panic: open templates/index.html: no such file or directory", file("templates/index.html")),
            ("FileNotFoundError: [Errno 2] No such file or directory: '/app/data.json'", file("/app/data.json")),
            ("Error: ENOENT: no such file or directory, open '/app/views/x.ejs'", file("/app/views/x.ejs")),
            ("jinja2.exceptions.TemplateNotFound: index.html", file("index.html")),
            ("Error: Unable to access jarfile app.jar", file("app.jar")),
            ("/run.sh: line 3: curl: command not found", command("curl".into())),
            ("sh: curl: not found", command("curl".into())),
            (
                "OCI runtime create failed: exec: \"/bin/sh\": stat /bin/sh: no such file or directory: unknown",
                Cause::MissingShell { shell: "/bin/sh".into() },
            ),
            (
                "exec: \"gunicorn\": executable file not found in $PATH: unknown",
                Cause::MissingCommand { command: "gunicorn".into(), package },
            ),
            (
                "Error response from daemon: unable to find user app: no matching entries in passwd file",
                user("app".into()),
            ),
            (
                "/app: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.38' not found (required by /app)",
                Cause::LibraryTooOld {
                    library: "libc.so.6".into(),
                    version: "GLIBC_2.38".into(),
                    needed_by: Some("/app".into()),
                },
            ),
            ("panic: unknown time zone Europe/Berlin", zone("Europe/Berlin".into())),
            ("PermissionError: [Errno 13] Permission denied: '/app/data/x'", denied("/app/data/x".into())),
            ("Error: EACCES: permission denied, mkdir '/app/uploads'", denied("/app/uploads".into())),
        ];
        for (text, expected) in cases {
            assert_eq!(causes(text, ""), [expected], "{text}");
        }
        let tls = "tls: failed to verify certificate: x509: certificate signed by unknown authority";
        assert_eq!(causes(tls, ""), [untrusted(tls.to_owned())]);
    }

    #[test]
    fn what_the_original_says_as_well_is_no_cause() {
        let line = "Error: Cannot find module 'optional'";
        assert!(causes(line, line).is_empty());
        assert!(
            causes("listening on 8080\nGET / 404: not found\n", "").is_empty(),
            "{:?}",
            causes("GET / 404: not found", "")
        );
        assert!(causes("", "").is_empty());
    }
}
