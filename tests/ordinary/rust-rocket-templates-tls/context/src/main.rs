#[macro_use] extern crate rocket;
use rocket::fs::FileServer;
use rocket_dyn_templates::{context, Template};
#[get("/?<city>")]
async fn index(city: Option<String>) -> Template {
    let city = city.unwrap_or("Oslo".into());
    let url = format!("https://wttr.in/{}?format=j1", city);
    let v: serde_json::Value = reqwest::get(url).await.unwrap().json().await.unwrap();
    Template::render("index", context! { city, now: &v["current_condition"][0] })
}
#[launch]
fn rocket() -> _ {
    rocket::build().mount("/", routes![index]).mount("/static", FileServer::from("static")).attach(Template::fairing())
}
