//! `msb graph`: what depends on what, as a drawing.

use super::{Status, convert_input};
use crate::args::{Conversion as Flags, Graph, GraphFormat};
use crate::input::{Input, Knowledge};
use crate::terminal::{self, note};
use anyhow::{Context as _, Result};
use msb::analyzer::Inputs;
use msb::analyzer::graph::Dataflow;
use std::collections::BTreeMap;

pub(super) fn run(arguments: &Graph) -> Result<Status> {
    let input = Input::read(&arguments.path, arguments.context.as_deref(), &Knowledge::default())?;
    let conversion = convert_input(&input, &Flags::default()).map_err(|errors| input.refused(&errors))?;
    let name = &input.name;
    let analysis = conversion.analysis.as_ref();
    let analysis = analysis
        .with_context(|| format!("`{name}` is left alone before it is analysed; `msb explain {name}` says why"))?;
    let inputs = Inputs {
        dockerfile: &conversion.dockerfile,
        context: &*input.context,
        heuristics: &input.heuristics,
        build_args: &BTreeMap::new(),
    };
    let dataflow = Dataflow::new(inputs, analysis, &conversion.demands);
    terminal::print(&match arguments.format {
        GraphFormat::Dot => dataflow.to_dot(),
        GraphFormat::Mermaid => dataflow.to_mermaid(),
    })?;
    if arguments.format == GraphFormat::Dot {
        note("dashed: nothing that run time asks for depends on it; draw it with: dot -Tsvg");
    }
    Ok(Status::Done)
}
