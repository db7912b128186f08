//! Directories of the system that a project's build files name by absolute paths: an installation may write there, whatever
//! its prefix is.

use super::state::Files;
use crate::context::{BuildContext, Entry, walk};
use crate::facts::heuristics::{InstallSigns, glob};
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

#[cfg(test)]
mod tests {
    use super::*;

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
