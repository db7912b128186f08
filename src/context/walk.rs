//! Walking a context and finding what a `COPY` source names.

use super::pattern::{Pattern, has_wildcard};
use super::{BuildContext, Entry, Unavailable, clean, join};

/// Everything below `directory`, paths relative to the context root and sorted; symbolic links are listed, not followed.
/// Unknown when a directory cannot be listed or there are more than `limit` entries.
pub fn walk(context: &dyn BuildContext, directory: &str, limit: usize) -> Result<Vec<(String, Entry)>, Unavailable> {
    walk_where(context, directory, limit, &|_| true)
}

/// As [`walk`], without what lies below directories that `enter` refuses; they themselves are listed.
pub fn walk_where(
    context: &dyn BuildContext,
    directory: &str,
    limit: usize,
    enter: &dyn Fn(&str) -> bool,
) -> Result<Vec<(String, Entry)>, Unavailable> {
    let mut found = Vec::new();
    let mut pending = vec![clean(directory)];
    while let Some(parent) = pending.pop() {
        for name in context.list(&parent)? {
            if found.len() == limit {
                return Err(Unavailable::Unknown(format!("`{directory}` holds more than {limit} entries")));
            }
            let path = join(&parent, &name);
            let entry = context.entry(&path);
            if entry == Entry::Directory && enter(&path) {
                pending.push(path.clone());
            }
            found.push((path, entry));
        }
    }
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(found)
}

/// The paths that a `COPY` source names, sorted; empty when nothing matches. Wildcards follow Go's `filepath.Match`, component
/// by component, and a malformed pattern matches nothing. Links are followed up to the first component with a wildcard.
pub fn glob(context: &dyn BuildContext, pattern: &str) -> Result<Vec<String>, Unavailable> {
    let pattern = clean(pattern);
    let components: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty()).collect();
    let literal = components.iter().take_while(|part| !has_wildcard(part)).count();
    let (before, wild) = components.split_at(literal);
    let mut paths = vec![before.join("/")];
    if wild.is_empty() {
        return match context.entry(&paths[0]) {
            Entry::Absent => Ok(Vec::new()),
            Entry::Unknown => Err(Unavailable::Unknown(format!("`{pattern}` cannot be examined"))),
            _ => Ok(paths),
        };
    }
    for (depth, component) in wild.iter().enumerate() {
        let Some(compiled) = Pattern::component(component) else { return Ok(Vec::new()) };
        let mut next = Vec::new();
        for parent in paths {
            // Below the first wildcard a link is a file like any other, so only real directories are entered.
            match context.entry(&parent) {
                _ if depth == 0 => {}
                Entry::Directory => {}
                Entry::Unknown => return Err(Unavailable::Unknown(format!("`{parent}` cannot be examined"))),
                _ => continue,
            }
            let names = match context.list(&parent) {
                Err(Unavailable::Absent) => Vec::new(),
                names => names?,
            };
            next.extend(names.iter().filter(|name| compiled.matches(name)).map(|name| join(&parent, name)));
        }
        paths = next;
    }
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::super::{MemoryContext, NoContext};
    use super::*;

    fn context() -> MemoryContext {
        MemoryContext::new([
            ("package.json", ""),
            ("package-lock.json", ""),
            ("requirements.txt", ""),
            ("src/a.go", ""),
            ("src/b.go", ""),
            ("src/sub/c.go", ""),
            ("cmd/a.go", ""),
            ("we[ird", ""),
        ])
        .symlink("linked", "src")
    }

    #[test]
    fn wildcards() {
        let cases: &[(&str, &[&str])] = &[
            ("package*.json", &["package-lock.json", "package.json"]),
            ("./package*.json", &["package-lock.json", "package.json"]),
            ("/package.json", &["package.json"]),
            ("requirements*.txt", &["requirements.txt"]),
            ("yarn.lock", &[]),
            ("yarn.loc*", &[]),
            ("src/*.go", &["src/a.go", "src/b.go"]),
            ("linked/*.go", &["linked/a.go", "linked/b.go"]),
            ("*/a.go", &["cmd/a.go", "src/a.go"]),
            ("s?c/[a-b].go", &["src/a.go", "src/b.go"]),
            ("src/[^a].go", &["src/b.go"]),
            ("src/**/c.go", &["src/sub/c.go"]),
            ("**/c.go", &[]),
            ("none/*", &[]),
            ("src/[", &[]),
            ("we\\[*", &["we[ird"]),
            (".", &[""]),
            ("src", &["src"]),
        ];
        for (pattern, expected) in cases {
            let found = glob(&context(), pattern).expect(pattern);
            assert_eq!(found, *expected, "{pattern}");
        }
    }

    #[test]
    fn nothing_known_is_not_nothing_there() {
        assert!(matches!(glob(&NoContext, "*.json"), Err(Unavailable::Unknown(_))));
        assert!(matches!(glob(&NoContext, "a.json"), Err(Unavailable::Unknown(_))));
        assert!(matches!(walk(&NoContext, "", 10), Err(Unavailable::Unknown(_))));
    }

    #[test]
    fn walking_is_sorted_and_limited() {
        let paths: Vec<_> = walk(&context(), "src", 4).expect("walks").into_iter().map(|(path, _)| path).collect();
        assert_eq!(paths, ["src/a.go", "src/b.go", "src/sub", "src/sub/c.go"]);
        assert!(matches!(walk(&context(), "src", 3), Err(Unavailable::Unknown(_))));
        assert_eq!(walk(&context(), "none", 3), Err(Unavailable::Absent));
    }
}
