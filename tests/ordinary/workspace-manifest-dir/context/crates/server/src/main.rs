use prost::Message;
use std::path::Path;
mod pb { include!(concat!(env!("OUT_DIR"), "/entry.rs")); }
fn main() {
    let repos = std::env::args().nth(2).unwrap_or("/repos".into());
    let emoji = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/emoji.tsv")).expect("emoji table");
    let s = tiny_http::Server::http("0.0.0.0:9000").unwrap();
    for r in s.incoming_requests() {
        let text = changelog_log::log(&format!("{repos}{}", r.url())).unwrap_or_default();
        let e = pb::Entry { line: format!("{} {}", emoji.lines().next().unwrap_or(""), text) };
        let _ = r.respond(tiny_http::Response::from_data(e.encode_to_vec()));
    }
}
