//! `Gemfile`: a program, of which the literal lines are read.

use super::super::{BuildContext, Unavailable, join};

/// What a `Gemfile` says in literals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gemfile {
    /// Gems in order.
    pub gems: Vec<Gem>,
    /// `ruby "…"`.
    pub ruby: Option<String>,
    /// More gems may come from elsewhere: a gemspec, another file, a name that is computed.
    pub incomplete: bool,
}

/// A gem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gem {
    /// Its name.
    pub name: String,
    /// Its groups; none for the default group.
    pub groups: Vec<String>,
}

impl Gemfile {
    /// Reads `Gemfile` in `directory`.
    pub fn read(context: &dyn BuildContext, directory: &str) -> Result<Gemfile, Unavailable> {
        Ok(Gemfile::parse(&context.text(&join(directory, "Gemfile"))?))
    }

    /// Reads the text of a `Gemfile`.
    pub fn parse(text: &str) -> Gemfile {
        let mut file = Gemfile::default();
        // The groups that each open block adds.
        let mut blocks: Vec<Vec<String>> = Vec::new();
        for line in statements(text) {
            let (word, rest) = line.split_once([' ', '(', '\t']).unwrap_or((line.as_str(), ""));
            match word {
                "gem" => match literal(rest) {
                    Some(name) => {
                        let mut groups: Vec<String> = blocks.iter().flatten().cloned().collect();
                        groups.extend(group_option(rest));
                        file.gems.push(Gem { name, groups });
                    }
                    None => file.incomplete = true,
                },
                "ruby" => file.ruby = literal(rest),
                "gemspec" | "eval_gemfile" | "eval" | "instance_eval" => file.incomplete = true,
                "end" => _ = blocks.pop(),
                _ => {}
            }
            let opens = line.ends_with(" do") || line.contains(" do |");
            if opens || matches!(word, "if" | "unless" | "case" | "begin" | "def" | "while") {
                blocks.push(if word == "group" { symbols(rest) } else { Vec::new() });
            }
        }
        file
    }
}

/// Lines without comments; one that ends in a comma goes on in the next.
fn statements(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut current = String::new();
    for line in text.lines() {
        let line = without_comment(line).trim();
        current.push_str(line);
        if line.ends_with(',') {
            current.push(' ');
        } else if !line.is_empty() {
            found.push(std::mem::take(&mut current));
        }
    }
    found.push(current);
    found
}

fn without_comment(line: &str) -> &str {
    let mut quote = None;
    for (at, c) in line.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '#' => return &line[..at],
            None if c == '"' || c == '\'' => quote = Some(c),
            None => {}
        }
    }
    line
}

/// The literal string that `text` starts with.
fn literal(text: &str) -> Option<String> {
    let text = text.trim_start();
    let quote = text.chars().next().filter(|c| *c == '"' || *c == '\'')?;
    let (inside, _) = text[1..].split_once(quote)?;
    (!inside.contains("#{")).then(|| inside.to_owned())
}

/// The symbols and strings of a list such as `:development, :test do`.
fn symbols(text: &str) -> Vec<String> {
    let words = text.split([',', ' ', '[', ']', '(', ')']).filter_map(|word| {
        let name = word.strip_prefix(':').unwrap_or(word).trim_matches(['"', '\'']);
        (name.len() < word.len() && !name.is_empty()).then(|| name.to_owned())
    });
    words.collect()
}

/// The groups of `group: :x`, `groups: [:x, :y]` and their forms with `=>`.
fn group_option(text: &str) -> Vec<String> {
    let Some(at) =
        ["group:", "groups:", ":group =>", ":groups =>"].iter().find_map(|key| Some(text.find(key)? + key.len()))
    else {
        return Vec::new();
    };
    let value = text[at..].trim_start();
    match value.strip_prefix('[').and_then(|list| list.split_once(']')) {
        Some((list, _)) => symbols(list),
        None => symbols(value.split(',').next().unwrap_or(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gems_and_groups() {
        let file = Gemfile::parse(
            "source \"https://gems.example.com\"\nruby \"3.4.1\"\ngem 'rails', '~> 8.0' # web\ngem(\"pg\")\n\
             gem \"bootsnap\", require: false,\n  group: :production\n\
             group :development, :test do\n  gem 'rspec-rails'\n  if ENV['X']\n    gem 'debug', groups: [:ci, :x]\n  end\nend\n\
             gem 'puma', :group => :web\n",
        );
        let found: Vec<_> = file.gems.iter().map(|gem| (gem.name.as_str(), gem.groups.join(" "))).collect();
        let expected = [
            ("rails", ""),
            ("pg", ""),
            ("bootsnap", "production"),
            ("rspec-rails", "development test"),
            ("debug", "development test ci x"),
            ("puma", "web"),
        ];
        assert_eq!(found, expected.map(|(name, groups)| (name, groups.to_owned())));
        assert_eq!((file.ruby.as_deref(), file.incomplete), (Some("3.4.1"), false));
    }

    #[test]
    fn what_is_computed_is_said() {
        for text in ["gemspec", "gem name", "gem \"a-#{b}\"", "eval_gemfile 'x'"] {
            assert!(Gemfile::parse(text).incomplete, "{text}");
        }
        assert_eq!(Gemfile::parse("end\nend\ngem 'ü'").gems.len(), 1);
    }
}
