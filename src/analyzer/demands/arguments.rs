//! What a script does with its arguments: whether a container's command runs as one, or names a mode that the script has.

use crate::facts::heuristics::glob;
use crate::shell::{self, Branch, Choice, ListItem, Node, NodeKind, Part, Separator, Simple, Word};
use std::collections::{BTreeMap, BTreeSet};

/// How deep functions may call one another.
const MAX_CALLS: usize = 8;

/// Commands of the shell that only look at their words, or print them.
const LOOKING: [&str; 7] = ["echo", "printf", "[", "test", ":", "true", "false"];

/// The arguments that a script may run as a command: each number is the place of the command's first word. None when it runs
/// no argument.
///
/// `first` is the first argument. `takes` tells whether a command, given by its words before the arguments, takes what
/// follows as its own arguments and runs none of them.
pub(super) fn run_as_command(script: &str, first: &str, takes: &dyn Fn(&[Word]) -> bool) -> BTreeSet<usize> {
    let parsed = shell::parse_full(script);
    let mut walk = Walk {
        text: script,
        first,
        takes,
        names: BTreeSet::new(),
        functions: BTreeMap::new(),
        shifted: 0,
        unsure: 0,
        calls: 0,
        runs: BTreeSet::new(),
    };
    if !parsed.clean {
        walk.lose();
    }
    walk.list(&parsed.items);
    walk.runs
}

struct Walk<'a> {
    text: &'a str,
    first: &'a str,
    takes: &'a dyn Fn(&[Word]) -> bool,
    /// Variables that hold the first argument.
    names: BTreeSet<String>,
    functions: BTreeMap<String, &'a [ListItem]>,
    /// How many arguments were taken from the front.
    shifted: usize,
    /// How many of the conditions around are not known to hold.
    unsure: usize,
    calls: usize,
    runs: BTreeSet<usize>,
}

impl<'a> Walk<'a> {
    /// Any argument may run.
    fn lose(&mut self) {
        self.runs.insert(0);
        self.runs.insert(self.shifted);
    }

    /// True when the script goes on behind the list.
    fn list<'s: 'a>(&mut self, items: &'s [ListItem]) -> bool {
        let mut joined = false;
        for item in items {
            // Behind `&&` and `||` it is not known whether a command runs.
            self.unsure += usize::from(joined);
            let goes_on = self.node(&item.node);
            self.unsure -= usize::from(joined);
            let background = item.after == Separator::Background;
            if !goes_on && !joined && !background {
                return false;
            }
            joined = matches!(item.after, Separator::And | Separator::Or);
        }
        true
    }

    fn node<'s: 'a>(&mut self, node: &'s Node) -> bool {
        match &node.kind {
            NodeKind::Simple(simple) => return self.simple(simple),
            NodeKind::Group(items) => return self.list(items),
            NodeKind::Subshell(items) => self.apart(items),
            NodeKind::Pipeline(nodes) => {
                for node in nodes {
                    self.unsure += 1;
                    self.node(node);
                    self.unsure -= 1;
                }
            }
            NodeKind::Compound { body, choice: Some(choice), .. } => return self.choice(choice, body),
            NodeKind::Compound { keyword: "function", body, .. } => match self.function_name(node) {
                Some(name) => {
                    self.functions.insert(name, body);
                }
                None => self.lose(),
            },
            NodeKind::Compound { keyword: "[[", .. } => {}
            NodeKind::Compound { body, .. } => {
                if self.mentions(&self.text[node.range.clone()]) || self.text[node.range.clone()].contains("shift") {
                    self.lose();
                }
                self.apart(body);
            }
            NodeKind::Opaque => self.lose(),
        }
        true
    }

    /// Commands that may run or not, and whose end is not the script's.
    fn apart<'s: 'a>(&mut self, items: &'s [ListItem]) {
        self.unsure += 1;
        self.list(items);
        self.unsure -= 1;
    }

    fn function_name(&self, node: &Node) -> Option<String> {
        let head = self.text[node.range.clone()].split(['(', '{']).next()?;
        let name = head.trim().trim_start_matches("function").trim();
        (!name.is_empty() && !name.contains(char::is_whitespace)).then(|| name.to_owned())
    }

    fn simple(&mut self, simple: &Simple) -> bool {
        let assigns = simple.words.is_empty();
        for assignment in &simple.assignments {
            if self.is_first(&assignment.value) && assigns && self.unsure == 0 {
                self.names.insert(assignment.name.clone());
            } else if self.mentions_in(&assignment.value) || self.names.contains(&assignment.name) {
                self.lose();
            }
        }
        let Some((head, rest)) = simple.words.split_first() else { return true };
        match head.literal().as_deref() {
            Some("exec") => {
                let options = rest.iter().take_while(|w| w.literal().is_some_and(|w| w.starts_with('-'))).count();
                self.command(&rest[options..]);
                rest.len() == options
            }
            Some("exit") => false,
            Some("shift") => {
                let by = rest.first().map_or(Some(1), |by| by.literal()?.parse().ok());
                match by.filter(|_| self.unsure == 0) {
                    Some(by) => self.shifted += by,
                    None => self.lose(),
                }
                true
            }
            Some("set") => {
                let options = |w: &Word| w.literal().is_some_and(|w| w != "--" && w.starts_with(['-', '+']));
                // `set -o pipefail`: a name follows the option.
                let named = |(i, w): (usize, &Word)| {
                    options(w) || i > 0 && rest[i - 1].literal().is_some_and(|before| before.ends_with('o'))
                };
                if !rest.iter().enumerate().all(named) {
                    self.lose();
                }
                true
            }
            Some("eval" | "." | "source" | "getopts" | "read") => {
                self.lose();
                true
            }
            Some(name) if self.functions.contains_key(name) => {
                let name = name.to_owned();
                self.call(&name, rest)
            }
            _ => {
                self.command(&simple.words);
                true
            }
        }
    }

    /// A function that gets all arguments has the script's; one that gets none has nothing to run.
    fn call(&mut self, name: &str, rest: &[Word]) -> bool {
        let all =
            matches!(rest, [only] if matches!(only.parts.as_slice(), [Part::Variable { name, .. }] if name == "@"));
        if !all {
            if rest.iter().any(|word| self.mentions_in(word)) {
                self.lose();
            }
            return true;
        }
        if self.calls >= MAX_CALLS {
            self.lose();
            return true;
        }
        let Some(body) = self.functions.get(name).copied() else { return true };
        let shifted = self.shifted;
        self.calls += 1;
        let goes_on = self.list(body);
        self.calls -= 1;
        self.shifted = shifted;
        goes_on
    }

    /// A command with its words.
    fn command(&mut self, words: &[Word]) {
        let Some(at) = words.iter().position(|word| self.mentions_in(word)) else { return };
        let looks = words[0].literal().is_some_and(|name| LOOKING.contains(&name.as_str()));
        if at > 0 && (looks || (self.takes)(&words[..at])) {
            return;
        }
        self.runs.insert(self.shifted);
        // Pieces of an argument, or more than one of them, may be anything.
        if !matches!(words[at].parts.as_slice(), [Part::Variable { name, .. }] if name == "@" || name == "*") {
            self.runs.insert(0);
        }
    }

    fn choice<'s: 'a>(&mut self, choice: &'s Choice, items: &'s [ListItem]) -> bool {
        let subject = choice.subject.as_ref();
        let known = subject.is_none_or(|subject| self.is_first(subject));
        if choice.branches.iter().any(|branch| branch.falls_through) {
            self.lose();
        }
        let mut goes_on = false;
        for branch in &choice.branches {
            let body = &items[branch.body.clone()];
            let holds = match (subject, known) {
                (Some(_), false) => None,
                (Some(_), true) => self.fits(branch),
                (None, _) if branch.condition.is_empty() => Some(true),
                (None, _) => self.holds(&items[branch.condition.clone()]),
            };
            match holds {
                Some(true) => return self.list(body) || goes_on,
                Some(false) => {}
                None => {
                    self.apart(&items[branch.condition.clone()]);
                    self.unsure += 1;
                    goes_on |= self.list(body);
                    self.unsure -= 1;
                }
            }
        }
        true
    }

    /// Whether a pattern of a branch fits the first argument.
    fn fits(&self, branch: &Branch) -> Option<bool> {
        let mut fits = Some(false);
        for pattern in &branch.patterns {
            match fits_pattern(pattern, self.first) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => fits = None,
            }
        }
        fits
    }

    /// Whether a condition holds.
    fn holds(&self, condition: &[ListItem]) -> Option<bool> {
        let mut holds = self.test(&condition.first()?.node);
        for pair in condition.windows(2) {
            let next = self.test(&pair[1].node);
            holds = match (pair[0].after, holds, next) {
                (Separator::And, Some(false), _) | (Separator::And, _, Some(false)) => Some(false),
                (Separator::And, Some(true), next) => next,
                (Separator::Or, Some(true), _) | (Separator::Or, _, Some(true)) => Some(true),
                (Separator::Or, Some(false), next) => next,
                _ => None,
            };
        }
        holds
    }

    /// Whether `[ "$1" = word ]` and the like hold.
    fn test(&self, node: &Node) -> Option<bool> {
        let text = self.text[node.range.clone()].trim();
        if let Some(rest) = text.strip_prefix("! ") {
            return self.compared(rest.trim()).map(|holds| !holds);
        }
        self.compared(text)
    }

    fn compared(&self, text: &str) -> Option<bool> {
        let double = text.strip_prefix("[[ ").and_then(|text| text.strip_suffix("]]"));
        let single = || text.strip_prefix("[ ").and_then(|text| text.strip_suffix(']')).or(text.strip_prefix("test "));
        let inner = double.or_else(single)?;
        let words: Vec<&str> = inner.split_whitespace().collect();
        match words.as_slice() {
            ["-z", word] if self.is_spelled(word) => Some(self.first.is_empty()),
            ["-n", word] if self.is_spelled(word) => Some(!self.first.is_empty()),
            // How many arguments there are beyond the first is not known here.
            [count, "-eq" | "-lt", limit] if is_count(count) && self.shifted == 0 => match (words[1], *limit) {
                ("-eq", "0") | ("-lt", "1") => Some(false),
                _ => None,
            },
            [count, "-gt" | "-ne", "0"] if is_count(count) && self.shifted == 0 => Some(true),
            ["\"${1#-}\"", "!=", "\"$1\""] if self.shifted == 0 => Some(self.first.starts_with('-')),
            ["\"${1:0:1}\"", "=" | "==", dash] if self.shifted == 0 && unquoted(dash) == Some("-") => {
                Some(self.first.starts_with('-'))
            }
            [word, operator @ ("=" | "==" | "!="), other] if self.is_spelled(word) => {
                let equal = match double {
                    Some(_) => fits_pattern(other, self.first)?,
                    None => unquoted(other)? == self.first,
                };
                Some(equal == (*operator != "!="))
            }
            _ => None,
        }
    }

    /// True for a word that is the first argument and nothing else.
    fn is_first(&self, word: &Word) -> bool {
        matches!(word.parts.as_slice(), [Part::Variable { name, .. }] if self.is_name_of_first(name))
    }

    fn is_name_of_first(&self, name: &str) -> bool {
        name == "1" && self.shifted == 0 || self.names.contains(name)
    }

    /// True for the text of a word that is the first argument: `"$1"`, `${1:-x}`.
    fn is_spelled(&self, text: &str) -> bool {
        let text = text.trim_matches('"');
        let Some(text) = text.strip_prefix('$') else { return false };
        let name = match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
            Some(inner) => inner.split_once(":-").map_or(inner, |(name, _)| name),
            None => text,
        };
        self.is_name_of_first(name)
    }

    fn mentions_in(&self, word: &Word) -> bool {
        self.mentions(&self.text[word.range.clone()])
    }

    /// True when a text has arguments in it.
    fn mentions(&self, text: &str) -> bool {
        text.match_indices('$').any(|(at, _)| {
            let rest = text[at + 1..].trim_start_matches(['{', '!', '(']);
            let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            rest.starts_with(['@', '*', '#'])
                || name.starts_with(|c: char| c.is_ascii_digit() && c != '0')
                || self.names.contains(&name)
        })
    }
}

/// True for a text that counts the arguments.
fn is_count(text: &str) -> bool {
    text.trim_matches('"') == "$#"
}

/// The text of a word without expansions; nothing for any other.
fn unquoted(word: &str) -> Option<&str> {
    let quote = |q: char| word.strip_prefix(q).and_then(|word| word.strip_suffix(q));
    let inner = quote('"').or_else(|| quote('\'')).unwrap_or(word);
    (!inner.contains(['$', '`', '\\', '"', '\''])).then_some(inner)
}

/// Whether a text fits a pattern of `case`; nothing for patterns with more than `*`.
fn fits_pattern(pattern: &str, text: &str) -> Option<bool> {
    let inner = unquoted(pattern.trim())?;
    if inner != pattern.trim() {
        return Some(inner == text);
    }
    (!inner.contains(['?', '[', '(', '~'])).then(|| glob(inner, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(script: &str, first: &str) -> Vec<usize> {
        let takes = |words: &[Word]| {
            words.first().and_then(Word::literal).is_some_and(|name| name.starts_with('/') || name == "node")
        };
        run_as_command(script, first, &takes).into_iter().collect()
    }

    #[test]
    fn modes_of_a_script_are_no_commands() {
        let by_if =
            "#!/bin/sh\nset -e\nif [ \"$1\" = \"bot\" ]; then\n  shift\n  exec node index.js \"$@\"\nfi\nexec \"$@\"\n";
        assert_eq!(runs(by_if, "bot"), [] as [usize; 0]);
        assert_eq!(runs(by_if, "sh"), [0]);
        let by_case = "case \"${1:-web}\" in\n  web|api) exec gunicorn app ;;\n  'work') shift; exec \"$@\" ;;\n  *) exec \"$@\" ;;\nesac\n";
        assert_eq!(runs(by_case, "api"), [] as [usize; 0]);
        assert_eq!(runs(by_case, "work"), [1]);
        assert_eq!(runs(by_case, "other"), [0]);
        let by_name = "MODE=$1\nif [[ \"$MODE\" == we* ]]; then echo \"$MODE\"; exit 0; fi\nexec $MODE\n";
        assert_eq!(runs(by_name, "web"), [] as [usize; 0]);
        assert_eq!(runs(by_name, "sh"), [0]);
        let by_function = "serve() {\n  exec node a.js\n}\nmain() { case $1 in serve) serve ;; *) exec \"$@\" ;; esac; }\nmain \"$@\"\n";
        assert_eq!(runs(by_function, "bash"), [0]);
    }

    #[test]
    fn arguments_of_a_program_are_no_commands() {
        for script in [
            "exec /app/server \"$@\"\n",
            "/bin/migrate && exec /app/server --port 1 \"$@\"\n",
            "node migrate.js\nexec node server.js \"$@\"\n",
        ] {
            let more = |words: &[Word]| !words.is_empty() && words[0].literal().is_some_and(|n| n != "gosu");
            assert_eq!(run_as_command(script, "serve", &more).len(), 0, "{script}");
        }
        assert_eq!(runs("exec gosu app \"$@\"\n", "serve"), [0]);
        assert_eq!(runs("exec node server.js\n", "serve"), [] as [usize; 0]);
    }

    #[test]
    fn what_is_not_understood_may_run_them() {
        for script in [
            "set -- node \"$@\"\nexec node a.js\n",
            "eval \"$1\"\n",
            ". /env.sh\n",
            "for x in \"$@\"; do $x; done\n",
            "[ -f a ] && shift\nexec node a.js\n",
            "if [ -f /a ]; then exec node a; fi\nexec \"$@\"\n",
            "case $OTHER in a) exec \"$@\";; esac\n",
            "case $1 in a) ;;& *) exec x;; esac\n",
            "run() { \"$@\"; }\nrun \"$1\"\n",
            "sudo -u x ${1}\n",
            "if [ \"$1\" = a ] || [ -n \"$X\" ]; then exec node a; fi\nexec \"$@\"\n",
            "x=$(echo \"$@\")\n$x\n",
            "if then\n",
        ] {
            assert!(runs(script, "web").contains(&0), "{script}");
        }
    }
}
