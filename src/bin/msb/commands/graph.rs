//! `msb graph`: what depends on what, as a drawing.

use super::{Status, request};
use crate::args::{Conversion as Flags, Graph, GraphFormat};
use crate::input::{Ask, Input, Knowledge};
use crate::terminal::{self, note};
use anyhow::{Context as _, Result};
use msb::analyzer::graph::Dataflow;

pub(super) fn run(arguments: &Graph) -> Result<Status> {
    let input = Input::read(
        &arguments.path,
        &Ask { surroundings: &arguments.surroundings, build_args: &[] },
        &Knowledge::default(),
    )?;
    let projects = input.projects();
    let flags = Flags::default();
    let request = request(&input, &flags, &projects);
    let conversion = msb::convert(&request).map_err(|errors| input.refused(&errors))?;
    let name = &input.name;
    let analysis = conversion.analysis.as_ref();
    let analysis = analysis
        .with_context(|| format!("`{name}` is left alone before it is analysed; `msb explain {name}` says why"))?;
    let dataflow = Dataflow::new(request.inputs(&conversion.dockerfile), analysis, &conversion.demands);
    terminal::print(&match arguments.format {
        GraphFormat::Dot => dataflow.to_dot(),
        GraphFormat::Mermaid => dataflow.to_mermaid(),
    })?;
    if arguments.format == GraphFormat::Dot {
        note("dashed: nothing that run time asks for depends on it; draw it with: dot -Tsvg");
    }
    Ok(Status::Done)
}
