//! CODEOWNERS: who has to agree to a change of a file, by the rules of GitHub and of GitLab.
//!
//! | | GitHub | GitLab |
//! |---|---|---|
//! | which rule counts | the last that matches | the last that matches in each section; the owners of all sections together |
//! | `a/b` | below the top only | at any depth |
//! | a folder without `/` at its end | everything below it | nothing below it |
//! | `!`, `[…]` | a line with them does not count | an exception of its section; a class of characters |
//! | a rule without owners | takes owners away | takes those of its section's heading |
//!
//! The parts of a path are matched by `globset`; this module is what the two platforms do around that.

use globset::{GlobBuilder, GlobMatcher};

/// Where the file may lie, from the top of the repository, in the order in which the first one found counts.
pub const PLACES: [&str; 4] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"];

/// A CODEOWNERS file that was read.
#[derive(Clone, Debug, Default)]
pub struct Owners {
    sections: Vec<Section>,
}

#[derive(Clone, Debug, Default)]
struct Section {
    /// In lower case; empty for rules above the first heading.
    name: String,
    rules: Vec<Rule>,
}

#[derive(Clone, Debug)]
struct Rule {
    pattern: GlobMatcher,
    /// Further paths that the pattern stands for.
    below: Option<GlobMatcher>,
    is_exception: bool,
    owners: Vec<String>,
}

impl Rule {
    fn matches(&self, path: &str) -> bool {
        self.pattern.is_match(path) || self.below.as_ref().is_some_and(|below| below.is_match(path))
    }
}

/// Whose rules a file is written by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    GitHub,
    GitLab,
}

impl Owners {
    /// Reads the text of the file at `place`, one of [`PLACES`]. Where the place tells nothing, a heading of a section says that
    /// the file is for GitLab. Lines that a platform would not take are left out, as the platform does.
    pub fn parse(place: &str, text: &str) -> Owners {
        let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let dialect = match place.split('/').next() {
            Some(".github") => Dialect::GitHub,
            Some(".gitlab") => Dialect::GitLab,
            _ if lines().any(|line| heading(line).is_some()) => Dialect::GitLab,
            _ => Dialect::GitHub,
        };
        let mut sections = vec![Section::default()];
        let mut current = 0;
        let mut inherited: Vec<String> = Vec::new();
        for line in lines() {
            if let Some((name, owners)) = heading(line).filter(|_| dialect == Dialect::GitLab) {
                let known = sections.iter().position(|section| section.name == name);
                current = known.unwrap_or_else(|| {
                    sections.push(Section { name, rules: Vec::new() });
                    sections.len() - 1
                });
                inherited = owners;
                continue;
            }
            sections[current].rules.extend(rule(line, dialect, &inherited));
        }
        Owners { sections }
    }

    /// The owners of a file by its path from the top of the repository, each once, in the order of the file.
    pub fn of(&self, path: &str) -> Vec<String> {
        let path = path.trim_start_matches('/');
        let mut found: Vec<String> = Vec::new();
        for section in &self.sections {
            let matching = || section.rules.iter().rev().filter(|rule| rule.matches(path));
            if matching().any(|rule| rule.is_exception) {
                continue;
            }
            for owner in matching().next().map(|rule| rule.owners.as_slice()).unwrap_or_default() {
                if !found.contains(owner) {
                    found.push(owner.clone());
                }
            }
        }
        found
    }
}

/// The heading of a section: its name and its owners. `^[NAME][2] @owner`
fn heading(line: &str) -> Option<(String, Vec<String>)> {
    let rest = line.strip_prefix('^').unwrap_or(line).strip_prefix('[')?;
    let (name, mut rest) = rest.split_once(']')?;
    if let Some((count, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'))
        && count.chars().all(|c| c.is_ascii_digit())
    {
        rest = after;
    }
    // `[abc].md @owner` is a pattern.
    let is_heading = !name.trim().is_empty() && (rest.is_empty() || rest.starts_with(char::is_whitespace));
    is_heading.then(|| (name.trim().to_lowercase(), owners(rest)))
}

/// The owners in the rest of a line, up to a comment.
fn owners(text: &str) -> Vec<String> {
    text.split_whitespace()
        .take_while(|word| !word.starts_with('#'))
        .filter(|word| word.contains('@'))
        .map(str::to_owned)
        .collect()
}

fn rule(line: &str, dialect: Dialect, inherited: &[String]) -> Option<Rule> {
    let end = end_of_pattern(line);
    let (pattern, rest) = line.split_at(end);
    let mut owners = owners(rest);
    let mut is_exception = false;
    let mut written = pattern;
    match dialect {
        Dialect::GitHub if pattern.starts_with(['!', '\\']) || pattern.contains('[') => return None,
        Dialect::GitHub => {}
        Dialect::GitLab => {
            if owners.is_empty() {
                owners = inherited.to_vec();
            }
            if let Some(rest) = pattern.strip_prefix('!') {
                is_exception = true;
                written = rest;
            }
        }
    }
    let (pattern, below) = globs(written, dialect);
    Some(Rule { pattern: compiled(&pattern)?, below: below.and_then(|glob| compiled(&glob)), is_exception, owners })
}

/// Where the pattern ends: at the first blank without a backslash before it.
fn end_of_pattern(line: &str) -> usize {
    let mut is_escaped = false;
    for (index, c) in line.char_indices() {
        if c.is_whitespace() && !is_escaped {
            return index;
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    line.len()
}

/// A pattern as globs over paths from the top, without `/` before them: for the path itself, and for what lies below it.
fn globs(pattern: &str, dialect: Dialect) -> (String, Option<String>) {
    let body = pattern.strip_prefix('/').unwrap_or(pattern);
    let is_anchored = match dialect {
        Dialect::GitHub => pattern.trim_end_matches('/').contains('/'),
        Dialect::GitLab => pattern.starts_with('/'),
    };
    let prefix = if is_anchored || body.starts_with("**/") { "" } else { "**/" };
    if let Some(folder) = body.strip_suffix('/') {
        return (format!("{prefix}{folder}/**"), None);
    }
    let below = match dialect {
        // `docs/*` is for the files of that folder, and not for those of folders in it.
        Dialect::GitHub if !body.ends_with("/*") && body != "**" => Some(format!("{prefix}{body}/**")),
        _ => None,
    };
    (format!("{prefix}{body}"), below)
}

/// A matcher in which only `*`, `?` and classes of characters mean more than themselves.
fn compiled(glob: &str) -> Option<GlobMatcher> {
    let glob = glob.replace('{', "[{]").replace('}', "[}]");
    Some(GlobBuilder::new(&glob).literal_separator(true).backslash_escape(true).build().ok()?.compile_matcher())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(place: &str, text: &str, cases: &[(&str, &str)]) {
        let owners = Owners::parse(place, text);
        for (path, expected) in cases {
            assert_eq!(owners.of(path).join(" "), *expected, "{path} in {text}");
        }
    }

    #[test]
    fn on_github_the_last_rule_that_matches_counts() {
        let text = "# all\n* @all # the rest\n*.js @js\n/build/logs/ @logs\ndocs/* @flat\napps/ @apps\n/scripts @one @two\n\
                    **/deep @deep\n/apps/github # nobody\na\\ b/ @blank\nweb/Dockerfile team@example.org\n";
        check(
            ".github/CODEOWNERS",
            text,
            &[
                ("Dockerfile", "@all"),
                ("x/y/z.js", "@js"),
                ("build/logs/a/b", "@logs"),
                ("x/build/logs/a", "@all"),
                ("docs/a", "@flat"),
                ("docs/a/b", "@all"),
                ("x/docs/a", "@all"),
                ("x/apps/y/Dockerfile", "@apps"),
                ("scripts", "@one @two"),
                ("scripts/a/b", "@one @two"),
                ("x/scripts/a", "@all"),
                ("x/deep/y", "@deep"),
                ("apps/github", ""),
                ("apps/github/x", ""),
                ("a b/Dockerfile", "@blank"),
                ("web/Dockerfile", "team@example.org"),
                ("x/web/Dockerfile", "@all"),
            ],
        );
    }

    #[test]
    fn on_github_lines_that_it_does_not_take_are_left_out() {
        let text = "* @all\n!*.md @no\n[ab].md @no\n\\#x @no\n";
        check(".github/CODEOWNERS", text, &[("a.md", "@all"), ("#x", "@all")]);
        check("CODEOWNERS", "a{b,c} @x\n", &[("a{b,c}", "@x"), ("ab", "")]);
        check("CODEOWNERS", "", &[("a", "")]);
    }

    #[test]
    fn on_gitlab_every_section_has_a_say() {
        let text = "* @all\n\n[Documentation][2] @docs\ndocs/\nREADME.md\n\n^[Database] @db\nmodel/db/\nconfig/x.md @docs\n\
                    !model/db/generated/\n\n[documentation] @late\n/top/\n";
        check(
            "CODEOWNERS",
            text,
            &[
                ("x", "@all"),
                ("docs/a", "@all @docs"),
                ("x/docs/a/b", "@all @docs"),
                ("x/README.md", "@all @docs"),
                ("model/db/y", "@all @db"),
                ("model/db/generated/y", "@all"),
                ("config/x.md", "@all @docs"),
                ("top/x", "@all @late"),
            ],
        );
    }

    #[test]
    fn on_gitlab_a_path_matches_at_any_depth_and_folders_end_with_a_slash() {
        let text = "internal/README.md @a\n/docs/* @flat\n/docs/**/*.md @md\nlib @lib\n[ab].txt @class\n*.rb\n";
        check(
            ".gitlab/CODEOWNERS",
            text,
            &[
                ("x/internal/README.md", "@a"),
                ("docs/a", "@flat"),
                ("docs/x/a", ""),
                ("docs/x/a.md", "@md"),
                ("lib", "@lib"),
                ("lib/x", ""),
                ("a.txt", "@class"),
                ("c.txt", ""),
                ("x.rb", ""),
            ],
        );
        // A class of characters is no heading.
        check("CODEOWNERS", "[ab].txt @class\n", &[("a.txt", "")]);
    }
}
