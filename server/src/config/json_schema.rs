//! The JSON schema of `dfix.toml`: what editors complete and check it with, and what the settings of the VS Code extension
//! are made from. It says what `schema.rs` reads, in the words of the comments there.

use dfix_transforms::rules::{ALL, Group};
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::schema::File;

/// The schema as JSON text, draft 7, which is what the tools for TOML and VS Code read.
pub(crate) fn text() -> String {
    let settings = SchemaSettings::draft07()
        .with(|settings| settings.inline_subschemas = true)
        .with_transform(RecursiveTransform(tidy));
    let mut schema = settings.into_generator().into_root_schema_for::<File>();
    schema.insert("title".to_owned(), json!("dfix.toml"));
    // All keys are strings, so that it can't fail to be written.
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

/// Joins the lines of a comment to one, and drops `null`, which TOML doesn't have: a key that may be left out is just not
/// required.
fn tidy(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    if let Some(Value::String(description)) = object.get_mut("description") {
        *description = description.replace('\n', " ");
    }
    if object.get("default").is_some_and(Value::is_null) {
        object.remove("default");
    }
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
}

/// The name of a rule or of several, in any letter case. The known ones are listed for completion; a name that is not
/// among them is for `dfix` to judge, which knows what was meant.
pub(super) struct RuleName;

impl JsonSchema for RuleName {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RuleName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let known = |name: &str, means: String| json!({ "const": name, "description": means });
        let words = [
            ("default", "The rules that are on by default"),
            ("all", "All rules"),
        ];
        let words = words.map(|(name, means)| known(name, means.to_owned()));
        let groups = Group::ALL.map(Group::name);
        let groups = groups.map(|name| known(name, format!("The rules of the group {name}")));
        let rules = ALL.iter().map(|rule| rule.meta);
        let ids = rules
            .clone()
            .map(|rule| known(rule.id, rule.summary.to_owned()));
        let aliases = rules.flat_map(|rule| {
            let means = format!("{}: {}", rule.id, rule.summary);
            rule.aliases
                .iter()
                .map(move |alias| known(alias, means.clone()))
        });
        let any = std::iter::once(json!({ "type": "string" }));
        let names: Vec<Value> = words
            .into_iter()
            .chain(groups)
            .chain(ids)
            .chain(aliases)
            .chain(any)
            .collect();
        json_schema!({ "anyOf": names })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::names;

    const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/dfix.schema.json");

    #[test]
    fn the_committed_schema_is_up_to_date() {
        let committed = std::fs::read_to_string(FILE).unwrap();
        assert!(
            committed == text(),
            "docs/dfix.schema.json is stale:\n\
             cargo run -p dfix -- schema >docs/dfix.schema.json && npm --prefix editors/vscode run settings"
        );
    }

    #[test]
    fn every_key_and_value_is_described() {
        fn walk(schema: &Value, path: &str) {
            let properties = schema.get("properties").and_then(Value::as_object);
            for (key, property) in properties.into_iter().flatten() {
                let path = format!("{path}.{key}");
                assert!(property.get("description").is_some(), "{path}");
                for choice in property
                    .get("oneOf")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                {
                    assert!(choice.get("description").is_some(), "{path}: {choice}");
                }
                walk(property, &path);
                walk(&property["additionalProperties"], &path);
            }
        }
        let schema: Value = serde_json::from_str(&text()).unwrap();
        assert!(schema["properties"]["select"].is_object());
        walk(&schema, "");
    }

    #[test]
    fn every_name_that_it_lists_is_known() {
        let schema: Value = serde_json::from_str(&text()).unwrap();
        let listed = schema["properties"]["ignore"]["items"]["anyOf"]
            .as_array()
            .unwrap();
        let listed: Vec<&str> = listed
            .iter()
            .filter_map(|name| name["const"].as_str())
            .collect();
        for name in &listed {
            assert!(names::resolve(name).is_ok(), "{name}");
        }
        for name in names::rule_names() {
            assert!(listed.contains(&name), "{name}");
        }
    }
}
