//! Imports that name files of the project by their paths, followed.

use super::{Sources, extension, found, join, parent};
use crate::context::{BuildContext, Entry};
use crate::programs::language::{GrammarId, Language, Meaning};
use crate::programs::outline::{Expr, Outline};
use crate::programs::value;

/// Reads what the sources import by path from places that are otherwise passed over; what is not there at all is made
/// by the build, and not known.
pub(super) fn follow_imports(sources: &mut Sources, language: &Language, context: &dyn BuildContext) {
    let mut at = 0;
    while let Some(file) = sources.files.get(at) {
        at += 1;
        let directory = parent(&file.path).unwrap_or_default().to_owned();
        let importer = file.path.clone();
        for (target, line) in imported_paths(language, &file.outline) {
            let path = value::normal(&join(&directory, &target));
            let path = if path == "." { String::new() } else { path };
            match locate(sources, language, context, &path) {
                Located::Read => {}
                Located::Unread(path, grammar) => {
                    let unit = path.clone();
                    sources.read(language, context, &path, &unit, grammar);
                }
                Located::Missing => {
                    sources.missing.push(found(&importer, line, format!("imports {target}, which is not there")));
                }
            }
        }
    }
}

/// The paths that a file imports by `import`, `export … from` or a call.
fn imported_paths(language: &Language, outline: &Outline) -> Vec<(String, usize)> {
    let named = outline.imports.iter().filter(|import| import.name.is_none()).map(|i| (i.target.as_str(), i.line));
    let called =
        outline.calls.iter().filter_map(|call| match (&call.callee, call.arguments.first().map(|a| &a.value)) {
            (Expr::Name(name), Some(Expr::Text(target)))
                if language.functions(name).any(|function| function.value == Some(Meaning::Import)) =>
            {
                Some((target.as_str(), call.line))
            }
            _ => None,
        });
    let is_path = |target: &str| matches!(target, "." | "..") || target.starts_with("./") || target.starts_with("../");
    let mut paths: Vec<(String, usize)> =
        named.chain(called).filter(|(t, _)| is_path(t)).map(|(t, line)| (t.to_owned(), line)).collect();
    paths.sort();
    paths.dedup_by(|a, b| a.0 == b.0);
    paths
}

enum Located {
    /// It is read, or it is no source.
    Read,
    Unread(String, GrammarId),
    Missing,
}

/// The file that an imported path means.
fn locate(sources: &Sources, language: &Language, context: &dyn BuildContext, path: &str) -> Located {
    let data = &language.data;
    let file = |path: &str| matches!(context.entry(path), Entry::File { .. } | Entry::Symlink(_));
    let mut candidates = vec![path.to_owned()];
    candidates.extend(data.extensions.keys().map(|extension| format!("{path}.{extension}")));
    // A compiled source is imported by the name of what it becomes.
    if let Some((stem, _)) = path.rsplit_once('.').filter(|_| data.extensions.contains_key(extension(path))) {
        candidates.extend(data.compiled_extensions.iter().map(|extension| format!("{stem}.{extension}")));
    }
    candidates.extend(data.extensions.keys().map(|extension| join(path, &format!("index.{extension}"))));
    if candidates.iter().any(|candidate| sources.seen.contains(candidate)) {
        return Located::Read;
    }
    if let Some(candidate) = candidates.into_iter().find(|candidate| file(candidate)) {
        return match data.extensions.get(extension(&candidate)) {
            Some(grammar) => Located::Unread(candidate, *grammar),
            None => Located::Read,
        };
    }
    // A declaration, data, or a file of another kind.
    let kept = [".d.ts", ".json"].iter().any(|end| file(&format!("{path}{end}")));
    if kept || file(&join(path, "package.json")) { Located::Read } else { Located::Missing }
}

pub(super) fn declared_package(text: &str) -> Option<String> {
    let line = text.lines().find_map(|line| line.trim().strip_prefix("package "))?;
    Some(line.split(';').next().unwrap_or_default().trim().to_owned())
}
