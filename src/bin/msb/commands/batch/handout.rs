//! Groups of a campaign as patches, with the words that go with each.

use crate::output::{MSB_VERSION, json};
use anyhow::{Context as _, Result, bail};
use msb::campaign::{Row, commit_message, slug};
use msb::differ;
use msb::review::{File, markdown, patch, visible};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// The file that lists what a folder of patches holds.
const INDEX: &str = "index.json";
/// The version of that file.
const VERSION: u32 = 1;
/// As many patches of one group a folder may hold.
const MOST: usize = 10_000;

/// What a folder of patches holds.
#[derive(Debug, Serialize, Deserialize)]
struct Index {
    version: u32,
    groups: Vec<Entry>,
}

/// A group that was handed out.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    /// The name of its files, without their endings.
    name: String,
    /// The group.
    group: String,
    /// The folder in which the patch is applied, from the campaign's root.
    repository: String,
    /// A branch for it.
    branch: String,
    /// The first line of the message, for a pull request.
    title: String,
    /// Files of this folder.
    patch: String,
    message: String,
    body: String,
    /// What it changes.
    files: Vec<String>,
    /// Who has to agree.
    owners: Vec<String>,
}

/// A folder that takes patches.
pub(super) struct PatchDir {
    folder: PathBuf,
}

impl PatchDir {
    /// Makes the folder, if it is not there.
    pub(super) fn open(folder: &Path) -> Result<PatchDir> {
        let shown = folder.display();
        fs::create_dir_all(folder).with_context(|| format!("the folder `{shown}` for patches cannot be made"))?;
        Ok(PatchDir { folder: folder.to_owned() })
    }

    /// Writes a group: its patch, a commit message, the body of a pull request, and its entry in the index. Gives back the name
    /// of its files. The same group again is the same files again; another part of a group gets a name of its own.
    pub(super) fn write(&self, group: &str, repository: &str, rows: &[Row], files: &[File<'_>]) -> Result<String> {
        let patch = patch::document(files);
        let name = self.name(&slug(group), &patch)?;
        let message = commit_message(rows, MSB_VERSION);
        let put = |ending: &str, bytes: &[u8]| -> Result<String> {
            let file = format!("{name}{ending}");
            differ::apply::write(&self.folder.join(&file), bytes)?;
            Ok(file)
        };
        let mut owners: Vec<String> = Vec::new();
        for owner in rows.iter().flat_map(|row| row.owners()) {
            if !owners.contains(owner) {
                owners.push(owner.clone());
            }
        }
        let entry = Entry {
            group: group.to_owned(),
            repository: repository.to_owned(),
            branch: format!("msb/{name}"),
            title: message.lines().next().unwrap_or_default().to_owned(),
            message: put(".commit.txt", message.as_bytes())?,
            body: put(".md", markdown::document(files).as_bytes())?,
            // Last of the three: a patch that is there is complete.
            patch: put(".patch", &patch)?,
            files: rows.iter().map(|row| visible(&String::from_utf8_lossy(&row.path))).collect(),
            owners,
            name: name.clone(),
        };
        self.list(entry)?;
        Ok(name)
    }

    /// The first name that is free, or that of the same patch.
    fn name(&self, slug: &str, patch: &[u8]) -> Result<String> {
        for number in 1..=MOST {
            let name = if number == 1 { slug.to_owned() } else { format!("{slug}-{number}") };
            let path = self.folder.join(format!("{name}.patch"));
            if !path.exists() || fs::read(&path).is_ok_and(|there| there == patch) {
                return Ok(name);
            }
        }
        bail!("`{}` holds {MOST} patches named `{slug}`; take another folder", self.folder.display())
    }

    fn list(&self, entry: Entry) -> Result<()> {
        let path = self.folder.join(INDEX);
        let mut index = match fs::read(&path) {
            Err(_) => Index { version: VERSION, groups: Vec::new() },
            Ok(text) => serde_json::from_slice(&text)
                .with_context(|| format!("`{}` is no list of patches; take another folder", path.display()))?,
        };
        index.groups.retain(|known| known.name != entry.name);
        index.groups.push(entry);
        index.groups.sort_by(|a, b| a.name.cmp(&b.name));
        differ::apply::write(&path, json(&index)?.as_bytes())?;
        Ok(())
    }
}
