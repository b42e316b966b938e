//! A judge of JSON by a schema, for as much of JSON Schema as `docs/lab.schema.json` uses.

use serde_json::Value;

pub(super) struct Schema(Value);

/// Words of a schema that demand nothing.
const REMARKS: [&str; 4] = ["$schema", "title", "description", "contentEncoding"];

impl Schema {
    pub(super) fn of_the_lab() -> Self {
        Self(serde_json::from_str(include_str!("../../../../../../docs/lab.schema.json")).unwrap())
    }

    /// Asserts that `value` is what the schema calls this.
    #[track_caller]
    pub(super) fn allows(&self, name: &str, value: &Value) {
        assert!(self.fits(&self.0["$defs"][name], value), "the schema does not have it as {name}: {value}");
    }

    /// The verbs it has.
    pub(super) fn verbs(&self) -> Vec<&str> {
        let definitions = self.0["$defs"].as_object().unwrap();
        definitions.keys().filter_map(|name| name.strip_prefix("do_")).collect()
    }

    fn fits(&self, schema: &Value, value: &Value) -> bool {
        let members = schema.as_object().unwrap_or_else(|| panic!("no schema: {schema}"));
        members.iter().all(|(word, demanded)| self.holds(members, word, demanded, value))
    }

    fn holds(
        &self,
        schema: &serde_json::Map<String, Value>,
        word: &str,
        demanded: &Value,
        value: &Value,
    ) -> bool {
        let list = || demanded.as_array().unwrap();
        let number = || demanded.as_u64().unwrap();
        let length = || value.as_str().map_or(0, |text| u64::try_from(text.chars().count()).unwrap());
        match word {
            "$ref" => {
                let name = demanded.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
                self.fits(&self.0["$defs"][name], value)
            }
            "type" => match demanded.as_str().unwrap() {
                "object" => value.is_object(),
                "array" => value.is_array(),
                "string" => value.is_string(),
                "boolean" => value.is_boolean(),
                "null" => value.is_null(),
                "number" => value.is_number(),
                "integer" => value.is_u64() || value.is_i64(),
                other => panic!("no type: {other}"),
            },
            "const" => demanded == value,
            "enum" => list().contains(value),
            "anyOf" => list().iter().any(|schema| self.fits(schema, value)),
            "oneOf" => list().iter().filter(|schema| self.fits(schema, value)).count() == 1,
            "minimum" => value.as_u64().is_some_and(|value| value >= number()),
            "maximum" => value.as_u64().is_some_and(|value| value <= number()),
            "minLength" => length() >= number(),
            "maxLength" => length() <= number(),
            "items" => {
                value.as_array().is_none_or(|items| items.iter().all(|item| self.fits(demanded, item)))
            }
            "required" => list().iter().all(|name| value.get(name.as_str().unwrap()).is_some()),
            "properties" => demanded
                .as_object()
                .unwrap()
                .iter()
                .all(|(name, schema)| value.get(name).is_none_or(|value| self.fits(schema, value))),
            "additionalProperties" => {
                let known = schema.get("properties").and_then(Value::as_object);
                let is_more = |name: &str| known.is_none_or(|known| !known.contains_key(name));
                value.as_object().is_none_or(|members| {
                    members
                        .iter()
                        .filter(|(name, _)| is_more(name))
                        .all(|(_, value)| *demanded != Value::Bool(false) && self.fits(demanded, value))
                })
            }
            word => REMARKS.contains(&word) || panic!("the judge does not know {word}"),
        }
    }
}

#[test]
fn the_judge_finds_what_is_wrong() {
    use serde_json::json;
    let schema = Schema::of_the_lab();
    let fits = |name: &str, value: Value| schema.fits(&schema.0["$defs"][name], &value);
    assert!(fits("from_client", json!({ "id": 1, "do": "asked" })));
    assert!(!fits("from_client", json!({ "id": 1, "do": "ask" })), "no such verb");
    assert!(!fits("from_client", json!({ "do": "asked" })), "no id");
    assert!(!fits("from_client", json!({ "id": 1, "do": "asked", "more": 1 })), "too much");
    assert!(!fits("answer", json!({ "give": "touch", "choose": 0 })), "too small");
    assert!(!fits("answer", json!({ "refuse": "verification_failed" })), "without left");
    assert!(!fits("answer", json!({ "give": "touch", "refuse": "declined" })), "both");
    assert!(!fits("randomness", json!({ "seed": "00", "words": 0 })), "too short");
}
