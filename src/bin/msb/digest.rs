//! What a conversion depended on, as one hash: two runs with the same hash and the same msb give the same answer.

use msb::context::{BuildContext, Entry, Unavailable};
use msb::facts::heuristics::Heuristics;
use msb::planner::Options;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

/// Questions that were put to folders, with hashes of the answers.
#[derive(Debug, Default)]
pub(crate) struct Log {
    answers: Mutex<BTreeMap<String, [u8; 32]>>,
}

impl Log {
    fn note(&self, question: &str, name: &str, path: &str, answer: impl FnOnce() -> [u8; 32]) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.entry(format!("{name}\0{question}\0{path}")).or_insert_with(answer);
    }
}

/// A folder whose answers are noted in a log.
pub(crate) struct Recorder {
    inner: Box<dyn BuildContext>,
    /// Which folder it is; its path stays out of the hash, since equal projects in different places are equal.
    name: String,
    log: Arc<Log>,
}

impl Recorder {
    pub(crate) fn new(inner: Box<dyn BuildContext>, name: impl Into<String>, log: &Arc<Log>) -> Recorder {
        Recorder { inner, name: name.into(), log: Arc::clone(log) }
    }

    fn noted<T: AsRef<[u8]>>(
        &self,
        question: &str,
        path: &str,
        answer: Result<Vec<T>, Unavailable>,
    ) -> Result<Vec<T>, Unavailable> {
        self.log.note(question, &self.name, path, || match &answer {
            Ok(parts) => parts_hash(parts),
            Err(Unavailable::Absent) => hash(b"absent"),
            Err(Unavailable::Unknown(_)) => hash(b"unknown"),
        });
        answer
    }

    fn bytes(&self, question: &str, path: &str, answer: Result<Vec<u8>, Unavailable>) -> Result<Vec<u8>, Unavailable> {
        let parts = self.noted(question, path, answer.map(|bytes| vec![bytes]))?;
        Ok(parts.into_iter().next().unwrap_or_default())
    }
}

impl BuildContext for Recorder {
    fn entry(&self, path: &str) -> Entry {
        let entry = self.inner.entry(path);
        self.log.note("entry", &self.name, path, || hash(format!("{entry:?}").as_bytes()));
        entry
    }
    fn read(&self, path: &str) -> Result<Vec<u8>, Unavailable> {
        self.bytes("read", path, self.inner.read(path))
    }
    fn list(&self, directory: &str) -> Result<Vec<String>, Unavailable> {
        self.noted("list", directory, self.inner.list(directory))
    }
    fn read_unfiltered(&self, path: &str) -> Result<Vec<u8>, Unavailable> {
        self.bytes("read all", path, self.inner.read_unfiltered(path))
    }
    fn list_unfiltered(&self, directory: &str) -> Result<Vec<String>, Unavailable> {
        self.noted("list all", directory, self.inner.list_unfiltered(directory))
    }
    fn is_known(&self) -> bool {
        self.inner.is_known()
    }
    fn doubt(&self) -> Option<&str> {
        self.inner.doubt()
    }
}

/// The hash over the Dockerfile, what was asked for, what the user taught, and what was read of folders.
pub(crate) fn of(
    source: &[u8],
    options: &Options,
    build_args: &[(String, String)],
    heuristics: &Heuristics,
    log: &Log,
) -> String {
    let mut all = Sha256::new();
    let mut part = |bytes: &[u8]| {
        all.update((bytes.len() as u64).to_le_bytes());
        all.update(bytes);
    };
    part(env!("CARGO_PKG_VERSION").as_bytes());
    part(source);
    part(format!("{options:?}").as_bytes());
    part(format!("{build_args:?}").as_bytes());
    // What msb itself brings is fixed by its version.
    for ecosystem in heuristics.ecosystems().iter().filter(|e| !e.file.starts_with("heuristics/")) {
        part(ecosystem.text.as_bytes());
    }
    for (question, answer) in log.answers.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        part(question.as_bytes());
        part(answer);
    }
    let mut text = String::from("sha256:");
    for byte in all.finalize() {
        _ = write!(text, "{byte:02x}");
    }
    text
}

fn hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn parts_hash<T: AsRef<[u8]>>(parts: &[T]) -> [u8; 32] {
    let mut all = Sha256::new();
    for part in parts {
        all.update((part.as_ref().len() as u64).to_le_bytes());
        all.update(part.as_ref());
    }
    all.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use msb::context::MemoryContext;

    fn digest(files: MemoryContext, paths: &[&str]) -> String {
        let log = Arc::default();
        let recorder = Recorder::new(Box::new(files), "context", &log);
        for path in paths {
            _ = (recorder.read(path), recorder.entry(path), recorder.list(path));
        }
        of(b"FROM a\n", &Options::default(), &[], Heuristics::builtin(), &log)
    }

    #[test]
    fn what_was_read_counts_and_nothing_else() {
        let files = |text: &str| MemoryContext::new([("a", text), ("b", text)]);
        let same = digest(files("1"), &["a"]);
        assert_eq!(same.len(), "sha256:".len() + 64);
        assert_eq!(same, digest(files("1").file("b", "2"), &["a"]), "b was not read");
        assert_ne!(same, digest(files("1").file("a", "2"), &["a"]));
        assert_ne!(same, digest(files("1"), &["a", "b"]));
        assert_ne!(digest(files("1"), &["x"]), digest(files("1").file("x", ""), &["x"]), "absent is not empty");
    }

    #[test]
    fn the_file_and_what_was_asked_for_count() {
        let hash = |source: &[u8], args: &[(String, String)]| {
            of(source, &Options::default(), args, Heuristics::builtin(), &Log::default())
        };
        let plain = hash(b"FROM a\n", &[]);
        assert_eq!(plain, hash(b"FROM a\n", &[]));
        assert_ne!(plain, hash(b"FROM b\n", &[]));
        assert_ne!(plain, hash(b"FROM a\n", &[("V".to_owned(), "1".to_owned())]));
    }
}
