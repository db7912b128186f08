//! `msb rules`: the rules that answers name.

use super::{Status, explain};
use crate::args::{Format, Rules};
use crate::output::{JSON_VERSION, json};
use crate::terminal::{self, BOLD, paint};
use anyhow::Result;
use msb::review::pages::{markdown, of_level, title};
use msb::rules::{ALL, Level};

pub(super) fn run(arguments: &Rules) -> Result<Status> {
    if let Some(rule) = arguments.id {
        return explain::rule_text(rule, arguments.format);
    }
    let text = match (arguments.markdown, arguments.format) {
        (true, _) => markdown(),
        (false, Format::Json) => {
            let rules: Vec<_> = ALL
                .iter()
                .map(|rule| {
                    serde_json::json!({
                        "rule": rule.id,
                        "level": rule.level,
                        "summary": rule.summary,
                        "explanation": rule.explanation,
                        "advice": rule.advice,
                    })
                })
                .collect();
            json(&serde_json::json!({ "version": JSON_VERSION, "rules": rules }))?
        }
        (false, Format::Text) => list(),
    };
    terminal::print(&text)?;
    Ok(Status::Done)
}

fn list() -> String {
    let column = ALL.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    let mut text = String::new();
    for level in Level::ALL {
        text += &format!("{}\n", paint(BOLD, title(level)));
        for rule in of_level(level) {
            text += &format!("  {:<column$}  {:<10}  {}\n", rule.id, level.word(), rule.summary);
        }
    }
    text
}
