use std::io::Write;
use std::net::TcpListener;

fn main() -> std::io::Result<()> {
    for stream in TcpListener::bind("0.0.0.0:7000")?.incoming() {
        let mut stream = stream?;
        let mut log = std::fs::OpenOptions::new().create(true).append(true).open("ship.log")?;
        writeln!(log, "{}", stream.peer_addr()?)?;
        write!(stream, "HTTP/1.0 204 No Content\r\n\r\n")?;
    }
    Ok(())
}
