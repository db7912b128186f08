//! `requirements.txt`, and requirements by the grammar of PEP 508.

use std::collections::BTreeSet;

use super::super::{BuildContext, NoContext, Unavailable, clean, clean_inside, join};
use super::fields::unknown;

/// One required package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirement {
    /// The name, normalised by PEP 503; none for a URL or path that does not tell it.
    pub name: Option<String>,
    /// Normalised extras, in order.
    pub extras: Vec<String>,
    /// The version specifier as written, without blanks around it; empty when any version will do.
    pub specifier: String,
    /// The environment marker after `;`.
    pub marker: Option<String>,
    /// Installed with `-e`: it stays where it is.
    pub editable: bool,
    /// A URL or a path, as written, without its `#egg=…` part.
    pub url: Option<String>,
    /// It has `--hash` options.
    pub hashed: bool,
}

/// What a requirements file asks for, with the files it includes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirements {
    /// Required packages in order, includes in place.
    pub requirements: Vec<Requirement>,
    /// Packages of constraint files: versions for what something else requires.
    pub constraints: Vec<Requirement>,
    /// Options of whole files, such as `--no-binary :all:`, as written.
    pub options: Vec<String>,
    /// The files read, paths relative to the context root, the first one first.
    pub files: Vec<String>,
    /// Included files that the context does not hold: more may be required.
    pub unread: Vec<String>,
}

/// A name as PEP 503 compares it: lower case, runs of `-`, `_` and `.` as one `-`.
pub fn normal_name(name: &str) -> String {
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-").to_ascii_lowercase()
}

impl Requirement {
    /// Reads one requirement by PEP 508, such as `celery[redis]>=5; python_version < "3.13"`.
    pub fn parse(text: &str) -> Result<Requirement, Unavailable> {
        let bad = || unknown(text, "it is not a requirement");
        let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c))).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        if !edge(name.chars().next()) || !edge(name.chars().last()) {
            return Err(bad());
        }
        let mut requirement = Requirement { name: Some(normal_name(name)), ..Requirement::default() };
        let mut rest = rest.trim_start();
        if let Some(inside) = rest.strip_prefix('[') {
            let (extras, after) = inside.split_once(']').ok_or_else(bad)?;
            requirement.extras = split_extras(extras);
            rest = after.trim_start();
        }
        if let Some(url) = rest.strip_prefix('@') {
            let (url, marker) = split_url_marker(url.trim());
            requirement.url = Some(url.to_owned());
            requirement.marker = marker;
            return Ok(requirement);
        }
        let (specifier, marker) = rest.split_once(';').map_or((rest, None), |(s, marker)| (s, Some(marker)));
        requirement.marker = marker.map(|marker| marker.trim().to_owned());
        let specifier = specifier.trim();
        let specifier = specifier.strip_prefix('(').and_then(|s| s.strip_suffix(')')).unwrap_or(specifier).trim();
        if !specifier.is_empty() && !specifier.split(',').all(|clause| is_clause(clause.trim())) {
            return Err(bad());
        }
        requirement.specifier = specifier.to_owned();
        Ok(requirement)
    }

    /// Reads a requirement as a line of a requirements file has it: also a URL or a path.
    fn parse_line(text: &str) -> Result<Requirement, Unavailable> {
        let (text, hashed) = match text.split_once(" --") {
            Some((before, options)) => (before.trim(), options.starts_with("hash")),
            None => (text, false),
        };
        let requirement = if is_place(text) { parse_place(text) } else { Requirement::parse(text)? };
        Ok(Requirement { hashed, ..requirement })
    }
}

impl Requirements {
    /// Reads the file at `path` and what it includes.
    pub fn read(context: &dyn BuildContext, path: &str) -> Result<Requirements, Unavailable> {
        let path = clean(path);
        let mut reader = Reader { context, found: Requirements::default(), seen: BTreeSet::new() };
        reader.file(&path, &context.text(&path)?, false)?;
        Ok(reader.found)
    }

    /// Reads the text of a requirements file alone; what it includes is [`unread`](Requirements::unread).
    pub fn parse(text: &str) -> Result<Requirements, Unavailable> {
        let mut reader = Reader { context: &NoContext, found: Requirements::default(), seen: BTreeSet::new() };
        reader.file("requirements.txt", text, false)?;
        Ok(reader.found)
    }
}

/// True for an operator and a version. A comma may end a list.
fn is_clause(text: &str) -> bool {
    let version = text.trim_start_matches(['<', '>', '=', '!', '~']);
    text.is_empty() || (version.len() < text.len() && version.split_whitespace().count() == 1)
}

struct Reader<'a> {
    context: &'a dyn BuildContext,
    found: Requirements,
    /// Files read or being read, and whether as constraints, so that circles end.
    seen: BTreeSet<(String, bool)>,
}

impl Reader<'_> {
    fn file(&mut self, path: &str, text: &str, constraint: bool) -> Result<(), Unavailable> {
        if !self.seen.insert((path.to_owned(), constraint)) {
            return Ok(());
        }
        self.found.files.push(path.to_owned());
        for line in logical_lines(text) {
            self.line(path, &line, constraint)?;
        }
        Ok(())
    }

    fn line(&mut self, path: &str, line: &str, constraint: bool) -> Result<(), Unavailable> {
        if let Some(included) = option(line, "-r", "--requirement") {
            return self.include(path, included, constraint);
        }
        if let Some(included) = option(line, "-c", "--constraint") {
            return self.include(path, included, true);
        }
        let requirement = match option(line, "-e", "--editable") {
            Some(place) => Requirement { editable: true, ..parse_place(place) },
            None if line.starts_with('-') => {
                self.found.options.push(line.to_owned());
                return Ok(());
            }
            None => Requirement::parse_line(line).map_err(|_| unknown(path, format!("the line `{line}`")))?,
        };
        let list = if constraint { &mut self.found.constraints } else { &mut self.found.requirements };
        list.push(requirement);
        Ok(())
    }

    fn include(&mut self, from: &str, written: &str, constraint: bool) -> Result<(), Unavailable> {
        let directory = from.rsplit_once('/').map_or("", |(directory, _)| directory);
        let outside = written.contains("://") || written.starts_with('/') || written.contains("${");
        let path = clean_inside(&join(directory, written)).filter(|_| !outside);
        match path.map(|path| (self.context.text(&path), path)) {
            Some((Ok(text), path)) => self.file(&path, &text, constraint),
            _ => {
                self.found.unread.push(written.to_owned());
                Ok(())
            }
        }
    }
}

/// The value of an option that a line starts with: `-r x`, `-rx`, `--requirement x`, `--requirement=x`.
fn option<'a>(line: &'a str, short: &str, long: &str) -> Option<&'a str> {
    let long_value = line.strip_prefix(long).filter(|rest| rest.starts_with(['=', ' ', '\t']));
    let value = match long_value {
        Some(rest) => rest.trim_start_matches(['=', ' ', '\t']),
        None => line.strip_prefix(short).filter(|_| !line.starts_with("--"))?.trim_start(),
    };
    Some(value.trim().trim_matches(['"', '\'']))
}

/// Lines with continuations joined and comments removed; empty ones left out.
fn logical_lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut joined = String::new();
    for line in text.strip_prefix('\u{feff}').unwrap_or(text).lines() {
        let is_comment = line.trim_start().starts_with('#');
        match line.strip_suffix('\\') {
            Some(start) if !is_comment => joined.push_str(start),
            _ => {
                // A comment ends a continuation, and needs a blank before it like any other.
                joined.push_str(if is_comment { " " } else { "" });
                joined.push_str(line);
                lines.push(std::mem::take(&mut joined));
            }
        }
    }
    lines.push(joined);
    lines.iter().map(|line| without_comment(line).trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// A comment starts at a `#` that begins the line or follows a blank; that of a URL's fragment does neither.
fn without_comment(line: &str) -> &str {
    let start = line.match_indices('#').find(|(at, _)| *at == 0 || line[..*at].ends_with([' ', '\t']));
    start.map_or(line, |(at, _)| &line[..at])
}

/// True for a URL or a path, which a line may have in place of a name.
fn is_place(text: &str) -> bool {
    let first = text.split([' ', ';', '[', '@']).next().unwrap_or(text);
    let archive = [".whl", ".tar.gz", ".tar.bz2", ".tgz", ".zip"].iter().any(|ending| first.ends_with(ending));
    archive || first.contains("://") || first.contains('/') || first == "." || first == ".."
}

/// A URL or a path, with what it tells of the package's name.
fn parse_place(text: &str) -> Requirement {
    let (place, marker) = split_url_marker(text.trim());
    if !place.contains("://")
        && let Ok(named) = Requirement::parse(place)
        && named.url.is_some()
    {
        return Requirement { marker, ..named };
    }
    let (place, fragment) = place.split_once('#').unwrap_or((place, ""));
    let egg = fragment.split('&').find_map(|part| part.strip_prefix("egg="));
    let (path, extras) = match place.strip_suffix(']').and_then(|place| place.rsplit_once('[')) {
        Some((path, extras)) => (path, split_extras(extras)),
        None => (place, Vec::new()),
    };
    let (name, egg_extras) = match egg.map(|egg| egg.split_once('[').unwrap_or((egg, ""))) {
        Some((name, extras)) => (Some(normal_name(name)), split_extras(extras.trim_end_matches(']'))),
        None => (wheel_name(path), Vec::new()),
    };
    let extras = if extras.is_empty() { egg_extras } else { extras };
    Requirement { name, extras, marker, url: Some(path.to_owned()), ..Requirement::default() }
}

/// The package in a wheel's file name: `name-version-….whl`.
fn wheel_name(path: &str) -> Option<String> {
    let file = path.rsplit('/').next()?.strip_suffix(".whl")?;
    file.split_once('-').map(|(name, _)| normal_name(name))
}

/// In front of the marker of a URL there is a blank, since a URL may hold a `;`.
fn split_url_marker(text: &str) -> (&str, Option<String>) {
    match text.split_once(" ;").or_else(|| text.split_once("; ")) {
        Some((url, marker)) => (url.trim(), Some(marker.trim().to_owned())),
        None => (text, None),
    }
}

fn split_extras(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|extra| !extra.is_empty()).map(normal_name).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::MemoryContext;
    use super::*;

    fn shown(requirement: &Requirement) -> String {
        let mut text = requirement.name.clone().unwrap_or_else(|| "?".to_owned());
        if !requirement.extras.is_empty() {
            text += &format!("[{}]", requirement.extras.join(","));
        }
        text += &requirement.specifier;
        text += &requirement.url.as_ref().map(|url| format!(" @ {url}")).unwrap_or_default();
        text += &requirement.marker.as_ref().map(|marker| format!(" ; {marker}")).unwrap_or_default();
        text += if requirement.editable { " editable" } else { "" };
        text + if requirement.hashed { " hashed" } else { "" }
    }

    #[test]
    fn lines() {
        let cases = [
            ("Flask", "flask"),
            ("Flask_SQLAlchemy==3.1.1", "flask-sqlalchemy==3.1.1"),
            ("zope.interface >= 5, < 6", "zope-interface>= 5, < 6"),
            ("name (>=1.0)", "name>=1.0"),
            ("celery[redis, Auth_X]~=5.3 # queue", "celery[redis,auth-x]~=5.3"),
            ("uvloop; sys_platform != 'win32'", "uvloop ; sys_platform != 'win32'"),
            ("pip @ https://example.com/pip.zip#sha256=1", "pip @ https://example.com/pip.zip#sha256=1"),
            ("git+https://example.com/a/b.git@v1#egg=My_Lib[x]", "my-lib[x] @ git+https://example.com/a/b.git@v1"),
            ("git+ssh://git@example.com/a/b.git", "? @ git+ssh://git@example.com/a/b.git"),
            ("-e .", "? @ . editable"),
            ("-e .[dev]", "?[dev] @ . editable"),
            ("--editable=./lib#egg=lib", "lib @ ./lib editable"),
            ("-e git+https://example.com/a.git#egg=a&subdirectory=x", "a @ git+https://example.com/a.git editable"),
            ("./wheels/My_Lib-1.0-py3-none-any.whl", "my-lib @ ./wheels/My_Lib-1.0-py3-none-any.whl"),
            ("vendor/lib", "? @ vendor/lib"),
            ("lib.tar.gz ; python_version > '3'", "? @ lib.tar.gz ; python_version > '3'"),
            ("six==1.16.0 \\\n  --hash=sha256:aa \\\n  --hash=sha256:bb", "six==1.16.0 hashed"),
            ("six==1.16.0 --config-settings=a=b", "six==1.16.0"),
            ("one \\\n# comment\n", "one"),
            ("\u{feff}first\r\n", "first"),
        ];
        for (text, expected) in cases {
            let found = Requirements::parse(text).expect(text).requirements;
            assert_eq!(found.iter().map(shown).collect::<Vec<_>>(), [expected], "{text:?}");
        }
        for text in ["=1.0", "a b", "a==1 b [", "{{ cookiecutter }}", "na[me"] {
            let found = Requirements::parse(text);
            assert!(matches!(found, Err(Unavailable::Unknown(_))), "{text:?}: {found:?}");
        }
    }

    #[test]
    fn includes_constraints_and_options() {
        let context = MemoryContext::new([
            ("requirements/base.txt", "django\n-c constraints.txt\n--no-binary psycopg2\n-r base.txt\n"),
            ("requirements/constraints.txt", "asgiref==3\n"),
            (
                "requirements/prod.txt",
                "-r base.txt\n--requirement=missing.txt\n-r https://example.com/x.txt\ngunicorn\n",
            ),
        ]);
        let found = Requirements::read(&context, "requirements/prod.txt").expect("reads");
        let names = |list: &[Requirement]| list.iter().map(shown).collect::<Vec<_>>();
        assert_eq!(names(&found.requirements), ["django", "gunicorn"]);
        assert_eq!(names(&found.constraints), ["asgiref==3"]);
        assert_eq!(found.options, ["--no-binary psycopg2"]);
        assert_eq!(found.unread, ["missing.txt", "https://example.com/x.txt"]);
        assert_eq!(found.files, ["prod.txt", "base.txt", "constraints.txt"].map(|name| format!("requirements/{name}")));
        assert_eq!(Requirements::read(&context, "requirements.txt"), Err(Unavailable::Absent));
    }

    #[test]
    fn names_are_normalised() {
        for (name, expected) in [("Foo.Bar_baz", "foo-bar-baz"), ("a--_.b", "a-b"), ("X", "x")] {
            assert_eq!(normal_name(name), expected);
        }
    }
}
