use std::process::Command;
pub fn log(repo: &str) -> std::io::Result<String> {
    let out = Command::new("git").args(["-C", repo, "log", "--oneline", "-n", "50"]).output()?;
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}
