//! A curl command line, as far as it says what is sent.

mod options;

use anyhow::{Context as _, bail, ensure};
use oauth_sansio::percent;

use super::{Given, Parts};
use options::{Kind, OPTIONS};

/// Reads a command with the quotes of a POSIX shell. Files that it names are read with `file`.
pub(super) fn read(command: &str, file: &dyn Fn(&str) -> anyhow::Result<Vec<u8>>) -> anyhow::Result<Given> {
    ensure!(!command.contains("$'"), "quotes of the kind $'…' are not read; use '…'");
    let words = shlex::split(command).context("a quote is not closed")?;
    let mut words = words.into_iter().peekable();
    words.next_if(|word| word == "curl" || word.ends_with("/curl"));
    let mut reading = Reading { file, parts: Parts::default(), query: false };
    let mut options = true;
    while let Some(word) = words.next() {
        match word.strip_prefix("--") {
            Some("") if options => options = false,
            Some(name) if options => {
                let found = OPTIONS.iter().find(|(long, ..)| *long == name);
                let (name, _, kind) = found.with_context(|| unknown(&word))?;
                let value =
                    if kind.takes_value() { Some(words.next().with_context(|| lone(name))?) } else { None };
                reading.option(*kind, value.unwrap_or_default())?;
            }
            None if options && word.len() > 1 && word.starts_with('-') => {
                let mut letters = word.chars().skip(1);
                while let Some(letter) = letters.next() {
                    let found = OPTIONS.iter().find(|(_, short, _)| *short == Some(letter));
                    let (name, _, kind) = found.with_context(|| unknown(&format!("-{letter}")))?;
                    if kind.takes_value() {
                        // The value may follow at once.
                        let rest: String = letters.by_ref().collect();
                        let value =
                            if rest.is_empty() { words.next().with_context(|| lone(name))? } else { rest };
                        reading.option(*kind, value)?;
                    } else {
                        reading.option(*kind, String::new())?;
                    }
                }
            }
            _ => reading.option(Kind::Url, word)?,
        }
    }
    reading.finish()
}

fn unknown(option: &str) -> String {
    // Up to a `=`: what follows may be secret.
    format!("the option {} is not known here; leave it out", option.split('=').next().unwrap_or_default())
}

fn lone(option: &str) -> String {
    format!("the option --{option} has no value")
}

struct Reading<'a> {
    file: &'a dyn Fn(&str) -> anyhow::Result<Vec<u8>>,
    parts: Parts,
    /// Data goes into the query.
    query: bool,
}

impl Reading<'_> {
    fn option(&mut self, kind: Kind, value: String) -> anyhow::Result<()> {
        match kind {
            Kind::Method => self.parts.method = Some(value),
            Kind::Url if self.parts.url.is_empty() => self.parts.url = value,
            Kind::Url => bail!("there is more than one URL"),
            // curl's way to ask for an empty header.
            Kind::Header if value.ends_with(';') && !value.contains(':') => {}
            Kind::Header => self.parts.headers.push(value),
            Kind::Raw => self.data(value.into_bytes(), b"&"),
            Kind::Data => {
                let data = match value.strip_prefix('@') {
                    Some(name) => {
                        let mut data = (self.file)(name)?;
                        data.retain(|byte| !matches!(byte, b'\r' | b'\n' | 0));
                        data
                    }
                    None => value.into_bytes(),
                };
                self.data(data, b"&");
            }
            Kind::Binary => {
                let data = self.contents(value)?;
                self.data(data, b"&");
            }
            Kind::UrlEncode => {
                let data = self.url_encoded(&value)?;
                self.data(data.into_bytes(), b"&");
            }
            Kind::Json => {
                let data = self.contents(value)?;
                self.data(data, b"");
                self.default_header("Content-Type: application/json");
            }
            Kind::Multipart => {
                self.parts.method.get_or_insert_with(|| "POST".into());
                self.parts.unknown_body = true;
                self.default_header("Content-Type: multipart/form-data");
                self.note("-F sends multipart/form-data, which is no form that is signed");
            }
            Kind::Upload => {
                self.parts.method.get_or_insert_with(|| "PUT".into());
                self.parts.unknown_body = true;
                self.note("-T sends a file, which is no form that is signed");
            }
            Kind::Get => self.query = true,
            Kind::Head => self.parts.method = Some("HEAD".into()),
            Kind::User => {
                self.note("other credentials are left out; they would take the place of the header");
            }
            Kind::Flag | Kind::Value => {}
        }
        Ok(())
    }

    fn contents(&self, value: String) -> anyhow::Result<Vec<u8>> {
        match value.strip_prefix('@') {
            Some(name) => (self.file)(name),
            None => Ok(value.into_bytes()),
        }
    }

    fn data(&mut self, data: Vec<u8>, joint: &[u8]) {
        match &mut self.parts.body {
            Some(body) => {
                body.extend_from_slice(joint);
                body.extend_from_slice(&data);
            }
            None => self.parts.body = Some(data),
        }
    }

    /// `content`, `=content`, `name=content`, `@file` or `name@file`.
    fn url_encoded(&self, value: &str) -> anyhow::Result<String> {
        let at = value.find(['=', '@']);
        let (name, mark, content) =
            match at.and_then(|at| Some((value.get(..at)?, value.get(at..=at)?, value.get(at + 1..)?))) {
                Some(parts) => parts,
                None => ("", "=", value),
            };
        let content = match mark {
            "@" => String::from_utf8((self.file)(content)?).context("a file to be encoded is not UTF-8")?,
            _ => content.to_owned(),
        };
        let content = percent::encode(&content);
        Ok(if name.is_empty() { content.into_owned() } else { format!("{name}={content}") })
    }

    fn default_header(&mut self, line: &str) {
        let has = |other: &String| other.to_ascii_lowercase().starts_with("content-type:");
        if !self.parts.headers.iter().any(has) {
            self.parts.headers.push(line.into());
        }
    }

    fn note(&mut self, text: &str) {
        self.parts.notes.push(text.into());
    }

    fn finish(self) -> anyhow::Result<Given> {
        let Self { mut parts, query, .. } = self;
        ensure!(!parts.url.is_empty(), "there is no URL");
        if !parts.url.contains("://") {
            parts.url.insert_str(0, "http://");
            parts.notes.push("the URL has no scheme; curl takes http".into());
        }
        if let Some(end) = parts.url.find('#') {
            parts.url.truncate(end);
        }
        if query && let Some(data) = parts.body.take() {
            let data = String::from_utf8(data).context("the data for the query is not UTF-8")?;
            parts.url.push(if parts.url.contains('?') { '&' } else { '?' });
            parts.url.push_str(&data);
        }
        // A header of the command line that came after the one it takes the place of.
        let mut seen = false;
        parts.headers.reverse();
        parts.headers.retain(|line| {
            !line.to_ascii_lowercase().starts_with("content-type:") || !std::mem::replace(&mut seen, true)
        });
        parts.headers.reverse();
        parts.build()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Method, URI, media type, body.
    fn told(command: &str) -> (String, String, String, String) {
        let file = |name: &str| match name {
            "data" => Ok(b"x=1\r\ny=2\n".to_vec()),
            _ => bail!("no such file"),
        };
        let request = read(command, &file).unwrap_or_else(|error| panic!("{command}: {error:#}")).request;
        let media_type = request.headers().get("content-type").map_or("", |value| value.to_str().unwrap());
        let body = String::from_utf8(request.body().to_vec()).unwrap();
        (request.method().to_string(), request.uri().to_string(), media_type.to_owned(), body)
    }

    #[test]
    fn a_curl_command_says_what_is_sent() {
        const FORM: &str = "application/x-www-form-urlencoded";
        const JSON: &str = "application/json";
        for (command, method, uri, media_type, body) in [
            ("curl https://a.example/", "GET", "https://a.example/", "", ""),
            ("/usr/bin/curl -sSL 'https://a.example/?a=b&c=d'", "GET", "https://a.example/?a=b&c=d", "", ""),
            ("curl a.example/x", "GET", "http://a.example/x", "", ""),
            ("curl https://a.example/#top", "GET", "https://a.example/", "", ""),
            ("curl -X DELETE --url https://a.example/", "DELETE", "https://a.example/", "", ""),
            ("curl -XPUT -da=b https://a.example/", "PUT", "https://a.example/", FORM, "a=b"),
            ("curl -d a=b --data c=d https://a.example/", "POST", "https://a.example/", FORM, "a=b&c=d"),
            ("curl -sd 'a=\"b c\"' https://a.example/", "POST", "https://a.example/", FORM, "a=\"b c\""),
            (
                "curl \\\n  --data-raw '@data' \\\n  https://a.example/",
                "POST",
                "https://a.example/",
                FORM,
                "@data",
            ),
            ("curl -d @data https://a.example/", "POST", "https://a.example/", FORM, "x=1y=2"),
            (
                "curl --data-binary @data https://a.example/",
                "POST",
                "https://a.example/",
                FORM,
                "x=1\r\ny=2\n",
            ),
            (
                "curl --data-urlencode 'a=b c&d' https://a.example/",
                "POST",
                "https://a.example/",
                FORM,
                "a=b%20c%26d",
            ),
            ("curl --data-urlencode '=b c' https://a.example/", "POST", "https://a.example/", FORM, "b%20c"),
            ("curl --data-urlencode 'b c' https://a.example/", "POST", "https://a.example/", FORM, "b%20c"),
            (
                "curl --data-urlencode a@data https://a.example/",
                "POST",
                "https://a.example/",
                FORM,
                "a=x%3D1%0D%0Ay%3D2%0A",
            ),
            ("curl -G -d a=b -d c=d https://a.example/", "GET", "https://a.example/?a=b&c=d", "", ""),
            ("curl -G -d a=b https://a.example/#top", "GET", "https://a.example/?a=b", "", ""),
            ("curl -G -d a=b 'https://a.example/?z'", "GET", "https://a.example/?z&a=b", "", ""),
            ("curl --json '{\"a\":1}' https://a.example/", "POST", "https://a.example/", JSON, "{\"a\":1}"),
            ("curl --json '[1,' --json '2]' https://a.example/", "POST", "https://a.example/", JSON, "[1,2]"),
            (
                "curl -H 'content-type: application/json' -d '{}' https://a.example/",
                "POST",
                "https://a.example/",
                JSON,
                "{}",
            ),
            ("curl -d '{}' -H 'Content-Type:' https://a.example/", "POST", "https://a.example/", "", "{}"),
            ("curl -I https://a.example/", "HEAD", "https://a.example/", "", ""),
            ("curl -F a=b https://a.example/", "POST", "https://a.example/", "multipart/form-data", ""),
            ("curl -T data https://a.example/", "PUT", "https://a.example/", "", ""),
            ("curl -u me:pw -o out -A x -- https://a.example/", "GET", "https://a.example/", "", ""),
        ] {
            let expected = (method.to_owned(), uri.to_owned(), media_type.to_owned(), body.to_owned());
            assert_eq!(told(command), expected, "{command}");
        }
    }

    #[test]
    fn what_is_left_out_is_noted() {
        for (command, note) in [
            ("curl -u me:pw https://a.example/", "other credentials"),
            ("curl -F a=b https://a.example/", "multipart"),
            ("curl -T f https://a.example/", "a file"),
            ("curl a.example", "no scheme"),
        ] {
            let given = read(command, &|_| bail!("none")).unwrap();
            assert!(
                matches!(given.notes.as_slice(), [one] if one.contains(note)),
                "{command}: {:?}",
                given.notes
            );
        }
    }

    #[test]
    fn what_cannot_be_understood_is_refused_and_no_value_is_repeated() {
        for command in [
            "curl",
            "curl https://a.example/ https://b.example/",
            "curl -d 'hunter2 https://a.example/",
            "curl -d $'hunter2' https://a.example/",
            "curl --unknown=hunter2 https://a.example/",
            "curl -Zhunter2 https://a.example/",
            "curl https://a.example/ -d",
            "curl -d @hunter3 https://a.example/",
            "curl -H hunter2 https://a.example/",
            "curl 'https://a.example/a b'",
        ] {
            let error = read(command, &|_| bail!("none")).map(|_| ()).unwrap_err();
            assert!(!format!("{error:#}").contains("hunter2"), "{command}: {error:#}");
        }
    }
}
