//! What looks like a secret: variables by their names, files by their paths and, where these are known, their texts.
//!
//! The facts stand in `heuristics/data/secrets.toml`, whose head describes the fields.

use serde::Deserialize;
use std::sync::OnceLock;

static TEXT: &str = include_str!(concat!(env!("OUT_DIR"), "/data/secrets.json"));

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    name: Vec<Name>,
    open: Open,
    file: Vec<File>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Name {
    #[serde(default)]
    words: Vec<String>,
    #[serde(default)]
    pairs: Vec<(String, String)>,
    #[serde(default)]
    endings: Vec<String>,
    #[serde(default)]
    unless: Vec<String>,
    because: String,
    source: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Open {
    words: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    names: Vec<String>,
    #[serde(default)]
    keys: Vec<String>,
    #[serde(default)]
    nested: Vec<String>,
    #[serde(default)]
    settings: bool,
    #[serde(default)]
    lines: bool,
    #[serde(default)]
    pem: bool,
    #[serde(default)]
    plain: bool,
    because: String,
    source: String,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| serde_json::from_str(TEXT).unwrap_or_default())
}

/// Why something is a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Why {
    /// A clause for people.
    pub because: &'static str,
    /// Where the fact is said.
    pub source: &'static str,
}

/// True when the name of a variable says that its value is a secret: `NPM_TOKEN`, `dbPassword`, not `KEYBOARD` or
/// `PUBLIC_KEY`.
pub fn is_secret_name(name: &str) -> bool {
    why_secret_name(name).is_some()
}

/// Why the name of a variable says that its value is a secret; `None` when it does not.
pub fn why_secret_name(name: &str) -> Option<Why> {
    let words = words(name);
    if words.iter().any(|word| table().open.words.contains(word)) {
        return None;
    }
    let rule = table().name.iter().find(|rule| rule.fits(&words))?;
    Some(Why { because: &rule.because, source: &rule.source })
}

/// True when a file holds credentials.
///
/// `path` is absolute or relative to anything; its last components count. With the text of a file that could hold
/// nothing secret (`.npmrc`, certificates) the text decides; without it such a file is a secret.
pub fn is_secret_file(path: &str, text: Option<&str>) -> bool {
    why_secret_file(path, text).is_some()
}

/// True for names of files that hold keys, which servers read as well as build tools.
pub fn is_private_key(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    table().file.iter().any(|file| file.pem && file.names.iter().any(|name| is_end_of(name, &path)))
}

/// Why a file holds credentials; `None` when it holds none.
pub fn why_secret_file(path: &str, text: Option<&str>) -> Option<Why> {
    let path = path.to_ascii_lowercase();
    let mut named = table().file.iter().filter(|file| file.names.iter().any(|name| is_end_of(name, &path)));
    let file = named.find(|file| text.map_or(!file.plain, |text| file.holds_credentials(text)))?;
    Some(Why { because: &file.because, source: &file.source })
}

impl Name {
    fn fits(&self, words: &[String]) -> bool {
        let named =
            words.iter().any(|word| self.words.contains(word) || self.endings.iter().any(|e| word.ends_with(e)));
        let paired = || {
            words
                .windows(2)
                .any(|pair| self.pairs.iter().any(|(first, second)| pair[0] == *first && pair[1] == *second))
        };
        (named || paired()) && !words.iter().any(|word| self.unless.contains(word))
    }
}

impl File {
    fn holds_credentials(&self, text: &str) -> bool {
        if self.pem {
            return has_private_key(text);
        }
        let content = text.lines().any(is_content);
        if self.lines {
            return content;
        }
        if self.keys.is_empty() && self.nested.is_empty() && !self.settings {
            return content;
        }
        let settings = || text.lines().filter(|line| is_content(line)).any(is_secret_setting);
        has_credentials_in_address(text)
            || self.keys.iter().any(|key| values(text, key, false).any(is_literal))
            || self.nested.iter().any(|key| values(text, key, true).any(is_literal))
            || self.settings && settings()
    }
}

/// The words of `SNAKE_CASE`, `kebab-case` and `camelCase`, in lower case.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut lower_before = false;
    for c in name.chars() {
        let separates = !c.is_ascii_alphanumeric();
        if separates || lower_before && c.is_ascii_uppercase() {
            words.push(String::new());
        }
        if !separates && let Some(word) = words.last_mut() {
            word.push(c.to_ascii_lowercase());
        }
        lower_before = c.is_ascii_lowercase() || c.is_ascii_digit();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// True when the last components of a path in lower case fit a name from the table, component by component.
fn is_end_of(name: &str, path: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let mut components = path.rsplit('/');
    name.rsplit('/').all(|part| components.next().is_some_and(|c| crate::facts::heuristics::glob(part, c)))
}

fn is_content(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with(['#', ';'])
}

/// True unless every PEM block is public. A text without any block is a key in another form.
fn has_private_key(text: &str) -> bool {
    let mut labels = text.lines().filter_map(|line| line.trim().strip_prefix("-----BEGIN ")).peekable();
    if labels.peek().is_none() {
        return text.lines().any(is_content);
    }
    labels.any(|label| label.contains("PRIVATE KEY"))
}

/// True for `name = value` or `name: value` where the name says that the value is a secret, and the value is one.
fn is_secret_setting(line: &str) -> bool {
    // The name of a setting for one registry comes after its address: `//registry.example/:_authToken=…`.
    let line = line.trim();
    let start =
        if line.trim_start_matches(['"', '\'']).starts_with("//") { line.find("/:").map_or(0, |at| at + 2) } else { 0 };
    let line = &line[start..];
    let Some(end) = line.find(['=', ':', ' ']) else { return false };
    let (name, value) = (line[..end].trim_matches(['"', '\'']), line[end + 1..].trim_start_matches(['=', ':', ' ']));
    // Bundler writes a gem server's host as a name: `BUNDLE_GEMS__EXAMPLE__COM: "user:password"`.
    let host = name.starts_with("BUNDLE_") && name.contains("__") && first_word(value).contains(':');
    (is_secret_name(name) || host && !value.contains("://") && !value.contains("--")) && is_literal(first_word(value))
}

/// The values of a setting, wherever it stands. For nested settings the first thing after the inner name is the value.
fn values<'t>(text: &'t str, key: &'t str, nested: bool) -> impl Iterator<Item = &'t str> {
    let lower = text.to_ascii_lowercase();
    let key_lower = key.to_ascii_lowercase();
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let ends: Vec<usize> = lower
        .match_indices(&key_lower)
        .map(|(at, found)| (at, at + found.len()))
        .filter(|(at, end)| {
            let before = lower[..*at].chars().next_back();
            // `_password` of npm's settings is the same setting; `</password>` ends one.
            !before.is_some_and(|c| is_part(c) && c != '_' || c == '/' && lower[..*at].ends_with("</"))
                && !lower[*end..].chars().next().is_some_and(is_part)
        })
        .map(|(_, end)| end)
        .collect();
    ends.into_iter().filter_map(move |end| {
        let rest = &text[end..];
        if nested { nested_value(rest) } else { Some(plain_value(rest)) }
    })
}

/// What follows a setting's name: in quotes, after `=` or `:`, in an element, or in the attribute `value`.
fn plain_value(rest: &str) -> &str {
    let skip = |text: &'_ str| text.len() - text.trim_start_matches(['"', '\'', ' ', '\t', ':', '=', '>']).len();
    let mut rest = &rest[skip(rest)..];
    if let Some(attribute) = rest.strip_prefix("value").filter(|after| after.trim_start().starts_with('=')) {
        rest = &attribute[skip(attribute)..];
    }
    first_word(rest)
}

/// The first value inside `"key": { "name": "value" }` or `<key><add key="name" value="value"/></key>`.
fn nested_value(rest: &str) -> Option<&str> {
    let inner = rest.trim_start_matches(['"', '\'', ' ', '\t', '\r', '\n', ':', '=', '>', '{']);
    if inner.is_empty() || inner.starts_with('}') || inner.starts_with("</") {
        return None;
    }
    let after = match inner.split_once("value") {
        Some((element, after)) if inner.starts_with('<') && !element.contains('>') => after,
        // A value beside the key, or the one after the inner name.
        _ => inner.split_once("\":").map_or(inner, |(_, after)| after),
    };
    Some(plain_value(after))
}

fn first_word(text: &str) -> &str {
    let text = text.trim_start_matches([' ', '\t', '"', '\'']);
    text.split(['"', '\'', '<', ',', ' ', '\t', '\r', '\n']).next().unwrap_or_default()
}

/// False for nothing, a switch, and a reference to a variable (`${TOKEN}`, `%TOKEN%`, `$TOKEN`, `{{token}}`, `<%= … %>`).
fn is_literal(value: &str) -> bool {
    let value = value.trim_end_matches([';', '}', ']']);
    let switch = ["", "true", "false", "yes", "no", "null", "none", "{", "[", "|"];
    !switch.contains(&value.to_ascii_lowercase().as_str()) && !value.starts_with(['$', '%', '{', '<'])
}

/// True for an address with a user's credentials in it (`https://user:password@host`).
fn has_credentials_in_address(text: &str) -> bool {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        let end = after.find(['/', '"', '\'', '<', '>', ' ', '\t', '\r', '\n', '?', '#']).unwrap_or(after.len());
        let web = before.ends_with("http") || before.ends_with("https");
        if let Some((user, _)) = after[..end].rsplit_once('@') {
            let secret = match user.split_once(':') {
                Some((name, "")) => name,
                Some((_, password)) => password,
                // `ssh://git@host` names a user and nothing else; over HTTP a single word is a token.
                None if web => user,
                None => "",
            };
            if is_literal(secret) {
                return true;
            }
        }
        rest = &after[end..];
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sound() {
        let table: Table = serde_json::from_str(TEXT).expect("the data has the form that its head describes");
        assert!(table.name.len() > 2 && table.file.len() > 20);
        let facts = table.name.iter().map(|n| (&n.because, &n.source));
        for (because, source) in facts.chain(table.file.iter().map(|f| (&f.because, &f.source))) {
            assert!(!because.is_empty() && source.starts_with("https://"), "{because}: {source}");
        }
        for word in table.name.iter().flat_map(|n| n.words.iter().chain(&n.endings).chain(&n.unless)) {
            assert_eq!(words(word), [word.as_str()], "one word in lower case");
        }
    }

    #[test]
    fn names_of_secrets() {
        let secret = [
            "TOKEN",
            "NPM_TOKEN",
            "GITHUB_AUTH",
            "dbPassword",
            "SSH_PRIVATE_KEY",
            "SECRET_KEY_BASE",
            "APIKEY",
            "api-key",
            "AWS_SECRET_ACCESS_KEY",
            "SSH_PASS_PHRASE",
            "DB_PASS",
            "DB_PASSWORD",
            "API_KEY",
            "MYSQL_ROOT_PASSWORD",
            "GITHUBTOKEN",
            "dbpassword",
            "CLIENT_SECRET",
            "GOOGLE_CREDENTIALS",
            "credential",
            "Key",
            "PASS",
            "VAULT_SECRET_ID",
            "_authToken",
            "signing.password",
            "DJANGO_SECRET_KEY",
            "PGPASSWORD",
            "JWT_SIGNING_KEY",
            "GITLAB_PAT",
            "MYSQL_PWD",
        ];
        for name in secret {
            assert!(is_secret_name(name), "{name}");
        }
        let open = [
            "VERSION",
            "KEYBOARD",
            "TOKENIZERS",
            "TOKENIZERS_PARALLELISM",
            "AUTHOR",
            "MONKEY",
            "GPG_KEY",
            "PUBLIC_KEY",
            "KEY_SERVER",
            "KEYSERVER",
            "SECRET_FILE",
            "CACHE_KEY",
            "PASSENGER",
            "PASSENGER_ENV",
            "SECRETARY",
            "BYPASS",
            "COMPASS",
            "MAX_TOKENS",
            "PASSWORD_HASHERS",
            "POSTGRES_PASSWORD_FILE",
            "KEY_ID",
            "PATH",
            "PATTERN",
            "TURKEY",
            "AUTH_TYPE",
            "PWD_PATH",
            "",
            "_",
            "APT_KEY",
            "NODE_KEYRING",
            "TOKEN_TTL",
            "NEXT_PUBLIC_API_KEY",
        ];
        for name in open {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn credential_files_whose_text_is_not_known() {
        let secret = [
            ".npmrc",
            "/root/.npmrc",
            "app/.yarnrc.yml",
            "/etc/pip.conf",
            "/root/.config/pip/pip.conf",
            ".pypirc",
            "/root/.netrc",
            "auth.json",
            ".git-credentials",
            ".m2/settings.xml",
            "gradle.properties",
            "NuGet.Config",
            "nuget.config",
            "/root/.docker/config.json",
            "/root/.ssh/id_rsa",
            "certs/server.key",
            "server.PEM",
            "config/master.key",
            "config/credentials/production.key",
            "store.p12",
            ".aws/credentials",
            ".kube/config",
            ".pgpass",
            ".gem/credentials",
        ];
        for path in secret {
            assert!(is_secret_file(path, None), "{path}");
        }
        let open = [
            "config.json",
            "app/config.json",
            "id_rsa.pub",
            "package.json",
            ".npmrc.md",
            "credentials.py",
            "main.rs",
            "",
            "server.crt",
            ".bundle/config",
            ".cargo/config.toml",
            "bunfig.toml",
            "key",
            ".env",
            "keys/README",
            "/",
            "monkey",
        ];
        for path in open {
            assert!(!is_secret_file(path, None), "{path}");
        }
    }

    #[test]
    fn a_text_with_a_credential_is_a_secret() {
        for (path, text) in [
            (".npmrc", "//registry.npmjs.org/:_authToken=npm_abc\n"),
            (".npmrc", "//cache.example.com/:_authToken=abc\n"),
            (".npmrc", "engine-strict=true\n_auth=dXNlcjpw\n"),
            (".npmrc", "registry=https://me:pw@npm.example/\n"),
            (".yarnrc", "\"//npm.example/:_authToken\" \"abc\"\n"),
            (".yarnrc.yml", "npmRegistries:\n  \"//npm.example\":\n    npmAuthToken: \"abc\"\n"),
            ("bunfig.toml", "[install.registry]\nurl = \"https://npm.example\"\ntoken = \"abc\"\n"),
            ("pip.conf", "[global]\nindex-url = https://user:pw@pypi.example/simple\n"),
            ("pip.conf", "[global]\nextra-index-url = https://abc@pypi.example/simple\n"),
            (".pypirc", "[pypi]\nusername = __token__\npassword = pypi-abc\n"),
            (".netrc", "machine a.example login me password pw\n"),
            ("auth.json", "{\"http-basic\": {\"a.example\": {\"username\": \"u\", \"password\": \"pw\"}}}"),
            ("auth.json", "{\n  \"github-oauth\": {\n    \"github.com\": \"ghp_abc\"\n  }\n}\n"),
            (".git-credentials", "https://me:pw@git.example\n"),
            ("settings.xml", "<server><id>a</id><password>pw</password></server>"),
            ("gradle.properties", "org.gradle.jvmargs=-Xmx1g\nrepoPassword=pw\n"),
            ("gradle.properties", "signing.password = pw\n"),
            ("NuGet.Config", "<add key=\"ClearTextPassword\" value=\"pw\" />"),
            ("NuGet.Config", "<apikeys>\n <add key=\"https://a.example\" value=\"abc\" />\n</apikeys>"),
            (".docker/config.json", "{\"auths\": {\"a.example\": {\"auth\": \"dTpw\"}}}"),
            ("a.pem", "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\nx\n"),
            ("a.key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nx\n"),
            ("id_ed25519", "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n"),
            ("master.key", "0123456789abcdef"),
            ("app.key", "0123456789abcdef"),
            (".bundle/config", "---\nBUNDLE_GEMS__EXAMPLE__COM: \"user:pw\"\n"),
            (".cargo/config.toml", "[registries.a]\ntoken = \"abc\"\n"),
            (".kube/config", "users:\n- user:\n    token: abc\n"),
            (".my.cnf", "[client]\npassword=pw\n"),
            (".pgpass", "*:*:*:me:pw\n"),
            (".vault-token", "hvs.abc"),
        ] {
            assert!(is_secret_file(path, Some(text)), "{path}: {text}");
        }
    }

    #[test]
    fn a_text_without_one_is_none() {
        for (path, text) in [
            (".npmrc", "engine-strict=true\n"),
            (".npmrc", "registry=https://npm.example/\nalways-auth=true\n"),
            (".npmrc", "//registry.npmjs.org/:_authToken=${NPM_TOKEN}\n"),
            (".npmrc", "# //registry.npmjs.org/:_authToken=abc\nsave-exact=true\nauth-type=legacy\n"),
            (
                ".yarnrc.yml",
                "nodeLinker: node-modules\nnpmAuthToken: \"${NPM_TOKEN-}\"\nyarnPath: .yarn/releases/yarn.cjs\n",
            ),
            (".yarnrc", "yarn-path \".yarn/releases/yarn.js\"\n"),
            ("pip.conf", "[global]\nindex-url = https://pypi.example/simple\ntrusted-host = pypi.example\n"),
            ("pip.conf", "[global]\nindex-url = https://${USER}:${PW}@pypi.example/simple\n"),
            (".netrc", "\n"),
            ("auth.json", "{\"github-oauth\": {}, \"http-basic\": {}}"),
            ("settings.xml", "<settings><mirrors><mirror><url>https://a.example</url></mirror></mirrors></settings>"),
            ("settings.xml", "<server><id>a</id><password>${env.PW}</password></server>"),
            ("gradle.properties", "org.gradle.jvmargs=-Xmx1g\nkotlin.code.style=official\norg.gradle.caching=true\n"),
            ("nuget.config", "<packageSources><clear /><add key=\"a\" value=\"https://a.example\" /></packageSources>"),
            ("nuget.config", "<add key=\"ClearTextPassword\" value=\"%NUGET_TOKEN%\" />\n<apikeys></apikeys>"),
            (".docker/config.json", "{\"auths\": {\"a.example\": {}}, \"credsStore\": \"pass\"}"),
            ("ca.pem", "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"),
            ("jwt.key", "-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----\n"),
            (
                ".bundle/config",
                "---\nBUNDLE_PATH: \"vendor/bundle\"\nBUNDLE_BUILD__NOKOGIRI: \"--use-system-libraries\"\n",
            ),
            (".bundle/config", "BUNDLE_MIRROR__A: \"https://a.example:80\"\n"),
            (".cargo/config.toml", "[build]\ntarget = \"x86_64-unknown-linux-musl\"\n"),
            (".git-credentials", "ssh://git@git.example\n"),
            (".pgpass", "# none\n"),
            ("main.py", "password = 'pw'\n"),
        ] {
            assert!(!is_secret_file(path, Some(text)), "{path}: {text}");
        }
    }

    #[test]
    fn people_are_told_why() {
        let because = |why: Option<Why>| why.map(|why| why.because);
        assert_eq!(because(why_secret_file("x/.npmrc", None)), Some("the registry's token stands in it"));
        assert!(because(why_secret_name("API_KEY")).is_some_and(|because| because.contains("key")));
        assert_eq!(why_secret_file("x/.npmrc", Some("save-exact=true")), None);
    }
}
