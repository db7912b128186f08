fn is_leap(year: u32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn main() {
    let years: Vec<u32> = std::env::args().skip(1).filter_map(|a| a.parse().ok()).collect();
    let years = if years.is_empty() { vec![1900, 2000, 2023, 2024] } else { years };
    for year in years {
        println!("{year}: {}", if is_leap(year) { "leap" } else { "common" });
    }
}
