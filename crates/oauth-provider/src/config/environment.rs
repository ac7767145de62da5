//! Settings out of the environment: `OAUTH__STORE__PATH` is `path` in the table `store`.
//!
//! Two underscores stand between names, because one is part of many of them.

use toml::{Table, Value};

use super::ConfigError;

/// What every variable that is meant for the settings begins with.
pub(super) const PREFIX: &str = "OAUTH__";

/// How deep a setting lies at most.
const MOST_NAMES: usize = 4;

/// Puts what the variables say in the place of what the file says.
pub(super) fn override_with(
    settings: &mut Table,
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<(), ConfigError> {
    for (variable, text) in variables {
        let Some(path) = variable.strip_prefix(PREFIX) else { continue };
        let path = path.to_ascii_lowercase();
        let names: Vec<_> = path.split("__").collect();
        let wrong = || ConfigError::Variable { variable: variable.clone() };
        let (last, tables) = names.split_last().ok_or_else(wrong)?;
        if names.len() > MOST_NAMES || names.iter().any(|name| name.is_empty()) {
            return Err(wrong());
        }
        let mut table = &mut *settings;
        for name in tables {
            let below = table.entry(*name).or_insert_with(|| Value::Table(Table::new()));
            table = below.as_table_mut().ok_or_else(wrong)?;
        }
        table.insert((*last).to_owned(), value(text));
    }
    Ok(())
}

/// What is a number, a switch, a list or a quoted text is read as TOML; everything else is a text as it stands.
fn value(text: String) -> Value {
    let read = toml::from_str::<Table>(&format!("value = {text}")).ok();
    match read.and_then(|mut table| (table.len() == 1).then(|| table.remove("value")).flatten()) {
        Some(value @ (Value::Integer(_) | Value::Boolean(_) | Value::Array(_) | Value::String(_))) => value,
        _ => Value::String(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overridden(file: &str, variables: &[(&str, &str)]) -> Result<String, String> {
        let mut table: Table = toml::from_str(file).unwrap();
        let variables = variables.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        override_with(&mut table, variables).map_err(|error| error.to_string())?;
        Ok(table.to_string())
    }

    #[test]
    fn a_variable_replaces_the_setting_that_its_path_leads_to() {
        let file = "listen = \"127.0.0.1:1\"\n[store]\nkind = \"memory\"\n";
        let variables = [
            ("OAUTH__LISTEN", "127.0.0.1:2"),
            ("OAUTH__STORE__PATH", "a b.db"),
            ("OAUTH__LIMITS__CONNECTIONS", "7"),
            ("OAUTH__OAUTH1__REALMS", r#"["photos"]"#),
            ("OAUTH__ISSUER", "https://as.example.com # no comment"),
            ("OAUTH_TOKEN", "of another command"),
        ];
        let table: Table = toml::from_str(&overridden(file, &variables).unwrap()).unwrap();
        let expected = "listen = '127.0.0.1:2'\nissuer = 'https://as.example.com # no comment'\n\
             store = { kind = 'memory', path = 'a b.db' }\nlimits = { connections = 7 }\n\
             oauth1 = { realms = ['photos'] }";
        assert_eq!(table, toml::from_str::<Table>(expected).unwrap());
    }

    #[test]
    fn a_variable_that_leads_nowhere_is_named() {
        for name in
            ["OAUTH__", "OAUTH__STORE__", "OAUTH____PATH", "OAUTH__A__B__C__D__E", "OAUTH__LISTEN__PORT"]
        {
            let error = overridden("listen = \"127.0.0.1:1\"", &[(name, "1")]).unwrap_err();
            assert!(error.contains(name), "{error}");
        }
    }
}
