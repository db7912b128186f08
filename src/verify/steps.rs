//! Which build step wrote a path: read from the layers of a saved image.

use super::engine::Engine;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};

/// For each wanted path, the instruction whose layer holds it last. Empty when the engine cannot save images.
pub(super) fn writers(engine: &dyn Engine, image: &str, wanted: &BTreeSet<String>) -> BTreeMap<String, String> {
    if wanted.is_empty() {
        return BTreeMap::new();
    }
    let mut saved = Saved::default();
    let read = engine.save(image, &mut |stream| saved.read(stream, wanted));
    if read.is_err() { BTreeMap::new() } else { saved.steps() }
}

#[derive(Default)]
struct Saved {
    /// Archive name of a layer, with the wanted paths that it holds.
    layers: BTreeMap<String, BTreeSet<String>>,
    /// Small JSON files by archive name.
    documents: BTreeMap<String, Value>,
    links: BTreeMap<String, String>,
}

impl Saved {
    fn read(&mut self, stream: &mut dyn Read, wanted: &BTreeSet<String>) -> io::Result<()> {
        const DOCUMENT: u64 = 4 << 20;
        let mut archive = tar::Archive::new(stream);
        for entry in archive.entries()? {
            let mut entry = entry?;
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            if let Some(target) = entry.link_name_bytes() {
                self.links.insert(name, String::from_utf8_lossy(&target).trim_start_matches("../").to_owned());
                continue;
            }
            let size = entry.size();
            let mut head = Vec::new();
            (&mut entry).take(512).read_to_end(&mut head)?;
            if head.first() == Some(&b'{') || head.first() == Some(&b'[') {
                if size <= DOCUMENT {
                    entry.read_to_end(&mut head)?;
                    self.documents.extend(serde_json::from_slice(&head).ok().map(|v| (name, v)));
                }
            } else if head.get(257..262) == Some(b"ustar") {
                let held = layer(&mut head.as_slice().chain(entry), wanted);
                self.layers.insert(name, held);
            }
        }
        Ok(())
    }

    fn steps(&self) -> BTreeMap<String, String> {
        self.steps_of_first_image().unwrap_or_default()
    }

    fn steps_of_first_image(&self) -> Option<BTreeMap<String, String>> {
        let image = self.documents.get("manifest.json")?.get(0)?;
        let config = self.documents.get(image.get("Config")?.as_str()?)?;
        let history = config.get("history")?.as_array()?;
        let layered = history.iter().filter(|h| h.get("empty_layer") != Some(&Value::Bool(true)));
        let mut steps = BTreeMap::new();
        for (step, layer) in layered.zip(image.get("Layers")?.as_array()?) {
            let name = layer.as_str()?;
            let name = self.links.get(name).map_or(name, String::as_str);
            let by = tidy(step.get("created_by").and_then(Value::as_str).unwrap_or_default());
            for path in self.layers.get(name).into_iter().flatten() {
                steps.insert(path.clone(), by.clone());
            }
        }
        Some(steps)
    }
}

/// Wanted paths of one layer, those included that only have something below them. A broken layer holds what was read.
fn layer(stream: &mut dyn Read, wanted: &BTreeSet<String>) -> BTreeSet<String> {
    let mut held = BTreeSet::new();
    let mut archive = tar::Archive::new(stream);
    let Ok(entries) = archive.entries() else { return held };
    for entry in entries.map_while(Result::ok) {
        let path =
            format!("/{}", String::from_utf8_lossy(&entry.path_bytes()).trim_matches('/').trim_start_matches("./"));
        if wanted.contains(&path) {
            held.insert(path);
        }
    }
    held
}

/// An instruction as its author wrote it, as far as the engine remembers.
fn tidy(created_by: &str) -> String {
    let text = created_by.trim_end_matches("# buildkit").trim();
    let text = text.strip_prefix("/bin/sh -c #(nop) ").map_or_else(
        || text.strip_prefix("/bin/sh -c ").map_or_else(|| text.to_owned(), |rest| format!("RUN {rest}")),
        str::to_owned,
    );
    text.replace("RUN /bin/sh -c ", "RUN ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::tree::build::{Entry::*, tar};
    use super::*;

    #[test]
    fn the_last_layer_that_holds_a_path() {
        let base = tar(&[Dir("app", 0o755, 0), File("app/x", b"1")]);
        let copy = tar(&[File("app/x", b"2"), Dir("app/templates", 0o755, 0), File("app/templates/i", b"")]);
        let config =
            br#"{"history":[{"created_by":"/bin/sh -c #(nop) ADD base"},{"created_by":"ENV A=1","empty_layer":true},
            {"created_by":"COPY . . # buildkit"}]}"#;
        let manifest = br#"[{"Config":"blobs/c","Layers":["blobs/b","old/layer.tar"]}]"#;
        let image = tar(&[
            File("blobs/l", &copy),
            File("blobs/b", &base),
            File("blobs/c", config),
            Link("old/layer.tar", "../blobs/l"),
            File("manifest.json", manifest),
        ]);
        let wanted: BTreeSet<String> = ["/app/x", "/app/templates", "/app", "/none"].map(str::to_owned).into();
        let mut saved = Saved::default();
        saved.read(&mut image.as_slice(), &wanted).unwrap();
        let steps: Vec<(String, String)> = saved.steps().into_iter().collect();
        let expected = [("/app", "ADD base"), ("/app/templates", "COPY . ."), ("/app/x", "COPY . .")];
        assert_eq!(steps, expected.map(|(p, s)| (p.to_owned(), s.to_owned())));
    }

    #[test]
    fn instructions_read_as_they_were_written() {
        assert_eq!(tidy("RUN /bin/sh -c make # buildkit"), "RUN make");
        assert_eq!(tidy("/bin/sh -c make"), "RUN make");
        assert_eq!(tidy("/bin/sh -c #(nop) COPY dir:1 in /app "), "COPY dir:1 in /app");
    }
}
