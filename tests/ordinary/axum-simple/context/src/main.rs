use axum::{extract::State, response::Html, routing::get, Router};
use std::sync::Arc;
use tera::{Context, Tera};
use tower_http::services::ServeDir;

#[tokio::main]
async fn main() {
    let tera = Arc::new(Tera::new("templates/**/*.html").expect("templates"));
    let app = Router::new()
        .route("/", get(index))
        .nest_service("/static", ServeDir::new("static"))
        .with_state(tera);
    let l = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(l, app).await.unwrap();
}

async fn index(State(t): State<Arc<Tera>>) -> Html<String> {
    let body = reqwest::get("https://wttr.in/?format=3").await.unwrap().text().await.unwrap();
    let mut c = Context::new();
    c.insert("w", &body);
    Html(t.render("index.html", &c).unwrap())
}
