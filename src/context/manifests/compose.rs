//! Compose files: what services ask of an image that this Dockerfile builds.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::super::{BuildContext, SubContext, Unavailable, clean, clean_inside, join};

/// Files that stand alone, in the order in which the first one found wins. Other files are laid over it.
const BASE_FILES: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];
/// Services that extend each other before it counts as a circle.
const MAX_EXTENDS: usize = 20;

/// A service whose image is built from the Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// The compose file; values of the base file that it leaves as they are count as its own.
    pub file: String,
    /// The service's name.
    pub name: String,
    /// How the image is built.
    pub build: Build,
    /// `command`, in place of CMD.
    pub command: Option<Command>,
    /// `entrypoint`, in place of ENTRYPOINT.
    pub entrypoint: Option<Command>,
    /// `healthcheck`, in place of HEALTHCHECK.
    pub healthcheck: Option<Healthcheck>,
    /// `volumes`.
    pub volumes: Vec<Mount>,
    /// `user`.
    pub user: Option<String>,
    /// `working_dir`.
    pub working_dir: Option<String>,
    /// `image`: the name that the built image gets.
    pub image: Option<String>,
    /// It extends a service of another file, so more may be set than is known.
    pub incomplete: bool,
}

/// `build`. Variables (`${X}`) are left as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Build {
    /// `context`, as written.
    pub context: String,
    /// `dockerfile`, as written, relative to the context.
    pub dockerfile: String,
    /// `target`.
    pub target: Option<String>,
    /// `args`; a name without a value comes from the environment.
    pub args: BTreeMap<String, Option<String>>,
}

/// A command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// One text, which Compose splits into words as a shell does, without running a shell.
    Text(String),
    /// Words.
    Words(Vec<String>),
}

/// `healthcheck`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Healthcheck {
    /// None is made, not even that of the image.
    Disabled,
    /// A shell command (`CMD-SHELL`, or one text).
    Shell(String),
    /// Words (`CMD`).
    Exec(Vec<String>),
    /// Only times are set; the test is that of the image.
    Inherited,
}

/// A volume or a bind mount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// A path or the name of a volume; none for an anonymous volume.
    pub source: Option<String>,
    /// The place in the container.
    pub target: String,
    /// It cannot be written.
    pub read_only: bool,
}

/// The services of the compose files in the context root whose image is built from `dockerfile` (relative to the context
/// root). Files are read even if `.dockerignore` excludes them. Where a variable decides what is built, the service counts.
/// Unknown when a compose file cannot be read: it may hold more services.
#[cfg(test)]
pub fn services_for(context: &dyn BuildContext, dockerfile: &str) -> Result<Vec<Service>, Unavailable> {
    services_below(context, "", dockerfile)
}

/// As [`services_for`], for the compose files in a folder below the context root, whose paths count from that folder.
pub fn services_below(context: &dyn BuildContext, folder: &str, dockerfile: &str) -> Result<Vec<Service>, Unavailable> {
    let part = SubContext { whole: context, folder };
    let mut services = services_in(&part, &|build| refers_to(folder, build, dockerfile))?;
    for service in &mut services {
        service.file = join(folder, &service.file);
    }
    Ok(services)
}

/// Services of the compose files in `folder` that build an image, whichever it is; `file` is a name in that folder.
pub fn all_services(context: &dyn BuildContext, folder: &str) -> Result<Vec<Service>, Unavailable> {
    services_in(&SubContext { whole: context, folder }, &|_| true)
}

fn services_in(context: &dyn BuildContext, wanted: &dyn Fn(&Build) -> bool) -> Result<Vec<Service>, Unavailable> {
    let names = context.list_unfiltered("")?;
    let files: Vec<&String> = names.iter().filter(|name| is_compose_file(name)).collect();
    let base = BASE_FILES.iter().find(|base| files.iter().any(|name| name == *base));
    let base_services = base.map(|name| read_services(context, name)).transpose()?.unwrap_or_default();
    let mut found: Vec<Service> = Vec::new();
    let mut by_name = Vec::new();
    for file in files {
        let is_base = Some(&file.as_str()) == base;
        let own = if is_base { base_services.clone() } else { read_services(context, file)? };
        let mut all = if is_base { Map::new() } else { base_services.clone() };
        let mentioned: Vec<String> = own.keys().cloned().collect();
        overlay(&mut all, own);
        for name in mentioned {
            let (definition, incomplete) = extended(file, &all, &name, 0)?;
            match definition.contains_key("build") {
                true => found.extend(service(file, &name, &definition, incomplete, wanted)?),
                false => by_name.push((file, name, definition, incomplete)),
            }
        }
    }
    // A service without a build of its own may run the image that another one's build gives its name.
    for (file, name, mut definition, incomplete) in by_name {
        let image = definition.get("image").and_then(scalar);
        let Some(built) = found.iter().find(|service| image.is_some() && service.image == image) else { continue };
        let build = [("context", &built.build.context), ("dockerfile", &built.build.dockerfile)];
        let build = build.into_iter().map(|(key, value)| (key.to_owned(), Value::String(value.clone()))).collect();
        definition.insert("build".to_owned(), Value::Object(build));
        found.extend(service(file, &name, &definition, incomplete, wanted)?);
    }
    Ok(found)
}

/// True for names of compose files, those that are laid over others included.
pub fn is_compose_file(name: &str) -> bool {
    let stem = name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml"));
    stem.and_then(|stem| stem.strip_prefix("docker-").unwrap_or(stem).strip_prefix("compose"))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_']))
}

/// The services of a file, with `build` and `extends` as tables.
fn read_services(context: &dyn BuildContext, file: &str) -> Result<Map<String, Value>, Unavailable> {
    let bytes = context.read_unfiltered(file)?;
    let document: Value =
        serde_saphyr::from_str(&String::from_utf8_lossy(&bytes)).map_err(|_| unknown(file, "it is not valid YAML"))?;
    let services = match document {
        Value::Object(mut map) => map.remove("services").unwrap_or(Value::Null),
        Value::Null => Value::Null,
        _ => return Err(unknown(file, "it is not a table")),
    };
    let mut services = match services {
        Value::Object(services) => services,
        Value::Null => Map::new(),
        _ => return Err(unknown(file, "`services` is not a table")),
    };
    for (name, definition) in &mut services {
        let definition = match definition {
            Value::Object(definition) => definition,
            _ => return Err(unknown(file, format!("the service `{name}`"))),
        };
        for (key, main) in [("build", "context"), ("extends", "service")] {
            if let Some(Value::String(short)) = definition.get(key) {
                let long = Map::from_iter([(main.to_owned(), Value::String(short.clone()))]);
                definition.insert(key.to_owned(), Value::Object(long));
            }
        }
    }
    Ok(services)
}

/// Lays `over` over `base` as Compose merges files: tables field by field, commands replaced, other lists appended.
fn overlay(base: &mut Map<String, Value>, over: Map<String, Value>) {
    for (key, value) in over {
        let replaces = matches!(key.as_str(), "command" | "entrypoint" | "test");
        match (base.get_mut(&key), value) {
            (Some(Value::Object(old)), Value::Object(new)) => overlay(old, new),
            (Some(Value::Array(old)), Value::Array(new)) if !replaces => old.extend(new),
            (_, value) => _ = base.insert(key, value),
        }
    }
}

/// A service laid over what it extends, and whether some of that is in another file.
fn extended(
    file: &str,
    services: &Map<String, Value>,
    name: &str,
    depth: usize,
) -> Result<(Map<String, Value>, bool), Unavailable> {
    let Some(Value::Object(definition)) = services.get(name) else {
        return Err(unknown(file, format!("there is no service `{name}`")));
    };
    let Some(Value::Object(extends)) = definition.get("extends") else { return Ok((definition.clone(), false)) };
    let (Some(Value::String(base)), None) = (extends.get("service"), extends.get("file")) else {
        return Ok((definition.clone(), true));
    };
    if depth > MAX_EXTENDS {
        return Err(unknown(file, format!("`extends` of `{name}` goes in circles")));
    }
    let (mut merged, incomplete) = extended(file, services, base, depth + 1)?;
    overlay(&mut merged, definition.clone());
    Ok((merged, incomplete))
}

fn service(
    file: &str,
    name: &str,
    definition: &Map<String, Value>,
    incomplete: bool,
    wanted: &dyn Fn(&Build) -> bool,
) -> Result<Option<Service>, Unavailable> {
    let bad = |key: &str| unknown(file, format!("`{key}` of the service `{name}`"));
    let Some(Value::Object(build)) = definition.get("build") else { return Ok(None) };
    if build.contains_key("dockerfile_inline") {
        return Ok(None);
    }
    let text = |key: &str, default: &str| build.get(key).and_then(scalar).unwrap_or_else(|| default.to_owned());
    let build = Build {
        context: text("context", "."),
        dockerfile: text("dockerfile", "Dockerfile"),
        target: build.get("target").and_then(scalar),
        args: build
            .get("args")
            .map(|value| arguments(value).ok_or_else(|| bad("args")))
            .transpose()?
            .unwrap_or_default(),
    };
    if !wanted(&build) {
        return Ok(None);
    }
    let command = |key: &str| match definition.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => command(value).map(Some).ok_or_else(|| bad(key)),
    };
    let volumes = match definition.get("volumes") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(list)) => list.iter().map(mount).collect::<Option<Vec<_>>>().ok_or_else(|| bad("volumes"))?,
        Some(_) => return Err(bad("volumes")),
    };
    let healthcheck = match definition.get("healthcheck") {
        None | Some(Value::Null) => None,
        Some(value) => Some(healthcheck(value).ok_or_else(|| bad("healthcheck"))?),
    };
    Ok(Some(Service {
        file: file.to_owned(),
        name: name.to_owned(),
        build,
        command: command("command")?,
        entrypoint: command("entrypoint")?,
        healthcheck,
        volumes,
        user: definition.get("user").and_then(scalar),
        working_dir: definition.get("working_dir").and_then(scalar),
        image: definition.get("image").and_then(scalar),
        incomplete,
    }))
}

/// True when the Dockerfile of a build in `folder` is, or because of a variable may be, the one at `dockerfile`.
fn refers_to(folder: &str, build: &Build, dockerfile: &str) -> bool {
    let path = format!("{folder}/{}/{}", build.context, build.dockerfile);
    if path.contains('$') {
        return true;
    }
    let elsewhere =
        build.context.contains("://") || build.context.starts_with('/') || build.dockerfile.starts_with('/');
    // What climbs above the context root is another file.
    !elsewhere && clean_inside(&path) == Some(clean(dockerfile))
}

/// The text of a scalar; YAML's numbers and booleans stand for their text.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

fn words(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(scalar).collect()
}

fn command(value: &Value) -> Option<Command> {
    scalar(value).map(Command::Text).or_else(|| words(value).map(Command::Words))
}

fn healthcheck(value: &Value) -> Option<Healthcheck> {
    let table = value.as_object()?;
    if table.get("disable") == Some(&Value::Bool(true)) {
        return Some(Healthcheck::Disabled);
    }
    let Some(test) = table.get("test").filter(|test| !test.is_null()) else { return Some(Healthcheck::Inherited) };
    if let Some(text) = scalar(test) {
        return Some(Healthcheck::Shell(text));
    }
    let words = words(test)?;
    match words.split_first()? {
        (kind, _) if kind == "NONE" => Some(Healthcheck::Disabled),
        (kind, rest) if kind == "CMD-SHELL" => Some(Healthcheck::Shell(rest.join(" "))),
        (kind, rest) if kind == "CMD" => Some(Healthcheck::Exec(rest.to_vec())),
        _ => None,
    }
}

fn arguments(value: &Value) -> Option<BTreeMap<String, Option<String>>> {
    match value {
        Value::Null => Some(BTreeMap::new()),
        Value::Object(map) => Some(map.iter().map(|(name, value)| (name.clone(), scalar(value))).collect()),
        Value::Array(list) => {
            let pair = |text: String| match text.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => (text, None),
            };
            list.iter().map(|item| scalar(item).map(pair)).collect()
        }
        _ => None,
    }
}

fn mount(value: &Value) -> Option<Mount> {
    if let Some(table) = value.as_object() {
        let text = |key: &str| table.get(key).and_then(scalar);
        let read_only = table.get("read_only") == Some(&Value::Bool(true));
        return Some(Mount { source: text("source"), target: text("target")?, read_only });
    }
    let short = scalar(value)?;
    let parts = split_colons(&short);
    let (source, target, options) = match parts.as_slice() {
        [target] => (None, target, ""),
        [source, target] => (Some(*source), target, ""),
        [source, target, options] => (Some(*source), target, *options),
        _ => return None,
    };
    let read_only = options.split(',').any(|option| option == "ro");
    Some(Mount { source: source.map(str::to_owned), target: (*target).to_owned(), read_only })
}

/// Splits at colons outside `${…}`, where `:-` gives a default.
fn split_colons(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut depth = 0usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn unknown(file: &str, why: impl std::fmt::Display) -> Unavailable {
    Unavailable::Unknown(format!("`{file}` cannot be understood: {why}"))
}

#[cfg(test)]
mod tests {
    use super::super::super::{MemoryContext, NoContext};
    use super::*;

    fn services(text: &str) -> Vec<Service> {
        services_for(&MemoryContext::new([("compose.yaml", text)]), "Dockerfile").expect("reads")
    }

    #[test]
    fn services_that_share_an_image_by_its_name() {
        let found = services(
            "services:\n  web:\n    build: .\n    image: acme/shop\n  worker:\n    image: acme/shop\n    command: node worker.js\n  \
             db:\n    image: postgres:17\n",
        );
        let shown: Vec<_> = found.iter().map(|s| (s.name.as_str(), s.command.is_some())).collect();
        assert_eq!(shown, [("web", false), ("worker", true)]);
    }

    #[test]
    fn every_field() {
        let found = services(
            "x-env: &env\n  user: app\nservices:\n  web:\n    <<: *env\n    build:\n      context: .\n      target: prod\n      \
             args: {A: 1, B: null}\n    command: python manage.py runserver\n    entrypoint: [\"/entry.sh\", -p, 80]\n    \
             healthcheck:\n      test: [CMD, curl, -f, http://localhost]\n    volumes:\n      - .:/app:ro,z\n      - /app/cache\n      \
             - ${DATA:-./data}:/data\n      - {type: bind, source: ./a, target: /b, read_only: true}\n    working_dir: /srv\n  \
             db:\n    image: postgres:17\n",
        );
        assert_eq!(found.len(), 1);
        let web = &found[0];
        assert_eq!((web.name.as_str(), web.file.as_str(), web.incomplete), ("web", "compose.yaml", false));
        assert_eq!(web.build.target.as_deref(), Some("prod"));
        assert_eq!(web.build.args, BTreeMap::from([("A".to_owned(), Some("1".to_owned())), ("B".to_owned(), None)]));
        assert_eq!(web.command, Some(Command::Text("python manage.py runserver".to_owned())));
        assert_eq!(web.entrypoint, Some(Command::Words(["/entry.sh", "-p", "80"].map(str::to_owned).to_vec())));
        assert_eq!(
            web.healthcheck,
            Some(Healthcheck::Exec(["curl", "-f", "http://localhost"].map(str::to_owned).to_vec()))
        );
        let mounts: Vec<_> =
            web.volumes.iter().map(|m| (m.source.as_deref(), m.target.as_str(), m.read_only)).collect();
        let expected = [
            (Some("."), "/app", true),
            (None, "/app/cache", false),
            (Some("${DATA:-./data}"), "/data", false),
            (Some("./a"), "/b", true),
        ];
        assert_eq!(mounts, expected);
        assert_eq!((web.user.as_deref(), web.working_dir.as_deref()), (Some("app"), Some("/srv")));
    }

    #[test]
    fn which_builds_refer_to_the_dockerfile() {
        let cases = [
            ("build: .", "Dockerfile", true),
            ("build: ./", "Dockerfile", true),
            ("build: {context: ., dockerfile: docker/web.Dockerfile}", "docker/web.Dockerfile", true),
            ("build: {context: ., dockerfile: other.Dockerfile}", "Dockerfile", false),
            ("build: ./api", "api/Dockerfile", true),
            ("build: ./api", "Dockerfile", false),
            ("build: ..", "Dockerfile", false),
            ("build: https://example.com/x.git", "Dockerfile", false),
            ("build: {context: '${DIR}'}", "Dockerfile", true),
            ("build: {dockerfile_inline: FROM x}", "Dockerfile", false),
            ("image: x", "Dockerfile", false),
        ];
        for (build, dockerfile, expected) in cases {
            let context = MemoryContext::new([("docker-compose.yml", format!("services:\n  a:\n    {build}\n"))]);
            assert_eq!(
                services_for(&context, dockerfile).expect(build).len(),
                usize::from(expected),
                "{build}, {dockerfile}"
            );
        }
    }

    #[test]
    fn files_are_laid_over_the_base() {
        let context = MemoryContext::new([
            (
                "docker-compose.yml",
                "services:\n  a:\n    build: .\n    command: [one]\n    volumes: [x:/x]\n  b:\n    build: .\n",
            ),
            ("docker-compose.override.yml", "services:\n  a:\n    command: [two]\n    volumes: [y:/y]\n"),
            ("docker-compose.prod.yaml", "services:\n  c:\n    extends: a\n    healthcheck: {disable: true}\n"),
            ("composer.yml", "not: [closed"),
        ])
        .ignoring("*compose*")
        .expect("valid");
        let found = services_for(&context, "Dockerfile").expect("reads");
        let shown: Vec<_> = found.iter().map(|s| (s.file.as_str(), s.name.as_str(), s.volumes.len())).collect();
        let expected = [
            ("docker-compose.override.yml", "a", 2),
            ("docker-compose.prod.yaml", "c", 1),
            ("docker-compose.yml", "a", 1),
            ("docker-compose.yml", "b", 0),
        ];
        assert_eq!(shown, expected);
        assert_eq!(found[0].command, Some(Command::Words(vec!["two".to_owned()])));
        assert_eq!(found[1].healthcheck, Some(Healthcheck::Disabled));
    }

    #[test]
    fn health_checks() {
        let cases = [
            ("test: curl -f x", Healthcheck::Shell("curl -f x".to_owned())),
            ("test: [CMD-SHELL, curl -f x]", Healthcheck::Shell("curl -f x".to_owned())),
            ("test: [NONE]", Healthcheck::Disabled),
            ("interval: 5s", Healthcheck::Inherited),
        ];
        for (text, expected) in cases {
            let found = services(&format!("services:\n  a:\n    build: .\n    healthcheck: {{{text}}}\n"));
            assert_eq!(found[0].healthcheck.as_ref(), Some(&expected), "{text}");
        }
    }

    #[test]
    fn unreadable_is_unknown() {
        for text in [
            "services: [",
            "- a",
            "services: 1",
            "services: {a: 1}",
            "services: {a: {build: ., volumes: 1}}",
            "services: {a: {build: ., command: {}}}",
            "services: {a: {build: ., extends: a}}",
            "services: {a: {build: ., extends: none}}",
            "services:\n  a: *none\n",
        ] {
            let found = services_for(&MemoryContext::new([("compose.yml", text)]), "Dockerfile");
            assert!(matches!(found, Err(Unavailable::Unknown(_))), "{text}: {found:?}");
        }
        assert!(matches!(services_for(&NoContext, "Dockerfile"), Err(Unavailable::Unknown(_))));
        assert_eq!(services_for(&MemoryContext::default(), "Dockerfile"), Ok(Vec::new()));
        assert_eq!(services(""), Vec::new());
        let elsewhere = services("services: {a: {build: ., extends: {file: x.yml, service: y}}}");
        assert!(elsewhere[0].incomplete);
    }
}
