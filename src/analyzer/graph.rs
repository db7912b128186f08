//! The dataflow of a file: which step writes which path, who reads it, and what run time asks for. The backward slice
//! from run time says which steps a finished image needs anything of.
//!
//! petgraph stays inside this module: the outside sees names, roles and text.

use super::demands::Demands;
use super::{Action, Analysis, Inputs};
use crate::paths;
use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{Dfs, Reversed};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What a node stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case", tag = "node")]
pub enum Node {
    /// A part of an instruction.
    Step {
        /// Index of the instruction.
        instruction: usize,
        /// Index of the part of a RUN.
        unit: usize,
        /// The text, abridged.
        text: String,
    },
    /// A path in the image.
    Path {
        /// Absolute path.
        path: String,
    },
    /// A package of the distribution.
    Package {
        /// Its name.
        name: String,
    },
    /// Something that run time asks for.
    Demand {
        /// In words.
        what: String,
    },
}

/// Where a step's effect is needed. `Build` and `Runtime` join to `Both`, so the order of evidence cannot matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Only to build.
    Build,
    /// Only at run time.
    Runtime,
    /// In both.
    Both,
    /// Nowhere: nothing that run time asks for depends on it.
    Neither,
}

/// A graph that is to be drawn.
#[derive(Clone, Debug, Serialize)]
pub struct Drawing {
    /// The nodes.
    pub nodes: Vec<Drawn>,
    /// From which node to which, and in what way.
    pub edges: Vec<(usize, usize, &'static str)>,
}

/// A node of a drawing.
#[derive(Clone, Debug, Serialize)]
pub struct Drawn {
    /// `step`, `path`, `package` or `demand`.
    pub kind: &'static str,
    /// What it is.
    pub label: String,
    /// Something that run time asks for depends on it.
    pub needed: bool,
}

/// The dataflow graph of one file.
#[derive(Debug)]
pub struct Dataflow {
    graph: DiGraph<Node, &'static str>,
    demands: Vec<NodeIndex>,
}

impl Dataflow {
    /// Builds the graph. An edge leads from what provides to what needs.
    pub fn new(inputs: Inputs<'_>, analysis: &Analysis, demands: &Demands) -> Dataflow {
        let mut builder = Builder { graph: DiGraph::new(), index: BTreeMap::new(), written: Vec::new() };
        let instructions: Vec<_> = inputs.dockerfile.instructions().collect();
        for step in &analysis.steps {
            let text = instructions[step.instruction].args.as_str();
            match &step.action {
                Action::Config => {}
                Action::Copy(copy) => {
                    let node = builder.step(step.instruction, 0, &format!("COPY {text}"));
                    let heredocs = copy.heredocs.iter().cloned();
                    let landed: BTreeSet<String> =
                        copy.landings.iter().map(|l| l.destination.clone()).chain(heredocs).collect();
                    for path in landed {
                        builder.writes(node, &path, "copies");
                    }
                }
                Action::Run(run) => {
                    for (u, unit) in run.units.iter().enumerate() {
                        let text = super::effects::abridge(&run.text[unit.range.clone()]);
                        let node = builder.step(step.instruction, u, &format!("RUN {text}"));
                        builder.reads_below(node, unit.cwd.as_deref().filter(|_| unit.effects.builds));
                        for package in unit.effects.packages.iter().flat_map(|p| &p.names) {
                            let name = crate::planner::plain_name(&package.0).to_owned();
                            let package = builder.node(Node::Package { name });
                            builder.graph.add_edge(node, package, "installs");
                        }
                        for file in &unit.effects.files {
                            for path in &file.reads {
                                builder.reads_below(node, Some(path));
                            }
                            for path in &file.writes {
                                builder.writes(node, path, "changes");
                            }
                        }
                        for write in &unit.effects.writes {
                            builder.writes(node, &write.path, "writes");
                        }
                    }
                }
            }
        }
        builder.demands(analysis, demands)
    }

    /// Steps (instruction and part) that something run time asks for depends on, directly or through other steps.
    pub fn slice(&self) -> BTreeSet<(usize, usize)> {
        let mut found = BTreeSet::new();
        for &demand in &self.demands {
            let reversed = Reversed(&self.graph);
            let mut search = Dfs::new(reversed, demand);
            while let Some(node) = search.next(reversed) {
                if let Node::Step { instruction, unit, .. } = &self.graph[node] {
                    found.insert((*instruction, *unit));
                }
            }
        }
        found
    }

    /// Steps whose results run time reads itself, without another step between.
    pub fn direct(&self) -> BTreeSet<(usize, usize)> {
        let mut found = BTreeSet::new();
        for &demand in &self.demands {
            for path in self.graph.neighbors_directed(demand, Direction::Incoming) {
                for step in self.graph.neighbors_directed(path, Direction::Incoming) {
                    if let Node::Step { instruction, unit, .. } = &self.graph[step] {
                        found.insert((*instruction, *unit));
                    }
                }
            }
        }
        found
    }

    /// The role of a step: what run time reads directly is `Runtime` when it is not also read by a build step.
    pub fn role(&self, instruction: usize, unit: usize) -> Role {
        let key = (instruction, unit);
        let needed = self.slice().contains(&key);
        let direct = self.direct().contains(&key);
        let feeds_build = self.graph.node_indices().any(|node| {
            matches!(&self.graph[node], Node::Step { instruction: i, unit: u, .. } if (*i, *u) == key)
                && self.graph.neighbors(node).any(|path| {
                    self.graph.neighbors(path).any(|reader| matches!(self.graph[reader], Node::Step { .. }))
                })
        });
        match (needed, direct, feeds_build) {
            (false, _, _) => Role::Neither,
            (true, true, true) => Role::Both,
            (true, true, false) => Role::Runtime,
            (true, false, _) => Role::Build,
        }
    }

    /// The graph for whoever draws it. Of one with more than `most` nodes, those that run time depends on; nothing where they are
    /// too many, too.
    pub fn drawing(&self, most: usize) -> Option<Drawing> {
        let needed = self.slice();
        let all = self.graph.node_count() <= most;
        let kept: Vec<NodeIndex> =
            self.graph.node_indices().filter(|node| all || self.is_needed(*node, &needed)).collect();
        if kept.is_empty() || kept.len() > most {
            return None;
        }
        let index: BTreeMap<NodeIndex, usize> = kept.iter().enumerate().map(|(index, node)| (*node, index)).collect();
        let drawn = |node: &NodeIndex| Drawn {
            kind: match &self.graph[*node] {
                Node::Step { .. } => "step",
                Node::Path { .. } => "path",
                Node::Package { .. } => "package",
                Node::Demand { .. } => "demand",
            },
            label: self.label(*node),
            needed: self.is_needed(*node, &needed),
        };
        let edge = |edge| {
            let (from, to) = self.graph.edge_endpoints(edge)?;
            Some((*index.get(&from)?, *index.get(&to)?, self.graph[edge]))
        };
        Some(Drawing {
            nodes: kept.iter().map(drawn).collect(),
            edges: self.graph.edge_indices().filter_map(edge).collect(),
        })
    }

    /// The graph in the DOT language; nodes that run time does not depend on are drawn dashed.
    pub fn to_dot(&self) -> String {
        let needed = self.slice();
        let mut text = String::from("digraph msb {\n  rankdir=LR;\n  node [fontname=\"sans-serif\"];\n");
        for node in self.graph.node_indices() {
            let shape = match &self.graph[node] {
                Node::Step { .. } => "box",
                Node::Path { .. } => "note",
                Node::Package { .. } => "component",
                Node::Demand { .. } => "doubleoctagon",
            };
            let style = if self.is_needed(node, &needed) { "solid" } else { "dashed" };
            let label = self.label(node).replace('\\', "\\\\").replace('"', "\\\"");
            text.push_str(&format!("  n{} [shape={shape}, style={style}, label=\"{label}\"];\n", node.index()));
        }
        for edge in self.graph.edge_indices() {
            if let Some((from, to)) = self.graph.edge_endpoints(edge) {
                text.push_str(&format!("  n{} -> n{} [label=\"{}\"];\n", from.index(), to.index(), self.graph[edge]));
            }
        }
        text.push_str("}\n");
        text
    }

    /// The graph as a Mermaid flow chart.
    pub fn to_mermaid(&self) -> String {
        let mut text = String::from("flowchart LR\n");
        for node in self.graph.node_indices() {
            let label = self.label(node).replace('"', "#quot;");
            let (open, close) = match &self.graph[node] {
                Node::Step { .. } => ("[", "]"),
                Node::Path { .. } => ("(", ")"),
                Node::Package { .. } => ("[[", "]]"),
                Node::Demand { .. } => ("{{", "}}"),
            };
            text.push_str(&format!("  n{}{open}\"{label}\"{close}\n", node.index()));
        }
        for edge in self.graph.edge_indices() {
            if let Some((from, to)) = self.graph.edge_endpoints(edge) {
                text.push_str(&format!("  n{} -->|{}| n{}\n", from.index(), self.graph[edge], to.index()));
            }
        }
        text
    }

    fn is_needed(&self, node: NodeIndex, needed: &BTreeSet<(usize, usize)>) -> bool {
        match &self.graph[node] {
            Node::Step { instruction, unit, .. } => needed.contains(&(*instruction, *unit)),
            Node::Demand { .. } => true,
            Node::Path { .. } | Node::Package { .. } => self.graph.neighbors(node).next().is_some(),
        }
    }

    fn label(&self, node: NodeIndex) -> String {
        match &self.graph[node] {
            Node::Step { text, .. } => text.clone(),
            Node::Path { path } => path.clone(),
            Node::Package { name } => name.clone(),
            Node::Demand { what } => what.clone(),
        }
    }
}

struct Builder {
    graph: DiGraph<Node, &'static str>,
    index: BTreeMap<Node, NodeIndex>,
    /// Paths written so far with their nodes.
    written: Vec<(String, NodeIndex)>,
}

impl Builder {
    fn node(&mut self, node: Node) -> NodeIndex {
        if let Some(&found) = self.index.get(&node) {
            return found;
        }
        let added = self.graph.add_node(node.clone());
        self.index.insert(node, added);
        added
    }

    fn step(&mut self, instruction: usize, unit: usize, text: &str) -> NodeIndex {
        self.node(Node::Step { instruction, unit, text: super::effects::abridge(text) })
    }

    fn writes(&mut self, step: NodeIndex, path: &str, how: &'static str) {
        let node = self.node(Node::Path { path: path.to_owned() });
        if !self.graph.contains_edge(step, node) {
            self.graph.add_edge(step, node, how);
        }
        self.written.push((path.to_owned(), node));
    }

    /// A step reads everything that was written at, below or around a path.
    fn reads_below(&mut self, step: NodeIndex, path: Option<&str>) {
        let Some(path) = path else { return };
        let read: Vec<NodeIndex> = self
            .written
            .iter()
            .filter(|(written, _)| paths::is_within(path, written) || paths::is_within(written, path))
            .map(|(_, node)| *node)
            .collect();
        for node in read {
            if !self.graph.contains_edge(node, step) {
                self.graph.add_edge(node, step, "read by");
            }
        }
    }

    fn demands(mut self, analysis: &Analysis, demands: &Demands) -> Dataflow {
        let mut nodes = Vec::new();
        let written = std::mem::take(&mut self.written);
        for demand in &demands.paths {
            let node = self.node(Node::Demand { what: demand.path.clone() });
            nodes.push(node);
            for (path, provider) in &written {
                if paths::is_within(path, &demand.path) && !self.graph.contains_edge(*provider, node) {
                    self.graph.add_edge(*provider, node, "provides");
                }
            }
        }
        let search = analysis.end.scope.get("PATH").unwrap_or_default();
        for demand in demands.commands.iter().chain(&demands.interpreters) {
            let name = paths::name(&demand.name).to_owned();
            let node = self.node(Node::Demand { what: name.clone() });
            nodes.push(node);
            for (path, provider) in &written {
                let holds = search.split(':').any(|d| paths::is_within(path, &paths::join(d, &name)));
                if holds && !self.graph.contains_edge(*provider, node) {
                    self.graph.add_edge(*provider, node, "provides");
                }
            }
            let packages: Vec<NodeIndex> = self
                .index
                .iter()
                .filter(|(n, _)| matches!(n, Node::Package { name: package } if *package == name))
                .map(|(_, i)| *i)
                .collect();
            for package in packages {
                self.graph.update_edge(package, node, "provides");
            }
        }
        // An interpreted program reads its working directory.
        let node = self.node(Node::Demand { what: format!("working directory {}", analysis.end.config.workdir) });
        nodes.push(node);
        for (path, provider) in &written {
            let workdir = &analysis.end.config.workdir;
            let related = workdir != "/" && (paths::is_within(workdir, path) || paths::is_within(path, workdir));
            if related && !self.graph.contains_edge(*provider, node) {
                self.graph.add_edge(*provider, node, "provides");
            }
        }
        Dataflow { graph: self.graph, demands: nodes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Request;
    use crate::analyzer::analyse;
    use crate::analyzer::demands::demands;
    use crate::context::MemoryContext;
    use crate::syntax;

    fn dataflow(source: &str) -> Dataflow {
        let dockerfile = syntax::parse(source.as_bytes()).expect("valid");
        let context = MemoryContext::new([("go.mod", "module x\n"), ("main.go", "package main\n")]);
        let request = Request::new(source.as_bytes(), &context);
        let inputs = request.inputs(&dockerfile);
        let analysis = analyse(inputs);
        let demands = demands(inputs, &analysis);
        Dataflow::new(inputs, &analysis, &demands)
    }

    const SOURCE: &str = "FROM golang:1.22\nRUN apt-get update && apt-get install -y jq\nWORKDIR /src\nCOPY . .\nRUN go build -o /bin/tool .\nRUN echo x > /unrelated\nCMD [\"/bin/tool\"]\n";

    #[test]
    fn the_slice_follows_paths_back_to_their_sources() {
        let flow = dataflow(SOURCE);
        let slice = flow.slice();
        assert!(slice.contains(&(3, 0)), "COPY feeds the build: {slice:?}");
        assert!(slice.contains(&(4, 0)), "the build makes the program: {slice:?}");
        assert!(!slice.contains(&(5, 0)), "nobody asks for /unrelated: {slice:?}");
        assert!(!slice.contains(&(1, 1)), "nobody asks for jq: {slice:?}");
    }

    #[test]
    fn roles() {
        let flow = dataflow(SOURCE);
        assert_eq!(flow.role(4, 0), Role::Runtime);
        assert_eq!(flow.role(5, 0), Role::Neither);
    }

    #[test]
    fn a_drawing_that_is_too_large_keeps_what_is_needed() {
        let flow = dataflow(SOURCE);
        let whole = flow.drawing(100).expect("few nodes");
        assert!(whole.nodes.iter().any(|node| !node.needed && node.label.contains("/unrelated")));
        let needed = whole.nodes.iter().filter(|node| node.needed).count();
        let part = flow.drawing(needed).expect("what is needed fits");
        assert_eq!(part.nodes.len(), needed);
        assert!(part.edges.iter().all(|(from, to, _)| from.max(to) < &needed), "{part:?}");
        assert!(flow.drawing(needed - 1).is_none());
    }

    #[test]
    fn pictures_name_every_node_and_edge_once() {
        let flow = dataflow(SOURCE);
        let dot = flow.to_dot();
        assert!(dot.contains("label=\"/bin/tool\"") && dot.contains("style=dashed"), "{dot}");
        assert_eq!(dot.matches(" -> ").count(), flow.to_mermaid().matches("-->").count());
    }
}
