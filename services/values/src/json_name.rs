//! Names of fields in JSON.

/// A path of proto names as JSON names it: `work_phone.region_code` becomes `workPhone.regionCode`. Keys of maps, which stand in brackets,
/// stay.
pub fn json_path(path: &str) -> String {
    let mut json = String::with_capacity(path.len());
    let (mut upper, mut key) = (false, false);
    for character in path.chars() {
        match character {
            '_' if !key => upper = true,
            _ => {
                json.push(if upper { character.to_ascii_uppercase() } else { character });
                upper = false;
                key = character == '[' || key && character != ']';
            }
        }
    }
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_proto_json() {
        for (proto, json) in [
            ("email", "email"),
            ("last_name", "lastName"),
            ("work_phone.region_code", "workPhone.regionCode"),
            ("line_1", "line1"),
            (r#"attributes["shoe_size"].unit_code"#, r#"attributes["shoe_size"].unitCode"#),
        ] {
            assert_eq!(json_path(proto), json);
        }
    }
}
