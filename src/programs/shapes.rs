//! A language's node kinds as tables of one grammar, so that a walk costs one look-up a node.

use super::language::{GrammarId, Language, Syntax};
use std::collections::BTreeMap;
use std::num::NonZeroU16;
use std::sync::{Mutex, OnceLock};
use tree_sitter::Node;

/// A field of a node; none means its first named child.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Field {
    /// The description names no field.
    #[default]
    First,
    /// This grammar has no such field.
    Missing,
    Id(NonZeroU16),
}

impl Field {
    pub(super) fn id(self) -> Option<NonZeroU16> {
        match self {
            Self::Id(id) => Some(id),
            _ => None,
        }
    }

    pub(super) fn is_some(self) -> bool {
        matches!(self, Self::Id(_))
    }

    /// The node at this field, or the first named child.
    pub(super) fn of(self, node: Node<'_>) -> Option<Node<'_>> {
        match self {
            Self::First => super::outline::named_children(node).first().copied(),
            Self::Missing => None,
            Self::Id(id) => node.child_by_field_id(id.get()),
        }
    }

    /// The node at this field, if there is a field.
    pub(super) fn filled(self, node: Node<'_>) -> Option<Node<'_>> {
        self.id().and_then(|id| node.child_by_field_id(id.get()))
    }
}

#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) callee: Field,
    pub(super) object: Field,
    pub(super) name: Field,
    pub(super) arguments: Field,
}

#[derive(Clone, Debug)]
pub(super) struct Function {
    pub(super) name: Field,
    pub(super) parameters: Field,
    pub(super) method: bool,
    /// The value of its body is what it returns.
    pub(super) value_body: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Binding {
    pub(super) left: Field,
    pub(super) right: Field,
    pub(super) assigns: bool,
    pub(super) empty: bool,
    pub(super) operator: String,
}

/// Everything that a node kind can mean.
#[derive(Clone, Debug, Default)]
pub(super) struct Kind {
    pub(super) string: bool,
    pub(super) name: bool,
    pub(super) member: Option<(Field, Field)>,
    pub(super) subscript: Option<(Field, Field)>,
    pub(super) call: Option<Call>,
    pub(super) concatenation: Option<String>,
    pub(super) adjacent: bool,
    pub(super) join: Option<String>,
    pub(super) alternatives: Vec<(String, Vec<Field>)>,
    pub(super) transparent: Option<Field>,
    pub(super) callee_wrapper: bool,
    pub(super) last_child: bool,
    pub(super) list: bool,
    pub(super) unwraps: bool,
    pub(super) named_argument: Option<(Field, Field)>,
    pub(super) spread: bool,
    pub(super) function: Option<Function>,
    pub(super) bindings: Vec<Binding>,
    pub(super) unknown_binding: bool,
    pub(super) returns: bool,
    pub(super) mac: Option<Field>,
    pub(super) address_of: Option<(String, Field)>,
    pub(super) globals: bool,
    pub(super) import: bool,
    /// It is an import when it has this field.
    pub(super) import_if: Option<Field>,
    pub(super) exports: bool,
    /// A pattern whose members go to names.
    pub(super) taken_apart: bool,
    /// It does nothing with the value of what it holds.
    pub(super) statement: bool,
    pub(super) skipped: bool,
    pub(super) tokens: bool,
    pub(super) opaque: bool,
    pub(super) declaration: Option<(Field, Field)>,
}

/// The kinds of one grammar.
#[derive(Debug)]
pub(super) struct Shapes {
    kinds: Vec<Kind>,
    none: Kind,
    /// Fields that hold the name of a type.
    types: Vec<NonZeroU16>,
}

impl Shapes {
    pub(super) fn kind(&self, id: u16) -> &Kind {
        self.kinds.get(usize::from(id)).unwrap_or(&self.none)
    }

    /// True for the child of a node that names a type.
    pub(super) fn is_type(&self, node: Node<'_>, child: Node<'_>) -> bool {
        self.types.iter().any(|id| node.child_by_field_id(id.get()).is_some_and(|named| named.id() == child.id()))
    }

    /// The tables of a grammar, made once.
    pub(super) fn of(language: &Language, grammar: GrammarId) -> Option<&'static Self> {
        static MADE: OnceLock<Mutex<BTreeMap<GrammarId, &'static Shapes>>> = OnceLock::new();
        let mut made = MADE.get_or_init(Mutex::default).lock().ok()?;
        Some(made.entry(grammar).or_insert_with(|| Box::leak(Box::new(Self::new(&language.data.syntax, grammar)))))
    }

    fn new(syntax: &Syntax, grammar: GrammarId) -> Self {
        let grammar = grammar.language();
        let types = syntax.type_fields.iter().filter_map(|name| grammar.field_id_for_name(name)).collect();
        let kinds = vec![Kind::default(); grammar.node_kind_count()];
        let mut table = Table { grammar, kinds };
        table.mark(syntax);
        table.add_fields(syntax);
        table.add_shapes(syntax);
        Self { kinds: table.kinds, none: Kind::default(), types }
    }
}

/// The kinds of a grammar while they are described.
struct Table {
    grammar: tree_sitter::Language,
    kinds: Vec<Kind>,
}

impl Table {
    fn set(&mut self, kind: &str, change: impl Fn(&mut Kind)) {
        // A grammar may have several symbols of one name (aliases).
        for (id, entry) in (0..).zip(&mut self.kinds) {
            if self.grammar.node_kind_is_named(id) && self.grammar.node_kind_for_id(id) == Some(kind) {
                change(entry);
            }
        }
    }

    fn field(&self, name: &str) -> Field {
        match name {
            "" => Field::First,
            name => self.grammar.field_id_for_name(name).map_or(Field::Missing, Field::Id),
        }
    }

    fn optional(&self, name: &str) -> Field {
        if name.is_empty() { Field::Missing } else { self.field(name) }
    }

    /// Kinds that are of a sort, whatever they hold.
    fn mark(&mut self, syntax: &Syntax) {
        type Mark<'s> = (&'s [String], fn(&mut Kind));
        let marks: [Mark<'_>; 18] = [
            (&syntax.strings, |k| k.string = true),
            (&syntax.names, |k| k.name = true),
            (&syntax.adjacent, |k| k.adjacent = true),
            (&syntax.callee_wrappers, |k| k.callee_wrapper = true),
            (&syntax.blocks, |k| k.last_child = true),
            (&syntax.lists, |k| k.list = true),
            (&syntax.unwrapping_lists, |k| (k.list, k.unwraps) = (true, true)),
            (&syntax.spreads, |k| k.spread = true),
            (&syntax.unknown_bindings, |k| k.unknown_binding = true),
            (&syntax.returns, |k| k.returns = true),
            (&syntax.globals, |k| k.globals = true),
            (&syntax.imports, |k| k.import = true),
            (&syntax.exports, |k| k.exports = true),
            (&syntax.member_patterns, |k| k.taken_apart = true),
            (&syntax.statements, |k| k.statement = true),
            (&syntax.opaque, |k| k.opaque = true),
            (&syntax.tokens, |k| k.tokens = true),
            (&syntax.skipped, |k| k.skipped = true),
        ];
        for (kinds, mark) in marks {
            for kind in kinds {
                self.set(kind, mark);
            }
        }
    }

    /// Kinds with one or two fields that count, or with an operator.
    fn add_fields(&mut self, syntax: &Syntax) {
        type Pairs<'s> = (&'s [[String; 3]], fn(&mut Kind, (Field, Field)));
        let pairs: [Pairs<'_>; 4] = [
            (&syntax.members, |k, fields| k.member = Some(fields)),
            (&syntax.subscripts, |k, fields| k.subscript = Some(fields)),
            (&syntax.named_arguments, |k, fields| k.named_argument = Some(fields)),
            (&syntax.declarations, |k, fields| k.declaration = Some(fields)),
        ];
        for (rows, put) in pairs {
            for [kind, one, other] in rows {
                let fields = (self.field(one), self.field(other));
                self.set(kind, |k| put(k, fields));
            }
        }
        type Single<'s> = (&'s [[String; 2]], fn(&mut Kind, Field));
        let single: [Single<'_>; 3] = [
            (&syntax.transparent, |k, field| k.transparent = Some(field)),
            (&syntax.macros, |k, field| k.mac = Some(field)),
            (&syntax.imports_with, |k, field| k.import_if = Some(field)),
        ];
        for (rows, put) in single {
            for [kind, name] in rows {
                let field = self.field(name);
                self.set(kind, |k| put(k, field));
            }
        }
        for [kind, operator] in &syntax.concatenations {
            self.set(kind, |k| k.concatenation = Some(operator.clone()));
        }
        for [kind, operator] in &syntax.joins {
            self.set(kind, |k| k.join = Some(operator.clone()));
        }
        for [kind, operator, operand] in &syntax.address_of {
            let operand = self.field(operand);
            self.set(kind, |k| k.address_of = Some((operator.clone(), operand)));
        }
    }

    /// Kinds with a shape of their own: calls, functions, bindings, alternatives.
    fn add_shapes(&mut self, syntax: &Syntax) {
        for call in &syntax.calls {
            let shape = Call {
                callee: self.optional(&call.callee),
                object: self.optional(&call.object),
                name: self.optional(&call.name),
                arguments: self.optional(&call.arguments),
            };
            self.set(&call.kind, |k| k.call = Some(shape.clone()));
        }
        for function in &syntax.functions {
            let shape = Function {
                name: self.optional(&function.name),
                parameters: self.optional(&function.parameters),
                method: function.method,
                value_body: function.value_body,
            };
            self.set(&function.kind, |k| k.function = Some(shape.clone()));
        }
        for binding in &syntax.bindings {
            let shape = Binding {
                left: self.field(&binding.left),
                right: self.optional(&binding.right),
                assigns: binding.assigns,
                empty: binding.empty,
                operator: binding.operator.clone(),
            };
            self.set(&binding.kind, |k| k.bindings.push(shape.clone()));
        }
        for parts in &syntax.alternatives {
            let mut parts = parts.iter();
            let kind = parts.next().map(String::as_str).unwrap_or_default();
            let operator = parts.next().cloned().unwrap_or_default();
            let fields: Vec<Field> = parts.map(|name| self.field(name)).collect();
            self.set(kind, |k| k.alternatives.push((operator.clone(), fields.clone())));
        }
    }
}
