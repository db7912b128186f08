//! Which programs are shells.

use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::OnceLock;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shells {
    posix: BTreeSet<String>,
    others: BTreeSet<String>,
    builtins: BTreeSet<String>,
}

fn shells() -> &'static Shells {
    static DATA: OnceLock<Shells> = OnceLock::new();
    let text = include_str!(concat!(env!("OUT_DIR"), "/data/shells.json"));
    DATA.get_or_init(|| serde_json::from_str(text).unwrap_or_default())
}

/// True for shells whose language is read, by name or path of the program.
pub fn is_posix(program: &str) -> bool {
    shells().posix.contains(crate::paths::name(program))
}

/// True for every shell, by name or path of the program.
pub fn is_shell(program: &str) -> bool {
    is_posix(program) || shells().others.contains(crate::paths::name(program))
}

/// True for a word that a POSIX shell or bash handles itself.
pub fn is_builtin(word: &str) -> bool {
    shells().builtins.contains(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_shell_itself() {
        assert!(["[", ":", "pushd", "mapfile"].into_iter().all(is_builtin) && !is_builtin("sleep"));
    }

    #[test]
    fn shells_by_name_and_path() {
        for (program, posix, shell) in [
            ("sh", true, true),
            ("/bin/bash", true, true),
            ("/usr/local/bin/ksh", true, true),
            ("zsh", false, true),
            ("/usr/bin/fish", false, true),
            ("python3", false, false),
            ("", false, false),
        ] {
            assert_eq!((is_posix(program), is_shell(program)), (posix, shell), "{program}");
        }
    }
}
