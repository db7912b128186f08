//! Families of images: how their tags are built, what their counterparts are, how large they are.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

static TEXT: &str = include_str!(concat!(env!("OUT_DIR"), "/data/families.json"));

/// One family; the fields are described at the head of the data file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Family {
    pub(super) images: Vec<String>,
    #[serde(default)]
    pub(super) small: Vec<String>,
    #[serde(default)]
    pub(super) runtime: Vec<String>,
    #[serde(default)]
    pub(super) latest: Option<String>,
    #[serde(default)]
    pub(super) aliases: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) assumed: bool,
    #[serde(default)]
    pub(super) java: Option<String>,
    #[serde(default)]
    pub(super) below: Option<u32>,
    #[serde(default)]
    pub(super) triggers: bool,
    #[serde(default)]
    pub(super) foreign: bool,
    #[serde(default)]
    pub(super) plain: bool,
    #[serde(default)]
    pub(super) sizes: BTreeMap<String, u32>,
}

impl Family {
    /// The size of a tag in MB: that of the smallest part the tag names.
    pub(super) fn size_of(&self, tag: &str) -> Option<u32> {
        let parts = || tag.split('-');
        let named =
            self.sizes.iter().filter(|(part, _)| !part.is_empty() && parts().any(|p| p.starts_with(part.as_str())));
        named.map(|(_, size)| *size).min().or_else(|| self.sizes.get("").copied())
    }
}

#[derive(Deserialize)]
struct Families {
    family: Vec<Family>,
}

pub(super) fn families() -> &'static [Family] {
    static FAMILIES: OnceLock<Vec<Family>> = OnceLock::new();
    FAMILIES.get_or_init(|| serde_json::from_str::<Families>(TEXT).map(|f| f.family).unwrap_or_default())
}

/// The family of a repository under the name that the tables use.
pub(super) fn family_of(name: &str) -> Option<&'static Family> {
    families().iter().find(|f| f.images.iter().any(|i| i == name))
}
