//! `Procfile`.

/// The processes of a `Procfile` in order: name and shell command. Lines that are no process are passed over, as the tools
/// that run such files do.
pub fn procfile(text: &str) -> Vec<(String, String)> {
    let process = |line: &str| {
        let (name, command) = line.split_once(':')?;
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        (is_name && !command.trim().is_empty()).then(|| (name.to_owned(), command.trim().to_owned()))
    };
    text.lines().filter_map(process).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processes() {
        let found = procfile(
            "# web: no\nweb: gunicorn app:app -b :$PORT\r\n\nworker:celery -A app worker\nbad name: x\nempty:\n",
        );
        let expected = [("web", "gunicorn app:app -b :$PORT"), ("worker", "celery -A app worker")];
        assert_eq!(found, expected.map(|(name, command)| (name.to_owned(), command.to_owned())));
    }
}
