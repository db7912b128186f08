use std::process::exit;

const UNITS: &str = "/usr/local/share/measure/units.txt";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [amount, unit] = arguments.as_slice() else {
        eprintln!("usage: measure AMOUNT UNIT");
        exit(2);
    };
    let table = std::fs::read_to_string(UNITS).unwrap_or_else(|error| {
        eprintln!("{UNITS}: {error}");
        exit(1);
    });
    let metres = table.lines().filter_map(|line| line.split_once(' ')).find(|(name, _)| name == unit);
    match (amount.parse::<f64>(), metres.and_then(|(_, value)| value.parse::<f64>().ok())) {
        (Ok(amount), Some(value)) => println!("{} m", amount * value),
        _ => exit(1),
    }
}
