use leptos::*;
fn main() { mount_to_body(|| view! { <p>"board"</p> }) }
