fn main() {
    println!("compiled when the container starts");
}
