//! `msb batch --plan`: a campaign that is planned, edited by people, applied in parts and gone on with.

use super::handout::PatchDir;
use super::look::{Looked, defect, failed};
use super::search::Search;
use super::store::{Lock, Store};
use super::text::{Tally, row_line};
use super::{Delivery, Done, Outcomes, Status};
use crate::args::{Batch, Conversion as Flags, Form};
use crate::commands::verify;
use crate::input::{Knowledge, folder_of, relative, up_to_top};
use crate::review::Selection;
use crate::terminal::{self, Progress, note};
use crate::{context, git, interrupt, workers};
use anyhow::{Context as _, Error, Result, anyhow, bail};
use msb::campaign::{Answer, Options, Row, Settled, Status as RowStatus, group_of};
use msb::review::{File, visible};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

pub(super) fn run(arguments: &Batch, plan: &Path) -> Result<Status> {
    check(arguments)?;
    let _lock = Lock::take(plan)?;
    let store = match Store::open(plan)? {
        Some(store) => {
            if asks_options(&arguments.conversion) {
                bail!(
                    "`{0}` says how its files are converted; write runtime, unsafe, min_gain or build_args under [options] \
                     or into a row of `{0}`",
                    plan.display()
                );
            }
            store
        }
        None if arguments.apply || arguments.patch_dir.is_some() || arguments.verify => {
            bail!("`{0}` does not exist; make it first: msb batch DIR --plan {0}", plan.display())
        }
        None => new_store(arguments, plan)?,
    };
    let run = Run {
        arguments,
        known: Knowledge::new(true),
        selection: Selection::new(&arguments.review)?,
        root: store.root.clone(),
        options: store.campaign.options.clone(),
        keeps: arguments.format != Form::Text || !arguments.review.reports.is_empty() || arguments.patch_dir.is_some(),
        stop: interrupt::flag()?,
    };
    match &arguments.patch_dir {
        Some(folder) => run.hand_out(store, &PatchDir::open(folder)?),
        None if arguments.apply || arguments.verify => run.apply(store),
        None => run.plan(store),
    }
}

/// Refuses what makes no sense with a plan.
fn check(arguments: &Batch) -> Result<()> {
    let review = &arguments.review;
    let flag = [
        ("--since", review.since.is_some()),
        ("--baseline", review.baseline.is_some()),
        ("--write-baseline", review.write_baseline.is_some()),
    ];
    if let Some((flag, _)) = flag.iter().find(|(_, given)| *given) {
        bail!("{flag} and --plan both say which files count; leave one of them out");
    }
    if arguments.surroundings.context.is_some() {
        bail!("a plan holds each file's build context; write `context` into the rows where it is another one");
    }
    let carries_out = arguments.apply || arguments.patch_dir.is_some() || arguments.verify;
    if let Some(path) = arguments.paths.first().filter(|_| carries_out) {
        bail!("the plan says which files are taken; leave `{}` out", path.display());
    }
    if !carries_out && (arguments.limit.is_some() || !arguments.group.is_empty()) {
        bail!(
            "--limit and --group say which part of the plan is carried out; add --apply, --verify or --patch-dir DIR"
        );
    }
    Ok(())
}

fn asks_options(flags: &Flags) -> bool {
    flags.runtime.is_some() || flags.min_gain.is_some() || flags.accept_unsafe || !flags.build_args.is_empty()
}

/// A plan for the folders that are named, counted from the top of their repository.
fn new_store(arguments: &Batch, plan: &Path) -> Result<Store> {
    let here = [PathBuf::from(".")];
    let paths = if arguments.paths.is_empty() { &here[..] } else { &arguments.paths };
    let first = &paths[0];
    let folder = if first.is_dir() { first.clone() } else { folder_of(first) };
    let root = up_to_top(&folder).pop();
    let root =
        root.ok_or_else(|| anyhow!("`{}` does not exist; name folders to search, or Dockerfiles", first.display()))?;
    let search = |path: &PathBuf| {
        let inside = relative(path, &root).ok_or_else(|| outside(path, &root))?;
        Ok(if inside.is_empty() { ".".to_owned() } else { inside })
    };
    let search = paths.iter().map(search).collect::<Result<_>>()?;
    let flags = &arguments.conversion;
    let options = Options {
        runtime: flags.runtime.clone(),
        accept_unsafe: flags.accept_unsafe.then_some(true),
        min_gain: flags.min_gain,
        build_args: flags.build_args.iter().cloned().collect(),
    };
    Store::new(plan, root, search, options)
}

fn outside(path: &Path, root: &Path) -> Error {
    anyhow!(
        "`{}` lies outside of `{}`, which the plan is for; make a plan of its own for it",
        path.display(),
        root.display()
    )
}

/// One run with a plan.
pub(super) struct Run<'a> {
    pub(super) arguments: &'a Batch,
    pub(super) known: Knowledge,
    pub(super) selection: Selection<'a>,
    pub(super) root: PathBuf,
    pub(super) options: Options,
    /// Documents are asked for, so conversions are kept.
    keeps: bool,
    pub(super) stop: &'static AtomicBool,
}

/// What is kept of that for documents.
struct Kept {
    /// The index of the row.
    index: usize,
    agreed: bool,
    result: Result<Done>,
}

/// Rows that are handed out together.
struct Group {
    name: String,
    /// The top of their repository.
    repository: PathBuf,
    rows: Vec<Row>,
}

impl Run<'_> {
    /// Plans: looks at every file, and writes down what was found.
    fn plan(&self, mut store: Store) -> Result<Status> {
        let is_new = store.is_new();
        let unreadable = self.search(&mut store)?;
        let rows: Vec<Row> = store.rows.iter().filter(|row| row.status != RowStatus::Skipped).cloned().collect();
        let kept = self.each(&rows, &mut store, |row| self.look(row))?;
        let outcomes = kept.into_iter().map(|kept| (self.typed(&rows[kept.index]), kept.result)).collect();
        // A plan that was never written down is not half one.
        if is_new && self.stop.load(Ordering::Relaxed) {
            bail!("interrupted; the plan is not written");
        }
        store.save()?;
        self.finish(&store, &store.rows.clone(), outcomes, unreadable)
    }

    /// Writes conversions, in the order of the plan, or builds and compares them, or both.
    fn apply(&self, mut store: Store) -> Result<Status> {
        if self.arguments.verify {
            verify::check_engine(&self.arguments.comparison)?;
        }
        let candidates: Vec<Row> = store.rows.iter().filter(|row| self.may_write(row)).cloned().collect();
        let mut outcomes = Outcomes::default();
        let mut room = self.room();
        let mut rest = candidates.as_slice();
        // As many at a time as there is room for, so that the limit is met whichever thread is first.
        while room > 0 && !rest.is_empty() && !self.stop.load(Ordering::Relaxed) {
            let (now, later) = rest.split_at(room.min(rest.len()));
            rest = later;
            let kept = self.each(now, &mut store, |row| self.convert(row))?;
            outcomes.extend(kept.into_iter().map(|kept| (self.typed(&now[kept.index]), kept.result)));
            room = room.saturating_sub(now.iter().filter(|row| self.is_taken(row, &store)).count());
        }
        store.save()?;
        let touched = &candidates[..candidates.len() - rest.len()];
        let touched: Vec<Vec<u8>> = touched.iter().map(|row| row.path.clone()).collect();
        self.carried_out(&store, &touched, outcomes)
    }

    /// True when a row counts against the limit.
    fn is_taken(&self, before: &Row, store: &Store) -> bool {
        let measured = |row: &Row| row.answer.as_ref().is_some_and(|answer| answer.measured.is_some());
        match store.row(&before.path) {
            Some(row) if self.arguments.apply => row.status == RowStatus::Done,
            Some(row) => measured(row) && !measured(before),
            None => false,
        }
    }

    /// Says what became of the rows that were taken.
    fn carried_out(&self, store: &Store, touched: &[Vec<u8>], outcomes: Outcomes) -> Result<Status> {
        if touched.is_empty() {
            note("nothing to do; rows that are todo or changed are taken");
        }
        let touched: Vec<Row> = touched.iter().filter_map(|key| store.row(key)).cloned().collect();
        self.finish(store, &touched, outcomes, Vec::new())
    }

    /// Writes a patch for each group.
    fn hand_out(&self, mut store: Store, folder: &PatchDir) -> Result<Status> {
        let groups = self.groups(&store);
        let mut outcomes = Outcomes::default();
        let mut touched: Vec<Vec<u8>> = Vec::new();
        let mut room = self.room();
        for group in &groups {
            let mut taken: Vec<(&Row, Done)> = Vec::new();
            let mut rest = group.rows.as_slice();
            while room > 0 && !rest.is_empty() && !self.stop.load(Ordering::Relaxed) {
                let (now, later) = rest.split_at(room.min(rest.len()));
                rest = later;
                touched.extend(now.iter().map(|row| row.path.clone()));
                for kept in self.each(now, &mut store, |row| self.propose(row))? {
                    let row = &now[kept.index];
                    match kept.result {
                        Ok(done) if kept.agreed && self.selection.takes(&done.file(false)) => {
                            room -= 1;
                            taken.push((row, done));
                        }
                        result => outcomes.push((self.typed(row), result)),
                    }
                }
            }
            // Half of a group is not handed out.
            if self.stop.load(Ordering::Relaxed) {
                break;
            }
            taken.sort_by(|(a, _), (b, _)| a.path.cmp(&b.path));
            self.write_group(group, &taken, &mut store, folder)?;
            outcomes.extend(taken.into_iter().map(|(row, done)| (self.typed(row), Ok(done))));
        }
        store.save()?;
        self.carried_out(&store, &touched, outcomes)
    }

    /// Writes a group's patch, and takes it down.
    fn write_group(&self, group: &Group, taken: &[(&Row, Done)], store: &mut Store, folder: &PatchDir) -> Result<()> {
        if taken.is_empty() {
            return Ok(());
        }
        let rows: Vec<Row> = taken.iter().filter_map(|(row, _)| store.row(&row.path)).cloned().collect();
        let files: Vec<File<'_>> = taken.iter().map(|(_, done)| done.file(false)).collect();
        let repository = self.inside(&group.repository).unwrap_or_else(|| ".".to_owned());
        let name = folder.write(&group.name, &repository, &rows, &files)?;
        note(&format!("{name}.patch: {} of group `{}`", files_in_words(rows.len()), visible(&group.name)));
        for row in rows {
            let answer = row.answer.map(|answer| Answer { patch: Some(name.clone()), ..answer });
            store.set(&row.path, Settled { status: RowStatus::Patched, answer, news: None });
        }
        store.save()
    }

    /// The rows that may be written, by group and repository, in the order of the plan.
    fn groups(&self, store: &Store) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        let mut index: BTreeMap<(String, PathBuf), usize> = BTreeMap::new();
        for row in store.rows.iter().filter(|row| self.may_write(row)) {
            // A patch is applied in one repository.
            let repository = git::top(&store.file(row)).unwrap_or_else(|| self.root.clone());
            let name = self.group(row);
            let at = *index.entry((name.clone(), repository.clone())).or_insert_with(|| {
                groups.push(Group { name, repository, rows: Vec::new() });
                groups.len() - 1
            });
            groups[at].rows.push(row.clone());
        }
        groups
    }

    /// How many files may be taken.
    fn room(&self) -> usize {
        self.arguments.limit.map_or(usize::MAX, |limit| limit as usize)
    }

    /// The group of a row.
    fn group(&self, row: &Row) -> String {
        group_of(row, self.arguments.group_by.map(Into::into))
    }

    /// True for a row that may be written once its file was looked at.
    fn may_write(&self, row: &Row) -> bool {
        let groups = &self.arguments.group;
        if !groups.is_empty() && !groups.contains(&self.group(row)) {
            return false;
        }
        match row.status {
            RowStatus::Todo | RowStatus::Changed | RowStatus::Failed => true,
            RowStatus::NeedsALook => row.options.over(&self.options).accept_unsafe.unwrap_or_default(),
            _ => false,
        }
    }

    /// Adds rows for files that have none; gives back what could not be searched.
    fn search(&self, store: &mut Store) -> Result<Vec<String>> {
        let searched: Vec<PathBuf> = match self.arguments.paths.as_slice() {
            [] => store.campaign.search.iter().map(|folder| context::typed(&self.root.join(folder))).collect(),
            named => named.to_vec(),
        };
        let plan = self.arguments.plan.as_deref().unwrap_or(Path::new(""));
        let search = super::search::dockerfiles(&searched, self.arguments.all)
            .with_context(|| format!("`{}`", plan.display()))?;
        search.tell();
        let Search { found, unreadable, .. } = search;
        let mut new = BTreeMap::new();
        for target in found.iter().filter(|target| !self.known.skips(&target.path)) {
            let key = store.key(&target.path).ok_or_else(|| outside(&target.path, &self.root))?;
            new.insert(key, target.context.as_deref().and_then(|folder| self.inside(folder)));
        }
        let before = store.rows.len();
        new.into_iter().for_each(|(key, context)| store.add(key, context));
        if !store.is_new() && store.rows.len() > before {
            note(&format!("{} new Dockerfiles since the plan", store.rows.len() - before));
        }
        Ok(unreadable)
    }

    /// Works on rows and takes down what became of each as it comes; gives back what documents are made of.
    fn each(&self, rows: &[Row], store: &mut Store, work: impl Fn(&Row) -> Looked + Sync) -> Result<Vec<Kept>> {
        let progress = Progress::over(rows.len(), self.arguments.comparison.quiet);
        let mut all = Vec::new();
        let mut done = 0;
        let mut failure = None;
        workers::each(rows, self.threads(), self.stop, work, |index, looked| {
            let row = &rows[index];
            let Looked { settled, agreed, result } = looked.unwrap_or_else(|| failed(row, defect()));
            done += 1;
            progress.show(done, &store.file(row));
            if let Some(news) = &settled.news {
                progress.note(&format!("{}: {news}", self.name(row)));
            }
            all.extend(result.filter(|_| self.keeps).map(|result| Kept { index, agreed, result }));
            store.set(&row.path, settled);
            // While a plan is new there is nothing to go on with.
            if !store.is_new()
                && let Err(error) = store.save_at_times()
            {
                self.stop.store(true, Ordering::Relaxed);
                failure = Some(error);
            }
        });
        progress.clear();
        all.sort_by_key(|kept| kept.index);
        failure.map_or(Ok(all), Err)
    }

    /// A row's file as somebody would type it.
    pub(super) fn typed(&self, row: &Row) -> PathBuf {
        context::typed(&self.root.join(git::path_of(&row.path)))
    }

    /// A row's file for people.
    pub(super) fn name(&self, row: &Row) -> String {
        visible(&String::from_utf8_lossy(&row.path))
    }

    /// Prints what the run was asked for, and says how it ended.
    fn finish(&self, store: &Store, shown: &[Row], outcomes: Outcomes, unreadable: Vec<String>) -> Result<Status> {
        self.selection.tell();
        let is_stopped = self.stop.load(Ordering::Relaxed);
        let tally = Tally::of(&store.rows);
        let could_not = !unreadable.is_empty() || shown.iter().any(|row| row.status == RowStatus::Failed);
        let is_open = store.rows.iter().any(|row| row.status.is_open());
        let form = self.arguments.format;
        if self.keeps {
            let mut outcomes = outcomes;
            let looked: BTreeMap<Vec<u8>, usize> =
                outcomes.iter().enumerate().filter_map(|(index, (path, _))| Some((store.key(path)?, index))).collect();
            let mut others = Vec::new();
            for row in &store.rows {
                match looked.get(&row.path).map(|index| &mut outcomes[*index].1) {
                    Some(Ok(done)) => done.about.status = Some(row.status),
                    Some(Err(_)) => {}
                    None => others.push(row.clone()),
                }
            }
            let (arguments, selection) = (self.arguments, &self.selection);
            Delivery { arguments, selection, unreadable, others }.documents(outcomes)?;
        }
        if form == Form::Text {
            let names: Vec<String> = shown.iter().map(|row| self.name(row)).collect();
            let column = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).min(60);
            let lines: String = names.iter().zip(shown).map(|(name, row)| row_line(name, row, column)).collect();
            terminal::print(&(lines + &tally.text()))?;
        } else {
            note(tally.text().trim());
        }
        if is_stopped {
            bail!("interrupted; what was done is in the plan, run again to go on");
        }
        Ok(match (could_not, self.arguments.check && is_open) {
            (true, _) => Status::CouldNotRun,
            (false, true) => Status::Found.unless_asked(self.arguments.review.exit_zero),
            (false, false) => Status::Done,
        })
    }
}

fn files_in_words(count: usize) -> String {
    if count == 1 { "1 file".to_owned() } else { format!("{count} files") }
}
