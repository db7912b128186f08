//! Templates of Helm charts, rendered as far as the chart's own values decide. What they do not decide stands as [`UNKNOWN`].

use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Stands for what a template computes and nobody knows.
pub(super) const UNKNOWN: &str = "$(unknown)";

/// What templates are rendered with.
#[derive(Clone, Copy)]
pub(super) struct Chart<'a> {
    /// `.Values`.
    pub(super) values: &'a Value,
    /// `.Chart`: the chart's description.
    pub(super) about: &'a Value,
    /// Take the branches behind `else`; which ones a deployment takes is not known.
    pub(super) other_branches: bool,
}

/// The text of a template. Conditions count as true, or as false with [`Chart::other_branches`].
pub(super) fn render(text: &str, chart: Chart<'_>) -> String {
    let tokens = tokens(text);
    let mut rest = tokens.as_slice();
    let nodes = parse(&mut rest, 0);
    let mut out = String::new();
    let scope = Scope { dot: None, variables: BTreeMap::new() };
    Renderer { chart }.nodes(&nodes, &scope, &mut out, 0);
    out
}

enum Token<'a> {
    Text(&'a str),
    Action(&'a str),
}

/// Text and actions in turn; `{{-` and `-}}` take the blanks before and behind.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        let Some(length) = rest[start..].find("}}") else { break };
        let (before, action) = (&rest[..start], &rest[start + 2..start + length]);
        rest = &rest[start + length + 2..];
        let trims_before = action.starts_with('-');
        tokens.push(Token::Text(if trims_before { before.trim_end() } else { before }));
        let action = action.strip_prefix('-').unwrap_or(action);
        if let Some(inner) = action.strip_suffix('-') {
            rest = rest.trim_start();
            tokens.push(Token::Action(inner.trim()));
        } else {
            tokens.push(Token::Action(action.trim()));
        }
    }
    tokens.push(Token::Text(rest));
    tokens
}

enum Node<'a> {
    Text(&'a str),
    Print(&'a str),
    If { body: Vec<Node<'a>>, other: Vec<Node<'a>> },
    With { subject: &'a str, body: Vec<Node<'a>>, other: Vec<Node<'a>> },
    Range { subject: &'a str, body: Vec<Node<'a>> },
}

/// Blocks deeper than this are no template that anybody wrote.
const MAX_DEPTH: usize = 60;

/// Nodes up to the `end` or `else` that closes them, which is left in place.
fn parse<'a>(tokens: &mut &[Token<'a>], depth: usize) -> Vec<Node<'a>> {
    let mut nodes = Vec::new();
    while let Some((token, rest)) = tokens.split_first() {
        let action = match token {
            Token::Text(text) => {
                nodes.push(Node::Text(text));
                *tokens = rest;
                continue;
            }
            Token::Action(action) => *action,
        };
        let (word, subject) = action.split_once(char::is_whitespace).unwrap_or((action, ""));
        if matches!(word, "end" | "else") && depth > 0 {
            return nodes;
        }
        *tokens = rest;
        match word {
            "if" | "with" | "range" | "define" | "block" if depth < MAX_DEPTH => {
                let (body, other) = block(tokens, depth + 1);
                match word {
                    "if" => nodes.push(Node::If { body, other }),
                    "with" => nodes.push(Node::With { subject, body, other }),
                    "range" => nodes.push(Node::Range { subject, body }),
                    _ => {}
                }
            }
            "end" | "else" | "template" | "" => {}
            _ if action.starts_with("/*") => {}
            _ => nodes.push(Node::Print(action)),
        }
    }
    nodes
}

/// The body of a block and what stands behind its `else`; the `end` is taken.
fn block<'a>(tokens: &mut &[Token<'a>], depth: usize) -> (Vec<Node<'a>>, Vec<Node<'a>>) {
    let body = parse(tokens, depth);
    let mut other = Vec::new();
    while let Some((Token::Action(action), rest)) = tokens.split_first() {
        *tokens = rest;
        if !action.starts_with("else") {
            break;
        }
        let branch = parse(tokens, depth);
        if other.is_empty() {
            other = branch;
        }
    }
    (body, other)
}

#[derive(Clone)]
struct Scope {
    /// What `.` stands for; nothing at the root.
    dot: Option<Value>,
    variables: BTreeMap<String, Value>,
}

/// Nothing: not known. `Null` is known to be nothing.
type Known = Option<Value>;

struct Renderer<'a> {
    chart: Chart<'a>,
}

impl Renderer<'_> {
    fn nodes(&self, nodes: &[Node<'_>], scope: &Scope, out: &mut String, depth: usize) {
        for (index, node) in nodes.iter().enumerate() {
            match node {
                Node::Text(text) => out.push_str(text),
                Node::If { body, other } => {
                    let branch = if self.chart.other_branches { other } else { body };
                    self.nodes(branch, scope, out, depth + 1);
                }
                Node::With { subject, body, other } => {
                    let subject = subject.split_once(":=").map_or(*subject, |(_, subject)| subject);
                    let dot = self.pipeline(subject, scope);
                    let branch = if dot.as_ref().is_some_and(is_empty) { other } else { body };
                    let dot = Some(dot.unwrap_or_else(|| Value::String(UNKNOWN.to_owned())));
                    self.nodes(branch, &Scope { dot, ..scope.clone() }, out, depth + 1);
                }
                Node::Range { subject, body } => self.range(subject, body, scope, out, depth),
                Node::Print(action) => {
                    let next = nodes.get(index + 1);
                    let alone = next.is_none_or(|next| matches!(next, Node::Text(text) if ends_line(text)));
                    self.print(action, scope, alone, out);
                }
            }
        }
    }

    fn range(&self, subject: &str, body: &[Node<'_>], scope: &Scope, out: &mut String, depth: usize) {
        let (names, subject) = subject.split_once(":=").unwrap_or(("", subject));
        let names: Vec<&str> = names.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        let items: Vec<(Value, Value)> = match self.pipeline(subject, scope) {
            Some(Value::Array(items)) => {
                items.into_iter().enumerate().map(|(i, item)| (Value::from(i), item)).collect()
            }
            Some(Value::Object(map)) => map.into_iter().map(|(key, value)| (Value::String(key), value)).collect(),
            Some(_) => Vec::new(),
            None => vec![(Value::String(UNKNOWN.to_owned()), Value::String(UNKNOWN.to_owned()))],
        };
        // A chart's own values are short; this keeps nested lists from growing without end.
        let most = if depth > 4 { 1 } else { 50 };
        for (key, item) in items.into_iter().take(most) {
            let mut scope = Scope { dot: Some(item.clone()), ..scope.clone() };
            match names.as_slice() {
                [value] => _ = scope.variables.insert((*value).to_owned(), item),
                [first, value] => {
                    scope.variables.insert((*first).to_owned(), key);
                    scope.variables.insert((*value).to_owned(), item);
                }
                _ => {}
            }
            self.nodes(body, &scope, out, depth + 1);
        }
    }

    fn print(&self, action: &str, scope: &Scope, alone: bool, out: &mut String) {
        if action.starts_with('$') && action.contains('=') {
            return;
        }
        let line = out.rsplit('\n').next().unwrap_or_default();
        let alone = alone && line.trim().is_empty();
        let column = line.len();
        let stages = split(action, '|');
        let shift = stages.last().and_then(|last| {
            let (name, width) = last.trim().split_once(' ')?;
            Some((name == "nindent", width.trim().parse::<usize>().ok()?)).filter(|_| name.ends_with("indent"))
        });
        let pipeline = if shift.is_some() { stages[..stages.len() - 1].join("|") } else { action.to_owned() };
        match (self.pipeline(&pipeline, scope), shift) {
            // A line of its own may be anything; a value would make the text around it wrong.
            (None, _) if alone || shift.is_some() => {}
            (None, _) => out.push_str(UNKNOWN),
            (Some(value @ (Value::Array(_) | Value::Object(_))), shift) => {
                let (newline, width) = shift.unwrap_or((!alone, column));
                if newline {
                    out.push('\n');
                    out.push_str(&" ".repeat(width));
                } else if shift.is_some() {
                    out.push_str(&" ".repeat(width.saturating_sub(column)));
                }
                out.push_str(&lines(&value).join(&format!("\n{}", " ".repeat(width))));
            }
            (Some(value), _) => out.push_str(&scalar(&value)),
        }
    }

    /// A value through functions.
    fn pipeline(&self, text: &str, scope: &Scope) -> Known {
        let mut stages = split(text, '|').into_iter();
        let mut value = self.call(stages.next()?, None, scope);
        for stage in stages {
            value = self.call(stage, Some(value), scope);
        }
        value
    }

    /// One function with its arguments, or one operand.
    fn call(&self, text: &str, piped: Option<Known>, scope: &Scope) -> Known {
        let words = split(text.trim(), ' ');
        let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        let (first, rest) = words.split_first()?;
        let mut arguments: Vec<Known> = rest.iter().map(|word| self.operand(word, scope)).collect();
        arguments.extend(piped.clone());
        match *first {
            "default" => {
                let value = arguments.last()?.clone();
                match value {
                    Some(value) if !is_empty(&value) => Some(value),
                    Some(_) => arguments.first()?.clone(),
                    None => None,
                }
            }
            "quote" | "squote" => {
                let text = arguments.last()?.clone().map_or_else(|| UNKNOWN.to_owned(), |value| scalar(&value));
                Some(Value::String(Value::String(text).to_string()))
            }
            "toYaml" | "toJson" | "toString" | "trim" | "tpl" | "int" | "toRawJson" => {
                let at = if *first == "tpl" { arguments.first() } else { arguments.last() };
                at?.clone()
            }
            "required" => arguments.last()?.clone(),
            "printf" => {
                let form = arguments.first()?.clone()?;
                let mut text = form.as_str()?.to_owned();
                for argument in arguments.iter().skip(1) {
                    let value = argument.as_ref().map_or_else(|| UNKNOWN.to_owned(), scalar);
                    let at = ["%s", "%v", "%d"].iter().filter_map(|verb| text.find(verb)).min()?;
                    text.replace_range(at..at + 2, &value);
                }
                Some(Value::String(text))
            }
            operand if rest.is_empty() && piped.is_none() => self.operand(operand, scope),
            _ => None,
        }
    }

    fn operand(&self, word: &str, scope: &Scope) -> Known {
        if let Some(inner) = word.strip_prefix('(').and_then(|word| word.strip_suffix(')')) {
            return self.pipeline(inner, scope);
        }
        if let Some(text) = word.strip_prefix('"').and_then(|word| word.strip_suffix('"')) {
            return Some(Value::String(text.replace("\\\"", "\"")));
        }
        if let Some(text) = word.strip_prefix('`').and_then(|word| word.strip_suffix('`')) {
            return Some(Value::String(text.to_owned()));
        }
        if word.starts_with(|c: char| c.is_ascii_digit()) || matches!(word, "true" | "false") {
            return serde_json::from_str(word).ok();
        }
        let word = word.strip_prefix('$').filter(|rest| rest.starts_with('.')).unwrap_or(word);
        if let Some(path) = word.strip_prefix(".Values") {
            return below(self.chart.values, path);
        }
        if let Some(path) = word.strip_prefix(".Chart") {
            // The description is written with small letters.
            let path: String = path.split('.').map(uncapitalised).collect::<Vec<_>>().join(".");
            return below(self.chart.about, &path);
        }
        if let Some(name) = word.strip_prefix('$') {
            let (name, path) = name.split_once('.').unwrap_or((name, ""));
            return below(scope.variables.get(&format!("${name}"))?, path);
        }
        let path = word.strip_prefix('.')?;
        below(scope.dot.as_ref()?, path)
    }
}

fn uncapitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_ascii_lowercase().to_string() + chars.as_str()).unwrap_or_default()
}

/// What stands at a path of keys: nothing known below what is not known, `Null` where the key is not there.
fn below(value: &Value, path: &str) -> Known {
    let mut value = value;
    for key in path.split('.').filter(|key| !key.is_empty()) {
        match value {
            Value::String(text) if text == UNKNOWN => return None,
            Value::Object(map) => match map.get(key) {
                Some(inner) => value = inner,
                None => return Some(Value::Null),
            },
            _ => return Some(Value::Null),
        }
    }
    (value.as_str() != Some(UNKNOWN)).then(|| value.clone())
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A list or a table as YAML, an element or a key a line.
fn lines(value: &Value) -> Vec<String> {
    let table = |map: &Map<String, Value>| {
        map.iter().map(|(key, value)| format!("{}: {value}", Value::from(key.as_str()))).collect()
    };
    match value {
        Value::Array(items) => items.iter().map(|item| format!("- {item}")).collect(),
        Value::Object(map) => table(map),
        other => vec![other.to_string()],
    }
}

fn ends_line(text: &str) -> bool {
    text.split('\n').next().is_some_and(|line| line.trim().is_empty())
}

/// Splits at `at` outside of quotes and brackets.
fn split(text: &str, at: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut depth, mut quote) = (0, 0usize, None);
    for (index, c) in text.char_indices() {
        match (quote, c) {
            (Some(q), c) if q == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '`') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, c) if c == at && depth == 0 => {
                parts.push(&text[start..index]);
                start = index + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(text: &str, other_branches: bool) -> String {
        let values = "image: {repository: r.example/acme/api, tag: ''}\nargs: [serve, --port, 80]\nprobe:\n  exec: {command: [curl, -f, localhost]}\n\
                      none: {}\nenv: {A: x}\n";
        let values: Value = serde_saphyr::from_str(values).expect("YAML");
        let about: Value = serde_saphyr::from_str("name: api\nappVersion: 1.2.0\n").expect("YAML");
        render(text, Chart { values: &values, about: &about, other_branches })
    }

    #[test]
    fn values_of_the_chart_are_put_in() {
        let cases = [
            (
                "image: \"{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}\"",
                "image: \"r.example/acme/api:1.2.0\"",
            ),
            (
                "image: {{ printf \"%s:%s\" .Values.image.repository (.Values.image.tag | default \"x\") | quote }}",
                "image: \"r.example/acme/api:x\"",
            ),
            ("name: {{ .Chart.Name }}-{{ .Release.Name }}", "name: api-$(unknown)"),
            (
                "args:\n  {{- toYaml .Values.args | nindent 2 }}\nx: 1",
                "args:\n  - \"serve\"\n  - \"--port\"\n  - 80\nx: 1",
            ),
            ("args:\n{{ toYaml .Values.args | indent 2 }}", "args:\n  - \"serve\"\n  - \"--port\"\n  - 80"),
            ("args: {{ toJson .Values.args }}", "args: \n      - \"serve\"\n      - \"--port\"\n      - 80"),
            (
                "{{- with .Values.probe }}\np:\n  {{- toYaml . | nindent 2 }}\n{{- end }}",
                "\np:\n  \"exec\": {\"command\":[\"curl\",\"-f\",\"localhost\"]}",
            ),
            ("{{ with .Values.none }}a{{ else }}b{{ end }}", "b"),
            ("{{- range .Values.args }}\n- {{ . | quote }}\n{{- end }}", "\n- \"serve\"\n- \"--port\"\n- \"80\""),
            ("{{ range $k, $v := .Values.env }}{{ $k }}={{ $v }}{{ end }}", "A=x"),
            ("labels:\n  a: b\n  {{- include \"labels\" . | nindent 2 }}\nx: 1", "labels:\n  a: b\nx: 1"),
            ("{{/* words */}}{{ define \"x\" }}no{{ end }}{{ $x := 1 }}y", "y"),
            ("a: {{ .Values.absent }}", "a: "),
            ("a: {{ include \"x\" . }}", "a: $(unknown)"),
        ];
        for (text, expected) in cases {
            assert_eq!(rendered(text, false), expected, "{text}");
        }
    }

    #[test]
    fn both_branches_can_be_taken() {
        let text = "{{ if .Values.x }}a{{ else if .Values.y }}b{{ else }}c{{ end }}{{ if .Values.z }}d{{ end }}";
        assert_eq!((rendered(text, false), rendered(text, true)), ("ad".to_owned(), "b".to_owned()));
    }

    #[test]
    fn no_template_breaks_it() {
        let pieces = [
            "{{",
            "}}",
            "{{ if",
            "{{ end }}",
            "{{- else -}}",
            "\"",
            "(",
            "|",
            "{{ range .Values.args }}",
            "é",
            "$",
            "printf",
        ];
        for a in pieces {
            for b in pieces {
                for c in pieces {
                    let text = format!("{a}{b} {c}");
                    assert!(rendered(&text, false).len() < 2000, "{text}");
                }
            }
        }
    }
}
