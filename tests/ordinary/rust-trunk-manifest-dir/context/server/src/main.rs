use axum::Router;
use tower_http::services::{ServeDir, ServeFile};

const DIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../dist");

#[tokio::main]
async fn main() {
    let index = format!("{DIST}/index.html");
    let app = Router::new().fallback_service(ServeDir::new(DIST).fallback(ServeFile::new(index)));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
