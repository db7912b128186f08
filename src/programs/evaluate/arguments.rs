//! Which argument of a call a parameter is given.

use crate::programs::language::{Language, Layout, Selector};
use crate::programs::outline::{Argument, Call, Expr, FunctionInfo};

/// An argument as a call gives it.
#[derive(Clone, Copy)]
pub(crate) struct Given<'c> {
    pub(crate) value: &'c Expr,
    /// It stands for any number of arguments, from this place on.
    pub(crate) spread: bool,
}

/// The argument that a selector names.
pub(crate) fn argument<'c>(call: &'c Call, selector: &Selector) -> Option<Given<'c>> {
    let given = |argument: &'c Argument| Given { value: &argument.value, spread: argument.spread };
    match selector {
        Selector::Name(name) if name == Selector::RECEIVER => match &call.callee {
            Expr::Member(object, _) => Some(Given { value: object.as_ref(), spread: false }),
            _ => None,
        },
        Selector::Name(name) if name == Selector::LAST => call.arguments.last().map(given),
        Selector::Name(name) => {
            call.arguments.iter().find(|argument| argument.name.as_deref() == Some(name)).map(given)
        }
        Selector::Place(place) => {
            let positional = call.arguments.iter().filter(|argument| argument.name.is_none());
            positional.enumerate().find(|(at, argument)| argument.spread || at == place).map(|(_, found)| given(found))
        }
    }
}

/// The expression that a call gives to a parameter: by place, by name, or its default.
pub(super) fn argument_for<'c>(call: &'c Call, function: &'c FunctionInfo, at: usize) -> Option<&'c Expr> {
    let (name, default) = function.parameters.get(at)?;
    let named = argument(call, &Selector::Name(name.clone()));
    match named.or_else(|| argument(call, &Selector::Place(at))) {
        Some(given) if given.spread => None,
        Some(given) => Some(given.value),
        // With arguments that stand for many, the missing one may be among them.
        None if call.arguments.iter().any(|argument| argument.spread) => None,
        None => default.as_ref(),
    }
}

/// An import's target as the data names packages: without the major version of a Go module.
pub(crate) fn plain(language: &Language, target: &str) -> String {
    if language.data.layout != Layout::Go {
        return target.to_owned();
    }
    let is_version = |part: &str| {
        part.strip_prefix('v').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
    };
    let parts: Vec<&str> = target
        .split('/')
        .enumerate()
        .filter(|(at, part)| *at == 0 || !is_version(part))
        .map(|(_, part)| match part.rsplit_once('.') {
            Some((name, version)) if is_version(version) => name,
            _ => part,
        })
        .collect();
    parts.join("/")
}
