//! HTTP from inside a container's network, with nothing installed for it.
//!
//! Containers run without a network, so nothing outside reaches their ports, and a container made of one file has no
//! client of its own. An *observer* does: a second container, of the original image, that shares the first one's network
//! namespace and nothing else. It needs no rights, no published port and no bridge, works with an engine on another
//! machine, and whatever client the image happens to have will do: all of them only carry raw bytes, the request is
//! written and the answer read here.

use std::fmt;
use std::str::FromStr;

/// An HTTP request to compare, such as `GET /health` or `POST :8080/x`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HttpProbe {
    /// The method.
    pub method: String,
    /// The port; the first that listens when absent.
    pub port: Option<u16>,
    /// Path and query.
    pub path: String,
}

impl fmt::Display for HttpProbe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(f, "{} :{port}{}", self.method, self.path),
            None => write!(f, "{} {}", self.method, self.path),
        }
    }
}

impl FromStr for HttpProbe {
    type Err = String;

    /// `[METHOD ][:PORT]/PATH`.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no request: expected something like \"GET /health\" or \"GET :8080/\"");
        let (method, target) = text.trim().split_once(' ').unwrap_or(("GET", text.trim()));
        let target = target.trim();
        let known = !method.is_empty() && method.bytes().all(|b| b.is_ascii_uppercase());
        let at = target.find('/').ok_or_else(wrong)?;
        let (port, path) = target.split_at(at);
        let port = match port.strip_prefix(':') {
            Some(port) => Some(port.parse().map_err(|_| wrong())?),
            None if port.is_empty() => None,
            None => return Err(wrong()),
        };
        // A line break would end the request line and let the rest be a header.
        if !known || path.bytes().any(|b| b <= b' ') {
            return Err(wrong());
        }
        Ok(HttpProbe { method: method.to_owned(), port, path: path.to_owned() })
    }
}

/// What a server answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Without parameters.
    pub(super) content_type: String,
    pub(super) location: String,
    pub(super) body: Vec<u8>,
}

/// HTTP/1.0: the answer ends with the connection and is never chunked.
pub(super) fn request(probe: &HttpProbe) -> Vec<u8> {
    let HttpProbe { method, path, .. } = probe;
    let length = if ["POST", "PUT", "PATCH"].contains(&method.as_str()) { "Content-Length: 0\r\n" } else { "" };
    format!(
        "{method} {path} HTTP/1.0\r\nHost: localhost\r\nUser-Agent: msb\r\nAccept: */*\r\n{length}Connection: close\r\n\r\n"
    )
    .into_bytes()
}

/// Reads an answer; `None` when the bytes are not HTTP.
pub(super) fn answer(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next()?.strip_prefix("HTTP/")?.split(' ').nth(1)?.parse().ok()?;
    let mut answer = Answer { status, body: bytes[end + 4..].to_vec(), ..Answer::default() };
    let mut chunked = false;
    for line in lines {
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-type" => answer.content_type = value.split(';').next().unwrap_or_default().trim().to_owned(),
            "location" => value.clone_into(&mut answer.location),
            "transfer-encoding" => chunked |= value.eq_ignore_ascii_case("chunked"),
            _ => {}
        }
    }
    // Some servers answer HTTP/1.0 with chunks all the same.
    if chunked && let Some(body) = unchunk(&answer.body) {
        answer.body = body;
    }
    Some(answer)
}

fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|w| w == b"\r\n")?;
        let size = std::str::from_utf8(&rest[..end]).ok()?.split(';').next()?.trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        let from = end + 2;
        body.extend_from_slice(rest.get(from..from.checked_add(size)?)?);
        rest = rest.get(from + size + 2..)?;
    }
}

/// A program that carries standard input to `$HOST:$PORT` and back, by the name that must be on PATH. Words with
/// `HOST` and `PORT` in them are filled in.
pub(super) const CARRIERS: &[(&str, &[&str])] = &[
    ("bash", &["bash", "-c", "exec 3<>/dev/tcp/HOST/PORT && cat >&3 && cat <&3"]),
    ("python3", &["python3", "-c", PYTHON]),
    ("python", &["python", "-c", PYTHON]),
    ("perl", &["perl", "-MSocket", "-e", PERL]),
    ("node", &["node", "-e", NODE]),
    ("ruby", &["ruby", "-rsocket", "-e", "s=TCPSocket.new('HOST',PORT);s.write($stdin.read);print s.read"]),
    ("php", &["php", "-r", "$s=fsockopen('HOST',PORT);fwrite($s,stream_get_contents(STDIN));fpassthru($s);"]),
    ("nc", &["nc", "HOST", "PORT"]),
    ("busybox", &["busybox", "nc", "HOST", "PORT"]),
];

const PYTHON: &str = "import socket,sys,shutil\ns=socket.create_connection(('HOST',PORT),20)\n\
    i=getattr(sys.stdin,'buffer',sys.stdin)\no=getattr(sys.stdout,'buffer',sys.stdout)\n\
    s.sendall(i.read())\nshutil.copyfileobj(s.makefile('rb'),o)";
const PERL: &str = "local $/; my $q=<STDIN>; socket(my $s,PF_INET,SOCK_STREAM,0) or die; \
    connect($s,sockaddr_in(PORT,inet_aton('HOST'))) or die; syswrite($s,$q); print while sysread($s,$_,65536)";
const NODE: &str = "const s=require('net').connect(PORT,'HOST');process.stdin.pipe(s,{end:false});\
    s.pipe(process.stdout);s.on('error',()=>process.exit(1))";

/// A carrier's command line for one address.
pub(super) fn carrier(words: &[&str], host: &str, port: u16) -> Vec<String> {
    words.iter().map(|w| w.replace("HOST", host).replace("PORT", &port.to_string())).collect()
}

/// Listening TCP ports of `/proc/net/tcp` and `tcp6`, each with the address to reach it at.
pub(super) fn listening(table: &str) -> Vec<(u16, &'static str)> {
    const LISTEN: &str = "0A";
    let mut ports = std::collections::BTreeMap::new();
    for line in table.lines() {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (Some(local), Some(&LISTEN)) = (fields.get(1), fields.get(3)) else { continue };
        let Some((address, port)) = local.split_once(':') else { continue };
        let Ok(port) = u16::from_str_radix(port, 16) else { continue };
        // ::1 alone is not reached over 127.0.0.1; every other address of a namespace with loopback only is.
        let host = if address == "00000000000000000000000001000000" { "::1" } else { "127.0.0.1" };
        let known = ports.entry(port).or_insert(host);
        if host == "127.0.0.1" {
            *known = host;
        }
    }
    ports.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_as_people_write_them() {
        let cases = [
            ("/health", Some(("GET", None, "/health"))),
            ("GET /health?x=1", Some(("GET", None, "/health?x=1"))),
            ("POST :8080/x", Some(("POST", Some(8080), "/x"))),
            ("GET health", None),
            ("get /", None),
            ("GET :port/", None),
            ("GET /a b", None),
            ("GET /\r\nX: y", None),
            ("", None),
        ];
        for (text, expected) in cases {
            let probe: Option<HttpProbe> = text.parse().ok();
            let parts = probe.as_ref().map(|p| (p.method.as_str(), p.port, p.path.as_str()));
            assert_eq!(parts, expected, "{text}");
        }
        let probe: HttpProbe = "PUT :1/x".parse().unwrap();
        assert_eq!(probe.to_string(), "PUT :1/x");
        let bytes = String::from_utf8(request(&probe)).unwrap();
        assert!(
            bytes.starts_with("PUT /x HTTP/1.0\r\nHost: localhost\r\n") && bytes.ends_with("Connection: close\r\n\r\n")
        );
    }

    #[test]
    fn answers() {
        let plain = answer(b"HTTP/1.0 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>").unwrap();
        assert_eq!((plain.status, plain.content_type.as_str(), &plain.body[..]), (200, "text/html", &b"<p>"[..]));
        let moved = answer(b"HTTP/1.1 302 Found\r\nLocation: /login\r\n\r\n").unwrap();
        assert_eq!((moved.status, moved.location.as_str()), (302, "/login"));
        let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\n\r\n";
        assert_eq!(answer(chunked).unwrap().body, b"abcde");
        for bad in [&b"SSH-2.0-x\r\n\r\n"[..], b"HTTP/1.1", b"", b"HTTP/1.1 abc\r\n\r\n"] {
            assert_eq!(answer(bad), None);
        }
    }

    #[test]
    fn ports_that_listen() {
        let table = "  sl  local_address rem_address   st tx_queue\n\
            0: 00000000:1F90 00000000:0000 0A 00000000:00000000\n\
            1: 0100007F:0050 00000000:0000 01 00000000:00000000\n\
            2: 00000000000000000000000001000000:0BB8 00000000000000000000000000000000:0000 0A 0\n\
            3: 00000000000000000000000000000000:1F91 00000000000000000000000000000000:0000 0A 0\n";
        assert_eq!(listening(table), [(3000, "::1"), (8080, "127.0.0.1"), (8081, "127.0.0.1")]);
    }

    #[test]
    fn every_carrier_knows_where_to() {
        for (name, words) in CARRIERS {
            let line = carrier(words, "127.0.0.1", 8080).join(" ");
            assert!(line.contains("127.0.0.1") && line.contains("8080") && line.starts_with(name), "{line}");
            assert!(!line.contains("HOST") && !line.contains("PORT"), "{line}");
        }
    }
}
