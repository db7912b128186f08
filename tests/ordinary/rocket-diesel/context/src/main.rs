#[macro_use] extern crate rocket;
use rocket::fs::FileServer;
use rocket_dyn_templates::{Template, context};

#[get("/")]
fn index() -> Template { Template::render("index", context! { title: "blog" }) }

#[launch]
fn rocket() -> _ {
    rocket::build().attach(Template::fairing()).mount("/", routes![index]).mount("/static", FileServer::from("static"))
}
