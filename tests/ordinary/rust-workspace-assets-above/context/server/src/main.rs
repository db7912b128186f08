use std::io::Write;
use std::net::TcpListener;

const PAGES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../web");

fn main() {
    let listener = TcpListener::bind("0.0.0.0:3000").expect("the port is free");
    for stream in listener.incoming() {
        let page = std::fs::read_to_string(format!("{PAGES}/index.html")).expect("the page is there");
        let _ = write!(stream.expect("a connection"), "HTTP/1.0 200 OK\r\n\r\n{page}");
    }
}
