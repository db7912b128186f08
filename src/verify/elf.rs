//! What a loader needs to know of an ELF file: its interpreter, the libraries it needs and where it looks for them,
//! the symbol versions it needs and those it offers. Read from the bytes alone; nothing is run.

use object::elf;
use object::endian::Endianness;
use object::read::elf::{Dyn, FileHeader, ProgramHeader};
use std::collections::BTreeSet;

/// A dynamically linked program or a shared library.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Elf {
    /// 64 bit and the machine's number: only files of the same kind can be loaded together.
    pub(super) kind: (bool, u16),
    /// The loader, for programs.
    pub(super) interpreter: Option<String>,
    pub(super) needed: Vec<String>,
    pub(super) soname: Option<String>,
    pub(super) rpath: Vec<String>,
    pub(super) runpath: Vec<String>,
    /// Library and symbol version, weak ones left out.
    pub(super) versions_needed: Vec<(String, String)>,
    pub(super) versions: BTreeSet<String>,
}

/// Reads an ELF file; `None` for static programs, object files and anything that is not understood.
pub(super) fn parse(data: &[u8]) -> Option<Elf> {
    match data.get(..5)? {
        [0x7f, b'E', b'L', b'F', 1] => read::<elf::FileHeader32<Endianness>>(data),
        [0x7f, b'E', b'L', b'F', 2] => read::<elf::FileHeader64<Endianness>>(data),
        _ => None,
    }
}

fn read<F: FileHeader<Endian = Endianness>>(data: &[u8]) -> Option<Elf> {
    let header = F::parse(data).ok()?;
    let endian = header.endian().ok()?;
    if ![elf::ET_EXEC, elf::ET_DYN].contains(&header.e_type(endian)) {
        return None;
    }
    let segments = header.program_headers(endian, data).ok()?;
    let mut found = Elf { kind: (header.is_type_64(), header.e_machine(endian).0), ..Elf::default() };
    let mut dynamic = None;
    for segment in segments {
        if let Ok(Some(interpreter)) = segment.interpreter(endian, data) {
            found.interpreter = Some(text(interpreter));
        }
        if let Ok(Some(entries)) = segment.dynamic(endian, data) {
            dynamic = Some(entries);
        }
    }
    let entries: Vec<(i64, u64)> = dynamic?
        .iter()
        .map(|d| (d.d_tag(endian).0, d.d_val(endian).into()))
        .take_while(|(tag, _)| *tag != elf::DT_NULL.0)
        .collect();
    // Addresses, not offsets, as the loader has them: section headers may have been stripped.
    let at = |tag: elf::DynamicTag| {
        let address = entries.iter().find(|(t, _)| *t == tag.0)?.1;
        let segment = segments.iter().filter(|s| s.p_type(endian) == elf::PT_LOAD).find(|s| {
            let start = s.p_vaddr(endian).into();
            (start..start.saturating_add(s.p_filesz(endian).into())).contains(&address)
        })?;
        let offset = segment.p_offset(endian).into().checked_add(address - segment.p_vaddr(endian).into())?;
        data.get(usize::try_from(offset).ok()?..)
    };
    let strings = at(elf::DT_STRTAB)?;
    let string = |index: u64| {
        let rest = strings.get(usize::try_from(index).ok()?..)?;
        Some(text(&rest[..rest.iter().position(|b| *b == 0)?]))
    };
    for &(tag, value) in &entries {
        let tag = elf::DynamicTag(tag);
        if ![elf::DT_NEEDED, elf::DT_SONAME, elf::DT_RPATH, elf::DT_RUNPATH].contains(&tag) {
            continue;
        }
        let Some(value) = string(value) else { continue };
        let paths = || value.split(':').filter(|p| !p.is_empty()).map(str::to_owned);
        match tag {
            elf::DT_NEEDED => found.needed.push(value),
            elf::DT_SONAME => found.soname = Some(value),
            elf::DT_RPATH => found.rpath.extend(paths()),
            _ => found.runpath.extend(paths()),
        }
    }
    let words = Words { little: endian == Endianness::Little };
    if let Some(table) = at(elf::DT_VERNEED) {
        for (library, version) in words.needed(table).unwrap_or_default() {
            found.versions_needed.extend(string(library.into()).zip(string(version.into())));
        }
    }
    if let Some(table) = at(elf::DT_VERDEF) {
        found.versions.extend(words.defined(table).unwrap_or_default().into_iter().filter_map(|v| string(v.into())));
    }
    Some(found)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The version tables, which are alike in both classes. Offsets in them are relative to the entry; a chain that does
/// not advance ends the reading.
struct Words {
    little: bool,
}

impl Words {
    fn half(&self, table: &[u8], at: usize) -> Option<u16> {
        let bytes = table.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self.little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    }

    fn word(&self, table: &[u8], at: usize) -> Option<u32> {
        let bytes = table.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if self.little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    /// `Verneed`: version u16, count u16, file u32, aux u32, next u32; `Vernaux`: hash u32, flags u16, other u16,
    /// name u32, next u32. Gives string table indexes of file and version.
    fn needed(&self, table: &[u8]) -> Option<Vec<(u32, u32)>> {
        const WEAK: u16 = 2;
        let mut found = Vec::new();
        let mut at = 0usize;
        loop {
            let file = self.word(table, at + 4)?;
            let mut aux = at.checked_add(self.word(table, at + 8)? as usize)?;
            for _ in 0..self.half(table, at + 2)? {
                if self.half(table, aux + 4)? & WEAK == 0 {
                    found.push((file, self.word(table, aux + 8)?));
                }
                match self.word(table, aux + 12)? {
                    0 => break,
                    next => aux = aux.checked_add(next as usize)?,
                }
            }
            match self.word(table, at + 12)? {
                0 => return Some(found),
                next => at = at.checked_add(next as usize)?,
            }
        }
    }

    /// `Verdef`: version u16, flags u16, index u16, count u16, hash u32, aux u32, next u32; `Verdaux`: name u32, next
    /// u32. The first name of each entry is the version, the others are what it follows.
    fn defined(&self, table: &[u8]) -> Option<Vec<u32>> {
        let mut found = Vec::new();
        let mut at = 0usize;
        loop {
            let aux = at.checked_add(self.word(table, at + 12)? as usize)?;
            found.push(self.word(table, aux)?);
            match self.word(table, at + 16)? {
                0 => return Some(found),
                next => at = at.checked_add(next as usize)?,
            }
        }
    }
}

#[cfg(test)]
pub(super) mod build {
    //! Small ELF files for tests.

    use object::elf;

    /// What the file should say.
    #[derive(Clone, Copy, Default)]
    pub(in crate::verify) struct Spec<'a> {
        pub(in crate::verify) interpreter: Option<&'a str>,
        pub(in crate::verify) needed: &'a [&'a str],
        pub(in crate::verify) soname: Option<&'a str>,
        pub(in crate::verify) rpath: Option<&'a str>,
        pub(in crate::verify) runpath: Option<&'a str>,
        pub(in crate::verify) versions_needed: &'a [(&'a str, &'a str)],
        pub(in crate::verify) versions: &'a [&'a str],
    }

    #[derive(Default)]
    struct Bytes(Vec<u8>);

    impl Bytes {
        fn half(&mut self, values: &[u16]) {
            self.0.extend(values.iter().flat_map(|v| v.to_le_bytes()));
        }
        fn word(&mut self, values: &[u32]) {
            self.0.extend(values.iter().flat_map(|v| v.to_le_bytes()));
        }
        fn long(&mut self, values: &[u64]) {
            self.0.extend(values.iter().flat_map(|v| v.to_le_bytes()));
        }
        /// Appends a string with its end and gives its place.
        fn string(&mut self, text: &str) -> u64 {
            let at = self.0.len() as u64;
            self.0.extend(text.as_bytes());
            self.0.push(0);
            at
        }
    }

    /// A 64-bit little-endian file for x86-64 without sections, loaded at address 0.
    pub(in crate::verify) fn elf(spec: &Spec) -> Vec<u8> {
        const HEADERS: u64 = 64 + 3 * 56;
        let mut strings = Bytes(vec![0]);
        let mut tags: Vec<(i64, u64)> = Vec::new();
        tags.extend(spec.needed.iter().map(|n| (elf::DT_NEEDED.0, strings.string(n))));
        for (tag, value) in
            [(elf::DT_SONAME, spec.soname), (elf::DT_RPATH, spec.rpath), (elf::DT_RUNPATH, spec.runpath)]
        {
            tags.extend(value.map(|v| (tag.0, strings.string(v))));
        }
        let mut needs = Bytes::default();
        for (i, (file, version)) in spec.versions_needed.iter().enumerate() {
            let next = if i + 1 == spec.versions_needed.len() { 0 } else { 32 };
            needs.half(&[1, 1]);
            needs.word(&[strings.string(file) as u32, 16, next]);
            needs.word(&[0]);
            needs.half(&[0, 2]);
            needs.word(&[strings.string(version) as u32, 0]);
        }
        let mut defines = Bytes::default();
        for (i, version) in spec.versions.iter().enumerate() {
            let next = if i + 1 == spec.versions.len() { 0 } else { 28 };
            defines.half(&[1, 0, i as u16 + 1, 1]);
            defines.word(&[0, 20, next, strings.string(version) as u32, 0]);
        }
        let mut body = Bytes::default();
        let interpreter_size = spec.interpreter.map_or(0, |i| i.len() as u64 + 1);
        if let Some(interpreter) = spec.interpreter {
            body.string(interpreter);
        }
        for (tag, table) in [(elf::DT_STRTAB, strings), (elf::DT_VERNEED, needs), (elf::DT_VERDEF, defines)] {
            if !table.0.is_empty() {
                tags.push((tag.0, HEADERS + body.0.len() as u64));
                body.0.extend(table.0);
            }
        }
        tags.push((0, 0));
        while body.0.len() % 8 != 0 {
            body.0.push(0);
        }
        let dynamic_at = HEADERS + body.0.len() as u64;
        for (tag, value) in &tags {
            body.long(&[*tag as u64, *value]);
        }

        let mut file = Bytes(b"\x7fELF\x02\x01\x01".to_vec());
        file.0.resize(16, 0);
        file.half(&[elf::ET_DYN.0, elf::EM_X86_64.0]);
        file.word(&[1]);
        file.long(&[0, 64, 0]);
        file.word(&[0]);
        file.half(&[64, 56, 3, 0, 0, 0]);
        let interpreter = if spec.interpreter.is_some() { elf::PT_INTERP } else { elf::PT_NULL };
        let end = HEADERS + body.0.len() as u64;
        for (kind, at, size) in [
            (elf::PT_LOAD, 0, end),
            (elf::PT_DYNAMIC, dynamic_at, 16 * tags.len() as u64),
            (interpreter, HEADERS, interpreter_size),
        ] {
            file.word(&[kind.0, 4]);
            file.long(&[at, at, at, size, size, 1]);
        }
        file.0.extend(body.0);
        file.0
    }
}

#[cfg(test)]
mod tests {
    use super::build::{Spec, elf};
    use super::*;

    #[test]
    fn everything_a_loader_asks_for() {
        let data = elf(&Spec {
            interpreter: Some("/lib64/ld-linux-x86-64.so.2"),
            needed: &["libpq.so.5", "libc.so.6"],
            soname: Some("libx.so.1"),
            rpath: Some("/opt/a:$ORIGIN/../lib"),
            runpath: Some("/opt/b"),
            versions_needed: &[("libc.so.6", "GLIBC_2.34"), ("libpq.so.5", "PQ_1")],
            versions: &["LIBX_1", "LIBX_2"],
        });
        let found = parse(&data).unwrap();
        assert_eq!(found.kind, (true, 62));
        assert_eq!(found.interpreter.as_deref(), Some("/lib64/ld-linux-x86-64.so.2"));
        assert_eq!(found.needed, ["libpq.so.5", "libc.so.6"]);
        assert_eq!(found.soname.as_deref(), Some("libx.so.1"));
        assert_eq!(found.rpath, ["/opt/a", "$ORIGIN/../lib"]);
        assert_eq!(found.runpath, ["/opt/b"]);
        let needed: Vec<_> = found.versions_needed.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(needed, [("libc.so.6", "GLIBC_2.34"), ("libpq.so.5", "PQ_1")]);
        assert_eq!(found.versions.iter().collect::<Vec<_>>(), ["LIBX_1", "LIBX_2"]);
    }

    #[test]
    fn nothing_but_elf_and_no_panic_on_broken_files() {
        assert_eq!(parse(b"#!/bin/sh\n"), None);
        assert_eq!(parse(b"\x7fELF"), None);
        let data = elf(&Spec {
            interpreter: Some("/lib/ld.so"),
            needed: &["liba.so"],
            versions_needed: &[("liba.so", "A_1")],
            versions: &["B_1"],
            ..Spec::default()
        });
        for cut in 0..data.len() {
            parse(&data[..cut]);
        }
        for at in 0..data.len() {
            let mut broken = data.clone();
            broken[at] ^= 0xff;
            parse(&broken);
        }
    }
}
