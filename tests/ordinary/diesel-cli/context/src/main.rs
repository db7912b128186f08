#[macro_use] extern crate rocket;
use diesel::prelude::*;
mod schema;
#[get("/count")]
fn count() -> String {
    let mut c = PgConnection::establish(&std::env::var("DATABASE_URL").unwrap()).unwrap();
    schema::items::table.count().get_result::<i64>(&mut c).unwrap().to_string()
}
#[launch]
fn rocket() -> _ { rocket::build().mount("/", routes![count]) }
