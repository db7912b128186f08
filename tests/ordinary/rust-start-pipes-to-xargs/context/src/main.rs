fn main() {
    println!("{}", std::process::id());
}
