//! What becomes of everything that the original image has at its end, for people: kept, or gone by a licence and why.

use super::licences::Ledger;
use super::licences::packages::{PackageFate, PackageLedger};
use super::survey::{Survey, Target};
use super::{Options, base, development, downloads, supply};
use crate::analyzer::demands::Demands;
use crate::analyzer::{Analysis, Inputs};
use crate::image::{Entry, Extent, Origin};
use crate::licence::Licence;
use serde::Serialize;

/// What becomes of one entry of the original image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EntryFate {
    /// Its path.
    pub path: String,
    /// How far it reaches.
    pub extent: Extent,
    /// It is there whenever the build ends well.
    pub certain: bool,
    /// Where it comes from.
    pub origin: Origin,
    /// Index of the instruction that brings it.
    pub instruction: usize,
    /// The licence by which it leaves; nothing for what stays.
    pub licence: Option<Licence>,
    /// What was seen; empty for what stays.
    pub because: String,
    /// Paths inside that stay although the rest leaves.
    pub stays: Vec<String>,
}

/// What becomes of one package of the distribution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PackageFateReport {
    /// Its name.
    pub name: String,
    /// Index of the instruction that installs it.
    pub instruction: usize,
    /// The licence by which it leaves; nothing for what stays.
    pub licence: Option<Licence>,
    /// What is installed in its place.
    pub replaced_by: Vec<String>,
}

/// The fate of everything that steps brought into the original image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Fates {
    /// Files and directories, in the order in which they were written.
    pub entries: Vec<EntryFate>,
    /// Packages, in the order of the file.
    pub packages: Vec<PackageFateReport>,
}

/// Works out the fates for a file that has one stage, whether or not it can be converted.
pub fn fates(inputs: Inputs<'_>, analysis: &Analysis, demands: &Demands, options: &Options) -> Fates {
    let base = base::choose(inputs, analysis, demands, options).ok();
    let target = base.as_ref().map_or_else(Target::default, |base| base.target.clone());
    let survey = Survey::new(inputs, analysis, demands, &target);
    let ledger = Ledger::of(&survey);
    let packages = PackageLedger::of(&survey, &ledger);
    let supply = base.and_then(|base| supply::supply(&survey, &ledger, &packages, &base).ok());
    told(&survey, &ledger, &packages, supply.as_ref())
}

/// The fates that ledgers hold. What a licence would let go and a line of the runtime stage brings all the same stays.
pub(super) fn told(
    survey: &Survey<'_>,
    ledger: &Ledger,
    packages: &PackageLedger,
    supply: Option<&supply::Supply>,
) -> Fates {
    let comes_along = |entry: &Entry| {
        supply.is_some_and(|supply| {
            let copied = supply.copied.iter().any(|path| crate::paths::is_within(path, &entry.path));
            let again = matches!(entry.origin, Origin::Context { .. } | Origin::Text)
                && supply.restated_copies.contains(&entry.at.instruction);
            copied && Some(entry.at.instruction) <= survey.cut || again
        })
    };
    let entries = survey.image.entries().map(|(i, entry)| {
        let left = ledger.left(i).filter(|_| !comes_along(entry));
        EntryFate {
            path: entry.path.clone(),
            extent: entry.extent,
            certain: entry.certain,
            origin: entry.origin.clone(),
            instruction: entry.at.instruction,
            licence: left.map(|left| left.licence),
            because: left.map(|left| left.because.clone()).unwrap_or_default(),
            stays: left.map(|left| left.stays.clone()).unwrap_or_default(),
        }
    });
    let named = survey.image.packages().iter().zip(&packages.fates).filter(|(package, _)| package.removed.is_none());
    let packages = named.map(|(package, fate)| PackageFateReport {
        name: package.name.clone(),
        instruction: package.at.instruction,
        licence: (*fate != PackageFate::Kept).then_some(Licence::BuildPackage),
        replaced_by: match fate {
            PackageFate::Replaced(names) => names.clone(),
            PackageFate::Kept | PackageFate::Dropped | PackageFate::Removed => Vec::new(),
        },
    });
    Fates { entries: entries.collect(), packages: packages.collect() }
}

/// What leaves the image by one licence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Leaving {
    /// The licence.
    pub licence: Licence,
    /// Packages by name (`libpq-dev → libpq5`), directories and files by path, or the base image.
    pub what: Vec<String>,
    /// Estimated size in MB (10^6 bytes); nothing where it is not known.
    pub about_mb: Option<u32>,
}

/// Sums up by licence what leaves.
pub(super) fn leaving(fates: &Fates, base: &base::RuntimeBase, original: &str, packages_mb: u32) -> Vec<Leaving> {
    let mut found: Vec<Leaving> = Vec::new();
    for licence in Licence::ALL {
        let mut what: Vec<String> = Vec::new();
        let mut about_mb = None;
        if licence == Licence::Toolchain && !base.same_image && base.saved_mb > 0 {
            what.push(format!("what `{original}` has beyond `{}`", base.written));
            about_mb = Some(base.saved_mb);
        }
        for package in fates.packages.iter().filter(|package| package.licence == Some(licence)) {
            let name = match package.replaced_by.is_empty() {
                true => package.name.clone(),
                false => format!("{} → {}", package.name, package.replaced_by.join(" ")),
            };
            if !what.contains(&name) {
                what.push(name);
            }
            about_mb = Some(packages_mb);
        }
        for entry in fates.entries.iter().filter(|entry| entry.licence == Some(licence)) {
            // What only may be there is nothing to tell of.
            let inside = what.iter().any(|path| crate::paths::is_within(path, &entry.path));
            if entry.certain && entry.stays.is_empty() && !inside {
                what.push(entry.path.clone());
            } else if entry.certain && !inside {
                what.push(format!("{} but for {}", entry.path, entry.stays.join(", ")));
            }
        }
        if !what.is_empty() {
            found.push(Leaving { licence, what, about_mb });
        }
    }
    found
}

/// Adds the development dependencies that a step takes away, and the downloads that their manager keeps.
pub(super) fn tell_development(weight: &development::Weight, leaves: &mut Vec<Leaving>) {
    let names = weight.names.iter().map(|name| format!("{}/{name}", weight.directory));
    tell(leaves, Licence::DevelopmentDependency, weight.dropped_mb, names.collect());
    let downloads = vec!["what the package manager downloaded".to_owned()];
    tell(leaves, Licence::Cache, weight.downloads_mb, downloads);
}

/// Adds the caches of downloads that installations leave in their layers.
pub(super) fn tell_caches(caches: &[downloads::Kept], leaves: &mut Vec<Leaving>) {
    let mb = caches.iter().map(|cache| cache.mb).sum();
    tell(leaves, Licence::Cache, mb, caches.iter().map(|cache| cache.path.clone()).collect());
}

/// Adds to what leaves by a licence, where it weighs anything.
fn tell(leaves: &mut Vec<Leaving>, licence: Licence, mb: u32, mut what: Vec<String>) {
    if mb == 0 {
        return;
    }
    match leaves.iter_mut().find(|leaving| leaving.licence == licence) {
        Some(leaving) => {
            leaving.what.append(&mut what);
            leaving.about_mb = Some(leaving.about_mb.unwrap_or_default() + mb);
        }
        None => leaves.push(Leaving { licence, what, about_mb: Some(mb) }),
    }
}
