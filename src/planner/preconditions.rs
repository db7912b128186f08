//! What must hold of a file before anything is planned.

use super::{Refusal, unknown};
use crate::analyzer::{Analysis, Base};
use crate::facts::images;
use crate::rules;
use crate::syntax::{Instruction, Kind};

/// True when `--from` names the file's only stage, by number or name, or holds a variable.
fn is_stage(from: &str, base: &Base) -> bool {
    let named = base.name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(from));
    named || from.contains('$') || from.bytes().all(|b| b.is_ascii_digit())
}

/// What must hold before anything is planned.
pub(super) fn check(instructions: &[&Instruction], analysis: &Analysis) -> Result<(), Refusal> {
    let base = &analysis.base;
    let span = instructions[base.instruction].span;
    let copies_from = instructions.iter().find(|i| match &i.kind {
        Kind::Copy(copy) | Kind::Add(copy) => copy.from.as_ref().is_some_and(|from| is_stage(from, base)),
        Kind::Run(_) => {
            i.flags.iter().any(|f| f.name == "mount" && f.value.as_deref().unwrap_or_default().contains("from="))
        }
        _ => false,
    });
    if let Some(instruction) = copies_from {
        return Err(rules::COPY_FROM_IMAGE
            .because("a step works with files of another image or stage", instruction.span)
            .into());
    }
    let platform = base.platform.as_deref().unwrap_or_default();
    let name = base.written.to_ascii_lowercase();
    if platform.contains("windows") || name.contains("windows") || name.contains("nanoserver") {
        return Err(rules::WINDOWS_BASE.because(format!("`{}` is a Windows image", base.written), span).into());
    }
    if name == "scratch" || name.contains("distroless") {
        return Err(rules::MINIMAL_BASE.because(format!("`{}` has no toolchain", base.written), span).into());
    }
    let Some(reference) = &base.reference else {
        let words = format!("`{}` has no known value", base.written);
        return Err(rules::BASE_FROM_ARGUMENT.because(words, span).into());
    };
    let Some(facts) = &base.facts else {
        return Err(rules::UNKNOWN_BASE.because(unknown::unknown_words(&reference.to_string()), span).into());
    };
    if !facts.config.onbuild.is_empty() || images::has_triggers(reference) {
        let words = format!("`{reference}` adds steps of its own to every build");
        return Err(rules::ONBUILD_BASE.because(words, span).into());
    }
    if let Some(onbuild) = instructions.iter().find(|i| matches!(i.kind, Kind::Onbuild(_))) {
        let words = "the file has ONBUILD triggers, which run in builds based on this image";
        return Err(rules::ONBUILD_PRODUCT.because(words, onbuild.span).into());
    }
    if let Some((words, span)) = analysis.uncertain.first() {
        return Err(rules::UNKNOWN_WORKDIR.because(words.clone(), *span).into());
    }
    if let Some(span) = analysis.foreign_shell {
        return Err(rules::SHELL_UNKNOWN.because("SHELL is set to something else than a POSIX shell", span).into());
    }
    Ok(())
}
