use axum::{response::Html, routing::get, Router};
use tera::{Context, Tera};
use tower_http::services::ServeDir;

#[tokio::main]
async fn main() {
    let pool = sqlx::PgPool::connect(&std::env::var("DATABASE_URL").unwrap()).await.unwrap();
    sqlx::migrate!("../../migrations").run(&pool).await.unwrap();
    let tera = Tera::new("templates/**/*.html").unwrap();
    let app = Router::new()
        .route("/", get(move || async move { Html(tera.render("index.html", &Context::new()).unwrap()) }))
        .nest_service("/static", ServeDir::new("static"));
    axum::Server::bind(&"0.0.0.0:8000".parse().unwrap()).serve(app.into_make_service()).await.unwrap();
}
