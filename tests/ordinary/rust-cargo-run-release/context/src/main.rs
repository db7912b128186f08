use std::io::{Read, Write};
use std::net::TcpListener;

fn main() -> std::io::Result<()> {
    let listen = std::env::args().nth(2).unwrap_or_else(|| "127.0.0.1:7070".to_owned());
    let stations = std::fs::read_to_string("stations.csv")?;
    for stream in TcpListener::bind(listen)?.incoming() {
        let mut stream = stream?;
        let mut request = [0; 1024];
        let _ = stream.read(&mut request)?;
        write!(stream, "HTTP/1.0 200 OK\r\n\r\n{stations}")?;
    }
    Ok(())
}
