//! Rows to groups that are handed out together, and the words that go with a group.

use super::Row;
use crate::review::visible;

/// What makes a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// The folder of the Dockerfile.
    Directory,
    /// Who has to agree.
    Owner,
    /// The language.
    Ecosystem,
}

/// The group of a row: the one that people wrote, else by what is asked for, else one for all.
pub fn group_of(row: &Row, grouping: Option<Grouping>) -> String {
    if let Some(group) = &row.group {
        return group.clone();
    }
    match grouping {
        None => "all".to_owned(),
        Some(Grouping::Directory) => {
            let folder = row.path.iter().rposition(|b| *b == b'/').map(|end| &row.path[..end]);
            folder.map_or_else(|| "top".to_owned(), |folder| String::from_utf8_lossy(folder).into_owned())
        }
        Some(Grouping::Owner) => {
            let owners = row.owners().join(" ");
            if owners.is_empty() { "unowned".to_owned() } else { owners }
        }
        Some(Grouping::Ecosystem) => {
            let known = row.answer.as_ref().and_then(|answer| answer.ecosystem.clone());
            known.unwrap_or_else(|| "other".to_owned())
        }
    }
}

/// A group's name as a part of file and branch names: lower case letters, digits and single dashes.
pub fn slug(group: &str) -> String {
    const LONGEST: usize = 60;
    let mut slug = String::new();
    for c in group.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
        if slug.len() >= LONGEST {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "group".to_owned() } else { slug.to_owned() }
}

/// The message of the commit that converts these rows; the first line says what is done, by names where they are few.
pub fn commit_message(rows: &[Row], version: &str) -> String {
    let name = |row: &Row| visible(&String::from_utf8_lossy(&row.path));
    let saved = |row: &Row| row.answer.as_ref().and_then(|answer| answer.saved_mb).unwrap_or_default();
    let title = match rows {
        [one] if name(one).len() <= 48 => format!("Build {} in two stages", name(one)),
        [_] => "Build an image in two stages".to_owned(),
        several => format!("Build {} images in two stages", several.len()),
    };
    let total: u64 = rows.iter().map(|row| u64::from(saved(row))).sum();
    let mut text = format!("{title}\n\nBy estimate {total} MB leave the images; what runs in them stays.\n\n");
    for row in rows {
        text += &format!("- {}: about {} MB\n", name(row), saved(row));
    }
    text + &format!("\nConverted by msb {version}.\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign::Answer;
    use crate::review::Verdict;

    fn row(path: &str, owners: &[&str]) -> Row {
        let answer = Answer {
            owners: owners.iter().map(|owner| (*owner).to_owned()).collect(),
            saved_mb: Some(700),
            ..Answer::new(Verdict::Safe)
        };
        Row { answer: Some(answer), ..Row::new(path.as_bytes().to_vec()) }
    }

    #[test]
    fn people_decide_before_anything_else() {
        let api = row("services/api/Dockerfile", &["@org/api", "@org/all"]);
        let group = |grouping| group_of(&api, grouping);
        assert_eq!(group(None), "all");
        assert_eq!(group(Some(Grouping::Directory)), "services/api");
        assert_eq!(group(Some(Grouping::Owner)), "@org/api @org/all");
        assert_eq!(group(Some(Grouping::Ecosystem)), "other");
        let mine = Row { owners: Some(vec!["@me".to_owned()]), ..api.clone() };
        assert_eq!(group_of(&mine, Some(Grouping::Owner)), "@me");
        let wave = Row { group: Some("first wave".to_owned()), ..mine };
        assert_eq!(group_of(&wave, Some(Grouping::Owner)), "first wave");
        assert_eq!(group_of(&row("Dockerfile", &[]), Some(Grouping::Directory)), "top");
        assert_eq!(group_of(&row("Dockerfile", &[]), Some(Grouping::Owner)), "unowned");
    }

    #[test]
    fn a_slug_is_a_name_everywhere() {
        let cases = [
            ("@org/api @org/all", "org-api-org-all"),
            ("../..", "group"),
            ("Ä b", "b"),
            ("a\n<b>", "a-b"),
            ("", "group"),
        ];
        for (name, expected) in cases {
            assert_eq!(slug(name), expected, "{name}");
        }
        assert_eq!(slug(&"x".repeat(200)).len(), 60);
    }

    #[test]
    fn a_message_names_what_is_done() {
        let (api, web) = (row("api/Dockerfile", &[]), row("web\n/Dockerfile", &[]));
        let one = commit_message(std::slice::from_ref(&api), "1.0");
        assert!(one.starts_with("Build api/Dockerfile in two stages\n\nBy estimate 700 MB"), "{one}");
        let both = commit_message(&[api, web], "1.0");
        assert!(both.starts_with("Build 2 images in two stages\n\nBy estimate 1400 MB"), "{both}");
        assert!(both.contains("- web\\n/Dockerfile: about 700 MB\n"), "{both}");
    }
}
