fn main() {
    println!("{}", unsafe { pq_sys::PQlibVersion() });
}
