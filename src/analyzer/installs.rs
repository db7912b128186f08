//! Directories of the system that a project's build files name by absolute paths: an installation may write there, whatever
//! its prefix is.

use super::state::Files;
use crate::context::{BuildContext, Entry, walk};
use crate::facts::heuristics::{InstallSigns, Listed, glob};
use crate::paths;
use std::collections::BTreeSet;

/// The absolute paths that build files below a directory of the image, or the nearest one above that the context brought,
/// name below the roots. Sorted, none within another.
pub(super) fn places(signs: &InstallSigns, directory: &str, files: &Files, context: &dyn BuildContext) -> Vec<String> {
    let mut within = directory;
    let source = loop {
        match files.entry(within, context) {
            Some((source, Entry::Directory)) => break source,
            _ if within == "/" => return Vec::new(),
            _ => within = paths::parent(within),
        }
    };
    let Ok(entries) = walk(context, &source, 20_000) else { return Vec::new() };
    let mut found = BTreeSet::new();
    for (path, entry) in entries {
        let fits = matches!(entry, Entry::File { .. }) && signs.files.iter().any(|g| glob(g, paths::name(&path)));
        if let Some(text) = fits.then(|| context.text(&path).ok()).flatten() {
            found.extend(named(&text, &signs.roots));
        }
    }
    let outermost = |path: &&String| !found.iter().any(|other| other != *path && paths::is_within(other, path));
    found.iter().filter(outermost).cloned().collect()
}

/// Absolute paths in a text, as far as they are spelt out.
fn named(text: &str, roots: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
        for (at, _) in line.match_indices('/') {
            let begins = line[..at].chars().next_back().is_none_or(|c| c.is_whitespace() || "\"'=(,;:)}@".contains(c));
            let rest = &line[at..];
            let end =
                rest.find(|c: char| c.is_whitespace() || "\"'(),;:$@{}[]*?<>|&\\".contains(c)).unwrap_or(rest.len());
            // What a variable continues is known up to the directory.
            let path = match rest[end..].starts_with(['$', '@', '*', '?', '{']) {
                true => rest[..end].rsplit_once('/').map_or("", |(directory, _)| directory),
                false => &rest[..end],
            };
            let path = paths::join("/", path);
            if begins && roots.iter().any(|root| paths::is_within(root, &path)) {
                found.push(path);
            }
        }
    }
    found
}

/// What the build files of a project list for a directory, below it; nothing when they do not say everything. `text` gives
/// the text of a file of the image.
pub(super) fn listed(signs: &Listed, directory: &str, text: &dyn Fn(&str) -> Option<String>) -> Option<Vec<String>> {
    let mut names = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(directory) = pending.pop() {
        if !seen.insert(directory.clone()) {
            continue;
        }
        let text = text(&paths::join(&directory, &signs.file))?.replace("\\\n", " ");
        let variable = [format!("$({})", signs.variable), format!("${{{}}}", signs.variable)];
        let mut below = vec![(signs.variable.trim_end_matches("dir").to_owned(), String::new())];
        for (name, value) in assignments(&text, &signs.unless)? {
            if let (Some(list), Some(value)) =
                (name.strip_suffix("dir"), variable.iter().find_map(|v| value.strip_prefix(v.as_str())))
            {
                let plain = value.is_empty() || value.starts_with('/') && !value.contains(['$', '@', ' ']);
                below.push((list.to_owned(), plain.then_some(value)?.trim_start_matches('/').to_owned()));
            }
        }
        for (name, value) in assignments(&text, &signs.unless)? {
            if name == signs.below {
                pending.extend(words_of(value)?.map(|word| paths::join(&directory, word)));
            }
            let Some((list, kind)) = name.rsplit_once('_') else { continue };
            if kind.is_empty() || !kind.chars().all(|c| c.is_ascii_uppercase()) {
                continue;
            }
            let is_of = |own: &str| list == own || list.ends_with(&format!("_{own}"));
            if let Some((_, place)) = below.iter().find(|(own, _)| is_of(own)) {
                names.extend(words_of(value)?.map(|word| {
                    // Unless it is said, directories of the sources are left out.
                    let file = if list.starts_with("nobase_") { word } else { paths::name(word) };
                    paths::join("/", &format!("{place}/{file}")).trim_start_matches('/').to_owned()
                }));
            }
        }
    }
    Some(names.into_iter().collect())
}

/// Assignments of a Makefile; nothing when a line starts with one of these words.
fn assignments<'t>(text: &'t str, unless: &[String]) -> Option<Vec<(&'t str, &'t str)>> {
    let mut found = Vec::new();
    for line in text.lines() {
        if unless.iter().any(|word| line.strip_prefix(word.as_str()).is_some_and(|rest| !rest.starts_with(is_of_name)))
        {
            return None;
        }
        if let Some((name, value)) = line.split_once('=').filter(|_| !line.starts_with(['\t', '#'])) {
            found.push((name.trim_end_matches(['+', ':', '?']).trim(), value.trim()));
        }
    }
    Some(found)
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Words that are spelt out; nothing when one is not.
fn words_of(value: &str) -> Option<impl Iterator<Item = &str>> {
    (!value.contains(['$', '@', '*'])).then(|| value.split_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_what_is_installed() {
        let signs = Listed {
            file: "Makefile.am".to_owned(),
            below: "SUBDIRS".to_owned(),
            setting: "INSTALL_ETC".to_owned(),
            variable: "sysconfdir".to_owned(),
            unless: vec!["install-data-hook".to_owned(), "if".to_owned()],
        };
        let read = |root: &str, below: &str| {
            let text = |path: &str| match path {
                "/src/Makefile.am" => Some(root.to_owned()),
                "/src/etc/Makefile.am" => Some(below.to_owned()),
                _ => None,
            };
            listed(&signs, "/src", &text)
        };
        let names = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        for (text, want) in [
            ("bin_PROGRAMS = a\na_CFLAGS = -DX=\\\"$(sysconfdir)\\\"\n", names(&[])),
            ("dist_sysconf_DATA = data/a.conf \\\n  b.conf\n", names(&["a.conf", "b.conf"])),
            ("adir = $(sysconfdir)/a.d\na_DATA = x\nnobase_a_DATA = y/z\n", names(&["a.d/x", "a.d/y/z"])),
            ("adir = $(sysconfdir)/$(NAME)\na_DATA = x\n", None),
            ("sysconf_DATA = $(FILES)\n", None),
            ("sysconf_DATA = a\ninstall-data-hook:\n\tcp b /etc\n", None),
            ("if WITH_A\nsysconf_DATA = a\nendif\n", None),
            ("SUBDIRS = . etc\n", names(&["b"])),
            ("SUBDIRS = lib\n", None),
        ] {
            assert_eq!(read(text, "sysconf_DATA = b\n"), want, "{text}");
        }
    }

    #[test]
    fn absolute_paths_that_are_spelt_out() {
        let roots = ["/etc".to_owned(), "/var".to_owned()];
        for (text, want) in [
            ("install(FILES a.conf DESTINATION /etc/greetd)", vec!["/etc/greetd"]),
            ("CONFDIR = /etc", vec!["/etc"]),
            ("CONFDIR=/etc/${NAME}.d", vec!["/etc"]),
            ("install_data('a', install_dir: '/var/lib/a')", vec!["/var/lib/a"]),
            ("\tinstall a $(DESTDIR)/etc/a", vec!["/etc/a"]),
            ("# was /etc/a", vec![]),
            ("include /usr/share/x.mk", vec![]),
            ("cp src/etc/a out/var/b", vec![]),
        ] {
            assert_eq!(named(text, &roots), want, "{text}");
        }
    }
}
