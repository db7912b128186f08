//! Build arguments that look like secrets, by their names.

/// Words of a name that make it look like a secret. BuildKit's own check `SecretsUsedInArgOrEnv` warns about the same ones.
const WORDS: &[&str] = &[
    "apikey",
    "auth",
    "credential",
    "credentials",
    "key",
    "passwd",
    "password",
    "pword",
    "secret",
    "secrets",
    "token",
    "tokens",
];
/// Pairs of words that name a secret together.
const PAIRS: &[(&str, &str)] = &[("pass", "phrase")];
/// Words that say that the value may be seen: a public key, the fingerprint or the server of one, the file that holds one.
const OPEN_WORDS: &[&str] =
    &["public", "pub", "gpg", "id", "file", "path", "server", "version", "url", "cache", "type", "size"];

/// True when the name of a variable says that its value is a secret: `NPM_TOKEN`, `dbPassword`.
pub fn looks_like_secret(name: &str) -> bool {
    let words = words(name);
    if words.iter().any(|word| OPEN_WORDS.contains(&word.as_str())) {
        return false;
    }
    words.iter().any(|word| WORDS.contains(&word.as_str()))
        || words.windows(2).any(|pair| PAIRS.contains(&(pair[0].as_str(), pair[1].as_str())))
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

#[cfg(test)]
mod tests {
    use super::*;

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
        ];
        for name in secret {
            assert!(looks_like_secret(name), "{name}");
        }
        let open = [
            "VERSION",
            "KEYBOARD",
            "TOKENIZERS",
            "AUTHOR",
            "MONKEY",
            "GPG_KEY",
            "PUBLIC_KEY",
            "KEY_SERVER",
            "SECRET_FILE",
            "CACHE_KEY",
            "PASSENGER",
            "",
            "_",
        ];
        for name in open {
            assert!(!looks_like_secret(name), "{name}");
        }
    }
}
