//! What a name means where it stands: a binding, an import, a function of the library that the data describes.

use super::{DEEPEST, Evaluator, Named, Place, is_followed, plain};
use crate::programs::language::{Function, Layout, Meaning, last_part};
use crate::programs::outline::{Bound, Expr};

impl<'a> Evaluator<'a> {
    /// What the data says about the function that is called or named here.
    pub(crate) fn known(&self, what: &Expr, place: Place) -> Vec<&'a Function> {
        self.known_at(what, place, 0)
    }

    fn known_at(&self, what: &Expr, place: Place, depth: usize) -> Vec<&'a Function> {
        let named = self.name(what, place, depth);
        let separator = self.language.data.separator.as_str();
        let mut found: Vec<&Function> = Vec::new();
        match &named {
            Named::Qualified(name) => found.extend(self.language.functions(name)),
            Named::Free(name) => {
                found.extend(self.language.functions(name));
                // `fs::read` after an import of everything is `std::fs::read`; C++ may or may not write `std::`.
                let written_out = self.language.data.layout == Layout::C;
                if found.is_empty() && (name.contains(separator) || written_out) {
                    let last = last_part(name, separator);
                    let ends_in = |long: &str, short: &str| {
                        long.strip_suffix(short).is_some_and(|head| head.ends_with(separator))
                    };
                    for candidate in self.language.names_ending(last) {
                        if ends_in(candidate, name) || (written_out && ends_in(name, candidate)) {
                            found.extend(self.language.functions(candidate));
                        }
                    }
                }
            }
            Named::Method(_) | Named::Nothing => {}
        }
        if found.is_empty()
            && let Expr::Member(_, last) = what
        {
            found.extend(self.language.functions(&format!(".{last}")));
        }
        found.retain(|function| {
            let mentioned = |word: &String| self.sources.mentioned.contains(word);
            self.imports_one_of(&function.when_imported)
                && (function.when_mentioned.is_empty() || function.when_mentioned.iter().any(mentioned))
        });
        found
    }

    /// What a name or member stands for.
    pub(crate) fn name(&self, what: &Expr, place: Place, depth: usize) -> Named {
        if depth > DEEPEST {
            return Named::Nothing;
        }
        let separator = &self.language.data.separator;
        match what {
            Expr::Name(name) => self.plain_name(name, place, depth),
            Expr::Member(object, member) => match self.name(object, place, depth + 1) {
                Named::Qualified(object) => Named::Qualified(format!("{object}{separator}{member}")),
                Named::Free(object) => Named::Free(format!("{object}{separator}{member}")),
                _ => Named::Method(member.clone()),
            },
            Expr::Call(call) => {
                for function in self.known_at(&call.callee, place, depth + 1) {
                    match function.value {
                        Some(Meaning::Import) => {
                            if let Some(Expr::Text(module)) = call.arguments.first().map(|a| &a.value) {
                                return Named::Qualified(module.trim_start_matches("node:").to_owned());
                            }
                        }
                        Some(Meaning::Function) => {
                            if let Some(argument) = call.arguments.first() {
                                return self.name(&argument.value, place, depth + 1);
                            }
                        }
                        _ => {}
                    }
                }
                Named::Nothing
            }
            _ => Named::Nothing,
        }
    }

    fn plain_name(&self, name: &str, place: Place, depth: usize) -> Named {
        let Some(file) = self.sources.files.get(place.file) else { return Named::Nothing };
        let imports = &file.outline.imports;
        let named = imports.iter().filter(|import| import.name.as_deref() == Some(name));
        // A Go import has several names that it may have; the first that the data knows is as good as any.
        let mut targets = named.map(|import| plain(self.language, &import.target));
        if let Some(target) = targets.next() {
            return Named::Qualified(target);
        }
        if let Some((scope, bounds)) = self.binding(name, place) {
            if let [Bound::Value(value, _)] = bounds
                && is_followed(value)
                && *value != Expr::Name(name.to_owned())
            {
                return self.name(value, Place { file: place.file, scope }, depth + 1);
            }
            if let Some(named) = self.one_of(name, bounds, Place { file: place.file, scope }, depth) {
                return named;
            }
            // What is bound in a way that is not understood may still be the library's.
            if bounds.iter().any(|bound| !matches!(bound, Bound::Unknown)) {
                return Named::Nothing;
            }
        }
        let separator = &self.language.data.separator;
        for import in imports.iter().filter(|import| import.name.as_deref() == Some("*")) {
            let qualified = format!("{}{separator}{name}", plain(self.language, &import.target));
            let deeper = format!("{qualified}{separator}");
            let last_known = self.language.functions(&qualified).next().is_some();
            if last_known || self.language.data.functions.iter().any(|f| f.names.iter().any(|n| n.starts_with(&deeper)))
            {
                return Named::Qualified(qualified);
            }
        }
        Named::Free(name.to_owned())
    }

    /// What a name with several values stands for when one of them is something of a package.
    fn one_of(&self, name: &str, bounds: &[Bound], place: Place, depth: usize) -> Option<Named> {
        let key = (place.file, place.scope, name.to_owned());
        if let Some(known) = self.named.borrow().get(&key) {
            return known.clone();
        }
        // Names that stand for each other end here.
        self.named.borrow_mut().insert(key.clone(), None);
        let values = bounds.iter().filter_map(|bound| match bound {
            Bound::Value(value, scope) if is_followed(value) => Some((value, *scope)),
            _ => None,
        });
        let named = values
            .map(|(value, scope)| self.name(value, Place { scope, ..place }, depth + 1))
            .find(|named| matches!(named, Named::Qualified(_)));
        self.named.borrow_mut().insert(key, named.clone());
        named
    }

    pub(super) fn binding(&self, name: &str, place: Place) -> Option<(usize, &'a [Bound])> {
        let outline = &self.sources.files.get(place.file)?.outline;
        let mut scope = Some(place.scope);
        while let Some(at) = scope {
            let current = outline.scopes.get(at)?;
            if let Some(bounds) = current.bound.get(name) {
                return Some((at, bounds));
            }
            scope = current.parent;
        }
        None
    }
}
