#[tokio::main]
async fn main() {
    loop {
        let body = reqwest::get("https://blog.rust-lang.org/feed.xml").await.unwrap().text().await.unwrap();
        println!("{}", body.len());
        tokio::time::sleep(std::time::Duration::from_secs(300)).await;
    }
}
