//! Files that list commands for a server to start: tables of cron, supervisor's programs, a Procfile. What they start runs in the
//! container as well.

use super::Reader;
use crate::analyzer::Action;
use crate::context;

/// The most files of a folder that are looked at for tables.
const MANY_FILES: usize = 5_000;

/// Where cron looks for tables.
const PLACES: [&str; 4] = ["/etc/cron.d", "/etc/crontab", "/etc/crontabs", "/var/spool/cron"];

/// Where cron looks for scripts.
const SCRIPTS: [&str; 4] = ["/etc/cron.hourly", "/etc/cron.daily", "/etc/cron.weekly", "/etc/cron.monthly"];

/// True for supervisor's settings and for a Procfile.
fn is_listing(path: &str) -> bool {
    let name = crate::paths::name(path);
    name == "Procfile"
        || name.contains("supervisor") && (name.ends_with(".conf") || name.ends_with(".ini"))
        || path.contains("/supervisor/") && name.ends_with(".conf")
}

/// The command of one line of such a file: `command=…` of supervisor, `name: …` of a Procfile.
fn listed_command(line: &str) -> Option<&str> {
    let line = line.trim();
    let (key, value) = line.split_once(['=', ':'])?;
    let plain = key.trim().chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let separator = line.as_bytes().get(key.len())?;
    let is_command = key.trim() == "command" && *separator == b'=' || *separator == b':' && plain;
    (is_command && !value.trim().is_empty()).then(|| value.trim())
}

impl Reader<'_> {
    /// Reads every table that the build context brings: those where cron looks for them, and files called so, which a step may
    /// hand to `crontab`.
    pub(super) fn schedules(&mut self) {
        let landings: Vec<String> = self.analysis.files.landings().iter().flat_map(|l| self.tables_of(l)).collect();
        let base = self.analysis.base.reference.as_ref().map(crate::facts::contents::provides).unwrap_or_default();
        let made = &self.analysis.homes;
        let is_account =
            |name: &str| name == "root" || made.contains_key(name) || base.users.iter().any(|(user, _)| user == name);
        for path in landings {
            let Some(text) = self.text(&path) else { continue };
            let because = format!("`{path}` starts it");
            self.demands.words.extend(super::words(&text));
            if is_listing(&path) {
                // These are programs of the container.
                for command in text.lines().filter_map(listed_command) {
                    self.script(command, &because, 1);
                }
                continue;
            }
            if SCRIPTS.iter().any(|place| crate::paths::is_within(place, &path)) {
                let programs = self.demands.programs.len();
                self.script(&text, &because, 1);
                self.demands.programs.truncate(programs);
                continue;
            }
            for command in text.lines().filter_map(|line| command_of(line, &is_account)) {
                // Nothing that a schedule starts is the container's program.
                let programs = self.demands.programs.len();
                let refusals = self.demands.refusals.len();
                self.script(command, &because, 1);
                self.demands.programs.truncate(programs);
                self.demands.refusals.truncate(refusals);
            }
        }
    }

    /// Image paths of the tables that one COPY brings.
    fn tables_of(&self, landing: &crate::analyzer::state::Landing) -> Vec<String> {
        let is_table = |path: &str| {
            let name = crate::paths::name(path);
            PLACES.iter().chain(&SCRIPTS).any(|place| crate::paths::is_within(place, path))
                || name.contains("crontab")
                || name.ends_with(".cron")
                || is_listing(path)
        };
        if !landing.tree {
            return is_table(&landing.destination).then(|| landing.destination.clone()).into_iter().collect();
        }
        // Deeper down, a file of such a name is one where a step names it.
        let named = |inner: &str| {
            let mut runs = self.analysis.steps.iter().filter_map(|step| match &step.action {
                Action::Run(run) => Some(run),
                _ => None,
            });
            !inner.contains('/') || runs.any(|run| run.text.contains(inner))
        };
        let found = context::walk(self.inputs.context, &landing.source, MANY_FILES).unwrap_or_default();
        let inner = found.iter().filter_map(|(path, _)| match landing.source.as_str() {
            "" => Some(path.as_str()),
            source => crate::paths::below(source, path),
        });
        let tables = inner.filter(|inner| is_table(&crate::paths::join(&landing.destination, inner)) && named(inner));
        tables.map(|inner| crate::paths::join(&landing.destination, inner)).collect()
    }
}

/// The command of one line of a table; nothing for comments and settings. Source: crontab(5).
fn command_of<'t>(line: &'t str, is_account: &dyn Fn(&str) -> bool) -> Option<&'t str> {
    let line = line.trim();
    let fields = match line.chars().next()? {
        '@' => 1,
        c if c.is_ascii_digit() || c == '*' => 5,
        _ => return None,
    };
    let mut rest = line;
    for _ in 0..fields {
        rest = rest.split_once(char::is_whitespace)?.1.trim_start();
    }
    // Tables of the system name who runs it. Where a table lies does not tell: a step may hand it to `crontab`.
    match rest.split_once(char::is_whitespace) {
        Some((first, after)) if is_account(first) => Some(after.trim_start()),
        _ => Some(rest),
    }
}

#[cfg(test)]
mod tests {
    use super::command_of;
    use crate::context::MemoryContext;

    #[test]
    fn lines_of_a_table() {
        for (line, command) in [
            ("0 2 * * * /jobs/backup.sh >> /var/log/x 2>&1", Some("/jobs/backup.sh >> /var/log/x 2>&1")),
            ("*/5 * * * * root /usr/bin/poll", Some("/usr/bin/poll")),
            ("@daily www-data php /app/cron.php", Some("php /app/cron.php")),
            ("# 0 2 * * * x", None),
            ("PATH=/usr/bin", None),
            ("", None),
            ("0 2 * *", None),
        ] {
            let is_account = |name: &str| ["root", "www-data"].contains(&name);
            assert_eq!(command_of(line, &is_account), command, "{line}");
        }
    }

    #[test]
    fn lines_of_other_lists() {
        use super::listed_command;
        for (line, command) in [
            ("command=curl -f http://x", Some("curl -f http://x")),
            ("command = celery -A app worker", Some("celery -A app worker")),
            ("web: gunicorn app:app", Some("gunicorn app:app")),
            ("directory=/app", None),
            ("[program:web]", None),
            ("; command=x", None),
        ] {
            assert_eq!(listed_command(line), command, "{line}");
        }
    }

    #[test]
    fn what_an_option_of_the_interpreter_starts_is_asked_for() {
        let file = "FROM eclipse-temurin:17-jdk\nCOPY app.jar /app.jar\n\
            CMD [\"java\", \"-XX:OnOutOfMemoryError=jmap -dump:live %p\", \"-jar\", \"/app.jar\"]\n";
        let context = MemoryContext::new([("app.jar", "x")]);
        let conversion = crate::convert(&crate::Request::new(file.as_bytes(), &context)).expect("a Dockerfile");
        assert!(conversion.demands.commands.iter().any(|c| c.name == "jmap"), "{:?}", conversion.demands.commands);
    }

    #[test]
    fn what_a_schedule_starts_is_asked_for() {
        let file = "FROM python:3.11\nRUN apt-get update && apt-get install -y cron gcc\nWORKDIR /jobs\nRUN pip install flask\nCOPY . /jobs\n\
            RUN crontab /jobs/jobs.cron\nCMD cron -f\n";
        let names = |table: &str| {
            let context = MemoryContext::new([("jobs.cron", table), ("backup.sh", "#!/bin/sh\ngit pull\n")]);
            let conversion = crate::convert(&crate::Request::new(file.as_bytes(), &context)).expect("a Dockerfile");
            conversion.demands.commands.iter().map(|c| c.name.clone()).collect::<Vec<_>>().join(" ")
        };
        assert!(names("0 2 * * * /jobs/backup.sh\n").contains("git"), "{}", names("0 2 * * * /jobs/backup.sh\n"));
        // A user of the base image, whose name is no command.
        assert!(names("0 2 * * * backup /jobs/backup.sh\n").contains("git"));
        assert!(!names("# 0 2 * * * /jobs/backup.sh\n").contains("git"));
    }

    #[test]
    fn a_table_deeper_down_counts_where_a_step_names_it() {
        let names = |step: &str| {
            let file = format!(
                "FROM python:3.11\nWORKDIR /jobs\nCOPY . /jobs\n{step}RUN pip install flask\nCMD [\"cron\", \"-f\"]\n"
            );
            let context = MemoryContext::new([("ops/crontab", "0 2 * * * git -C /data pull\n")]);
            let conversion = crate::convert(&crate::Request::new(file.as_bytes(), &context)).expect("a Dockerfile");
            conversion.demands.commands.iter().any(|c| c.name == "git")
        };
        assert!(names("RUN crontab ops/crontab\n"));
        assert!(!names(""));
    }
}
