//! Counterparts of references that are written with variables (`python:${VERSION}-bullseye`).

use super::families::family_of;
use super::runtime::counterpart;
use super::{ImageFacts, ImageRef, in_the_same_place, legacy_name, table};
use std::collections::BTreeMap;

/// The counterpart of `written`, spelled with the same variables; `expanded` is what it means with their defaults and
/// `facts` what is known of that. `None` when there is no counterpart, or when it depends on a variable in a way that
/// the text cannot express.
pub fn runtime_text(written: &str, expanded: &ImageRef, facts: &ImageFacts) -> Option<String> {
    let runtime = facts.runtime.as_deref()?;
    if !written.contains('$') {
        return Some(runtime.to_owned());
    }
    let known = legacy_name(expanded.normalised());
    let none = BTreeMap::new();
    let aliases = family_of(&known.name()).map_or(&none, |f| &f.aliases);
    let tag = known.tag.as_deref().unwrap_or("latest");
    let found = table::find(&known.name(), tag, aliases)?;
    let target = counterpart(&known, &found.row, &facts.releases)?;
    let atoms = atoms(written, &expanded.to_string())?;
    if known.tag.is_some() && !atoms.iter().any(|a| a.in_tag) {
        return None;
    }
    let in_tag = |atom: &&Atom| atom.in_tag && atom.is_variable();
    if target.derived && atoms.iter().any(|a| in_tag(&a)) {
        return None;
    }
    debug_assert!(
        runtime.ends_with(&target.reference) || in_the_same_place(expanded, &known, &target.reference) == runtime
    );
    let same_repository = ImageRef::parse(&target.reference)?.name() == known.name();
    respell(runtime, &atoms, same_repository)
}

/// A piece of a reference between separators: what it means and how it is written.
#[derive(Clone, Debug)]
struct Atom {
    value: String,
    written: String,
    in_tag: bool,
}

impl Atom {
    fn is_variable(&self) -> bool {
        self.written.contains('$')
    }
}

fn is_separator(c: char) -> bool {
    matches!(c, '-' | ':' | '/')
}

/// Splits `written` at its separators outside variables and finds what each piece means in `expanded`; `None` when the
/// pieces cannot be told apart.
fn atoms(written: &str, expanded: &str) -> Option<Vec<Atom>> {
    let mut pieces: Vec<(String, Option<char>)> = Vec::new();
    let mut current = String::new();
    let mut depth = 0;
    for c in written.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 && is_separator(c) {
            pieces.push((std::mem::take(&mut current), Some(c)));
        } else {
            current.push(c);
        }
    }
    pieces.push((current, None));

    let mut rest = expanded;
    let mut in_tag = false;
    let mut atoms = Vec::new();
    let count = pieces.len();
    for (number, (written, separator)) in pieces.iter().enumerate() {
        // What follows literally tells where a variable's value ends.
        let end = if number + 1 == count {
            rest.len()
        } else if written.contains('$') {
            let following = tail(&pieces[number..]);
            if following.contains('$') { rest.find(separator.as_ref().copied()?)? } else { rest.rfind(&following)? }
        } else {
            written.len()
        };
        let value = rest.get(..end)?;
        if !written.contains('$') && value != written {
            return None;
        }
        atoms.push(Atom { value: value.to_owned(), written: written.clone(), in_tag });
        rest = rest.get(end..)?;
        if let Some(separator) = separator {
            rest = rest.strip_prefix(*separator)?;
            in_tag |= *separator == ':';
        }
    }
    Some(atoms)
}

/// What stands behind the first of `pieces`.
fn tail(pieces: &[(String, Option<char>)]) -> String {
    let mut text = String::new();
    for (number, (piece, separator)) in pieces.iter().enumerate() {
        if number > 0 {
            text.push_str(piece);
        }
        text.extend(separator);
    }
    text
}

/// Writes `runtime` with the variables of `atoms` in the places of their values. A variable that finds no place must have
/// nothing to do with the result: it stands in the tag of another repository's image, and no number of the result is
/// unexplained.
fn respell(runtime: &str, atoms: &[Atom], same_repository: bool) -> Option<String> {
    let mut out = String::new();
    let mut used = vec![false; atoms.len()];
    let mut rest = runtime;
    while !rest.is_empty() {
        let end = rest.find(is_separator).unwrap_or(rest.len());
        let piece = rest.get(..end)?;
        let taken = if let Some(number) = atom_at(rest, atoms, &used) {
            used[number] = true;
            out.push_str(&atoms[number].written);
            atoms[number].value.len()
        } else if let Some((number, written)) =
            atoms.iter().enumerate().find_map(|(i, a)| Some((i, suffix_written(a, piece)?)))
        {
            used[number] = true;
            out.push_str(&written);
            end
        } else {
            let inside = |a: &Atom| a.is_variable() && a.value.split('-').any(|v| v == piece);
            if piece.starts_with(|c: char| c.is_ascii_digit()) || atoms.iter().any(inside) {
                return None;
            }
            out.push_str(piece);
            end
        };
        rest = rest.get(taken..)?;
        if let Some(separator) = rest.chars().next() {
            out.push(separator);
            rest = rest.get(separator.len_utf8()..)?;
        }
    }
    let left_out = |(atom, used): (&Atom, &bool)| {
        atom.is_variable() && !used && !atom.value.is_empty() && (same_repository || !atom.in_tag)
    };
    if atoms.iter().zip(&used).any(left_out) { None } else { Some(out) }
}

/// The first unused atom whose value begins `rest` as whole pieces.
fn atom_at(rest: &str, atoms: &[Atom], used: &[bool]) -> Option<usize> {
    let fits = |atom: &Atom| {
        let after = rest.strip_prefix(atom.value.as_str());
        !atom.value.is_empty() && after.is_some_and(|a| a.is_empty() || a.starts_with(is_separator))
    };
    atoms.iter().zip(used).position(|(atom, used)| !used && fits(atom))
}

/// `alpine3.19` written as `alpine${A}` gives `${A}` for `3.19`.
fn suffix_written(atom: &Atom, piece: &str) -> Option<String> {
    if !atom.is_variable() || piece.is_empty() {
        return None;
    }
    let front = atom.value.strip_suffix(piece).filter(|f| !f.is_empty())?;
    atom.written.strip_prefix(front).map(str::to_owned)
}
