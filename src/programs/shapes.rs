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
        let mut shapes = Self { kinds: vec![Kind::default(); grammar.node_kind_count()], none: Kind::default(), types };
        let field = |name: &str| match name {
            "" => Field::First,
            name => grammar.field_id_for_name(name).map_or(Field::Missing, Field::Id),
        };
        let optional = |name: &str| match name {
            "" => Field::Missing,
            name => field(name),
        };
        let mut set = |kind: &str, change: &dyn Fn(&mut Kind)| {
            // A grammar may have several symbols of one name (aliases).
            for id in 0..grammar.node_kind_count() {
                let Ok(id) = u16::try_from(id) else { break };
                if grammar.node_kind_is_named(id)
                    && grammar.node_kind_for_id(id) == Some(kind)
                    && let Some(entry) = shapes.kinds.get_mut(usize::from(id))
                {
                    change(entry);
                }
            }
        };
        for kind in &syntax.strings {
            set(kind, &|k| k.string = true);
        }
        for kind in &syntax.names {
            set(kind, &|k| k.name = true);
        }
        for [kind, object, member] in &syntax.members {
            set(kind, &|k| k.member = Some((field(object), field(member))));
        }
        for [kind, object, index] in &syntax.subscripts {
            set(kind, &|k| k.subscript = Some((field(object), field(index))));
        }
        for call in &syntax.calls {
            let shape = Call {
                callee: optional(&call.callee),
                object: optional(&call.object),
                name: optional(&call.name),
                arguments: optional(&call.arguments),
            };
            set(&call.kind, &|k| k.call = Some(shape.clone()));
        }
        for [kind, operator] in &syntax.concatenations {
            set(kind, &|k| k.concatenation = Some(operator.clone()));
        }
        for kind in &syntax.adjacent {
            set(kind, &|k| k.adjacent = true);
        }
        for [kind, operator] in &syntax.joins {
            set(kind, &|k| k.join = Some(operator.clone()));
        }
        for parts in &syntax.alternatives {
            let mut parts = parts.iter();
            let kind = parts.next().map(String::as_str).unwrap_or_default();
            let operator = parts.next().cloned().unwrap_or_default();
            let fields: Vec<Field> = parts.map(|name| field(name)).collect();
            set(kind, &|k| k.alternatives.push((operator.clone(), fields.clone())));
        }
        for [kind, name] in &syntax.transparent {
            set(kind, &|k| k.transparent = Some(field(name)));
        }
        for kind in &syntax.callee_wrappers {
            set(kind, &|k| k.callee_wrapper = true);
        }
        for kind in &syntax.blocks {
            set(kind, &|k| k.last_child = true);
        }
        for kind in &syntax.lists {
            set(kind, &|k| k.list = true);
        }
        for kind in &syntax.unwrapping_lists {
            set(kind, &|k| {
                k.list = true;
                k.unwraps = true;
            });
        }
        for [kind, name, value] in &syntax.named_arguments {
            set(kind, &|k| k.named_argument = Some((field(name), field(value))));
        }
        for kind in &syntax.spreads {
            set(kind, &|k| k.spread = true);
        }
        for function in &syntax.functions {
            let shape = Function {
                name: optional(&function.name),
                parameters: optional(&function.parameters),
                method: function.method,
                value_body: function.value_body,
            };
            set(&function.kind, &|k| k.function = Some(shape.clone()));
        }
        for binding in &syntax.bindings {
            let shape = Binding {
                left: field(&binding.left),
                right: optional(&binding.right),
                assigns: binding.assigns,
                empty: binding.empty,
                operator: binding.operator.clone(),
            };
            set(&binding.kind, &|k| k.bindings.push(shape.clone()));
        }
        for kind in &syntax.unknown_bindings {
            set(kind, &|k| k.unknown_binding = true);
        }
        for kind in &syntax.returns {
            set(kind, &|k| k.returns = true);
        }
        for [kind, name] in &syntax.macros {
            set(kind, &|k| k.mac = Some(field(name)));
        }
        for [kind, operator, operand] in &syntax.address_of {
            set(kind, &|k| k.address_of = Some((operator.clone(), field(operand))));
        }
        for kind in &syntax.globals {
            set(kind, &|k| k.globals = true);
        }
        for kind in &syntax.imports {
            set(kind, &|k| k.import = true);
        }
        for [kind, name] in &syntax.imports_with {
            set(kind, &|k| k.import_if = Some(field(name)));
        }
        for kind in &syntax.exports {
            set(kind, &|k| k.exports = true);
        }
        for kind in &syntax.member_patterns {
            set(kind, &|k| k.taken_apart = true);
        }
        for kind in &syntax.statements {
            set(kind, &|k| k.statement = true);
        }
        for kind in &syntax.opaque {
            set(kind, &|k| k.opaque = true);
        }
        for kind in &syntax.tokens {
            set(kind, &|k| k.tokens = true);
        }
        for [kind, made, declarator] in &syntax.declarations {
            set(kind, &|k| k.declaration = Some((field(made), field(declarator))));
        }
        for kind in &syntax.skipped {
            set(kind, &|k| k.skipped = true);
        }
        shapes
    }
}
