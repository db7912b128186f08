//! `setup.cfg`. A `setup.py` is a program, so what it says is unknown; there is no reader for it.

use std::collections::BTreeMap;

use super::super::{BuildContext, Unavailable, join};
use super::Requirement;
use super::fields::unknown;

const FILE: &str = "setup.cfg";

/// What a `setup.cfg` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetupCfg {
    /// `metadata.name`.
    pub name: Option<String>,
    /// `options.install_requires`; none when another file holds it (`file:`), which is unknown.
    pub install_requires: Option<Vec<Requirement>>,
    /// `console_scripts` of `options.entry_points`: command to `module:function`.
    pub scripts: BTreeMap<String, String>,
}

impl SetupCfg {
    /// Reads `setup.cfg` in `directory`.
    pub fn read(context: &dyn BuildContext, directory: &str) -> Result<SetupCfg, Unavailable> {
        SetupCfg::parse(&context.text(&join(directory, FILE))?)
    }

    /// Reads the text of a `setup.cfg`.
    pub fn parse(text: &str) -> Result<SetupCfg, Unavailable> {
        let values = parse_ini(text)?;
        let value = |section: &str, key: &str| values.get(&(section.to_owned(), key.to_owned()));
        let install_requires = match value("options", "install_requires") {
            Some(lines) if lines.iter().any(|line| line.starts_with("file:")) => None,
            lines => Some(requirements(lines.map_or(&[], Vec::as_slice))?),
        };
        let scripts = value("options.entry_points", "console_scripts").into_iter().flatten();
        Ok(SetupCfg {
            name: value("metadata", "name").and_then(|lines| lines.first()).cloned(),
            install_requires,
            scripts: scripts
                .filter_map(|line| line.split_once('='))
                .map(|(name, target)| (name.trim().to_owned(), target.trim().to_owned()))
                .collect(),
        })
    }
}

/// A list has one item on each line, or is one line with `;` between items; then `;` cannot begin a marker.
fn requirements(lines: &[String]) -> Result<Vec<Requirement>, Unavailable> {
    let lines = lines.iter().filter(|line| !line.starts_with('#'));
    lines.map(|line| Requirement::parse(line).map_err(|_| unknown(FILE, format!("the requirement `{line}`")))).collect()
}

/// The lines of each value by section and key.
fn parse_ini(text: &str) -> Result<BTreeMap<(String, String), Vec<String>>, Unavailable> {
    let mut values: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    let mut section = String::new();
    let mut key = None;
    for line in text.lines() {
        let bare = line.trim();
        if bare.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if line.starts_with([' ', '\t']) {
            let key = key.clone().ok_or_else(|| unknown(FILE, "an indented line without a key"))?;
            values.entry(key).or_default().push(bare.to_owned());
        } else if let Some(name) = bare.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
            section = name.to_owned();
            key = None;
        } else {
            let (name, value) =
                bare.split_once(['=', ':']).ok_or_else(|| unknown(FILE, format!("the line `{bare}`")))?;
            let id = (section.clone(), name.trim().to_ascii_lowercase().replace('-', "_"));
            let first = Some(value.trim()).filter(|value| !value.is_empty()).map(str::to_owned);
            values.insert(id.clone(), first.into_iter().collect());
            key = Some(id);
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literal_values() {
        let file = SetupCfg::parse(
            "[metadata]\nname = shop\n\n[options]\npackages = find:\ninstall_requires =\n    # web\n    Flask>=3\n    \
             uvloop; sys_platform != 'win32'\n[options.entry_points]\nconsole_scripts =\n    shop = shop.cli:main\n",
        )
        .expect("valid");
        let requires = file.install_requires.expect("literal");
        let names: Vec<_> = requires.iter().filter_map(|requirement| requirement.name.as_deref()).collect();
        assert_eq!(names, ["flask", "uvloop"]);
        assert_eq!((file.name.as_deref(), file.scripts["shop"].as_str()), (Some("shop"), "shop.cli:main"));
    }

    #[test]
    fn what_is_not_literal_is_unknown() {
        let file = SetupCfg::parse("[options]\ninstall_requires = file: requirements.txt\n").expect("valid");
        assert_eq!(file.install_requires, None);
        let file = SetupCfg::parse("[flake8]\nmax-line-length = 100\n").expect("valid");
        assert_eq!(file.install_requires, Some(Vec::new()));
        assert!(matches!(SetupCfg::parse("  stray\n"), Err(Unavailable::Unknown(_))));
        assert!(matches!(SetupCfg::parse("[options]\ninstall_requires = a b\n"), Err(Unavailable::Unknown(_))));
    }
}
