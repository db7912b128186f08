//! Values of RUN's flags: `--mount` and `--device` are lists of fields, `--network` and `--security` single words.

/// One field of a `--mount`: its lower-case key, and its value unless it is a bare word such as `ro`.
pub type MountField = (String, Option<String>);

/// The fields of a `--mount` value, unexpanded; what is wrong with it when it cannot be read.
///
/// A field may stand in double quotes, which then hold commas; a doubled quote inside is a quote.
pub fn mount_fields(value: &str) -> Result<Vec<MountField>, &'static str> {
    let field = |field: String| match field.split_once('=') {
        Some((key, value)) => (key.to_lowercase(), Some(value.to_owned())),
        None => (field.to_lowercase(), None),
    };
    Ok(comma_separated(value)?.into_iter().map(field).collect())
}

/// What a valid value of a RUN flag would be, when this one is not valid before variables are expanded.
pub(super) fn wrong_run_flag(name: &str, value: &str) -> Option<&'static str> {
    match name {
        "network" if !["default", "none", "host"].contains(&value) => Some("`default`, `none` or `host`"),
        "security" if !["insecure", "sandbox"].contains(&value) => Some("`insecure` or `sandbox`"),
        "mount" => wrong_mount(value),
        "device" => wrong_device(value),
        _ => None,
    }
}

fn wrong_mount(value: &str) -> Option<&'static str> {
    let fields = match mount_fields(value) {
        Ok(fields) => fields,
        Err(wrong) => return Some(wrong),
    };
    let variable = |value: &str| value.find('$').is_some_and(|at| at + 1 < value.len());
    let from = fields.iter().any(|(key, value)| key == "from" && value.as_deref().is_some_and(variable));
    from.then_some("`from` without variables; name a stage with FROM $image AS name and mount from that")
}

fn wrong_device(value: &str) -> Option<&'static str> {
    let fields = match comma_separated(value) {
        Ok(fields) => fields,
        Err(wrong) => return Some(wrong),
    };
    let mut named = false;
    for field in fields {
        let key = field.split('=').next().unwrap_or_default().to_lowercase();
        let valid = match (key.as_str(), field.split_once('=')) {
            ("required", None) => true,
            ("required", Some((_, value))) => is_boolean(value),
            _ => !std::mem::replace(&mut named, true),
        };
        if !valid {
            return Some("one device name, and `required` or nothing");
        }
    }
    None
}

/// The words that Go reads as a boolean.
fn is_boolean(value: &str) -> bool {
    ["1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"].contains(&value)
}

fn comma_separated(value: &str) -> Result<Vec<String>, &'static str> {
    if value.is_empty() {
        return Err("at least one field");
    }
    let mut fields = Vec::new();
    let mut rest = value;
    loop {
        let end = match rest.strip_prefix('"') {
            Some(quoted) => {
                let (field, after) = quoted_field(quoted).ok_or("quotes that are closed before the next comma")?;
                fields.push(field);
                after
            }
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                if rest[..end].contains('"') {
                    return Err("quotes only around whole fields");
                }
                fields.push(rest[..end].to_owned());
                &rest[end..]
            }
        };
        match end.strip_prefix(',') {
            Some(next) => rest = next,
            None => return Ok(fields),
        }
    }
}

/// A field after its opening quote, and what follows the closing one: a comma or nothing.
fn quoted_field(text: &str) -> Option<(String, &str)> {
    let mut field = String::new();
    let mut rest = text;
    loop {
        let (part, after) = rest.split_once('"')?;
        field.push_str(part);
        let Some(next) = after.strip_prefix('"') else {
            return (after.is_empty() || after.starts_with(',')).then_some((field, after));
        };
        field.push('"');
        rest = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields() {
        let field = |key: &str, value: Option<&str>| (key.to_owned(), value.map(str::to_owned));
        let found = mount_fields("type=cache,Target=/a,\"source=b,\"\"c\",ro").unwrap();
        let expected = [
            field("type", Some("cache")),
            field("target", Some("/a")),
            field("source", Some("b,\"c")),
            field("ro", None),
        ];
        assert_eq!(found, expected);
        for wrong in ["", "a=\"b\"", "\"a", "\"a\"b"] {
            assert!(mount_fields(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn values_of_run_flags() {
        let cases = [
            ("network", "none", true),
            ("network", "", false),
            ("security", "insecure", true),
            ("security", "on", false),
            ("mount", "type=bind,from=build,target=/x", true),
            ("mount", "type=bind,from=$build", false),
            ("mount", "type=bind,from=build$", true),
            ("mount", "target=$x", true),
            ("mount", "", false),
            ("device", "vendor.com/gpu=all,required", true),
            ("device", "name=a,b", false),
            ("device", "a,required=maybe", false),
        ];
        for (name, value, valid) in cases {
            assert_eq!(wrong_run_flag(name, value).is_none(), valid, "--{name}={value}");
        }
    }
}
