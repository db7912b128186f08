const PAGE: &str = include_str!("page.html");
fn main() {
    let s = tiny_http::Server::http("0.0.0.0:7000").unwrap();
    for r in s.incoming_requests() {
        let now = chrono::Local::now().format("%H:%M %Z").to_string();
        let _ = r.respond(tiny_http::Response::from_string(PAGE.replace("{now}", &now)));
    }
}
