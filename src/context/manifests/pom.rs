//! `pom.xml`.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::super::{BuildContext, Entry, Unavailable, clean, clean_inside, join};
use super::fields::unknown;

const FILE: &str = "pom.xml";
/// Elements inside elements, and parents of parents, before a file counts as hostile.
const MAX_DEPTH: usize = 64;

/// Properties put into one value.
const MAX_SUBSTITUTIONS: usize = 100;

/// What a `pom.xml` says. A value with a `${property}` that cannot be resolved is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pom {
    /// `groupId`, also from the parent.
    pub group_id: Option<String>,
    /// `artifactId`.
    pub artifact_id: Option<String>,
    /// `version`, also from the parent.
    pub version: Option<String>,
    /// `packaging`; `jar` when it is not written.
    pub packaging: Option<String>,
    /// `build/finalName`: `Some(None)` when it is written but cannot be resolved.
    pub final_name: Option<Option<String>>,
    /// `parent`.
    pub parent: Option<PomParent>,
    /// `modules`, as written; those of profiles are left out.
    pub modules: Vec<String>,
    /// `build/plugins`; those of profiles and of `pluginManagement` are left out.
    pub plugins: Vec<PomPlugin>,
    /// `properties`, as written.
    pub properties: BTreeMap<String, String>,
    /// Some parent is not in the context, so more may be inherited than is known.
    pub parent_unread: bool,
}

/// `parent`, as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PomParent {
    /// `groupId`.
    pub group_id: String,
    /// `artifactId`.
    pub artifact_id: String,
    /// `version`.
    pub version: String,
    /// `relativePath`; empty when the parent is not to be looked for in the source tree.
    pub relative_path: String,
}

/// A plugin that a build runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PomPlugin {
    /// `groupId`; none for the default group.
    pub group_id: Option<String>,
    /// `artifactId`.
    pub artifact_id: String,
}

impl Pom {
    /// Reads `pom.xml` in `directory`, and the parents that the context holds.
    pub fn read(context: &dyn BuildContext, directory: &str) -> Result<Pom, Unavailable> {
        let raw = read_raw(context, &clean(&join(directory, FILE)), MAX_DEPTH)?;
        Ok(raw.resolved())
    }

    /// Reads the text of a `pom.xml` alone.
    pub fn parse(text: &str) -> Result<Pom, Unavailable> {
        Ok(parse_raw(text)?.resolved())
    }

    /// The file below `target/` that `package` makes: `finalName`, or artifact and version. None when it is not known or there
    /// is none. A parent that is not in the context could name it otherwise, see [`parent_unread`](Pom::parent_unread).
    pub fn artifact_file(&self) -> Option<String> {
        let ending = match self.packaging.as_deref()? {
            "pom" => return None,
            ending @ ("war" | "ear" | "rar") => ending,
            _ => "jar",
        };
        let name = match &self.final_name {
            Some(name) => name.clone()?,
            None => format!("{}-{}", self.artifact_id.as_ref()?, self.version.as_ref()?),
        };
        Some(format!("{name}.{ending}"))
    }

    /// Values as written become values with properties put in.
    fn resolved(mut self) -> Pom {
        let raw = self.clone();
        let resolve = |text: &Option<String>| {
            text.as_ref().and_then(|text| {
                let mut budget = MAX_SUBSTITUTIONS;
                raw.substitute(text, &mut budget)
            })
        };
        self.version = resolve(&raw.version);
        self.group_id = resolve(&raw.group_id);
        self.artifact_id = resolve(&raw.artifact_id);
        self.packaging = resolve(&raw.packaging);
        self.final_name = raw.final_name.as_ref().map(resolve);
        self
    }

    /// Puts properties in; none when one is not known or they are too many, as in a circle.
    fn substitute(&self, text: &str, budget: &mut usize) -> Option<String> {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (key, after) = after.split_once('}')?;
            *budget = budget.checked_sub(1)?;
            out.push_str(before);
            out.push_str(&self.substitute(self.property(key)?, budget)?);
            rest = after;
        }
        Some(out + rest)
    }

    fn property(&self, key: &str) -> Option<&str> {
        let parent = self.parent.as_ref();
        match key.strip_prefix("project.").or_else(|| key.strip_prefix("pom.")) {
            Some("version") => self.version.as_deref(),
            Some("artifactId") => self.artifact_id.as_deref(),
            Some("groupId") => self.group_id.as_deref(),
            Some("packaging") => self.packaging.as_deref(),
            Some("parent.version") => parent.map(|parent| parent.version.as_str()),
            Some("parent.artifactId") => parent.map(|parent| parent.artifact_id.as_str()),
            Some("parent.groupId") => parent.map(|parent| parent.group_id.as_str()),
            _ => self.properties.get(key).map(String::as_str),
        }
    }

    /// Takes over what a child inherits.
    fn inherit(&mut self, parent: Pom) {
        for (key, value) in parent.properties {
            self.properties.entry(key).or_insert(value);
        }
        self.final_name = self.final_name.take().or(parent.final_name);
        for plugin in parent.plugins {
            if !self.plugins.contains(&plugin) {
                self.plugins.push(plugin);
            }
        }
        self.parent_unread = parent.parent_unread;
    }
}

/// The file and its parents, with values as written.
fn read_raw(context: &dyn BuildContext, path: &str, budget: usize) -> Result<Pom, Unavailable> {
    let mut pom = parse_raw(&context.text(path)?)?;
    let Some(parent) = pom.parent.clone().filter(|parent| !parent.relative_path.is_empty()) else { return Ok(pom) };
    let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
    let Some(mut place) = clean_inside(&join(directory, &parent.relative_path)) else { return Ok(pom) };
    if context.entry(&place) == Entry::Directory {
        place = join(&place, FILE);
    }
    let budget = budget.checked_sub(1).ok_or_else(|| unknown(path, "the parents go in circles"))?;
    match read_raw(context, &place, budget) {
        Ok(found) if found.artifact_id.as_ref() == Some(&parent.artifact_id) => pom.inherit(found),
        Ok(_) | Err(Unavailable::Absent) => {}
        Err(error) => return Err(error),
    }
    Ok(pom)
}

fn parse_raw(text: &str) -> Result<Pom, Unavailable> {
    let project = parse_xml(text)?;
    if project.name != "project" {
        return Err(unknown(FILE, "the root element is not `project`"));
    }
    let parent = project.child("parent").map(|parent| PomParent {
        group_id: parent.text_of("groupId").unwrap_or_default(),
        artifact_id: parent.text_of("artifactId").unwrap_or_default(),
        version: parent.text_of("version").unwrap_or_default(),
        relative_path: parent.text_of("relativePath").unwrap_or_else(|| format!("../{FILE}")),
    });
    let build = project.child("build");
    let plugins = build.and_then(|build| build.child("plugins"));
    let properties = project.child("properties");
    Ok(Pom {
        group_id: project.text_of("groupId").or_else(|| Some(parent.as_ref()?.group_id.clone())),
        artifact_id: project.text_of("artifactId"),
        version: project.text_of("version").or_else(|| Some(parent.as_ref()?.version.clone())),
        packaging: project.text_of("packaging").or_else(|| Some("jar".to_owned())),
        final_name: build.and_then(|build| build.text_of("finalName")).map(Some),
        parent_unread: parent.is_some(),
        parent,
        modules: project.child("modules").map(|m| m.children.iter().map(Element::text).collect()).unwrap_or_default(),
        plugins: plugins
            .iter()
            .flat_map(|plugins| &plugins.children)
            .filter_map(|plugin| {
                Some(PomPlugin { group_id: plugin.text_of("groupId"), artifact_id: plugin.text_of("artifactId")? })
            })
            .collect(),
        properties: properties
            .iter()
            .flat_map(|properties| &properties.children)
            .map(|property| (property.name.clone(), property.text()))
            .collect(),
    })
}

#[derive(Debug, Default)]
struct Element {
    name: String,
    content: String,
    children: Vec<Element>,
}

impl Element {
    fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    fn text(&self) -> String {
        self.content.trim().to_owned()
    }

    fn text_of(&self, child: &str) -> Option<String> {
        self.child(child).map(Element::text)
    }
}

/// The root element. References to entities other than those of XML itself are an error.
fn parse_xml(text: &str) -> Result<Element, Unavailable> {
    let mut reader = Reader::from_str(text);
    let mut open = vec![Element::default()];
    loop {
        let event = reader.read_event().map_err(|error| unknown(FILE, error))?;
        let Some(current) = open.last_mut() else { return Err(unknown(FILE, "an element too many ends")) };
        match event {
            Event::Start(start) => {
                if open.len() > MAX_DEPTH {
                    return Err(unknown(FILE, "its elements lie too deep in each other"));
                }
                open.push(Element { name: start.local_name().as_ref().to_owned(), ..Element::default() });
            }
            Event::Empty(start) => {
                current.children.push(Element { name: start.local_name().as_ref().to_owned(), ..Element::default() });
            }
            Event::End(_) => {
                if let (Some(done), Some(parent)) = (open.pop(), open.last_mut()) {
                    parent.children.push(done);
                }
            }
            Event::Text(text) => current.content.push_str(&text.xml10_content()),
            Event::CData(text) => current.content.push_str(&text),
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().map_err(|error| unknown(FILE, error))?;
                current.content.push(
                    character
                        .or_else(|| predefined(&reference))
                        .ok_or_else(|| unknown(FILE, format!("the entity `{}`", reference.as_ref() as &str)))?,
                );
            }
            Event::Eof => break,
            _ => {}
        }
    }
    let (Some(document), true) = (open.pop(), open.is_empty()) else {
        return Err(unknown(FILE, "an element does not end"));
    };
    document.children.into_iter().next().ok_or_else(|| unknown(FILE, "it is empty"))
}

fn predefined(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::MemoryContext;
    use super::*;

    const PARENT: &str = "<project><groupId>org.shop</groupId><artifactId>shop</artifactId><version>2.0</version>
        <packaging>pom</packaging><modules><module>api</module><module>web</module></modules>
        <properties><jar.suffix>exec</jar.suffix></properties>
        <build><plugins><plugin><artifactId>maven-enforcer-plugin</artifactId></plugin></plugins></build></project>";
    const CHILD: &str = "<?xml version=\"1.0\"?><!-- api -->
        <project xmlns=\"urn:pom\">
        <parent><groupId>org.shop</groupId><artifactId>shop</artifactId><version>2.0</version></parent>
        <artifactId>api</artifactId>
        <build><finalName>${project.artifactId}-${jar.suffix}</finalName><plugins>
        <plugin><groupId>org.springframework.boot</groupId><artifactId>spring-boot-maven-plugin</artifactId></plugin>
        </plugins></build></project>";

    #[test]
    fn a_child_inherits_from_a_parent_in_the_context() {
        let context = MemoryContext::new([("pom.xml", PARENT), ("api/pom.xml", CHILD)]);
        let pom = Pom::read(&context, "api").expect("reads");
        assert_eq!(pom.version.as_deref(), Some("2.0"));
        assert_eq!(pom.final_name, Some(Some("api-exec".to_owned())));
        assert_eq!(pom.artifact_file().as_deref(), Some("api-exec.jar"));
        let plugins: Vec<_> = pom.plugins.iter().map(|plugin| plugin.artifact_id.as_str()).collect();
        assert_eq!(plugins, ["spring-boot-maven-plugin", "maven-enforcer-plugin"]);
        assert!(!pom.parent_unread);
        let root = Pom::read(&context, "").expect("reads");
        assert_eq!((root.modules, root.packaging.as_deref()), (vec!["api".to_owned(), "web".to_owned()], Some("pom")));
    }

    #[test]
    fn what_is_inherited_from_elsewhere_is_unknown() {
        let alone = Pom::parse(CHILD).expect("parses");
        assert!(alone.parent_unread);
        assert_eq!(alone.final_name, Some(None));
        assert_eq!(alone.artifact_file(), None);
        let stranger =
            MemoryContext::new([("pom.xml", PARENT.replace(">shop<", ">other<")), ("api/pom.xml", CHILD.to_owned())]);
        assert!(Pom::read(&stranger, "api").expect("reads").parent_unread);
        assert!(Pom::read(&MemoryContext::new([("pom.xml", CHILD)]), "").expect("reads").parent_unread);
    }

    #[test]
    fn names_of_artifacts() {
        let file = |inside: &str| {
            let text = format!("<project><artifactId>a</artifactId>{inside}</project>");
            Pom::parse(&text).expect("parses").artifact_file()
        };
        assert_eq!(file("<version>1</version>").as_deref(), Some("a-1.jar"));
        assert_eq!(file("<version>1</version><packaging>war</packaging>").as_deref(), Some("a-1.war"));
        assert_eq!(file("<version>1</version><packaging>pom</packaging>"), None);
        assert_eq!(file("<version>${revision}</version>"), None);
        assert_eq!(file("<version>${v}</version><properties><v>${v}</v></properties>"), None);
        let doubling: String = (0..90).map(|i| format!("<p{i}>${{p{0}}}${{p{0}}}</p{i}>", i + 1)).collect();
        assert_eq!(file(&format!("<version>${{p0}}</version><properties>{doubling}<p90/></properties>")), None);
        let nested = "<version>${a}.&#49;</version><properties><a>${b}</a><b>1&amp;2</b></properties>";
        assert_eq!(file(nested).as_deref(), Some("a-1&2.1.jar"));
    }

    #[test]
    fn faults_are_unknown() {
        let deep = "<a>".repeat(100_000);
        for text in
            ["", "<html/>", "<project>", "<project></other>", "<project>&x;</project>", "</project>", deep.as_str()]
        {
            assert!(matches!(Pom::parse(text), Err(Unavailable::Unknown(_))), "{}", &text[..text.len().min(40)]);
        }
        let circle = "<project><artifactId>a</artifactId><parent><artifactId>a</artifactId>\
            <relativePath>pom.xml</relativePath></parent></project>";
        assert!(matches!(Pom::read(&MemoryContext::new([("pom.xml", circle)]), ""), Err(Unavailable::Unknown(_))));
    }
}
