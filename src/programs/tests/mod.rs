//! Small programs, each with exactly what is read from it.

mod c;
mod go;
mod java;
mod node;
mod python;
mod robust;
mod rust;

use super::{Found, Opens, Reading, read_program};
use crate::context::{BuildContext, Entry, Unavailable};
use std::collections::{BTreeMap, BTreeSet};

/// Files in memory.
pub(super) struct Files(BTreeMap<String, String>);

impl Files {
    pub(super) fn new(files: &[(&str, &str)]) -> Self {
        Self(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
    }
}

impl BuildContext for Files {
    fn entry(&self, path: &str) -> Entry {
        if let Some(text) = self.0.get(path) {
            Entry::File { size: text.len() as u64, executable: false }
        } else if path.is_empty() || self.0.keys().any(|known| known.starts_with(&format!("{path}/"))) {
            Entry::Directory
        } else {
            Entry::Absent
        }
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, Unavailable> {
        match self.0.get(path).map(String::as_str) {
            Some("unreadable") => Err(Unavailable::Unknown("over the size limit".to_owned())),
            Some(text) => Ok(text.as_bytes().to_vec()),
            None => Err(Unavailable::Absent),
        }
    }

    fn list(&self, directory: &str) -> Result<Vec<String>, Unavailable> {
        let prefix = if directory.is_empty() { String::new() } else { format!("{directory}/") };
        let names: BTreeSet<String> = self
            .0
            .keys()
            .filter_map(|path| path.strip_prefix(&prefix))
            .filter_map(|rest| rest.split('/').next())
            .map(str::to_owned)
            .collect();
        if names.is_empty() { Err(Unavailable::Absent) } else { Ok(names.into_iter().collect()) }
    }

    fn is_known(&self) -> bool {
        true
    }
    fn doubt(&self) -> Option<&str> {
        None
    }
}

pub(super) fn read(language: &str, files: &[(&str, &str)], root: &str) -> Reading {
    read_program(language, &Files::new(files), root).expect("the language is known")
}

/// `file:line value`, the form in which the tests state findings.
pub(super) fn lines(found: &[Found<String>]) -> Vec<String> {
    found.iter().map(|found| format!("{}:{} {}", found.file, found.line, found.value)).collect()
}

/// `nothing`, `these …` or `not proven …`.
pub(super) fn opens(reading: &Reading) -> String {
    match &reading.opens {
        Opens::Nothing => "nothing".to_owned(),
        Opens::These(found) => format!("these\n{}", lines(found).join("\n")),
        Opens::NotProven(found) => format!("not proven\n{}", lines(found).join("\n")),
    }
}
