//! The rules as pages for people.

use super::escape::{code, plain, prose};
use crate::rules::{ALL, Level, Rule};

/// What a level is called above its list.
pub fn title(level: Level) -> &'static str {
    match level {
        Level::Finding => "Finding",
        Level::Assumption => "Assumptions",
        Level::Unchanged => "Unchanged",
        Level::Declined => "Declined",
        Level::Change => "Changes",
    }
}

/// The rules of a level, in the order of the table.
pub fn of_level(level: Level) -> impl Iterator<Item = &'static Rule> {
    ALL.iter().filter(move |rule| rule.level == level)
}

/// Every rule with its page, as Markdown.
pub fn markdown() -> String {
    let mut text = String::from(
        "# Rules\n\nEvery answer of msb names rules by these ids, which stay the same. This page is written by \
         `msb rules --markdown`; `msb rules ID` shows one of them.\n",
    );
    for level in Level::ALL {
        text += &format!("\n## {}\n\n{}\n", title(level), level.sentence());
        for rule in of_level(level) {
            text += &format!("\n### {}\n\n{}\n\n{}\n", code(rule.id), prose(rule.summary), prose(rule.explanation));
            if let Some(advice) = rule.advice {
                text += &format!("\n{} {}.\n", plain("What would help:"), prose(advice));
            }
        }
    }
    text
}
