//! What packages bring along, from the package indexes of releases: `heuristics/data/brings.txt`.

use super::super::lines::fields_of;
use super::super::releases;
use super::Release;

static TEXT: &str = include_str!("../../../heuristics/data/brings.txt");

/// A package that comes along with another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Brought {
    pub(super) name: &'static str,
    /// Only by recommendation.
    pub(super) recommended: bool,
}

/// What a package brings on a release.
pub(super) fn of(release: &Release, name: &str) -> impl Iterator<Item = Brought> {
    let place = place_of(release);
    let row = if place.is_some() { fields_of(TEXT, name) } else { None };
    row.into_iter().flat_map(|row| row.split(' ')).filter_map(move |word| {
        let (word, places) = word.split_once('@').map_or((word, None), |(word, places)| (word, Some(places)));
        let here = |places: &str| places.bytes().any(|digit| Some(usize::from(digit - b'0')) == place);
        let (name, recommended) = word.strip_suffix('?').map_or((word, false), |name| (name, true));
        places.is_none_or(here).then_some(Brought { name, recommended })
    })
}

/// The place in the head of the table of a release, or of the newest before it; for older ones that of the oldest.
fn place_of(release: &Release) -> Option<usize> {
    let listed: Vec<&str> = fields_of(TEXT, "#")?.split(' ').collect();
    let known = releases::known_releases().iter().filter(|known| known.distribution == release.distribution);
    let known: Vec<&str> = known.map(|known| known.release.as_str()).collect();
    let until = known.iter().position(|known| *known == release.release).unwrap_or(known.len().checked_sub(1)?);
    let place = |name: &&str| listed.iter().position(|listed| listed == name);
    let before = known.get(..=until)?.iter().rev().find_map(place);
    before.or_else(|| known.iter().find_map(place))
}

#[cfg(test)]
mod tests {
    use super::super::super::lines::is_sorted;
    use super::*;

    fn names(distribution: &str, release: &str, name: &str) -> Vec<&'static str> {
        let release = Release { distribution: distribution.to_owned(), release: release.to_owned() };
        of(&release, name).filter(|other| !other.recommended).map(|other| other.name).collect()
    }

    #[test]
    fn releases_differ() {
        assert!(names("ubuntu", "20.04", "cmake").contains(&"tzdata"));
        assert!(!names("ubuntu", "22.04", "cmake").contains(&"tzdata"));
        assert!(names("debian", "bookworm", "libtool").contains(&"file"));
    }

    #[test]
    fn others_are_taken_for_the_one_before() {
        assert_eq!(names("ubuntu", "18.04", "cmake"), names("ubuntu", "20.04", "cmake"));
        assert_eq!(names("ubuntu", "23.10", "cmake"), names("ubuntu", "22.04", "cmake"));
        assert_eq!(names("debian", "sid", "libtool"), names("debian", "trixie", "libtool"));
        assert!(names("alpine", "3.20", "cmake").is_empty(), "no index of it was read");
    }

    #[test]
    fn the_table_is_sorted_and_its_places_are_listed() {
        assert!(is_sorted(TEXT));
        let listed = fields_of(TEXT, "#").map_or(0, |head| head.split(' ').count());
        let words = TEXT.lines().skip(1).filter_map(|line| line.split_once('\t')).flat_map(|(_, row)| row.split(' '));
        let places = words.filter_map(|word| word.split_once('@')).flat_map(|(_, places)| places.bytes());
        assert!(listed > 5 && places.clone().all(|digit| digit.is_ascii_digit() && usize::from(digit - b'0') < listed));
    }
}
