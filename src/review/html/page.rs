//! A file's page in the report: what leaves, what is guessed, why, the change, the graph.

use super::judged;
use crate::differ::diff::{Edit, edits};
use crate::planner::{Leaving, Plan};
use crate::review::entry::Entry;
use crate::review::escape::{block, visible};
use crate::review::markdown::commands;
use crate::review::{Answer, File, Judged, Verdict, advice, reasons, saving, ways_to_settle};
use crate::rules::Reason;
use crate::source::LineIndex;
use crate::verify::render;

/// Equal lines that are shown around a change.
const AROUND: usize = 3;
/// Names of what leaves by one licence.
const NAMES: usize = 24;

/// A file's page. All texts are plain.
pub(super) struct Page {
    pub(super) row: Entry,
    pub(super) headline: String,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) leaves: Vec<Left>,
    pub(super) lists: Vec<List>,
    pub(super) diff: Vec<Line>,
    /// The graph as JSON; empty where there is none.
    pub(super) graph: String,
    /// What stands in its place until it is drawn.
    pub(super) graph_words: String,
    pub(super) commands: Vec<String>,
}

/// What leaves by one licence.
pub(super) struct Left {
    pub(super) licence: &'static str,
    pub(super) sentence: &'static str,
    pub(super) what: Vec<Part>,
    pub(super) size: String,
}

/// Reasons of one kind.
pub(super) struct List {
    pub(super) title: &'static str,
    pub(super) items: Vec<Item>,
}

/// A reason; without a rule only words.
#[derive(Default)]
pub(super) struct Item {
    pub(super) rule: &'static str,
    pub(super) summary: &'static str,
    /// From one; 0 for none.
    pub(super) line: usize,
    pub(super) words: Vec<Part>,
}

/// A part of a sentence.
pub(super) struct Part {
    /// It stood in backticks.
    pub(super) is_code: bool,
    pub(super) text: String,
}

impl Item {
    /// Words without a rule.
    fn of_words(words: &str) -> Item {
        Item { words: parts(words), ..Item::default() }
    }
}

/// A line of the diff.
pub(super) struct Line {
    /// `same`, `add`, `del`, or `gap` where lines are left out.
    pub(super) kind: &'static str,
    pub(super) old: String,
    pub(super) new: String,
    pub(super) sign: &'static str,
    pub(super) text: String,
}

impl Page {
    pub(super) fn of(row: &Entry, file: &File<'_>) -> Page {
        let mut page = Page {
            row: row.clone(),
            headline: row.outcome(),
            facts: Vec::new(),
            leaves: Vec::new(),
            lists: Vec::new(),
            diff: Vec::new(),
            graph: String::new(),
            graph_words: String::new(),
            commands: Vec::new(),
        };
        let mut fact = |name, value: &str| {
            if !value.is_empty() {
                page.facts.push((name, value.to_owned()));
            }
        };
        fact("Build context", &row.context);
        fact("Language", &row.ecosystem);
        fact("Owners", &row.owners.join(" "));
        fact("Campaign", row.status);
        match judged(file) {
            None => page.failed(file),
            Some(judged) => page.judged(judged, file),
        }
        if let Some(drawing) = file.about.and_then(|about| about.drawing.as_ref()) {
            page.graph_words = format!("{} nodes, {} edges", drawing.nodes.len(), drawing.edges.len());
            page.graph = serde_json::to_string(drawing).unwrap_or_default();
        }
        page
    }

    fn failed(&mut self, file: &File<'_>) {
        if let Answer::Failed { message, .. } = &file.answer {
            let items = block(message).lines().map(Item::of_words).collect();
            self.lists.push(List { title: "What went wrong", items });
        }
    }

    fn judged(&mut self, judged: &Judged<'_>, file: &File<'_>) {
        let lines = LineIndex::new(judged.source);
        let items = |reasons: &[Reason]| reasons.iter().map(|reason| item(reason, &lines)).collect::<Vec<_>>();
        if let Some(failure) = &judged.failure {
            self.lists.push(List { title: "What went wrong", items: vec![Item::of_words(failure)] });
        }
        let Some(plan) = judged.plan() else {
            let outcome = &judged.conversion.outcome;
            self.lists.push(List { title: "Why it stays as it is", items: items(reasons(outcome)) });
            if let Some(advice) = advice(judged.conversion).filter(|advice| !advice.said) {
                self.lists.push(List { title: "What would help", items: vec![Item::of_words(&advice.words)] });
            }
            return;
        };
        let written = if judged.written { "converted; " } else { "" };
        self.headline = format!("{}; {written}{}", self.row.outcome(), saving(plan));
        self.sizes(judged, plan);
        self.leaves = left(judged, plan);
        if !plan.assumptions.is_empty() {
            self.lists.push(List { title: "What is guessed", items: items(&plan.assumptions) });
            if judged.verdict() == Verdict::Unsafe {
                let ways = ways_to_settle(&plan.assumptions).into_iter();
                let items = ways.map(|words| Item::of_words(&words)).collect();
                self.lists.push(List { title: "To settle it, one of", items });
            }
        }
        self.lists.push(List { title: "Why each line changes", items: items(&plan.changes) });
        match judged.new {
            Some(new) => self.diff = diff(judged.source, new),
            None if judged.verdict() == Verdict::Unsafe => {
                let words = "The change is shown with `--unsafe`, since it needs a look.";
                self.lists.push(List { title: "The change", items: vec![Item::of_words(words)] });
            }
            None => {}
        }
        self.commands =
            commands(file, judged).map(|text| text.lines().map(str::to_owned).collect()).unwrap_or_default();
    }

    fn sizes(&mut self, judged: &Judged<'_>, plan: &Plan) {
        let base = judged.conversion.analysis.as_ref().map_or("", |analysis| analysis.base.written.as_str());
        self.facts.push(("Base image before", visible(base)));
        self.facts.push(("Base image after", visible(&plan.runtime_image)));
        if plan.original_mb > plan.saved_mb {
            let after = plan.original_mb - plan.saved_mb;
            self.facts.push(("Size, estimated", format!("{} MB before, {after} MB after", plan.original_mb)));
        }
        let Some(report) = judged.verification else { return };
        if let (Some(before), Some(after)) = (report.original.size, report.converted.size) {
            let size = render::megabytes;
            self.facts.push(("Size, measured", format!("{} before, {} after", size(before), size(after))));
        }
        self.facts.push(("Built and started", render::word(report.verdict).to_owned()));
    }
}

fn item(reason: &Reason, lines: &LineIndex) -> Item {
    Item {
        rule: reason.rule.id,
        summary: reason.rule.summary,
        line: reason.span.map_or(0, |span| lines.line(span.start)),
        words: parts(&reason.because),
    }
}

/// Words of msb's that hold words from files, cut where backticks are; nobody knows which are meant where one has no partner.
fn parts(words: &str) -> Vec<Part> {
    let cut: Vec<&str> = words.split('`').collect();
    if cut.len().is_multiple_of(2) {
        return vec![Part { is_code: false, text: visible(words) }];
    }
    let part = |(index, text): (usize, &&str)| Part { is_code: index % 2 == 1, text: visible(text) };
    cut.iter().enumerate().map(part).filter(|part| !part.text.is_empty()).collect()
}

/// What leaves, by licence: as it was measured, else by estimate.
fn left(judged: &Judged<'_>, plan: &Plan) -> Vec<Left> {
    let listed = |names: &[String]| {
        let mut text = names.iter().take(NAMES).cloned().collect::<Vec<_>>().join(", ");
        if names.len() > NAMES {
            text += &format!(" and {} more", names.len() - NAMES);
        }
        parts(&text)
    };
    if let Some(report) = judged.verification.filter(|report| !report.left.is_empty()) {
        let one = |left: &crate::verify::Left| Left {
            licence: left.licence.id(),
            sentence: left.licence.sentence(),
            what: listed(&left.examples),
            size: render::megabytes(left.bytes),
        };
        return report.left.iter().map(one).collect();
    }
    let one = |Leaving { licence, what, about_mb }: &Leaving| Left {
        licence: licence.id(),
        sentence: licence.sentence(),
        what: listed(what),
        size: about_mb.filter(|mb| *mb > 0).map_or_else(|| "small".to_owned(), |mb| format!("about {mb}")),
    };
    plan.leaves.iter().map(one).collect()
}

/// The lines of a unified diff, with the numbers of both versions.
fn diff(old: &[u8], new: &[u8]) -> Vec<Line> {
    let split = |bytes: &[u8]| -> Vec<String> {
        let text = String::from_utf8_lossy(bytes).into_owned();
        text.split_inclusive('\n').map(|line| block(line).trim_end_matches('\n').to_owned()).collect()
    };
    let (old_lines, new_lines) = (split(old), split(new));
    let number = |index: usize| (index + 1).to_string();
    let mut lines: Vec<Line> = Vec::new();
    let same = |lines: &mut Vec<Line>, old: usize, new: usize| {
        let text = old_lines[old].clone();
        lines.push(Line { kind: "same", old: number(old), new: number(new), sign: "", text });
    };
    // The first lines of both that are not shown yet.
    let (mut at_old, mut at_new) = (0, 0);
    let all = edits(old, new);
    for (index, Edit { old: gone, new: come }) in all.iter().enumerate() {
        let equal = gone.start - at_old;
        // After the change before, and before this one.
        let after = if index == 0 { 0 } else { AROUND.min(equal) };
        let before = AROUND.min(equal - after);
        (0..after).for_each(|i| same(&mut lines, at_old + i, at_new + i));
        if equal > after + before {
            lines.push(Line { kind: "gap", old: String::new(), new: String::new(), sign: "", text: String::new() });
        }
        (0..before).rev().for_each(|i| same(&mut lines, gone.start - 1 - i, come.start - 1 - i));
        for i in gone.clone() {
            let text = old_lines[i].clone();
            lines.push(Line { kind: "del", old: number(i), new: String::new(), sign: "-", text });
        }
        for i in come.clone() {
            let text = new_lines[i].clone();
            lines.push(Line { kind: "add", old: String::new(), new: number(i), sign: "+", text });
        }
        (at_old, at_new) = (gone.end, come.end);
    }
    let rest = old_lines.len() - at_old;
    (0..rest.min(AROUND)).for_each(|i| same(&mut lines, at_old + i, at_new + i));
    if rest > AROUND {
        lines.push(Line { kind: "gap", old: String::new(), new: String::new(), sign: "", text: String::new() });
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::diff;

    fn shown(old: &str, new: &str) -> Vec<String> {
        let line = |line: super::Line| match line.kind {
            "gap" => "…".to_owned(),
            _ => format!("{}|{}|{}{}", line.old, line.new, line.sign, line.text),
        };
        diff(old.as_bytes(), new.as_bytes()).into_iter().map(line).collect()
    }

    #[test]
    fn a_diff_has_three_lines_around_each_change() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\nm\n";
        let new = old.replace("e\n", "E\n").replace("m\n", "m\nn\n");
        let expected = [
            "…", "2|2|b", "3|3|c", "4|4|d", "5||-e", "|5|+E", "6|6|f", "7|7|g", "8|8|h", "…", "11|11|k", "12|12|l",
            "13|13|m", "|14|+n",
        ];
        assert_eq!(shown(old, &new), expected);
        assert_eq!(shown("a\nb\n", "x\na\nb\n"), ["|1|+x", "1|2|a", "2|3|b"]);
        assert_eq!(shown("a\n", "a\n"), ["1|1|a"]);
    }
}
