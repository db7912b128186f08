use std::process::Command;
fn main() {
    let o = Command::new("git").args(["log", "--oneline"]).output().expect("git");
    let a = ureq::AgentBuilder::new().tls_connector(std::sync::Arc::new(native_tls::TlsConnector::new().unwrap())).build();
    a.post("https://hooks.example.org/").send_bytes(&o.stdout).unwrap();
}
