//! Bake files, in HCL and JSON.

use serde_json::Value;
use std::collections::BTreeMap;

/// Fields of the targets of a bake file, by name. What is computed stands as `$`.
pub(super) type BakeTargets = BTreeMap<String, BTreeMap<String, String>>;

/// A field of a target, or of one that it inherits from.
pub(super) fn bake_field(targets: &BakeTargets, name: &str, key: &str, depth: usize) -> Option<String> {
    let target = targets.get(name)?;
    if let Some(value) = target.get(key) {
        return Some(value.clone());
    }
    if depth > 20 {
        return None;
    }
    // The last of several parents wins.
    let parents = target.get("inherits")?;
    parents.split_whitespace().rev().find_map(|parent| bake_field(targets, parent, key, depth + 1))
}

pub(super) fn bake_json(text: &str) -> BakeTargets {
    let Ok(Value::Object(file)) = serde_json::from_str::<Value>(text) else { return BakeTargets::new() };
    let Some(Value::Object(targets)) = file.get("target") else { return BakeTargets::new() };
    let fields = |target: &Value| -> BTreeMap<String, String> {
        let fields = target.as_object().into_iter().flatten();
        fields
            .filter_map(|(key, value)| match value {
                Value::String(text) => Some((key.clone(), text.clone())),
                Value::Array(items) => {
                    let words: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
                    Some((key.clone(), words.join(" ")))
                }
                _ => None,
            })
            .collect()
    };
    targets.iter().map(|(name, target)| (name.clone(), fields(target))).collect()
}

/// The plain fields of `target "NAME" { … }` blocks in HCL, one field a line.
pub(super) fn bake_hcl(text: &str) -> BakeTargets {
    let mut targets = BakeTargets::new();
    let mut current: Option<String> = None;
    let mut depth = 0usize;
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with('#') || line.starts_with("//") {
            continue;
        }
        if depth == 0
            && let Some(rest) = line.strip_prefix("target ")
        {
            current = rest.split('"').nth(1).map(str::to_owned);
            if let Some(name) = &current {
                targets.entry(name.clone()).or_default();
            }
        } else if depth == 1
            && let Some(name) = &current
            && let Some((key, value)) = line.split_once('=')
            && let Some(fields) = targets.get_mut(name)
        {
            let key = key.trim().trim_matches('"').to_owned();
            fields.insert(key, hcl_value(value.trim()));
        }
        depth = (depth + line.matches(['{', '[']).count()).saturating_sub(line.matches(['}', ']']).count());
        if depth == 0 && !line.starts_with("target ") {
            current = None;
        }
    }
    targets
}

/// A string or a list of strings; `$` for everything else.
fn hcl_value(value: &str) -> String {
    let quoted: Vec<&str> = value.split('"').skip(1).step_by(2).collect();
    let plain = value.starts_with('"') && quoted.len() == 1 || value.starts_with('[') && value.contains(']');
    if plain { quoted.join(" ") } else { "$".to_owned() }
}
