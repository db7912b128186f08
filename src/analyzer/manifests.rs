//! The few things of manifests that reading commands needs.

use std::collections::BTreeMap;

/// The `scripts` of a package.json; `None` when the text is not understood.
pub(super) fn package_scripts(text: &str) -> Option<BTreeMap<String, String>> {
    let value: serde_json::Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).ok()?;
    let scripts = match value.get("scripts") {
        Some(serde_json::Value::Object(scripts)) => scripts,
        Some(_) => return None,
        None => return Some(BTreeMap::new()),
    };
    Some(scripts.iter().filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned()))).collect())
}
