//! The plan of a campaign on disk: one run at a time, read once, written whole and never over what somebody else wrote.

use crate::git::{bytes, path_of};
use crate::input::{folder_of, regular};
use anyhow::{Context as _, Result, anyhow, bail};
use msb::campaign::{Answer, Campaign, Editor, Options, Row, Settled, Status};
use msb::differ::apply::{self, ApplyError};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How often a plan is written while work goes on. What a run that is killed has not written yet, the files themselves tell.
const OFTEN: Duration = Duration::from_secs(1);
/// How often somebody may save the plan while msb writes it.
const TRIES: usize = 20;

/// Keeps other runs away from a plan while it lives, however this run ends.
pub(super) struct Lock {
    file: File,
    path: PathBuf,
}

impl Lock {
    /// Takes the lock, or says who has it.
    pub(super) fn take(plan: &Path) -> Result<Lock> {
        let mut name = plan.to_owned().into_os_string();
        name.push(".lock");
        let path = PathBuf::from(name);
        let shown = path.display();
        for _ in 0..TRIES {
            let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
            let mut file = options.with_context(|| {
                let (plan, folder) = (plan.display(), folder_of(plan));
                if folder.is_dir() {
                    return format!(
                        "`{shown}`, which keeps other runs away, cannot be made; see the folder's permissions"
                    );
                }
                format!("`{plan}` cannot be written, since there is no folder `{}`; make it first", folder.display())
            })?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    let mut holder = String::new();
                    _ = file.read_to_string(&mut holder);
                    let holder =
                        if holder.is_empty() { String::new() } else { format!(" (process {})", holder.trim()) };
                    bail!(
                        "another run of msb{holder} works with `{}`; wait until it has ended, then run again",
                        plan.display()
                    );
                }
                Err(TryLockError::Error(error)) => {
                    return Err(error).with_context(|| format!("`{shown}` cannot be locked"));
                }
            }
            // Whoever had it before may have removed the file that was opened.
            if is_still(&file, &path) {
                _ = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| write!(file, "{}", std::process::id()));
                return Ok(Lock { file, path });
            }
        }
        bail!("`{shown}` comes and goes; try again")
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Removed while it is held, so that nobody's is.
        _ = fs::remove_file(&self.path);
        _ = self.file.unlock();
    }
}

#[cfg(unix)]
fn is_still(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let (Ok(opened), Ok(there)) = (file.metadata(), fs::metadata(path)) else { return false };
    (opened.dev(), opened.ino()) == (there.dev(), there.ino())
}

#[cfg(not(unix))]
fn is_still(_: &File, path: &Path) -> bool {
    path.exists()
}

/// A plan, and what is to be written into it.
pub(super) struct Store {
    path: PathBuf,
    /// What was read.
    pub(super) campaign: Campaign,
    /// The folder that paths count from, absolute.
    pub(super) root: PathBuf,
    /// Rows as they are by now, those of files that are new at the end.
    pub(super) rows: Vec<Row>,
    index: BTreeMap<Vec<u8>, usize>,
    changed: BTreeMap<Vec<u8>, (Status, Option<Answer>)>,
    is_new: bool,
    saved: Instant,
}

impl Store {
    /// Reads a plan; nothing where there is none.
    pub(super) fn open(path: &Path) -> Result<Option<Store>> {
        let Some(text) = read(path)? else { return Ok(None) };
        let name = path.display().to_string();
        let campaign = Campaign::parse(&text).map_err(|errors| {
            let texts: Vec<String> = errors.iter().map(|error| error.render(&name, text.as_bytes())).collect();
            let text = texts.join("\n");
            anyhow!("{}", text.trim_end().strip_prefix("error: ").unwrap_or(&text))
        })?;
        Editor::open(&text).map_err(|error| anyhow!("`{name}`: {error}"))?;
        let root = folder_of(path).join(&campaign.root);
        let root = root.canonicalize().with_context(|| {
            format!("`{name}` counts paths from `{}`, which cannot be opened; mend `root` in it", root.display())
        })?;
        Ok(Some(Store::of(path, campaign, root, false)))
    }

    /// A plan that is not there yet, for files below `root`, an absolute path. It is there once it was saved.
    pub(super) fn new(path: &Path, root: PathBuf, search: Vec<String>, options: Options) -> Result<Store> {
        let folder = folder_of(path);
        let folder = folder
            .canonicalize()
            .with_context(|| format!("`{}`, where the plan is to be, cannot be opened", folder.display()))?;
        let campaign = Campaign { root: between(&folder, &root), search, options, rows: Vec::new() };
        Ok(Store::of(path, campaign, root, true))
    }

    fn of(path: &Path, mut campaign: Campaign, root: PathBuf, is_new: bool) -> Store {
        let rows = std::mem::take(&mut campaign.rows);
        let index = rows.iter().enumerate().map(|(index, row)| (row.path.clone(), index)).collect();
        let (path, changed) = (path.to_owned(), BTreeMap::new());
        Store { path, campaign, root, rows, index, changed, is_new, saved: Instant::now() }
    }

    /// True before the first save of a plan that was not there.
    pub(super) fn is_new(&self) -> bool {
        self.is_new
    }

    /// The file of a row.
    pub(super) fn file(&self, row: &Row) -> PathBuf {
        self.root.join(path_of(&row.path))
    }

    /// The name that a file has in the plan; nothing when it lies outside of the root.
    pub(super) fn key(&self, file: &Path) -> Option<Vec<u8>> {
        let folder = folder_of(file).canonicalize().ok()?;
        let inside = folder.join(file.file_name()?).strip_prefix(&self.root).ok().map(bytes)?;
        Some(inside)
    }

    /// The row of a file.
    pub(super) fn row(&self, key: &[u8]) -> Option<&Row> {
        self.index.get(key).and_then(|index| self.rows.get(*index))
    }

    /// Adds a row for a file, unless it has one, with the build context where only another file tells it.
    pub(super) fn add(&mut self, key: Vec<u8>, context: Option<String>) {
        if !self.index.contains_key(&key) {
            self.index.insert(key.clone(), self.rows.len());
            self.rows.push(Row { context, ..Row::new(key) });
        }
    }

    /// Takes down what became of a row.
    pub(super) fn set(&mut self, key: &[u8], settled: Settled) {
        let Some(row) = self.index.get(key).and_then(|index| self.rows.get_mut(*index)) else { return };
        row.status = settled.status;
        let noted = self.changed.entry(key.to_vec()).or_insert((settled.status, None));
        noted.0 = settled.status;
        if let Some(answer) = settled.answer {
            noted.1 = Some(answer.clone());
            row.answer = Some(answer);
        }
    }

    /// Writes the plan, unless that was done a moment ago.
    pub(super) fn save_at_times(&mut self) -> Result<()> {
        if self.saved.elapsed() < OFTEN { Ok(()) } else { self.save() }
    }

    /// Writes the plan: what is on disk by now, with what was taken down. What people saved meanwhile stays.
    pub(super) fn save(&mut self) -> Result<()> {
        let shown = self.path.display().to_string();
        for _ in 0..TRIES {
            let old = read(&self.path)?;
            let mut editor = match &old {
                Some(text) => Editor::open(text).map_err(|error| {
                    anyhow!("`{shown}` was changed meanwhile and is no plan now: {error}\nmend it and run again")
                })?,
                None => Editor::new(&self.campaign.root, &self.campaign.search, &self.campaign.options),
            };
            for (key, (status, answer)) in &self.changed {
                let context = self.row(key).and_then(|row| row.context.as_deref());
                editor.add(key, context);
                editor.set(key, *status, answer.as_ref());
            }
            let new = editor.text();
            let written = match &old {
                Some(old) if *old == new => Ok(()),
                Some(old) => apply::apply(&self.path, old.as_bytes(), new.as_bytes()),
                None => apply::write(&self.path, new.as_bytes()),
            };
            match written {
                Ok(()) => {
                    self.is_new = false;
                    self.changed.clear();
                    self.saved = Instant::now();
                    return Ok(());
                }
                Err(ApplyError::Changed(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        bail!("`{shown}` is changed by somebody else all the time; run again when that has ended")
    }
}

fn read(path: &Path) -> Result<Option<String>> {
    let name = path.display();
    match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        _ => regular(path, "a plan is TOML in a file")?,
    }
    let text = fs::read_to_string(path)
        .with_context(|| format!("`{name}` cannot be read; a plan is TOML in UTF-8, see its permissions"))?;
    Ok(Some(text))
}

/// How a folder is written in a file that lies in another one, both absolute.
fn between(from: &Path, to: &Path) -> String {
    if let Ok(below) = to.strip_prefix(from)
        && let Some(below) = below.to_str()
    {
        return if below.is_empty() { ".".to_owned() } else { below.replace(std::path::MAIN_SEPARATOR, "/") };
    }
    match from.strip_prefix(to) {
        Ok(above) => vec![".."; above.components().count()].join("/"),
        Err(_) => to.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use msb::review::Verdict;

    #[test]
    fn one_run_at_a_time_and_nothing_stays_behind() {
        let folder = tempfile::tempdir().unwrap();
        let plan = folder.path().join("plan.toml");
        let first = Lock::take(&plan).unwrap();
        let error = Lock::take(&plan).err().unwrap().to_string();
        assert!(error.contains(&format!("process {}", std::process::id())), "{error}");
        drop(first);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        fs::write(folder.path().join("plan.toml.lock"), "1").unwrap();
        assert!(Lock::take(&plan).is_ok(), "whoever left the file behind is gone");
    }

    #[test]
    fn what_people_save_meanwhile_stays() {
        let folder = tempfile::tempdir().unwrap();
        let plan = folder.path().join("plan.toml");
        let root = folder.path().canonicalize().unwrap();
        let mut store = Store::new(&plan, root, vec![".".to_owned()], Options::default()).unwrap();
        store.add(b"Dockerfile".to_vec(), None);
        let settled = |status| Settled { status, answer: Some(Answer::new(Verdict::Safe)), news: None };
        store.set(b"Dockerfile", settled(Status::Todo));
        store.save().unwrap();
        let mut store = Store::open(&plan).unwrap().unwrap();
        fs::write(&plan, fs::read_to_string(&plan).unwrap() + "# mine\n").unwrap();
        store.set(b"Dockerfile", settled(Status::Done));
        store.save().unwrap();
        let text = fs::read_to_string(&plan).unwrap();
        assert!(text.ends_with("# mine\n") && text.contains("status = \"done\""), "{text}");
        fs::write(&plan, "[[file]").unwrap();
        assert!(store.save().unwrap_err().to_string().contains("no plan now"));
        assert_eq!(fs::read_to_string(&plan).unwrap(), "[[file]");
    }

    #[test]
    fn a_root_is_written_as_seen_from_the_plan() {
        let between = |from, to| between(Path::new(from), Path::new(to));
        assert_eq!(between("/a/b", "/a/b"), ".");
        assert_eq!(between("/a", "/a/b/c"), "b/c");
        assert_eq!(between("/a/b/c", "/a"), "../..");
        assert_eq!(between("/a/b", "/x"), "/x");
    }
}
