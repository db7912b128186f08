//! Manifests of services that run the image, by the table of `heuristics/data/containers.toml`.

use super::{Call, What, Where, tokens};
use crate::facts::containers::{Manifest, containers};
use crate::facts::heuristics::{Arg, glob};
use serde_json::{Map, Value};

/// True for a name that the table has.
pub(super) fn is_manifest(name: &str) -> bool {
    containers().manifest.iter().any(|manifest| is_of(manifest, name))
}

fn is_of(manifest: &Manifest, name: &str) -> bool {
    manifest.files.iter().any(|pattern| glob(pattern, name))
}

/// What a manifest starts in containers.
pub(super) fn read(text: &str, name: &str, by: &str) -> Vec<Call> {
    let mut document = None;
    let mut found = Vec::new();
    for manifest in containers().manifest.iter().filter(|manifest| is_of(manifest, name)) {
        if !manifest.words.is_empty() && !manifest.words.iter().any(|word| text.contains(word.as_str())) {
            continue;
        }
        let document = document.get_or_insert_with(|| parse(text, name));
        let way: Vec<&str> = manifest.at.split('.').filter(|part| !part.is_empty()).collect();
        for table in at(document, &way).into_iter().filter_map(Value::as_object) {
            let call = call(manifest, table, by);
            if !call.what.is_empty() && !found.contains(&call) {
                found.push(call);
            }
        }
    }
    found
}

/// A manifest as a value, by the ending of its name.
fn parse(text: &str, name: &str) -> Value {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let documents = || text.split("\n---").filter_map(|part| serde_saphyr::from_str::<Value>(part).ok()).collect();
    match ending {
        "json" => serde_json::from_str(text).unwrap_or_default(),
        "toml" => toml::from_str(text).unwrap_or_default(),
        "hcl" | "nomad" => Value::Object(blocks(text)),
        "" => Value::Object(lines(text)),
        _ if text.contains("\n---") => Value::Array(documents()),
        _ => serde_saphyr::from_str(text).unwrap_or_default(),
    }
}

/// `name: command`, one a line.
fn lines(text: &str) -> Map<String, Value> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let pairs = lines.filter_map(|line| line.split_once(':'));
    pairs.map(|(name, command)| (name.trim().to_owned(), Value::String(command.trim().to_owned()))).collect()
}

/// Blocks in HCL: `name "label" { key = value }`. A block stands as a list below its name, whatever its labels are.
fn blocks(text: &str) -> Map<String, Value> {
    let mut open: Vec<(String, Map<String, Value>)> = vec![(String::new(), Map::new())];
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let line = line.trim();
        if line.starts_with('#') || line.starts_with("//") {
            continue;
        }
        if let Some((key, value)) = line.split_once('=').filter(|(key, _)| !key.contains(['"', '{'])) {
            let mut value = value.trim().to_owned();
            while value.starts_with('[') && !value.contains(']') {
                let Some(more) = lines.next() else { break };
                value.push_str(more.trim());
            }
            if value.ends_with('{') {
                open.push((key.trim().to_owned(), Map::new()));
            } else if let Some((_, map)) = open.last_mut() {
                map.insert(key.trim().to_owned(), hcl(&value));
            }
        } else if let Some(head) = line.strip_suffix('{') {
            let name = head.split([' ', '"']).next().unwrap_or_default();
            open.push((name.to_owned(), Map::new()));
        } else if line.contains('{') && line.ends_with('}') {
            continue;
        } else if line.starts_with('}') && open.len() > 1 {
            close(&mut open);
        }
    }
    while open.len() > 1 {
        close(&mut open);
    }
    open.pop().map(|(_, map)| map).unwrap_or_default()
}

fn close(open: &mut Vec<(String, Map<String, Value>)>) {
    let Some((name, map)) = open.pop() else { return };
    let Some((_, outer)) = open.last_mut() else { return };
    if let Value::Array(all) = outer.entry(name).or_insert_with(|| Value::Array(Vec::new())) {
        all.push(Value::Object(map));
    }
}

/// A string or a list of strings.
fn hcl(value: &str) -> Value {
    let list = value.starts_with('[');
    let json = value.trim_end_matches(',').replace(",]", "]");
    serde_json::from_str(&json).unwrap_or_else(|_| match list {
        true => Value::Array(Vec::new()),
        false => Value::String(value.trim_matches('"').to_owned()),
    })
}

/// What a way of keys leads to: `*` is any, `**` any depth, `~KEY` any that ends so.
fn at<'v>(value: &'v Value, way: &[&str]) -> Vec<&'v Value> {
    let Some((first, rest)) = way.split_first() else {
        // A block of HCL is a list of one or more.
        return match value {
            Value::Array(items) if items.iter().all(Value::is_object) && !items.is_empty() => items.iter().collect(),
            value => vec![value],
        };
    };
    let children: Vec<(&str, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(key, value)| (key.as_str(), value)).collect(),
        Value::Array(items) => items.iter().map(|item| ("", item)).collect(),
        _ => return Vec::new(),
    };
    let fits = |key: &str| match first.strip_prefix('~') {
        Some(end) => key.ends_with(end),
        None => *first == "*" || key == *first,
    };
    let mut found = Vec::new();
    if *first == "**" {
        found.extend(at(value, rest));
        found.extend(children.iter().flat_map(|(_, child)| at(child, way)));
        return found;
    }
    if let (Value::Array(items), false) = (value, *first == "*") {
        return items.iter().flat_map(|item| at(item, way)).collect();
    }
    found.extend(children.iter().filter(|(key, _)| fits(key)).flat_map(|(_, child)| at(child, rest)));
    found
}

fn call(manifest: &Manifest, table: &Map<String, Value>, by: &str) -> Call {
    let whole = Value::Object(table.clone());
    let text = |key: &Option<String>| {
        let key = key.as_deref()?;
        table.get(key)?.as_str().map(str::to_owned)
    };
    let mut call = Call {
        by: by.to_owned(),
        place: Where::Own,
        named: text(&manifest.name),
        directory: text(&manifest.directory),
        what: Vec::new(),
    };
    let holds = |condition: &String| {
        let (key, value) = condition.split_once('=').unwrap_or((condition, ""));
        table.get(key).and_then(Value::as_str) == Some(value)
    };
    if !manifest.when.is_empty() && !manifest.when.iter().any(holds) {
        return call;
    }
    if manifest.image.is_some() {
        // What names no image speaks of one that another file names.
        let Some(image) = text(&manifest.image) else { return call };
        call.place = Where::Image(image);
    } else if let Some(container) = text(&manifest.container) {
        call.place = Where::Running(container);
    }
    let part = |key: &Option<String>| table.get(key.as_deref()?).and_then(words);
    let more = part(&manifest.arguments);
    let command = match (part(&manifest.command), more) {
        (Some(command), more) => Some([command, more.unwrap_or_default()].concat()),
        (None, more) => more,
    };
    let entrypoint = part(&manifest.entrypoint);
    match command {
        Some(command) if manifest.beside => call.what.push(What::Command(command)),
        None if entrypoint.is_none() => {}
        command => call.what.push(What::Start(entrypoint, command)),
    }
    for key in &manifest.checks {
        let way: Vec<&str> = key.split('.').collect();
        call.what.extend(way_to_list(&whole, &way).and_then(check));
    }
    for key in &manifest.runs {
        let way: Vec<&str> = key.split('.').collect();
        for value in at(&whole, &way) {
            call.what.extend(match value {
                Value::String(text) => Some(What::Shell(text.clone())),
                Value::Array(_) => words(value).map(What::Command),
                _ => None,
            });
        }
    }
    call
}

/// The value at the end of a way without patterns, through blocks of HCL.
fn way_to_list<'v>(value: &'v Value, way: &[&str]) -> Option<&'v Value> {
    way.iter().try_fold(value, |value, key| match value {
        Value::Array(items) => items.first()?.get(*key),
        value => value.get(*key),
    })
}

/// A health check as compose files write it.
fn check(value: &Value) -> Option<What> {
    let items = match value {
        Value::String(text) => return Some(What::Shell(text.clone())),
        value => words(value)?,
    };
    let (kind, rest) = items.split_first()?;
    match kind.text.as_str() {
        "NONE" => None,
        "CMD-SHELL" => Some(What::Shell(rest.first()?.text.clone())),
        "CMD" => Some(What::Command(rest.to_vec())),
        _ => Some(What::Command(items)),
    }
}

/// The words of a list, or of a text that is split as a shell does.
fn words(value: &Value) -> Option<Vec<Arg>> {
    match value {
        Value::String(text) => tokens::commands(text).into_iter().next(),
        Value::Array(items) if !items.is_empty() => {
            let word = |item: &Value| {
                let text = item.as_str().map_or_else(|| item.to_string(), str::to_owned);
                Arg { exact: !text.contains('$'), text }
            };
            Some(items.iter().map(word).collect())
        }
        _ => None,
    }
}
