//! One line of a stream to what is to be converted.

use crate::output::shortened;
use anyhow::{Result, anyhow, bail};
use msb::context::{clean_inside, join};
use msb::review::visible;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;

/// Where a Dockerfile lies when the line does not say it.
const PATH: &str = "Dockerfile";

/// What a line may look like, for people who sent another one.
pub(super) const EXAMPLE: &str = r#"{"id": "a", "dockerfile": "FROM …\n", "files": {"go.mod": "…"}}"#;

/// Characters of the words of the JSON reader, which repeat what they found.
const WORDS: usize = 200;

/// What names a line for whoever sent it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(untagged, expecting = "`id` is neither a text nor a whole number of 64 bits")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) enum Id {
    Text(String),
    Number(i64),
}

/// A line as it is written. Null stands for what is not said.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(
    test,
    schemars(title = "A line for msb stream", description = "One Dockerfile and what is known of its build context.")
)]
struct Written {
    /// Given back with the answer, as it is. Nothing is made of it; several lines may have the same.
    id: Option<Id>,
    /// The text of the Dockerfile.
    dockerfile: String,
    /// Where the Dockerfile lies, from the root of the build context; `Dockerfile` when it is not said.
    path: Option<String>,
    /// Files of the build context by their paths from its root, with their texts.
    #[cfg_attr(test, schemars(with = "Option<BTreeMap<String, String>>"))]
    files: Option<Files>,
    /// Paths of further files, whose contents are not known; a folder ends with `/`.
    names: Option<Vec<String>>,
    /// The build context as a folder on disk, in place of `files`.
    context: Option<String>,
}

/// Paths and texts as they are written: a path that stands twice is there twice.
#[derive(Debug, Default)]
struct Files(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Files {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Files, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Files;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of paths and texts")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Files, A::Error> {
                let mut files = Vec::new();
                while let Some(path) = map.next_key::<String>()? {
                    let text = map.next_value::<Option<String>>()?;
                    let unsaid = || {
                        A::Error::custom(format!(
                            "no text for `{}` in `files`; put its path into `names`",
                            visible(&path)
                        ))
                    };
                    let text = text.ok_or_else(unsaid)?;
                    files.push((path, text));
                }
                Ok(Files(files))
            }
        }
        deserializer.deserialize_map(All)
    }
}

/// A Dockerfile with what is known of its context. All paths are clean and lie in the context.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) id: Option<Id>,
    pub(super) dockerfile: String,
    /// Where the Dockerfile lies.
    pub(super) path: String,
    pub(super) context: Given,
}

/// What a line says of the build context.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Given {
    /// Nothing.
    Nothing,
    /// Files with their texts, the Dockerfile among them; and names of others, where there are any.
    Files { files: BTreeMap<String, String>, names: Vec<String> },
    /// A folder on disk, and names of what is in it beside.
    Folder { folder: String, names: Vec<String> },
}

/// What names a line that cannot be read otherwise.
pub(super) fn id_of(line: &[u8]) -> Option<Id> {
    #[derive(serde::Deserialize)]
    struct Named {
        id: Option<Id>,
    }
    let line = line.trim_ascii();
    serde_json::from_slice::<Named>(line).ok().filter(|_| line.starts_with(b"{"))?.id
}

impl Request {
    /// Reads a line.
    pub(super) fn read(line: &[u8]) -> Result<Request> {
        let line = line.trim_ascii();
        match line.first() {
            None => bail!("it is empty; leave empty lines out, or write an object such as {EXAMPLE}"),
            // A list of the fields in their order is not meant.
            Some(b'{') => {}
            Some(_) => bail!("it is no JSON object; write one Dockerfile a line, such as {EXAMPLE}"),
        }
        let written: Written = serde_json::from_slice(line).map_err(|error| anyhow!("{}", words(&error)))?;
        let path = written.path.as_deref().unwrap_or(PATH);
        let path = inside(path, "`path`").and_then(|clean| {
            if path.ends_with('/') {
                bail!("`path` is `{path}`, a folder; name the Dockerfile in it")
            } else {
                Ok(clean)
            }
        })?;
        let names = written.names.unwrap_or_default();
        for (index, name) in names.iter().enumerate() {
            checked(name, &format!("entry {} of `names`", index + 1))?;
        }
        let context = match (written.context, written.files) {
            (Some(_), Some(_)) => {
                bail!("`context` and `files` both say what the build context holds; leave one of them out")
            }
            (Some(folder), None) => Given::Folder { folder, names },
            (None, None) if names.is_empty() => Given::Nothing,
            (None, files) => {
                Given::Files { files: tree(files.unwrap_or_default(), &path, &written.dockerfile)?, names }
            }
        };
        let request = Request { id: written.id, dockerfile: written.dockerfile, path, context };
        request.texts_decide()?;
        Ok(request)
    }

    /// Folders that the Dockerfile lies in, the nearest first, the root last.
    pub(super) fn folders(&self) -> Vec<&str> {
        std::iter::successors(folder_of(&self.path), |folder| folder_of(folder)).collect()
    }

    /// Refuses names without texts of files that decide what a build sees, or how it is converted.
    fn texts_decide(&self) -> Result<()> {
        let Given::Files { files, names } = &self.context else { return Ok(()) };
        let mut deciding = vec![".dockerignore".to_owned(), self.ignore_beside()];
        deciding.extend(self.folders().into_iter().map(|folder| join(folder, msb::policy::FILE)));
        let is_rule = |name: &str| heuristics_file(name).is_some();
        let mut named = names.iter().filter_map(|name| clean_inside(name)).filter(|name| !files.contains_key(name));
        if let Some(name) = named.find(|name| deciding.contains(name) || is_rule(name)) {
            bail!("`{name}` is known by name only, and its text decides over the answer; put it into `files`");
        }
        Ok(())
    }

    /// The ignore file that belongs to the Dockerfile alone.
    pub(super) fn ignore_beside(&self) -> String {
        format!("{}.dockerignore", self.path)
    }
}

/// The name of a file of heuristics among the files of a context; nothing for other files.
pub(super) fn heuristics_file(path: &str) -> Option<&str> {
    let name = path.strip_prefix(crate::input::USER_HEURISTICS)?.strip_prefix('/')?;
    (!name.contains('/') && name.ends_with(".toml")).then_some(name)
}

/// The folder that a path lies in; nothing for the root.
fn folder_of(path: &str) -> Option<&str> {
    (!path.is_empty()).then(|| path.rsplit_once('/').map_or("", |(folder, _)| folder))
}

/// The files by clean paths, with the Dockerfile among them.
fn tree(written: Files, path: &str, dockerfile: &str) -> Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    for (path, text) in written.0 {
        let clean = inside(&path, "a path in `files`")?;
        if path.ends_with('/') {
            bail!("a path in `files` is `{path}`, a folder, which has no text; put it into `names`, or leave it out");
        }
        if files.insert(clean, text).is_some() {
            bail!("`{}` is twice in `files`; leave one out", visible(&path));
        }
    }
    if files.get(path).is_some_and(|text| text != dockerfile) {
        bail!(
            "`files` has another text for `{path}` than `dockerfile`; leave it out of `files`, or say in `path` where the Dockerfile lies"
        );
    }
    files.insert(path.to_owned(), dockerfile.to_owned());
    let file_above = |path: &String| {
        path.match_indices('/').map(|(end, _)| &path[..end]).find(|above| files.contains_key(*above)).map(str::to_owned)
    };
    if let Some((path, above)) = files.keys().find_map(|path| Some((path, file_above(path)?))) {
        bail!("`{above}` is a file and the folder of `{path}`; take one of them out of `files`");
    }
    Ok(files)
}

/// A path below the root of the context, cleaned.
fn inside(path: &str, what: &str) -> Result<String> {
    let clean = clean_inside(path).filter(|clean| !clean.is_empty() && !path.starts_with('/'));
    clean.ok_or_else(|| {
        anyhow!("{what} is `{}`, which is not below the root of the build context; write it from the root, such as `src/main.c`", visible(path))
    })
}

/// The same for a name, which is to stand on a line of its own.
fn checked(name: &str, what: &str) -> Result<()> {
    inside(if name.trim().is_empty() { "" } else { name }, what)?;
    if name.contains(['\n', '\r']) {
        bail!("{what} is `{}`, which holds a line end; leave it out", visible(name));
    }
    Ok(())
}

/// What is wrong with a line, without the number of a line that is always the first.
fn words(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let (found, place) = text.rsplit_once(" at line ").unwrap_or((&text, ""));
    let place = if place.is_empty() { String::new() } else { format!(" at byte {}", error.column()) };
    let found = shortened(&visible(found), WORDS);
    match error.classify() {
        serde_json::error::Category::Data => format!("{found}{place}; a line looks like {EXAMPLE}"),
        _ => format!("it is no JSON: {found}{place}; write one object a line, such as {EXAMPLE}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_of_lines_is_that_of_the_types() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/stream-request.schema.json");
        let mut made = serde_json::to_string_pretty(&schemars::schema_for!(Written)).unwrap();
        made.push('\n');
        if std::env::var_os("MSB_WRITE_SCHEMA").is_some() {
            std::fs::write(path, &made).unwrap();
        }
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(kept == made, "run `MSB_WRITE_SCHEMA=1 cargo test schema` and look at the difference");
    }

    #[test]
    fn long_words_are_cut() {
        let text = "x".repeat(5000);
        let error = Request::read(format!("{{\"dockerfile\": \"\", \"names\": \"{text}\"}}").as_bytes()).unwrap_err();
        assert!(error.to_string().len() < 600, "{error}");
    }

    #[test]
    fn folders_go_from_the_nearest_to_the_root() {
        let read =
            |path: &str| Request::read(format!("{{\"dockerfile\": \"\", \"path\": \"{path}\"}}").as_bytes()).unwrap();
        assert_eq!(read("a/b/Dockerfile").folders(), ["a/b", "a", ""]);
        assert_eq!(read("./Dockerfile").folders(), [""]);
    }
}
