//! Expressions in, the values they can have out: constants, bindings, parameters by their calls, own functions by their
//! returns, and the library functions that the data describes.
//!
//! Invariant: a value holds every text that the expression can be, or is marked unknown.

use super::language::{Function, Language, Layout, Meaning, Selector, last_part};
use super::outline::{ADDRESS, Argument, Bound, Call, Expr, FunctionInfo};
use super::sources::Sources;
use super::value::{HOLE, Outside, Text, Value};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

/// How far values are followed.
const DEEPEST: usize = 24;
/// How many steps all evaluations of a program take together, at most.
const MOST_STEPS: usize = 400_000;

/// A place in the program: file and scope.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) file: usize,
    pub(super) scope: usize,
}

/// Arguments of a call that is being looked into.
struct Frame {
    file: usize,
    scope: usize,
    values: Vec<Value>,
}

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// Something of a package, by its qualified name.
    Qualified(String),
    /// A name whose beginning nothing in the file declares.
    Free(String),
    /// A member of a value.
    Method(String),
    Nothing,
}

pub(super) struct Evaluator<'a> {
    pub(super) language: &'a Language,
    pub(super) sources: &'a Sources,
    /// Packages that the program imports.
    imported: BTreeSet<String>,
    functions: HashMap<&'a str, Vec<(usize, usize)>>,
    calls: HashMap<&'a str, Vec<(usize, Rc<Call>)>>,
    values: HashSet<&'a str>,
    units: HashMap<&'a str, Vec<usize>>,
    own: HashMap<&'a str, &'a str>,
    steps: Cell<usize>,
    /// Names with several values that were looked at: file, scope, name.
    named: RefCell<HashMap<(usize, usize, String), Option<Named>>>,
}

impl<'a> Evaluator<'a> {
    pub(super) fn new(language: &'a Language, sources: &'a Sources) -> Self {
        let mut new = Self {
            language,
            sources,
            imported: BTreeSet::new(),
            functions: HashMap::new(),
            calls: HashMap::new(),
            values: HashSet::new(),
            units: HashMap::new(),
            own: sources.own.iter().map(|(target, unit)| (target.as_str(), unit.as_str())).collect(),
            steps: Cell::new(0),
            named: RefCell::default(),
        };
        new.imported.extend(sources.required.iter().map(|required| required.value.clone()));
        for (index, file) in sources.files.iter().enumerate() {
            let outline = &file.outline;
            new.imported.extend(outline.imports.iter().map(|import| plain(language, &import.target)));
            new.units.entry(&file.unit).or_default().push(index);
            for (at, function) in outline.functions.iter().enumerate() {
                new.functions.entry(&function.name).or_default().push((index, at));
            }
            for call in &outline.calls {
                if let Expr::Name(last) | Expr::Member(_, last) = &call.callee {
                    new.calls.entry(last).or_default().push((index, call.clone()));
                }
            }
            new.values.extend(outline.values.iter().map(String::as_str));
            // A function that is imported under another name is called by that name.
            for import in outline.imports.iter().filter(|import| import.name.is_some()) {
                let last = last_part(&import.target, &language.data.separator);
                if import.name.as_deref() != Some(last) {
                    new.values.insert(last);
                }
            }
        }
        new
    }

    /// Notes a package that is imported by a call.
    pub(super) fn import(&mut self, target: &str) {
        self.imported.insert(plain(self.language, target));
    }

    fn imports_one_of(&self, packages: &[String]) -> bool {
        let separator = &self.language.data.package_separator;
        packages.is_empty()
            || packages.iter().any(|package| {
                self.imported.iter().any(|target| {
                    target.strip_prefix(package.as_str()).is_some_and(|rest| {
                        rest.is_empty() || rest.starts_with(separator.as_str()) || rest.starts_with('.')
                    })
                })
            })
    }

    /// What the data says about the function that is called or named here.
    pub(super) fn known(&self, what: &Expr, place: Place) -> Vec<&'a Function> {
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
    pub(super) fn name(&self, what: &Expr, place: Place, depth: usize) -> Named {
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

    fn binding(&self, name: &str, place: Place) -> Option<(usize, &'a [Bound])> {
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

    /// Every value that an expression can have.
    pub(super) fn value(&self, expr: &Expr, place: Place) -> Value {
        self.eval(expr, place, None, 0)
    }

    /// The values of an argument that stands for many: the elements of a list.
    pub(super) fn values(&self, expr: &Expr, place: Place) -> Vec<Value> {
        match expr {
            Expr::List(items) => items.iter().map(|item| self.value(item, place)).collect(),
            Expr::Name(name) => match self.binding(name, place) {
                Some((_, [Bound::Value(Expr::List(items), scope)])) => {
                    let place = Place { scope: *scope, ..place };
                    items.iter().map(|item| self.value(item, place)).collect()
                }
                _ => vec![Value::unknown()],
            },
            _ => vec![Value::unknown()],
        }
    }

    /// The first word of an argument list, or the text itself.
    pub(super) fn first(&self, expr: &Expr, place: Place) -> Value {
        match expr {
            Expr::List(items) => items.first().map_or_else(Value::unknown, |item| self.value(item, place)),
            // `["a"] + more` starts with its first part.
            Expr::Concat(parts) if matches!(parts.first(), Some(Expr::List(_) | Expr::Concat(_) | Expr::Name(_))) => {
                match parts.first() {
                    Some(first @ (Expr::List(_) | Expr::Concat(_))) => self.first(first, place),
                    _ => self.value(expr, place),
                }
            }
            Expr::Name(name) => match self.binding(name, place) {
                Some((_, bounds)) if !bounds.is_empty() => bounds.iter().fold(Value::default(), |all, bound| {
                    all.or(match bound {
                        Bound::Value(value @ (Expr::List(_) | Expr::Concat(_)), scope) => {
                            self.first(value, Place { scope: *scope, ..place })
                        }
                        _ => self.value(expr, place),
                    })
                }),
                _ => self.value(expr, place),
            },
            _ => self.value(expr, place),
        }
    }

    /// True when an expression is the path of the running program itself.
    pub(super) fn is_program(&self, expr: &Expr, place: Place, depth: usize) -> bool {
        if depth > DEEPEST {
            return false;
        }
        match expr {
            Expr::Index(object, index) => {
                self.language.data.arguments_start_with_program
                    && **index == Expr::Text("0".to_owned())
                    && matches!(self.holder(object, place), Some(Holder::Arguments))
            }
            Expr::Name(name) => match self.binding(name, place) {
                Some((_, [Bound::Value(value, scope)])) => {
                    self.is_program(value, Place { scope: *scope, ..place }, depth + 1)
                }
                _ => false,
            },
            Expr::Element(inner, 0) => self.is_program(inner, place, depth + 1),
            Expr::Call(call) => self.known(&call.callee, place).into_iter().any(|function| match function.value {
                Some(Meaning::Program) => true,
                Some(Meaning::Same) => {
                    let of = function.of.clone().unwrap_or(Selector::Place(0));
                    argument(call, &of).is_some_and(|given| self.is_program(given.value, place, depth + 1))
                }
                _ => false,
            }),
            _ => false,
        }
    }

    fn eval(&self, expr: &Expr, place: Place, frame: Option<&Frame>, depth: usize) -> Value {
        self.steps.set(self.steps.get() + 1);
        if depth > DEEPEST || self.steps.get() > MOST_STEPS {
            return Value::unknown();
        }
        match expr {
            Expr::Text(text) => Value::text(text.clone()),
            Expr::Name(name) => self.eval_name(name, place, frame, depth),
            Expr::Member(object, member) => self.eval_member(expr, object, member, place, frame, depth),
            Expr::Index(object, index) => match self.holder(object, place) {
                Some(Holder::Environment) => match self.eval(index, place, frame, depth + 1).only_text() {
                    Some(name) => Value::outside(Outside::Environment(name)),
                    None => Value::unknown(),
                },
                Some(Holder::Arguments) => Value::outside(Outside::Argument),
                None => Value::unknown(),
            },
            Expr::Call(call) => self.eval_call(call, 0, place, frame, depth),
            Expr::Concat(parts) => self.fold(parts, "", place, frame, depth),
            Expr::Joined(parts) => self.fold(parts, "/", place, frame, depth),
            Expr::Either(parts) if !parts.is_empty() => {
                parts.iter().fold(Value::default(), |all, part| all.or(self.eval(part, place, frame, depth + 1)))
            }
            Expr::Element(inner, ADDRESS) => self.eval(inner, place, frame, depth + 1),
            Expr::Element(inner, at) => match inner.as_ref() {
                Expr::Call(call) => self.eval_call(call, *at, place, frame, depth),
                _ => Value::unknown(),
            },
            Expr::Either(_) | Expr::List(_) | Expr::Unknown => Value::unknown(),
        }
    }

    fn fold(&self, parts: &[Expr], between: &str, place: Place, frame: Option<&Frame>, depth: usize) -> Value {
        let mut whole: Option<Value> = None;
        for part in parts {
            let part = self.eval(part, place, frame, depth + 1);
            whole = Some(match whole {
                None => part,
                Some(before) => before.then(&part, between),
            });
        }
        whole.unwrap_or_else(Value::unknown)
    }

    fn eval_name(&self, name: &str, place: Place, frame: Option<&Frame>, depth: usize) -> Value {
        if let Some((scope, bounds)) = self.binding(name, place) {
            return self.eval_bounds(bounds, Place { scope, ..place }, frame, depth);
        }
        // Other files of the same package share their outermost names.
        if let Some(unit) = self.sources.files.get(place.file).map(|file| file.unit.as_str())
            && let Some(value) = self.eval_global(unit, name, depth)
        {
            return value;
        }
        self.eval_meaning(&Expr::Name(name.to_owned()), place, frame, depth)
    }

    fn eval_global(&self, unit: &str, name: &str, depth: usize) -> Option<Value> {
        let mut all: Option<Value> = None;
        for &file in self.units.get(unit)? {
            let outline = &self.sources.files.get(file)?.outline;
            if let Some(bounds) = outline.scopes.first().and_then(|scope| scope.bound.get(name)) {
                let value = self.eval_bounds(bounds, Place { file, scope: 0 }, None, depth);
                all = Some(all.unwrap_or_default().or(value));
            }
        }
        all
    }

    fn eval_bounds(&self, bounds: &[Bound], place: Place, frame: Option<&Frame>, depth: usize) -> Value {
        let mut all = Value::default();
        for bound in bounds {
            let value = match bound {
                Bound::Value(value, scope) => self.eval(value, Place { scope: *scope, ..place }, frame, depth + 1),
                Bound::Parameter(at) => self.eval_parameter(*at, place, frame, depth),
                Bound::Empty => continue,
                Bound::Unknown => Value::unknown(),
            };
            all = all.or(value);
        }
        if all == Value::default() { Value::unknown() } else { all }
    }

    /// A parameter has the values that the calls of its function give it, when all of them are seen.
    fn eval_parameter(&self, at: usize, place: Place, frame: Option<&Frame>, depth: usize) -> Value {
        if let Some(frame) = frame.filter(|frame| frame.file == place.file && frame.scope == place.scope) {
            return frame.values.get(at).cloned().unwrap_or_else(Value::unknown);
        }
        let outline = match self.sources.files.get(place.file) {
            Some(file) => &file.outline,
            None => return Value::unknown(),
        };
        let function = outline.scopes.get(place.scope).and_then(|scope| scope.function);
        let Some(function) = function.and_then(|index| outline.functions.get(index)) else {
            return Value::unknown();
        };
        if function.open || self.values.contains(function.name.as_str()) {
            return Value::unknown();
        }
        let Some(calls) = self.calls.get(function.name.as_str()) else { return Value::unknown() };
        let mut all = Value::default();
        for (file, call) in calls {
            let place = Place { file: *file, scope: call.scope };
            all = all.or(match argument_for(call, function, at) {
                Some(argument) => self.eval(argument, place, None, depth + 1),
                None => Value::unknown(),
            });
            if all.unknown {
                return all;
            }
        }
        all
    }

    fn eval_member(
        &self,
        whole: &Expr,
        object: &Expr,
        member: &str,
        place: Place,
        frame: Option<&Frame>,
        depth: usize,
    ) -> Value {
        if let Some(Holder::Environment) = self.holder(object, place) {
            return Value::outside(Outside::Environment(member.to_owned()));
        }
        if let Named::Qualified(package) = self.name(object, place, 0)
            && let Some(unit) = self.own_unit(&package)
            && let Some(value) = self.eval_global(unit, member, depth + 1)
        {
            return value;
        }
        self.eval_meaning(whole, place, frame, depth)
    }

    fn own_unit(&self, package: &str) -> Option<&'a str> {
        self.own.iter().find(|(target, _)| plain(self.language, target) == package).map(|(_, unit)| *unit)
    }

    /// The meaning that the data gives to a name or member that is not called.
    fn eval_meaning(&self, expr: &Expr, place: Place, frame: Option<&Frame>, depth: usize) -> Value {
        let call = Call { callee: expr.clone(), arguments: Vec::new(), line: 0, scope: place.scope, escapes: false };
        self.known(expr, place)
            .into_iter()
            .find(|function| function.value.is_some())
            .map_or_else(Value::unknown, |function| self.meaning(function, &call, place, frame, depth))
    }

    fn holder(&self, object: &Expr, place: Place) -> Option<Holder> {
        let (Named::Qualified(name) | Named::Free(name)) = self.name(object, place, 0) else { return None };
        if self.language.data.environment.contains(&name) {
            Some(Holder::Environment)
        } else if self.language.data.arguments.contains(&name) {
            Some(Holder::Arguments)
        } else {
            None
        }
    }

    fn eval_call(&self, call: &Rc<Call>, element: usize, place: Place, frame: Option<&Frame>, depth: usize) -> Value {
        if let Some(function) = self.known(&call.callee, place).into_iter().find(|function| function.value.is_some()) {
            return match element {
                0 => self.meaning(function, call, place, frame, depth),
                _ => Value::unknown(),
            };
        }
        let Some((file, function)) = self.own_function(&call.callee, place) else { return Value::unknown() };
        let values = (0..function.parameters.len())
            .map(|at| match argument_for(call, function, at) {
                Some(argument) => self.eval(argument, place, frame, depth + 1),
                None => Value::unknown(),
            })
            .collect();
        let inner = Frame { file, scope: function.scope, values };
        let returns = self.sources.files.get(file).and_then(|f| f.outline.scopes.get(function.scope));
        let returns = returns.map(|scope| scope.returns.as_slice()).unwrap_or_default();
        let place = Place { file, scope: function.scope };
        let mut all = Value::default();
        for value in returns {
            let value = match value {
                Expr::List(items) => items.get(element).unwrap_or(&Expr::Unknown),
                single if element == 0 => single,
                _ => &Expr::Unknown,
            };
            all = all.or(self.eval(value, place, Some(&inner), depth + 1));
        }
        if all == Value::default() { Value::unknown() } else { all }
    }

    /// The program's own function that a call names, when there is exactly one.
    fn own_function(&self, callee: &Expr, place: Place) -> Option<(usize, &'a FunctionInfo)> {
        let unit = self.sources.files.get(place.file)?.unit.as_str();
        let (name, unit) = match callee {
            Expr::Name(name) => (name, unit),
            Expr::Member(object, name) => match self.name(object, place, 0) {
                Named::Qualified(package) => (name, self.own_unit(&package)?),
                _ => return None,
            },
            _ => return None,
        };
        let candidates: Vec<_> = self.functions.get(name.as_str())?.iter().collect();
        let mut here =
            candidates.into_iter().filter(|(file, _)| self.sources.files.get(*file).is_some_and(|f| f.unit == unit));
        let (file, at) = here.next()?;
        if here.next().is_some() {
            return None;
        }
        let function = self.sources.files.get(*file)?.outline.functions.get(*at)?;
        Some((*file, function))
    }

    fn meaning(&self, function: &Function, call: &Call, place: Place, frame: Option<&Frame>, depth: usize) -> Value {
        let eval = |expr: &Expr| self.eval(expr, place, frame, depth + 1);
        let of = function.of.clone().unwrap_or(Selector::Place(0));
        let subject = argument(call, &of).map(|given| given.value);
        let default =
            function.default.as_ref().and_then(|selector| argument(call, selector)).map(|given| eval(given.value));
        match function.value {
            Some(Meaning::Same) => subject.map_or_else(Value::unknown, eval),
            Some(Meaning::Directory) => subject.map_or_else(Value::unknown, |s| eval(s).map(directory_of)),
            Some(Meaning::Join) => {
                let mut parts = Vec::new();
                if function.of.is_some() {
                    parts.extend(subject.cloned());
                }
                for argument in &call.arguments {
                    match (&argument.value, argument.spread) {
                        (Expr::List(items), _) => parts.extend(items.iter().cloned()),
                        (_, true) => parts.push(Expr::Unknown),
                        (value, false) => parts.push(value.clone()),
                    }
                }
                self.fold(&parts, "/", place, frame, depth)
            }
            Some(Meaning::Format) => subject.map_or_else(Value::unknown, |s| eval(s).map(with_holes)),
            Some(Meaning::Concat) => {
                let parts: Vec<Expr> = call.arguments.iter().map(|a| a.value.clone()).collect();
                self.fold(&parts, "", place, frame, depth)
            }
            Some(Meaning::Either) => {
                let first = match &function.of {
                    Some(_) => subject.map_or_else(Value::unknown, eval),
                    None => Value::default(),
                };
                let parts = call.arguments.iter().map(|a| if a.spread { Value::unknown() } else { eval(&a.value) });
                parts.fold(first, Value::or)
            }
            Some(Meaning::Here) => Value::text("."),
            Some(Meaning::Constant) => Value::text(function.text.clone().unwrap_or_default()),
            Some(Meaning::SourceDirectory) => self.source_path(place).map_or_else(Value::unknown, |path| {
                Value::text(super::value::parent_of(path).unwrap_or(".").to_owned())
            }),
            Some(Meaning::SourceFile) => {
                self.source_path(place).map_or_else(Value::unknown, |path| Value::text(path.to_owned()))
            }
            Some(Meaning::Environment) => {
                let name = subject.and_then(|s| eval(s).only_text());
                let value = name.map_or_else(Value::unknown, |name| Value::outside(Outside::Environment(name)));
                default.map_or(value.clone(), |default| value.or(default))
            }
            Some(Meaning::Flag) => {
                let name = subject.and_then(|s| eval(s).only_text()).unwrap_or_default();
                let value = Value::outside(Outside::Flag(name.trim_start_matches('-').to_owned()));
                default.map_or(value.clone(), |default| value.or(default))
            }
            Some(Meaning::Argument) => Value::outside(Outside::Argument),
            Some(Meaning::Function | Meaning::Import | Meaning::Program) | None => Value::unknown(),
        }
    }

    /// Where a source stands when it runs, if that is where it stands now.
    fn source_path(&self, place: Place) -> Option<&str> {
        let path = self.sources.files.get(place.file)?.path.as_str();
        let path = path.strip_prefix(self.sources.root.as_str()).unwrap_or(path).trim_start_matches('/');
        let compiled = &self.language.data.compiled_extensions;
        (!compiled.iter().any(|known| known == super::sources::extension(path))).then_some(path)
    }
}

/// True for expressions that can name something of a package.
fn is_followed(value: &Expr) -> bool {
    matches!(value, Expr::Name(_) | Expr::Member(..) | Expr::Call(_))
}

enum Holder {
    Environment,
    Arguments,
}

impl Value {
    /// The one text that this is for sure.
    pub(super) fn only_text(&self) -> Option<String> {
        let mut texts = self.texts.iter();
        match (texts.next(), texts.next()) {
            (Some(text), None) if !text.more && !self.unknown && self.outside.is_empty() => Some(text.text.clone()),
            _ => None,
        }
    }
}

fn directory_of(text: Text) -> Text {
    let path = text.text.trim_end_matches('/');
    // A path that goes on may go on below another directory.
    let parent = path.rsplit_once('/').map_or(".", |(parent, _)| if parent.is_empty() { "/" } else { parent });
    if text.more { text } else { Text::whole(parent) }
}

/// A format with holes for its placeholders: `%-10s`, `{}`, `{name:>8}`.
fn with_holes(format: Text) -> Text {
    let Some(first) = format.text.find(['%', '{']) else { return format };
    let mut holes = String::new();
    let mut rest = &format.text[first..];
    while let Some(open) = rest.chars().next() {
        let end = match open {
            '%' => rest[1..].find(|c: char| c.is_ascii_alphabetic() || c == '%').map_or(rest.len(), |at| at + 2),
            '{' => rest.find('}').map_or(rest.len(), |at| at + 1),
            _ => {
                holes.push(open);
                rest = &rest[open.len_utf8()..];
                continue;
            }
        };
        holes.push(HOLE);
        rest = &rest[end..];
    }
    let tail = holes.split_off(HOLE.len_utf8());
    let tail = if format.more { format!("{tail}{HOLE}{}", format.tail) } else { tail };
    Text { text: format.text[..first].to_owned(), more: true, tail }
}

/// An argument as a call gives it.
#[derive(Clone, Copy)]
pub(super) struct Given<'c> {
    pub(super) value: &'c Expr,
    /// It stands for any number of arguments, from this place on.
    pub(super) spread: bool,
}

/// The argument that a selector names.
pub(super) fn argument<'c>(call: &'c Call, selector: &Selector) -> Option<Given<'c>> {
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
fn argument_for<'c>(call: &'c Call, function: &'c FunctionInfo, at: usize) -> Option<&'c Expr> {
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
pub(super) fn plain(language: &Language, target: &str) -> String {
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
