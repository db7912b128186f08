use axum::{routing::get, Router};
use tower_http::services::ServeDir;
#[tokio::main]
async fn main() {
    let pool = sqlx::PgPool::connect(&std::env::var("DATABASE_URL").unwrap()).await.unwrap();
    sqlx::migrate::Migrator::new(std::path::Path::new("./migrations")).await.unwrap().run(&pool).await.unwrap();
    let app = Router::new().route("/", get(|| async { reqwest::get("https://example.org").await.unwrap().text().await.unwrap() })).nest_service("/static", ServeDir::new("static"));
    axum::Server::bind(&"0.0.0.0:3000".parse().unwrap()).serve(app.into_make_service()).await.unwrap();
}
