//! The base images of both files, and the ledger that is held against them.

use super::engine::{Build, EngineError};
use super::report::{Aspect, Finding, Report};
use super::session::{Examined, Session, hashes_below};
use super::tree::Tree;
use super::{Progress, VerifyError, Which, files, ledger};
use std::collections::BTreeMap;

/// The files of both base images, or why they cannot be read.
pub(super) struct Bases {
    pub(super) original: Result<Tree, String>,
    pub(super) runtime: Result<Tree, String>,
}

impl Session<'_> {
    /// The base images of both, read like the images themselves: built from a file that is nothing but their name, since an
    /// engine need not keep what it builds from by name.
    pub(super) fn bases(&mut self, progress: &mut dyn FnMut(Progress)) -> Result<Bases, VerifyError> {
        let request = self.request;
        let named = |text: &str| final_base(text, request.target.as_deref(), &request.build_args);
        let (was, is) = (named(&request.original), named(&request.converted));
        progress(Progress::Doing { image: Which::Original, what: "reading its base image" });
        let original = self.base(was.as_deref(), "original-base")?;
        if was == is {
            return Ok(Bases { runtime: original.clone(), original });
        }
        progress(Progress::Doing { image: Which::Converted, what: "reading its base image" });
        let runtime = self.base(is.as_deref(), "runtime-base")?;
        Ok(Bases { original, runtime })
    }

    fn base(&mut self, image: Option<&str>, name: &str) -> Result<Result<Tree, String>, VerifyError> {
        let Some(image) = image else {
            return Ok(Err("the name of its base image depends on something unknown".to_owned()));
        };
        if image == "scratch" {
            return Ok(Ok(Tree::default()));
        }
        let folder = tempfile::Builder::new().prefix("msb-verify-").tempdir()?;
        let dockerfile = folder.path().join("Dockerfile");
        std::fs::write(&dockerfile, format!("FROM {image}\n"))?;
        let context = folder.path().join("context");
        std::fs::create_dir(&context)?;
        let tag = format!("localhost/msb-verify-{}:{name}", self.id);
        self.made.images.push(tag.clone());
        let build = Build {
            dockerfile,
            context,
            tag: tag.clone(),
            platform: self.request.platform.clone(),
            timeout: self.request.limits.build,
            ..Build::default()
        };
        let built = self.engine.build(&build, &mut |_| ()).map(drop);
        match built.and_then(|()| self.tree(&tag, &["/".to_owned()])) {
            Ok(tree) => Ok(Ok(tree)),
            Err(error @ EngineError::Cancelled) => Err(error.into()),
            Err(error) => Ok(Err(format!("its base image {image} could not be read: {error}"))),
        }
    }

    /// Tree against tree: what left, by licence, and what left without one.
    pub(super) fn ledger(
        &self,
        original: &Examined,
        converted: &Examined,
        bases: &Bases,
        report: &mut Report,
    ) -> Result<(), VerifyError> {
        let (base, runtime_base) = match (&bases.original, &bases.runtime) {
            (Ok(original), Ok(runtime)) => (original, runtime),
            (Err(why), _) | (_, Err(why)) => {
                let words = format!("what left cannot be told from what the base images lack: {why}");
                report.findings.push(Finding::not_checkable(Aspect::Ledger, "", words));
                return Ok(());
            }
        };
        let request = self.request;
        let read = ledger::Original::read(
            &request.original,
            &request.context,
            request.ignore_file.as_deref(),
            &request.build_args,
        );
        let said = read.as_ref().map(ledger::Said::of);
        let context = &request.context;
        let roots = files::roots(&original.built.image.config, &request.demanded_paths);
        let evidence = ledger::Evidence {
            original: original.side(),
            converted: converted.side(),
            base,
            runtime_base,
            said: said.as_ref(),
            demanded: (&request.demanded_paths, &request.demanded_commands),
            compared: &roots,
        };
        let (left, findings) = ledger::settle(&evidence, &mut |wanted| hashes_below(context, wanted));
        if findings.is_empty() {
            let words = "everything that is gone has a licence";
            report.findings.push(Finding::same(Aspect::Ledger, "", words));
        }
        report.left = left;
        report.findings.extend(findings);
        Ok(())
    }
}

/// The image that the last stage, or the stage `target`, comes from in the end, with build arguments put in; `None` for
/// names that depend on something unknown.
pub(super) fn final_base(dockerfile: &str, target: Option<&str>, build_args: &[String]) -> Option<String> {
    use crate::syntax::{Kind, expand, parse};
    let file = parse(dockerfile.as_bytes()).ok()?;
    let given: BTreeMap<&str, &str> = build_args.iter().filter_map(|a| a.split_once('=')).collect();
    let mut arguments: BTreeMap<String, String> = BTreeMap::new();
    let mut stages: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut last = None;
    for instruction in file.instructions() {
        let lookup = |name: &str| arguments.get(name).cloned();
        match &instruction.kind {
            Kind::Arg(declarations) if stages.is_empty() && last.is_none() => {
                let value = |name: &str, default: &Option<String>| match given.get(name) {
                    Some(value) => Some((*value).to_owned()),
                    None => expand(default.as_deref()?, file.escape, &lookup).ok(),
                };
                let found: Vec<(String, String)> =
                    declarations.iter().filter_map(|d| Some((d.name.clone(), value(&d.name, &d.default)?))).collect();
                arguments.extend(found);
            }
            Kind::From(from) => {
                let image = expand(&from.image, file.escape, &lookup).ok().filter(|i| !i.is_empty());
                let base = match image {
                    Some(image) => stages.get(&image.to_lowercase()).cloned().unwrap_or(Some(image)),
                    None => None,
                };
                let wanted = from.name.as_deref().is_some_and(|n| target.is_some_and(|t| t.eq_ignore_ascii_case(n)));
                last = Some(base.clone());
                if wanted {
                    break;
                }
                stages.extend(from.name.as_ref().map(|n| (n.to_lowercase(), base)));
            }
            _ => {}
        }
    }
    last?.filter(|b| !b.ends_with([':', '@']))
}
