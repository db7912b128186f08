//! Scripts that ask whether a command is there (POSIX.1-2017, `command -v`, `type`, `hash`), and builtins that start another.

use super::Reader;
use crate::facts::heuristics::Arg;

/// True for a builtin, or a tool that does the same, that looks commands up by their names.
pub(super) fn looks_up(argv: &[Arg]) -> bool {
    let is_option = |arg: &&Arg| arg.text.starts_with('-');
    let options = || argv.iter().skip(1).take_while(is_option);
    match argv.first().map(|first| first.text.as_str()) {
        Some("command") => options().any(|option| option.text.contains(['v', 'V'])),
        Some("type" | "hash" | "which") => true,
        _ => false,
    }
}

/// The command behind a builtin that starts another, without the builtin's options.
pub(super) fn behind(argv: &[Arg]) -> &[Arg] {
    let mut at = 1;
    while let Some(option) = argv.get(at).filter(|arg| arg.text.starts_with('-')) {
        // `exec -a NAME COMMAND`
        let valued = argv[0].text == "exec" && option.text.ends_with('a');
        at += if valued { 2 } else { 1 };
    }
    argv.get(at..).unwrap_or_default()
}

impl Reader<'_> {
    /// Each command that is looked up is needed where the image has it, and missed by nobody where it has not.
    pub(super) fn looked_up(&mut self, argv: &[Arg], because: &str, depth: usize) {
        for word in argv.iter().skip(1).filter(|word| word.exact && !word.text.starts_with('-')) {
            self.command_word(&word.text, because);
            if !word.text.contains('/') {
                self.demands.optional.insert(word.text.clone());
            }
        }
        // What is a program of its own has to be there.
        if argv[0].text == "which" {
            self.argv(&argv[..1], because, depth);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Arg> {
        text.split(' ').map(|word| Arg { text: word.to_owned(), exact: true }).collect()
    }

    #[test]
    fn what_looks_commands_up() {
        for (text, looks) in [
            ("command -v dlv", true),
            ("command -pv dlv", true),
            ("command -p dlv", false),
            ("command dlv -v", false),
            ("type -P dlv", true),
            ("which dlv", true),
            ("exec dlv", false),
        ] {
            assert_eq!(looks_up(&words(text)), looks, "{text}");
        }
    }

    #[test]
    fn the_command_behind_a_builtin() {
        for (text, found) in [
            ("exec dlv exec /app", "dlv exec /app"),
            ("exec -a web dlv", "dlv"),
            ("command -p dlv -v", "dlv -v"),
            ("time -p", ""),
        ] {
            let found_words: Vec<String> = behind(&words(text)).iter().map(|arg| arg.text.clone()).collect();
            assert_eq!(found_words.join(" "), found, "{text}");
        }
    }

    /// The runtime stage of a Go project that has a tool installed and starts by a script, or why there is none.
    fn stage(script: &str) -> String {
        let file = "FROM golang:1.19-bullseye\nRUN go install example.org/acme/goose@v3.7.0\nCOPY start.sh /start.sh\n\
                    CMD [\"sh\", \"/start.sh\"]\n";
        let context = crate::context::MemoryContext::new([("start.sh", script)]);
        let conversion = crate::convert(&crate::Request::new(file.as_bytes(), &context)).expect("a Dockerfile");
        match conversion.output {
            Some(output) => {
                let text = String::from_utf8(output).expect("text");
                text.rsplit("\nFROM ").next().unwrap_or_default().to_owned()
            }
            None => format!("{:?}", conversion.outcome),
        }
    }

    #[test]
    fn what_is_asked_for_is_optional() {
        let script = "#!/bin/sh\nif command -v frob >/dev/null; then exec frob; fi\nexec goose up\n";
        let found = stage(script);
        assert!(found.contains("COPY --from=builder /go/bin/goose /go/bin/goose"), "{found}");
        assert!(!found.contains("/go/bin/frob") && !found.contains("/go/bin/-v"), "{found}");
        // Without the question it is a command that nobody brings.
        let found = stage("#!/bin/sh\nfrob\nexec goose up\n");
        assert!(found.contains("nothing that msb can name brings `frob`"), "{found}");
    }

    #[test]
    fn what_is_asked_for_and_there_stays() {
        let found = stage("#!/bin/sh\ncommand -v git >/dev/null || exit 1\ncommand -v goose\ngoose up\n");
        assert!(found.contains("git"), "{found}");
        assert!(found.contains("/go/bin/goose"), "{found}");
    }
}
