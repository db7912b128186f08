//! Which containers and images are those of the Dockerfile.

use super::super::workloads::{image_name, last_name, own_name, spelled};
use super::super::{Asked, Project, folders, text_of};
use super::{Call, Where};
use crate::context::dockerfiles::{VENDORED, is_dockerfile};
use crate::context::manifests::is_compose_file;
use crate::context::{BuildContext, join};
use crate::facts::images::{self, ImageRef};
use serde_json::Value;
use std::collections::BTreeSet;

/// Keeps the calls that reach a container of the Dockerfile, of those that the files of a project make.
pub(in crate::analyzer::readers) fn keep_ours(project: &Project<'_>, calls: Vec<Call>, asked: &Asked) -> Vec<Call> {
    if calls.is_empty() {
        return calls;
    }
    let names = Names::of(project, &calls, asked);
    calls.into_iter().filter(|call| !call.what.is_empty() && names.reaches(call)).collect()
}

struct Names {
    /// Names of services, containers and images of the Dockerfile, without tags.
    ours: BTreeSet<String>,
    /// Names of its images as they are written.
    written: BTreeSet<String>,
    /// Names of services and containers of other images.
    theirs: BTreeSet<String>,
    /// The project has no other Dockerfile.
    alone: bool,
    /// The only image of which nobody knows whose it is.
    candidate: Option<String>,
}

impl Names {
    fn of(project: &Project<'_>, calls: &[Call], asked: &Asked) -> Names {
        let mut names = Names {
            ours: asked.names.iter().filter_map(|name| last_name(name)).collect(),
            written: asked.names.iter().map(|name| plain(name)).collect(),
            theirs: BTreeSet::new(),
            alone: is_alone(project),
            candidate: None,
        };
        names.ours.extend(own_name(project.dockerfile));
        for folder in folders(project.dockerfile) {
            names.compose(project.files, &folder, asked);
        }
        let images = || {
            calls.iter().filter_map(|call| match &call.place {
                Where::Image(image) => Some((call, image)),
                _ => None,
            })
        };
        let unknown = images().filter(|(_, image)| !names.is_our_image(image) && !is_foreign(image));
        let unknown: BTreeSet<String> = unknown.map(|(_, image)| last_name(image).unwrap_or_default()).collect();
        names.candidate = if unknown.len() == 1 { unknown.into_iter().next() } else { None };
        let named: Vec<(String, bool)> =
            images().filter_map(|(call, image)| Some((call.named.clone()?, names.is_image(image)))).collect();
        for (name, ours) in named {
            let set = if ours { &mut names.ours } else { &mut names.theirs };
            set.insert(spelled(&name));
        }
        names
    }

    /// Services of compose files, with the names of their containers.
    fn compose(&mut self, files: &dyn BuildContext, folder: &str, asked: &Asked) {
        for name in files.list_unfiltered(folder).unwrap_or_default().iter().filter(|name| is_compose_file(name)) {
            let path = join(folder, name);
            let document = text_of(files, &path).and_then(|text| serde_saphyr::from_str::<Value>(&text).ok());
            let services = document.as_ref().and_then(|document| document.get("services")?.as_object());
            for (name, service) in services.into_iter().flatten() {
                let ours = asked.services.iter().any(|known| known.name == *name);
                let container = service.get("container_name").and_then(Value::as_str);
                let set = if ours { &mut self.ours } else { &mut self.theirs };
                set.extend([spelled(name)].into_iter().chain(container.map(spelled)));
            }
        }
        let ours = std::mem::take(&mut self.ours);
        self.theirs.retain(|name| !ours.contains(name));
        self.ours = ours;
    }

    fn reaches(&self, call: &Call) -> bool {
        match &call.place {
            Where::Running(name) => self.is_container(name),
            Where::Image(image) => self.is_image(image),
            Where::Job(image) => self.is_our_image(image),
            Where::Own => self.alone,
        }
    }

    fn is_container(&self, name: &str) -> bool {
        // Who it is for, a variable or the reader of a document says.
        let parts = |text: &str| -> Vec<String> {
            text.split(|c: char| !(c.is_alphanumeric() || "-_".contains(c))).map(spelled).collect()
        };
        let parts = parts(name);
        let is = |known: &BTreeSet<String>| {
            parts.iter().any(|part| known.contains(part) || known.iter().any(|known| is_generated(part, known)))
        };
        is(&self.ours) || self.alone && !is(&self.theirs) && !is_foreign(name)
    }

    fn is_image(&self, image: &str) -> bool {
        let candidate = || self.alone && !is_foreign(image) && last_name(image).unwrap_or_default() == self.only();
        self.is_our_image(image) || self.candidate.is_some() && candidate()
    }

    fn only(&self) -> &str {
        self.candidate.as_deref().unwrap_or_default()
    }

    fn is_our_image(&self, image: &str) -> bool {
        let written = plain(image);
        self.written.contains(&written)
            || self.written.iter().any(|known| known.contains('$') && image_name(known) == image_name(&written))
            || last_name(image).is_some_and(|name| self.ours.contains(&name)) && !is_known_base(image)
    }
}

/// The name that compose files, stacks and clusters make of a service's: `shop-web-1`, `web-0`, `stack_web.1`.
fn is_generated(name: &str, service: &str) -> bool {
    let Some((before, after)) = name.split_once(service) else { return false };
    let number = after.strip_prefix('-').is_some_and(|n| !n.is_empty() && n.chars().all(|c| c.is_ascii_digit()));
    (before.is_empty() || before.ends_with('-')) && (number || after.is_empty() && !before.is_empty())
}

/// A variable without its brackets.
fn plain(image: &str) -> String {
    image.replace("${{ ", "$").replace(" }}", "").replace(['{', '}', '(', ')'], "")
}

fn is_known_base(image: &str) -> bool {
    ImageRef::parse(image).is_some_and(|image| images::lookup(&image).is_some())
}

/// An image of others: one that the tables know, or an official one with its version.
fn is_foreign(image: &str) -> bool {
    is_known_base(image) || !image.contains(['/', '$', '{']) && image.contains(':')
}

/// The project has no other Dockerfile, in its folders down to the second.
fn is_alone(project: &Project<'_>) -> bool {
    let mut open = vec![(String::new(), 0)];
    let mut seen = 0;
    while let Some((folder, depth)) = open.pop() {
        seen += 1;
        if seen > 150 {
            return false;
        }
        for name in project.files.list_unfiltered(&folder).unwrap_or_default() {
            let path = join(&folder, &name);
            if is_dockerfile(&name) && path != project.dockerfile {
                return false;
            }
            let is_folder = !name.contains('.') && !VENDORED.contains(&name.as_str());
            if depth < 2 && is_folder {
                open.push((path, depth + 1));
            }
        }
    }
    true
}
