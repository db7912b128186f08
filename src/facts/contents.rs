//! STUB
#![allow(missing_docs)]
use super::images::ImageRef;
#[derive(Clone, Debug, Default)]
pub struct BaseContents { pub commands: std::collections::BTreeSet<String>, pub packages: std::collections::BTreeSet<String>, pub shells: Vec<String>, pub ca_certificates: bool, pub tzdata: bool, pub users: Vec<(String,u32)>, pub complete: bool }
pub fn provides(r: &ImageRef) -> BaseContents {
    let t=r.to_string(); let mut c=BaseContents::default();
    let mut add=|l:&str| c.commands.extend(l.split(' ').map(str::to_owned));
    add("sh bash ls cat cp mv rm mkdir chmod chown tail sleep grep sed awk tar gzip env perl apt-get");
    if t.starts_with("python") { add("python python3 pip"); }
    if t.starts_with("node") { add("node npm npx yarn"); }
    if t.contains("java")||t.contains("maven")||t.contains("temurin") { add("java"); if !t.contains("jre") {add("javac jar mvn");} }
    if !t.contains("slim") && !t.contains("jre") && !t.starts_with("debian") { add("curl wget git gcc make ps ssh unzip file"); c.ca_certificates=true; }
    if t.starts_with("rust") { add("cargo rustc gcc"); } if t.starts_with("golang") { add("go"); }
    if t.starts_with("python") || t.contains("temurin") { c.ca_certificates=true; }
    c.tzdata=true; c }
pub struct LibraryNeed;
impl LibraryNeed { pub fn usually_from_source(&self) -> bool { false } pub fn always(&self) -> bool { false } pub fn packages_for(&self, _: &[super::images::Release]) -> Vec<String> { vec![] } }
pub fn library_needs(_: &str, _: &str) -> Option<&'static LibraryNeed> { None }
