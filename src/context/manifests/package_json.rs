//! package.json: what can be run by name.

use std::collections::BTreeMap;

/// The `scripts` of a package.json; `None` when the text is not understood.
pub fn package_scripts(text: &str) -> Option<BTreeMap<String, String>> {
    let value: serde_json::Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).ok()?;
    let scripts = match value.get("scripts") {
        Some(serde_json::Value::Object(scripts)) => scripts,
        Some(_) => return None,
        None => return Some(BTreeMap::new()),
    };
    Some(scripts.iter().filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned()))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_by_name() {
        let scripts = |text| package_scripts(text).map(|all| all.into_iter().collect::<Vec<_>>());
        let start = vec![("start".to_owned(), "node x".to_owned())];
        assert_eq!(scripts("\u{feff}{\"scripts\": {\"start\": \"node x\", \"odd\": 1}}"), Some(start));
        assert_eq!(scripts("{}"), Some(Vec::new()));
        assert_eq!(scripts("{\"scripts\": 1}"), None, "not what npm takes");
        assert_eq!(scripts("{"), None);
    }
}
