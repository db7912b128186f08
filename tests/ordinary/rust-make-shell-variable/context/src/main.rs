use actix_web::{get, web, App, HttpServer, Responder};
use diesel::{pg::PgConnection, r2d2::{ConnectionManager, Pool}, prelude::*, sql_types::BigInt};
type Db = Pool<ConnectionManager<PgConnection>>;
#[derive(QueryableByName)] struct Count { #[diesel(sql_type = BigInt)] n: i64 }
#[get("/")]
async fn index(db: web::Data<Db>) -> impl Responder {
    let c: Count = diesel::sql_query("select count(*) as n from todos").get_result(&mut db.get().unwrap()).unwrap();
    c.n.to_string()
}
#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let pool = Pool::new(ConnectionManager::<PgConnection>::new(std::env::var("DATABASE_URL").unwrap())).unwrap();
    HttpServer::new(move || App::new().app_data(web::Data::new(pool.clone())).service(index)).bind(("0.0.0.0", 8080))?.run().await
}
