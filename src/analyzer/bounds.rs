//! What the variables of a file may grow to, asked before anything is analysed.
//!
//! Forty lines of `ENV A=$B$B` double a value forty times. One text is bounded by [`MAX_EXPANSION`]; here the file is bounded as
//! a whole, and the line at which it becomes too much is named.

use super::config::{self, Scope, StageState};
use super::{Inputs, base_of};
use crate::diagnostic::{Diagnostic, TOO_LARGE};
use crate::source::Span;
use crate::syntax::{Copy, CopySource, ExpandError, Instruction, Kind, MAX_EXPANSION};

/// The most bytes that all steps of a file may be given by its variables together: what they put into its texts, and the
/// environment that each RUN starts with.
const MAX_ALL: usize = 64 << 20;

/// Refuses a file whose variables grow beyond all measure.
///
/// # Errors
///
/// The first instruction at which they do.
pub(super) fn check(inputs: Inputs<'_>) -> Result<(), Diagnostic> {
    let file = inputs.dockerfile;
    let instructions: Vec<&Instruction> = file.instructions().collect();
    let mut meter = Meter { source: &file.source, escape: file.escape, spent: 0 };
    let mut global = config::platform_arguments();
    for instruction in instructions.iter().take_while(|i| !matches!(i.kind, Kind::From(_))) {
        meter.instruction(instruction, &global)?;
        if let Kind::Arg(declarations) = &instruction.kind {
            config::declare(&mut global, declarations, file.escape, inputs.build_args);
        }
    }
    let base = base_of(&instructions, &global, file.escape, inputs.policy);
    let mut state = StageState::new(base.facts.as_ref().map(|facts| &facts.config), file.escape);
    for instruction in instructions.iter().skip(base.instruction + 1) {
        meter.instruction(instruction, &state.scope)?;
        state.apply(instruction, &global, inputs.build_args);
        let mut given = state.config.workdir.len() + state.config.user.len();
        if matches!(instruction.kind, Kind::Run(_)) {
            given += state.scope.size();
        }
        meter.spend(given, instruction.span)?;
    }
    Ok(())
}

/// Counts what variables give.
struct Meter<'a> {
    source: &'a [u8],
    escape: u8,
    spent: usize,
}

impl Meter<'_> {
    fn instruction(&mut self, instruction: &Instruction, scope: &Scope) -> Result<(), Diagnostic> {
        for (text, span) in texts(instruction) {
            match scope.try_expand(text, self.escape) {
                Ok(value) => self.spend(value.map_or(0, |value| value.len()), span)?,
                Err(ExpandError::TooLarge) => {
                    let limit = MAX_EXPANSION >> 10;
                    return Err(self.error(span, format!("the variables here expand to more than {limit} KiB")));
                }
                // BuildKit refuses the others when it comes to the step; who reads the value takes it as not known.
                Err(_) => {}
            }
        }
        Ok(())
    }

    fn spend(&mut self, bytes: usize, span: Span) -> Result<(), Diagnostic> {
        self.spent = self.spent.saturating_add(bytes);
        if self.spent <= MAX_ALL {
            return Ok(());
        }
        Err(self.error(span, format!("up to here the variables of the file expand to more than {} MiB", MAX_ALL >> 20)))
    }

    fn error(&self, span: Span, message: String) -> Diagnostic {
        Diagnostic::new(TOO_LARGE, self.source, span, message)
            .help("variables that repeat each other double with every line; write the value out".to_owned())
    }
}

/// The texts of an instruction in which variables are replaced, each with its place.
fn texts(instruction: &Instruction) -> Vec<(&str, Span)> {
    let here = |text| (text, instruction.span);
    match &instruction.kind {
        Kind::Env(pairs) | Kind::Label(pairs) => {
            pairs.iter().flat_map(|pair| [(pair.name.as_str(), pair.span), (pair.value.as_str(), pair.span)]).collect()
        }
        Kind::Arg(declarations) => declarations.iter().filter_map(|d| Some((d.default.as_deref()?, d.span))).collect(),
        Kind::Copy(copy) | Kind::Add(copy) => copy_texts(copy).map(here).collect(),
        Kind::Workdir(text) | Kind::User(text) | Kind::Stopsignal(text) => vec![here(text.as_str())],
        Kind::Expose(texts) | Kind::Volume(texts) => texts.iter().map(|text| here(text.as_str())).collect(),
        _ => Vec::new(),
    }
}

fn copy_texts(copy: &Copy) -> impl Iterator<Item = &str> {
    let sources = copy.sources.iter().filter_map(|source| match source {
        CopySource::Path(path) => Some(path.as_str()),
        CopySource::Heredoc(_) => None,
    });
    sources.chain([copy.destination.as_str()]).chain(copy.chown.as_deref())
}

#[cfg(test)]
mod tests {
    use crate::Request;
    use crate::context::MemoryContext;

    /// The line and the words of the error that a file is refused with.
    fn refused(file: &str) -> Option<(usize, String)> {
        let context = MemoryContext::default();
        let errors = crate::convert(&Request::new(file.as_bytes(), &context)).err()?;
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert_eq!(errors[0].code, crate::diagnostic::TOO_LARGE);
        Some((errors[0].line, errors[0].message.clone()))
    }

    #[test]
    fn doubling_lines_are_refused_where_it_is_too_much() {
        let stage =
            format!("FROM golang:1.22\nENV B=x\n{}CMD [\"/x\"]\n", "ENV A=${B}${B}\nENV B=${A}${A}\n".repeat(20));
        assert_eq!(refused(&stage).map(|(line, _)| line), Some(20), "128 KiB are 2 to the 17th");
        let one = format!("FROM golang:1.22\n{}CMD [\"/x\"]\n", "ENV GOPATH=$GOPATH$GOPATH\n".repeat(40));
        assert_eq!(refused(&one).map(|(line, _)| line), Some(17), "from the value that the base image brings");
        let global = format!("ARG A=x\n{}FROM golang:1.22\n", "ARG A=${A}${A}\n".repeat(40));
        assert_eq!(refused(&global).map(|(line, _)| line), Some(19));
        let own = format!("FROM golang:1.22\nARG A=x\n{}", "ARG A=${A}${A}\n".repeat(40));
        assert_eq!(refused(&own).map(|(line, _)| line), Some(20));
        let path = format!("FROM golang:1.22\nENV A=x\n{}", "ENV A=${A}${A}\n".repeat(17) + "WORKDIR /$A/$A\n");
        let (line, words) = refused(&path).expect("a folder's name of 256 KiB");
        assert_eq!(line, 20);
        assert!(words.contains("128 KiB"), "{words}");
    }

    #[test]
    fn many_copies_of_one_long_value_are_refused() {
        let long = format!("FROM golang:1.22\nENV A={}\n", "x".repeat(60_000));
        let many = long.clone() + &"COPY $A /b\n".repeat(2000);
        let (line, words) = refused(&many).expect("120 MB of names");
        assert!((1000..1300).contains(&line), "{line}");
        assert!(words.contains("64 MiB"), "{words}");
        assert_eq!(refused(&(long + "COPY $A /b\n")), None, "a long value alone is no fault");
    }

    /// The reasons for which a Go program's file, with this RUN before its build, is declined.
    fn declined(run: &str) -> Vec<String> {
        let file = format!(
            "FROM golang:1.22\nWORKDIR /app\nCOPY . .\n{run}\nRUN CGO_ENABLED=0 go build -o /app/x .\nCMD [\"/app/x\"]\n"
        );
        let context = MemoryContext::new([("go.mod", "module x\n"), ("main.go", "package main\n\nfunc main() {}\n")]);
        let conversion = crate::convert(&Request::new(file.as_bytes(), &context)).expect("it is a Dockerfile");
        match conversion.outcome {
            crate::planner::Outcome::Declined { reasons } => reasons.into_iter().map(|r| r.because).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn a_script_that_writes_thousands_of_paths_is_opaque() {
        let script = |lines: usize, line: &str| {
            let lines: String = (0..lines).map(|i| line.replace('#', &i.to_string()) + "\n").collect();
            format!("RUN <<EOF\n{lines}EOF")
        };
        let reasons = declined(&script(2001, "mkdir -p /data/d#"));
        assert!(reasons.iter().any(|r| r.contains("more than 2000 paths")), "{reasons:?}");
        assert_eq!(declined(&script(20, "mkdir -p /data/d#")), [""; 0]);
        assert_eq!(declined(&script(5000, "echo # > /tmp/f#")), [""; 0], "nobody asks for temporary files");
        assert_eq!(declined(&script(50_000, "echo line #")), [""; 0], "printing writes nothing");
    }

    #[test]
    fn a_shell_variable_that_doubles_is_not_known() {
        let reasons = declined(&format!("RUN A=/data/xxxxxxxx; {} mkdir $A", "A=$A$A; ".repeat(64)));
        assert!(reasons.iter().all(|reason| reason.len() < 1000), "{reasons:?}");
    }

    #[test]
    fn deep_nesting_is_not_understood_and_no_overflow() {
        let nested = [("(", ")"), ("$(", ")"), ("{ ", "; }"), ("$((", "))"), ("${a:-", "}"), ("`", "`"), ("<(", ")")];
        for (open, close) in nested {
            let reasons = declined(&format!("RUN echo {}x{}", open.repeat(10_000), close.repeat(10_000)));
            assert!(open == "`" || !reasons.is_empty(), "{open}");
        }
        let lines = "if true; then\n".repeat(10_000) + "true\n" + &"fi\n".repeat(10_000);
        assert!(!declined(&format!("RUN <<EOF\n{lines}EOF")).is_empty());
        assert_eq!(declined(&format!("RUN echo {}", "x".repeat(65_000))), [""; 0], "a long line is nothing to fear");
    }
}
