#[macro_use] extern crate rocket;
use rocket_dyn_templates::{Template,context};
use rocket::fs::FileServer;
#[get("/")] fn i()->Template{Template::render("index",context!{})}
#[launch] fn r()->_{rocket::build().mount("/",routes![i]).mount("/static",FileServer::from("static")).attach(Template::fairing())}
