fn main() { let b = reqwest::blocking::get("https://example.org/").unwrap().bytes().unwrap(); std::fs::write("data/page.html", b).unwrap(); }
