#[macro_use] extern crate rocket;
use diesel::prelude::*;

#[get("/")]
fn index() -> &'static str { "ledger" }

#[launch]
fn rocket() -> _ {
    dotenvy::dotenv().ok();
    let url = std::env::var("DATABASE_URL").expect("DATABASE_URL");
    let _c = PgConnection::establish(&url).expect("db");
    rocket::build().mount("/", routes![index])
}
