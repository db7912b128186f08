//! `build.gradle`, `settings.gradle` and their Kotlin forms: programs, of which only literal values are read.

use super::super::{BuildContext, Unavailable, join};
use super::scan::{Piece, pieces};

/// What a build script says in literals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GradleBuild {
    /// Plugins that the script applies, by id, in order.
    pub plugins: Vec<String>,
    /// Some plugin is not given by a literal (`alias(libs.plugins.x)`), or another script is applied.
    pub more_plugins: bool,
    /// `version` at the top level.
    pub version: Option<String>,
    /// Literal values of `archiveFileName`.
    pub archive_names: Vec<String>,
    /// The script sets some part of an archive's name, so the default name does not hold.
    pub renames_archives: bool,
}

/// What a settings script says in literals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GradleSettings {
    /// `rootProject.name`; none when it is not a literal. Then it is the name of the directory, which nobody knows here.
    pub root_project_name: Option<String>,
    /// Included projects, as written (`:api`).
    pub includes: Vec<String>,
}

impl GradleBuild {
    /// Reads `build.gradle` or `build.gradle.kts` in `directory`.
    pub fn read(context: &dyn BuildContext, directory: &str) -> Result<GradleBuild, Unavailable> {
        Ok(GradleBuild::parse(&script(context, directory, "build")?))
    }

    /// Reads the text of a build script.
    pub fn parse(text: &str) -> GradleBuild {
        let tokens = tokens(text);
        let mut build = GradleBuild::default();
        let mut depth = 0;
        let mut in_plugins = None;
        for (at, token) in tokens.iter().enumerate() {
            let after = &tokens[at + 1..];
            match token {
                Token::Sign('{') => {
                    depth += 1;
                    if in_plugins.is_none() && at > 0 && tokens[at - 1].is_word("plugins") {
                        in_plugins = Some(depth);
                    }
                }
                Token::Sign('}') => {
                    in_plugins = in_plugins.filter(|start| *start != depth);
                    depth -= 1;
                }
                Token::Word(word) if in_plugins.is_some() => build.plugin(word, after, starts_statement(&tokens, at)),
                Token::Word(word) => build.statement(word, after, depth),
                _ => {}
            }
        }
        build
    }

    fn plugin(&mut self, word: &str, after: &[Token], starts: bool) {
        let applied = !not_applied(after);
        match (word, argument(after)) {
            ("id", Some(id)) if applied => self.plugins.push(id),
            ("kotlin", Some(name)) if applied => self.plugins.push(format!("org.jetbrains.kotlin.{name}")),
            ("id" | "kotlin", Some(_)) => {}
            ("id" | "kotlin" | "alias", _) if starts => self.more_plugins |= applied,
            // A bare name is a plugin of Gradle itself in the Kotlin form.
            (name, _) if starts => self.plugins.push(name.to_owned()),
            _ => {}
        }
    }

    fn statement(&mut self, word: &str, after: &[Token], depth: i32) {
        match word {
            "apply" => {
                let after = if after.first() == Some(&Token::Sign('(')) { &after[1..] } else { after };
                match after {
                    [Token::Word(plugin), Token::Sign(':' | '='), Token::Text(id), ..] if plugin == "plugin" => {
                        self.plugins.push(id.clone());
                    }
                    [Token::Word(_), Token::Sign(':' | '='), ..] => self.more_plugins = true,
                    _ => {}
                }
            }
            "version" if depth == 0 => self.version = argument(after).or(self.version.take()),
            "archiveFileName" => {
                self.renames_archives = true;
                self.archive_names.extend(argument(after));
            }
            "archiveBaseName" | "archivesBaseName" | "archivesName" | "archiveVersion" | "archiveClassifier"
            | "archiveAppendix" | "archiveName" | "baseName" => self.renames_archives = true,
            _ => {}
        }
    }
}

impl GradleSettings {
    /// Reads `settings.gradle` or `settings.gradle.kts` in `directory`.
    pub fn read(context: &dyn BuildContext, directory: &str) -> Result<GradleSettings, Unavailable> {
        Ok(GradleSettings::parse(&script(context, directory, "settings")?))
    }

    /// Reads the text of a settings script.
    pub fn parse(text: &str) -> GradleSettings {
        let tokens = tokens(text);
        let mut settings = GradleSettings::default();
        for (at, token) in tokens.iter().enumerate() {
            let after = &tokens[at + 1..];
            match (token, after) {
                (Token::Word(root), [Token::Sign('.'), Token::Word(name), after @ ..])
                    if root == "rootProject" && name == "name" =>
                {
                    settings.root_project_name = argument(after);
                }
                (Token::Word(word), _) if word == "include" => settings.includes.extend(arguments(after)),
                _ => {}
            }
        }
        settings
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    /// A literal string without `$`.
    Text(String),
    /// A string that is computed.
    Computed,
    Sign(char),
    LineEnd,
}

impl Token {
    fn is_word(&self, wanted: &str) -> bool {
        matches!(self, Token::Word(word) if word == wanted)
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let mut found: Vec<Token> = Vec::new();
    let mut word = String::new();
    for piece in pieces(text, &['"', '\'', '`']) {
        if let Piece::Char(c) = piece
            && (c.is_alphanumeric() || c == '_')
        {
            word.push(c);
            continue;
        }
        if !word.is_empty() {
            found.push(Token::Word(std::mem::take(&mut word)));
        }
        match piece {
            Piece::Quoted(quoted) => found.push(quoted_token(quoted)),
            Piece::Char('\n' | ';') => found.push(Token::LineEnd),
            Piece::Char(c) if !c.is_whitespace() => found.push(Token::Sign(c)),
            Piece::Char(_) | Piece::Comment => {}
        }
    }
    if !word.is_empty() {
        found.push(Token::Word(word));
    }
    found
}

fn quoted_token(quoted: &str) -> Token {
    let inside = |quote: char| quoted.strip_prefix(quote).map(|rest| rest.strip_suffix(quote).unwrap_or(rest));
    if let Some(name) = inside('`') {
        return Token::Word(name.to_owned());
    }
    match (inside('\''), inside('"')) {
        (Some(text), _) if !text.contains('\\') => Token::Text(text.to_owned()),
        (_, Some(text)) if !text.contains(['$', '\\']) => Token::Text(text.to_owned()),
        _ => Token::Computed,
    }
}

/// True when the token at `at` is the first of a statement.
fn starts_statement(tokens: &[Token], at: usize) -> bool {
    at == 0 || matches!(tokens[at - 1], Token::LineEnd | Token::Sign('{'))
}

/// The literal of `x = "…"`, `x "…"`, `x("…")`, `x.set("…")`; none when an expression goes on after it.
fn argument(after: &[Token]) -> Option<String> {
    let after = match after {
        [Token::Sign('.'), Token::Word(set), rest @ ..] if set == "set" => rest,
        [Token::Sign('='), rest @ ..] => rest,
        _ => after,
    };
    let (text, rest) = match after {
        [Token::Sign('('), Token::Text(text), Token::Sign(')'), rest @ ..] => (text, rest),
        [Token::Text(text), rest @ ..] => (text, rest),
        _ => return None,
    };
    (!matches!(rest.first(), Some(Token::Sign('+' | '.' | '?' | '-')))).then(|| text.clone())
}

/// All literals up to the end of a statement.
fn arguments(after: &[Token]) -> Vec<String> {
    let mut found = Vec::new();
    let mut goes_on = true;
    for token in after {
        match token {
            Token::Text(text) => found.push(text.clone()),
            Token::Sign('(' | ',') => {}
            Token::LineEnd if goes_on => continue,
            _ => break,
        }
        goes_on = !matches!(token, Token::Text(_));
    }
    found
}

/// `apply false` on the same line.
fn not_applied(after: &[Token]) -> bool {
    let line: Vec<&Token> = after.iter().take_while(|token| **token != Token::LineEnd).collect();
    line.windows(2).any(|pair| pair[0].is_word("apply") && pair[1].is_word("false"))
        || line.windows(3).any(|three| three[0].is_word("apply") && three[2].is_word("false"))
}

fn script(context: &dyn BuildContext, directory: &str, stem: &str) -> Result<String, Unavailable> {
    match context.text(&join(directory, &format!("{stem}.gradle"))) {
        Err(Unavailable::Absent) => context.text(&join(directory, &format!("{stem}.gradle.kts"))),
        found => found,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::MemoryContext;
    use super::*;

    #[test]
    fn groovy() {
        let build = GradleBuild::parse(
            "plugins {\n  id 'java' // core\n  id \"org.springframework.boot\" version \"3.4.0\"\n  id 'a.b' apply false\n}\n\
             apply plugin: 'war'\nversion = '1.0'\n/* id 'no' */\nsubprojects { version = '9' }\n\
             bootJar {\n  archiveFileName = 'app.jar'\n}\n",
        );
        assert_eq!(build.plugins, ["java", "org.springframework.boot", "war"]);
        assert_eq!((build.version.as_deref(), build.more_plugins), (Some("1.0"), false));
        assert_eq!((build.archive_names, build.renames_archives), (vec!["app.jar".to_owned()], true));
    }

    #[test]
    fn kotlin() {
        let build = GradleBuild::parse(
            "plugins {\n    application\n    `java-library`\n    kotlin(\"jvm\") version \"2.1.0\"\n    alias(libs.plugins.shadow)\n\
             \x20   id(\"x.y\") version(\"1\") apply(false)\n}\nversion = \"1.$patch\"\ntasks.jar { archiveFileName.set(\"a.jar\") }\n",
        );
        assert_eq!(build.plugins, ["application", "java-library", "org.jetbrains.kotlin.jvm"]);
        assert!(build.more_plugins);
        assert_eq!(build.version, None, "a computed version is unknown");
        assert_eq!(build.archive_names, ["a.jar"]);
        assert!(GradleBuild::parse("apply from: 'x.gradle'").more_plugins);
    }

    #[test]
    fn settings() {
        let context = MemoryContext::new([
            ("settings.gradle", "rootProject.name = 'shop'\ninclude 'api',\n  'web'\ninclude(\":core\")\n"),
            ("kts/settings.gradle.kts", "rootProject.name = \"shop\" + suffix\n"),
        ]);
        let settings = GradleSettings::read(&context, "").expect("reads");
        assert_eq!(settings.root_project_name.as_deref(), Some("shop"));
        assert_eq!(settings.includes, ["api", "web", ":core"]);
        assert_eq!(GradleSettings::read(&context, "kts").expect("reads").root_project_name, None);
        assert_eq!(GradleSettings::read(&context, "none"), Err(Unavailable::Absent));
    }

    #[test]
    fn broken_scripts_do_no_harm() {
        for text in ["}}}", "plugins {", "'", "plugins { id", "rootProject.name", "apply", "include"] {
            GradleBuild::parse(text);
            GradleSettings::parse(text);
        }
    }
}
