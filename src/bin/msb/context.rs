//! Which folder is the build context of a Dockerfile on disk.

use crate::input::up_to_top;
use anyhow::{Context as _, Result, anyhow};
use msb::analyzer::readers::contexts::{How, find};
use msb::context::{AssumedContext, BuildContext, DiskContext, NamedContext};
use msb::policy::{self, Policy};
use msb::syntax::{self, Kind};
use std::path::{Path, PathBuf};

/// A folder that is taken for the build context.
pub(crate) struct Chosen {
    /// The folder.
    pub(crate) folder: PathBuf,
    /// What says so, when the folder is not the Dockerfile's own and was not typed.
    pub(crate) said: Option<String>,
    /// Why it may be another one.
    doubt: Option<String>,
}

impl Chosen {
    /// The folder that was typed.
    pub(crate) fn named(folder: PathBuf) -> Chosen {
        Chosen { folder, said: None, doubt: None }
    }

    /// The folder that the policy, or else the project's other files, say that the Dockerfile at `path` is built with.
    pub(crate) fn find(
        path: &Path,
        source: &[u8],
        policy: Option<&(PathBuf, Policy)>,
        build_args: &[(String, String)],
    ) -> Result<Chosen> {
        let own = crate::input::folder_of(path);
        if let Some((at, folder)) = policy.and_then(|(at, policy)| Some((at, policy.context()?))) {
            let folder = at.join(folder);
            if !folder.is_dir() {
                let file = at.join(policy::FILE);
                return Err(anyhow!(
                    "`{}` names the build context `{}`, which is not a folder; mend `context`, or take it out",
                    file.display(),
                    folder.display()
                ));
            }
            return Ok(Chosen { said: Some(policy::FILE.to_owned()), ..Chosen::named(folder) });
        }
        // A file that cannot be parsed, or is not converted, is told about by who converts it.
        let Ok(dockerfile) = syntax::parse(source) else { return Ok(Chosen::named(own)) };
        let stages = dockerfile.instructions().filter(|i| matches!(i.kind, Kind::From(_))).count();
        let above = up_to_top(&own);
        let (Some(nearest), Some(top), Some(name)) = (above.first(), above.last(), path.file_name()) else {
            return Ok(Chosen::named(own));
        };
        let Some(inside) = below(&nearest.join(name), top).filter(|_| stages == 1) else {
            return Ok(Chosen::named(own));
        };
        let open = |folder: &str| -> Option<Box<dyn BuildContext>> {
            // A symbolic link leads out of the tree, as it would for whoever follows it.
            Some(Box::new(DiskContext::open(&top.join(folder), Some(path)).ok()?))
        };
        let found = find(&dockerfile, &inside, &build_args.iter().cloned().collect(), &open);
        let folder = top.join(&found.folder);
        let is_own = folder == *nearest;
        let typed = typed(&folder);
        let (said, doubt) = match found.how {
            How::Own => (None, None),
            How::Said(by) => ((!is_own).then_some(by), None),
            How::Assumed(missing) => {
                let lack = match missing.as_str() {
                    "." => "no sources lie beside the Dockerfile".to_owned(),
                    missing => format!("`{missing}` is not beside the Dockerfile"),
                };
                let words = format!(
                    "{lack}; `{}`, the nearest folder above that holds all that is copied, is taken \
                     for the build context; confirm it with --context {0}, or with `context` in {}",
                    typed.display(),
                    policy::FILE
                );
                (None, Some(words))
            }
            How::Contradicted(words) => {
                let words = format!(
                    "{}; `{}` is taken for the build context; confirm it with --context {1}, or with `context` in {}",
                    words.join("; "),
                    typed.display(),
                    policy::FILE
                );
                (None, Some(words))
            }
        };
        Ok(Chosen { folder: if is_own { own } else { typed }, said, doubt })
    }

    /// Opens the folder, with the names in the file `names` beside what is in it.
    pub(crate) fn open(&self, dockerfile: Option<&Path>, names: Option<&Path>) -> Result<Box<dyn BuildContext>> {
        let disk = DiskContext::open(&self.folder, dockerfile)?;
        let mut context: Box<dyn BuildContext> = match names {
            None => Box::new(disk),
            Some(file) => {
                let shown = file.display();
                let text = std::fs::read_to_string(file)
                    .with_context(|| format!("`{shown}` cannot be read; it is a list of paths in UTF-8, one a line"))?;
                let ignore = disk.ignore().clone();
                let named = NamedContext::new(Box::new(disk), &ignore, &text);
                Box::new(named.with_context(|| format!("`{shown}` is no list of names in the context"))?)
            }
        };
        if let Some(doubt) = &self.doubt {
            context = Box::new(AssumedContext::new(context, doubt.clone()));
        }
        Ok(context)
    }
}

/// `path` below `folder`, with `/` between its parts; nothing for names that are no UTF-8, which no other file can hold. Both
/// are without links.
fn below(path: &Path, folder: &Path) -> Option<String> {
    let parts: Option<Vec<_>> = path.strip_prefix(folder).ok()?.iter().map(|part| part.to_str()).collect();
    Some(parts?.join("/"))
}

/// An absolute path as somebody would type it in the working directory.
pub(crate) fn typed(folder: &Path) -> PathBuf {
    let here = std::env::current_dir().and_then(|here| here.canonicalize()).ok();
    match here.and_then(|here| folder.strip_prefix(here).ok().map(Path::to_owned)) {
        Some(inside) if inside.as_os_str().is_empty() => PathBuf::from("."),
        Some(inside) => inside,
        None => folder.to_owned(),
    }
}
