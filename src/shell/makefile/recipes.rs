//! A target to the shell lines that make would run for it, those of its prerequisites first.

use super::{MAX_CHAIN, Makefile, Overrides, RecipeLine, Rule};
use std::collections::BTreeSet;

/// A walk from a target through its prerequisites.
pub(super) struct Visit<'a> {
    pub(super) makefile: &'a Makefile,
    pub(super) overrides: &'a Overrides,
    /// The rules with their targets expanded.
    pub(super) rules: Vec<(&'a Rule, Vec<String>)>,
    pub(super) seen: BTreeSet<String>,
    pub(super) lines: Vec<RecipeLine>,
}

/// The values of the automatic variables in one recipe.
#[derive(Default)]
pub(super) struct Automatic {
    pub(super) target: String,
    pub(super) prerequisites: Vec<String>,
    pub(super) stem: Option<String>,
}

impl<'a> Visit<'a> {
    /// Adds what makes `target`; false when no rule does.
    pub(super) fn target(&mut self, target: &str, depth: usize) -> bool {
        if depth > MAX_CHAIN || !self.seen.insert(target.to_owned()) {
            return true;
        }
        let mut automatic = Automatic { target: target.to_owned(), ..Automatic::default() };
        let mut order_only = Vec::new();
        let mut recipes: Vec<&Rule> = Vec::new();
        let mut found = false;
        for (rule, targets) in self.rules.iter().filter(|(rule, _)| !rule.pattern) {
            if !targets.iter().any(|name| name == target) {
                continue;
            }
            found = true;
            let stem = rule.static_pattern.as_deref().and_then(|pattern| stem(pattern, target));
            self.prerequisites(rule, stem.as_deref(), &mut automatic.prerequisites, &mut order_only);
            automatic.stem = stem.or(automatic.stem);
            if !rule.recipe.is_empty() {
                recipes.push(rule);
            }
        }
        // Of several recipes make takes the last; which of conditional ones there is, is not known.
        if let Some(last) = recipes.iter().rposition(|rule| !rule.conditional) {
            recipes.drain(..last);
        }
        if recipes.is_empty()
            && let Some((rule, stem)) = self.pattern_rule(target)
        {
            found = true;
            self.prerequisites(rule, Some(&stem), &mut automatic.prerequisites, &mut order_only);
            automatic.stem = Some(stem);
            recipes.push(rule);
        }
        for prerequisite in automatic.prerequisites.iter().chain(&order_only) {
            self.target(prerequisite, depth + 1);
        }
        for rule in recipes {
            self.recipe(rule, &automatic);
        }
        found
    }

    fn prerequisites(&self, rule: &Rule, stem: Option<&str>, normal: &mut Vec<String>, order_only: &mut Vec<String>) {
        let fill = |word: String| match stem {
            Some(stem) => word.replacen('%', stem, 1),
            None => word,
        };
        let expander = self.makefile.expander(self.overrides, None);
        normal.extend(expander.list(&rule.prerequisites).into_iter().map(fill));
        order_only.extend(expander.list(&rule.order_only).into_iter().map(fill));
    }

    /// The first pattern rule that matches and what `%` stands for.
    fn pattern_rule(&self, target: &str) -> Option<(&'a Rule, String)> {
        let mut rules = self.rules.iter().filter(|(rule, _)| rule.pattern && !rule.recipe.is_empty());
        rules.find_map(|(rule, targets)| Some((*rule, targets.iter().find_map(|pattern| stem(pattern, target))?)))
    }

    fn recipe(&mut self, rule: &Rule, automatic: &Automatic) {
        let expander = self.makefile.expander(self.overrides, Some(automatic));
        let mut lines: Vec<RecipeLine> = Vec::new();
        for raw in &rule.recipe {
            let expanded = expander.whole(&raw.text);
            // A `define` brings several lines.
            for text in expanded.text.lines().filter(|text| !text.trim().is_empty()) {
                let (exact, unknown) = (expanded.exact, expanded.unknown);
                let mut line = RecipeLine { exact, unknown, text: String::new(), ..raw.clone() };
                line.set_text(text);
                lines.push(line);
            }
        }
        if self.makefile.one_shell
            && let Some(mut first) = lines.first().cloned()
        {
            first.text = lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n");
            first.exact = lines.iter().all(|line| line.exact);
            first.unknown = lines.iter().any(|line| line.unknown);
            first.conditional = lines.iter().any(|line| line.conditional);
            lines = vec![first];
        }
        self.lines.extend(lines);
    }
}

/// What `%` stands for when `pattern` matches `target`.
pub(super) fn stem(pattern: &str, target: &str) -> Option<String> {
    let (before, after) = pattern.split_once('%')?;
    let stem = target.strip_prefix(before)?.strip_suffix(after)?;
    (!stem.is_empty()).then(|| stem.to_owned())
}
