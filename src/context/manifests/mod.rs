//! Readers of the manifests that projects keep in their build context.
//!
//! Each reader returns a plain struct of what the file says. What a file leaves to other programs to compute is *unknown*: an
//! `Err(Unavailable::Unknown)` for the file, or a field that says so, never a guess.

mod compose;
mod package_json;

pub use compose::{Command, Healthcheck, Service, all_services, is_compose_file, services_below};
pub use package_json::package_scripts;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Ignore, MemoryContext, glob};
    use super::*;

    /// Pieces of all the formats, so that random texts get past the first character.
    const PIECES: &[&str] = &[
        "a",
        "Ü",
        "-",
        "--",
        " ",
        "\n",
        "\t",
        "\\",
        "\\\n",
        "\"",
        "'",
        "`",
        "#",
        "//",
        "/*",
        "*/",
        "*",
        "**",
        "?",
        "[",
        "]",
        "[[",
        "]]",
        "{",
        "}",
        "(",
        ")",
        "<",
        ">",
        "</",
        "/>",
        "<project>",
        "</project>",
        "<a>",
        "&",
        ";",
        ":",
        ",",
        ".",
        "=",
        "==",
        "!",
        "@",
        "$",
        "${",
        "${a}",
        "-r ",
        "-e ",
        "egg=",
        ".whl",
        "--hash=",
        "gem ",
        "group ",
        " do",
        "end",
        "plugins",
        "id ",
        "apply ",
        "plugin",
        "include ",
        "rootProject.name",
        "version ",
        "module ",
        "require ",
        "replace ",
        "=>",
        "services:",
        "build: ",
        "- ",
        "&x ",
        "*x",
        "<<: ",
        "null",
        "1",
        "^",
        "..",
        "/",
        "\u{feff}",
        "\r\n",
        "\"extends\":",
        "install_requires",
        "[options]",
        "[project]",
    ];

    proptest! {
        #[test]
        fn no_text_makes_a_reader_panic(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..30)) {
            let text = pieces.concat();
            let context = MemoryContext::new([("compose.yaml", &text)]);
            _ = services_below(&context, "", &text);
            _ = package_scripts(&text);
            _ = glob(&context, &text);
            _ = Ignore::parse(&text).map(|ignore| ignore.excludes(&text));
        }
    }
}
