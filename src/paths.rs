//! Paths inside an image: absolute, `/` separated, compared as text. No file system is asked.

/// Joins `path` to `base` and removes `.`, `..` and doubled slashes; an absolute `path` replaces `base`.
pub fn join(base: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let base = if path.starts_with('/') { "" } else { base };
    for part in base.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    format!("/{}", parts.join("/"))
}

/// True when `path` is `root` or lies below it.
pub fn is_within(root: &str, path: &str) -> bool {
    below(root, path).is_some()
}

/// The part of `path` below `root`: `""` for `root` itself, `None` when it lies elsewhere.
pub fn below<'a>(root: &str, path: &'a str) -> Option<&'a str> {
    if root == "/" {
        return path.strip_prefix('/');
    }
    match path.strip_prefix(root) {
        Some("") => Some(""),
        Some(rest) => rest.strip_prefix('/'),
        None => None,
    }
}

/// The directory that holds `path`; the root holds itself.
pub fn parent(path: &str) -> &str {
    match path.rfind('/') {
        Some(0) | None => "/",
        Some(i) => &path[..i],
    }
}

/// The last component of `path`.
pub fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// True for the directories for temporary files of the file system standard, with no more in them than their own name.
pub fn is_temporary(path: &str) -> bool {
    matches!(path, "/tmp" | "/var/tmp")
}

/// Directories that belong to the system or hold many unrelated things: they are never copied as a whole
/// and never grouped into one tree.
pub fn is_shared(path: &str) -> bool {
    const SHARED: &[&str] = &[
        "/",
        "/bin",
        "/boot",
        "/dev",
        "/etc",
        "/home",
        "/lib",
        "/lib64",
        "/media",
        "/mnt",
        "/opt",
        "/proc",
        "/root",
        "/run",
        "/sbin",
        "/srv",
        "/sys",
        "/tmp",
        "/usr",
        "/usr/bin",
        "/usr/include",
        "/usr/lib",
        "/usr/libexec",
        "/usr/local",
        "/usr/local/bin",
        "/usr/local/etc",
        "/usr/local/include",
        "/usr/local/lib",
        "/usr/local/libexec",
        "/usr/local/sbin",
        "/usr/local/share",
        "/usr/local/src",
        "/usr/sbin",
        "/usr/share",
        "/usr/src",
        "/var",
        "/var/cache",
        "/var/lib",
        "/var/log",
        "/var/opt",
        "/var/run",
        "/var/spool",
        "/var/tmp",
        "/var/www",
    ];
    SHARED.contains(&path)
}

/// True below directories that distributions fill, by the hierarchy of
/// <https://refspecs.linuxfoundation.org/fhs.shtml>: an image may have something there that no instruction names.
pub fn is_of_distribution(path: &str) -> bool {
    const FILLED: &[&str] = &["/bin", "/etc", "/lib", "/lib64", "/sbin", "/usr", "/var"];
    FILLED.iter().any(|root| is_within(root, path)) && !is_within("/usr/src", path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_and_cleans() {
        for (base, path, want) in [
            ("/app", "x", "/app/x"),
            ("/app", "./x/../y", "/app/y"),
            ("/app", "/etc", "/etc"),
            ("/", "..", "/"),
            ("/a/b", "", "/a/b"),
            ("/a", "b//c/", "/a/b/c"),
        ] {
            assert_eq!(join(base, path), want, "{base} + {path}");
        }
    }

    #[test]
    fn below_needs_a_whole_component() {
        assert_eq!(below("/app", "/app/x"), Some("x"));
        assert_eq!(below("/app", "/app"), Some(""));
        assert_eq!(below("/app", "/apple"), None);
        assert_eq!(below("/", "/x"), Some("x"));
    }

    #[test]
    fn shared_directories() {
        for path in ["/", "/usr", "/usr/local", "/usr/local/bin", "/etc", "/home", "/usr/bin", "/usr/src", "/var/www"] {
            assert!(is_shared(path), "{path}");
        }
        for path in [
            "/app",
            "/usr/src/app",
            "/home/node",
            "/opt/x",
            "/srv/app",
            "/var/lib/journal",
            "/usr/app",
            "/var/www/app",
            "/etc/nginx/conf.d",
        ] {
            assert!(!is_shared(path), "{path}");
        }
    }
}
