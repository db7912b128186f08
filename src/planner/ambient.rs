//! What a program uses of the larger base without any package being asked for: files that sources name, what standard
//! libraries read unasked, libraries that are opened by name. The planner adds the packages that bring it, and the proof
//! asks again.

use super::survey::Survey;
use crate::facts::ambient::{ambient, package_of_soname};
use crate::facts::contents::BaseContents;
use crate::facts::images::Release;
use crate::paths;
use std::collections::BTreeSet;

/// What is needed of the larger base, and what may be.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Needed {
    /// Packages, each with the reason.
    pub(crate) packages: Vec<(String, String)>,
    /// What a source names and nobody knows to be in the smaller base, in words.
    pub(crate) unknown: Option<String>,
}

/// Looks through the project's own texts for what only the larger base has.
pub(crate) fn needed(survey: &Survey<'_>, after: &BaseContents, releases: &[Release]) -> Needed {
    let mut needed = Needed::default();
    let Some(texts) = survey.texts() else {
        let words = "not every file of the project can be looked through: some may name what only the larger base has";
        needed.unknown = survey.inputs.context.is_known().then(|| words.to_owned());
        return needed;
    };
    let configuration = configuration(survey);
    let own = texts.iter().filter(|(path, _)| is_code(path)).map(|(path, text)| (path.as_str(), text.as_str()));
    let texts: Vec<(&str, &str)> = own.chain([("the image's configuration", configuration.as_str())]).collect();
    let had = |name: &str| survey.before.has(name);
    let has =
        |name: &str| after.has(name) || survey.image.packages().iter().any(|p| p.name == name && p.removed.is_none());
    for have in &ambient().have {
        let declared = have.packages.iter().any(|package| {
            survey
                .declared
                .found
                .iter()
                .any(|d| package.split_once('/') == Some((d.ecosystem.as_str(), d.name.as_str())))
        });
        let said = |word: &String| texts.iter().any(|(_, text)| text.contains(word.as_str()));
        let reads = match have.both {
            true => declared && have.words.iter().any(said),
            false => declared || have.words.iter().chain(&have.paths).any(said),
        };
        if reads {
            let lost = have.packages_for(releases).iter().filter(|name| had(name) && !has(name));
            needed.packages.extend(lost.map(|name| (name.clone(), have.because.clone())));
        }
    }
    for (path, text) in &texts {
        libraries(survey, path, text, &had, &has, &mut needed);
        if needed.unknown.is_none() {
            needed.unknown = unknown_path(survey, path, text);
        }
    }
    needed.packages.sort();
    needed.packages.dedup_by(|a, b| a.0 == b.0);
    needed
}

/// What the image tells its program: the words of its commands, and the values of its variables, each in quotes.
fn configuration(survey: &Survey<'_>) -> String {
    let config = &survey.analysis.end.config;
    let own = |name: &str| survey.analysis.sets_variable(name) && name != "PATH";
    let values = config.env.iter().filter(|(name, _)| own(name)).filter_map(|(_, value)| value.as_ref());
    let words = config.cmd.iter().chain(&config.entrypoint).chain(&config.healthcheck).flatten();
    words.chain(values).map(|word| format!("\"{word}\"\n")).collect()
}

/// True for files that a program is made of or reads, not those about it.
fn is_code(path: &str) -> bool {
    let name = paths::name(path).to_ascii_lowercase();
    !(name.ends_with(".md")
        || name.ends_with(".rst")
        || name.ends_with(".lock")
        || name.starts_with("readme")
        || name.starts_with("changelog"))
}

/// Adds the packages of shared libraries that a text opens by name.
fn libraries(
    survey: &Survey<'_>,
    file: &str,
    text: &str,
    had: &dyn Fn(&str) -> bool,
    has: &dyn Fn(&str) -> bool,
    needed: &mut Needed,
) {
    for soname in sonames(text) {
        let own = survey.image.all().iter().any(|e| paths::name(&e.path) == soname);
        if own || ambient().libraries.iter().any(|library| library == soname) {
            continue;
        }
        let names: Vec<String> =
            package_of_soname(soname).into_iter().flat_map(|name| [format!("{name}t64"), name]).collect();
        if names.iter().any(|name| has(name)) {
            continue;
        }
        match names.iter().find(|name| had(name)) {
            Some(name) => needed.packages.push((name.clone(), format!("`{file}` loads `{soname}`"))),
            None => {
                let words = format!("`{file}` loads `{soname}`, which may be a library of the larger base");
                needed.unknown.get_or_insert(words);
            }
        }
    }
    for name in after_words(text, "find_library(") {
        let of_name = |package: &&String| {
            let rest = package.strip_prefix(&format!("lib{}", name.to_ascii_lowercase()));
            rest.is_some_and(|r| {
                !r.is_empty() && r.trim_end_matches("t64").chars().all(|c| c.is_ascii_digit() || "-.".contains(c))
            })
        };
        for package in survey.before.packages.iter().filter(of_name).filter(|package| !has(package)) {
            needed.packages.push((package.clone(), format!("`{file}` looks for the library `{name}`")));
        }
        let installed = || survey.image.packages().iter().any(|p| p.removed.is_none() && of_name(&&p.name));
        let of_system = || ambient().libraries.iter().any(|library| library.starts_with(&format!("lib{name}.so")));
        let own = || survey.image.all().iter().any(|e| paths::name(&e.path).starts_with(&format!("lib{name}.so")));
        if !survey.before.packages.iter().any(|package| of_name(&package)) && !installed() && !of_system() && !own() {
            let words = format!("`{file}` looks for the library `{name}`, which the larger base may have");
            needed.unknown.get_or_insert(words);
        }
    }
}

/// Names of shared libraries that stand in quotes in a text, without the directory.
fn sonames(text: &str) -> BTreeSet<&str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "_+.-".contains(c);
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices(".so") {
        let start = text[..at].rfind(|c: char| !is_part(c)).map_or(0, |i| i + 1);
        let end = text[at..].find(|c: char| !is_part(c)).map_or(text.len(), |i| at + i);
        let name = &text[start..end];
        let version = text[at + 3..end].trim_start_matches('.');
        let quoted = text[..start].ends_with(['"', '\'', '/', '`']) && text[end..].starts_with(['"', '\'', '`']);
        let versioned = text[at + 3..end].starts_with('.') && version.chars().all(|c| c.is_ascii_digit() || c == '.');
        // Without a version it is the project's own, or a link that only builds have.
        if quoted && name.starts_with("lib") && versioned && !version.is_empty() {
            found.insert(name);
        }
    }
    found
}

/// The quoted words that follow a call.
fn after_words<'t>(text: &'t str, call: &str) -> Vec<&'t str> {
    let word = |at: usize| {
        let rest = text[at..].trim_start();
        let quote = rest.chars().next().filter(|c| "'\"".contains(*c))?;
        rest[1..].split(quote).next().filter(|w| !w.is_empty() && w.len() < 60)
    };
    text.match_indices(call).filter_map(|(at, _)| word(at + call.len())).collect()
}

/// A path of the system that a text names and that no step, package or table is known to bring, in words.
fn unknown_path(survey: &Survey<'_>, file: &str, text: &str) -> Option<String> {
    ambient().filled.iter().flat_map(|root| text.match_indices(root.as_str())).find_map(|(at, root)| {
        let quote = text[..at].chars().next_back().filter(|c| "'\"".contains(*c))?;
        let path = text[at..].split(quote).next()?;
        let plain = !path.contains(['\n', '$', '%', '{', '*', '<', ' ']) && path.len() < 200 && path.len() > root.len();
        let known = || {
            let listed =
                ambient().have.iter().flat_map(|have| &have.paths).any(|start| path.starts_with(start.as_str()));
            let brought = survey.image.all().iter().any(|e| {
                let made = e.path.len() > root.len() && paths::is_within(&e.path, path);
                e.reaches(path) || made || paths::is_within(path, &e.path)
            });
            let named = path[root.len()..].split('/').any(|part| {
                part.len() > 2
                    && survey
                        .image
                        .packages()
                        .iter()
                        .any(|p| p.removed.is_none() && (p.name.starts_with(part) || part.starts_with(&p.name)))
            });
            listed || brought || named || path.contains(".so.")
        };
        (plain && !known()).then(|| format!("`{file}` names `{path}`, which only the larger base may have"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::MemoryContext;
    use crate::planner::{Applicability, Outcome};
    use crate::{Request, convert};

    #[test]
    fn libraries_are_found_by_their_names() {
        let text = "CDLL(\"libyaml-0.so.2\"); dlopen('/usr/lib/libx.so.1', 2); \"libown.so\"; libfree.so.3; \"libc.so.6\"; 'libz.sock'";
        assert_eq!(sonames(text).into_iter().collect::<Vec<_>>(), ["libc.so.6", "libx.so.1", "libyaml-0.so.2"]);
        assert_eq!(after_words("find_library('yaml') find_library(name)", "find_library("), ["yaml"]);
    }

    /// The packages that a conversion adds, or why it needs a look.
    fn added(dockerfile: &str, files: &[(&str, &str)]) -> String {
        let context = MemoryContext::new(files.iter().copied());
        let conversion = convert(&Request::new(dockerfile.as_bytes(), &context)).expect("a Dockerfile");
        let Outcome::Convert(plan) = &conversion.outcome else { return format!("{:?}", conversion.outcome) };
        if plan.applicability == Applicability::Unsafe {
            return plan.assumptions.iter().map(|r| r.because.clone()).collect::<Vec<_>>().join("; ");
        }
        let text = String::from_utf8(conversion.output.expect("a text")).expect("UTF-8");
        let install = text.lines().filter(|line| line.contains("install -y")).map(|l| l.rsplit("recommends ").next());
        install.flatten().collect::<Vec<_>>().join("; ").trim_end_matches([' ', '\\']).to_owned()
    }

    #[test]
    fn what_only_the_larger_base_has_is_installed() {
        let python = "FROM python:3.11-bookworm\nWORKDIR /app\nCOPY . .\nRUN pip install --no-cache-dir flask==3.0.0\nCMD [\"python\", \"app.py\"]\n";
        let go = "FROM golang:1.22-bookworm\nWORKDIR /app\nCOPY . .\nRUN CGO_ENABLED=0 go build -o /app/x .\nCMD [\"/app/x\"]\n";
        let node = "FROM node:20-bookworm\nWORKDIR /app\nCOPY . .\nRUN npm install\nCMD [\"node\", \"app.js\"]\n";
        let main =
            |body: &str| format!("package main\n\nimport (\n\t\"os\"\n\t\"mime\"\n)\n\nfunc main() {{ {body} }}\n");
        for (about, file, name, text, expected) in [
            ("nothing", python, "app.py", "print(1)".to_owned(), ""),
            (
                "types of files",
                python,
                "app.py",
                "import mimetypes\nmimetypes.guess_type('a.docx')".to_owned(),
                "media-types",
            ),
            ("a file of types", python, "app.py", "open('/etc/mime.types')".to_owned(), "media-types"),
            ("a library", python, "app.py", "import ctypes\nctypes.CDLL('libyaml-0.so.2')".to_owned(), "libyaml-0-2"),
            ("a library by search", python, "app.py", "ctypes.util.find_library('yaml')".to_owned(), "libyaml-0-2"),
            ("a library that every image has", python, "app.py", "ctypes.CDLL('libc.so.6')".to_owned(), ""),
            ("tkinter", python, "app.py", "import tkinter".to_owned(), "libtk8.6"),
            (
                "fonts",
                python,
                "app.py",
                "ImageFont.truetype('/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf')".to_owned(),
                "fontconfig fonts-dejavu-core",
            ),
            (
                "a file of types, named by a variable",
                &python.replace("CMD", "ENV TYPES=/etc/mime.types\nCMD"),
                "app.py",
                "print(1)".to_owned(),
                "media-types",
            ),
            ("services", python, "app.py", "socket.getservbyname('http')".to_owned(), ""),
            ("services of Go", go, "main.go", main("_ = os.Args; net.LookupPort(\"tcp\", \"ldaps\")"), "netbase"),
            (
                "fonts in pictures",
                node,
                "app.js",
                "sharp(Buffer.from('<svg><text>a</text></svg>'))".to_owned(),
                "fontconfig fonts-dejavu-core",
            ),
        ] {
            let manifest = "{\"dependencies\": {\"sharp\": \"0.33.0\"}}";
            let files = [(name, text.as_str()), ("go.mod", "module x\n\ngo 1.22\n"), ("package.json", manifest)];
            assert_eq!(added(file, &files), expected, "{about}");
        }
    }

    #[test]
    fn what_nobody_knows_needs_a_look() {
        let file = "FROM python:3.11-bookworm\nRUN apt-get update && apt-get install -y nginx\nWORKDIR /app\nCOPY . .\nRUN pip install --no-cache-dir flask==3.0.0 && mkdir /usr/share/own\nCMD [\"python\", \"app.py\"]\n";
        for (text, doubt) in [
            ("open('/usr/share/some/thing')", "`app.py` names `/usr/share/some/thing`"),
            ("CDLL('libunheard.so.7')", "`app.py` loads `libunheard.so.7`"),
            ("find_library('unheard')", "`app.py` looks for the library `unheard`"),
        ] {
            assert!(added(file, &[("app.py", text)]).starts_with(doubt), "{}", added(file, &[("app.py", text)]));
        }
        for text in [
            "open('/usr/share/own/x')",
            "open('/usr/share/nginx/html/x')",
            "# /usr/share/some/thing",
            "open('/usr/share/' + x)",
            "find_library('c')",
        ] {
            assert!(
                !["names", "looks for"].iter().any(|doubt| added(file, &[("app.py", text)]).contains(doubt)),
                "{text}: {}",
                added(file, &[("app.py", text)])
            );
        }
        assert!(!added(file, &[("app.py", "1"), ("README.md", "see '/usr/share/some/thing'")]).contains("names"));
    }
}
