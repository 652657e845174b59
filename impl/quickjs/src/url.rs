//! Addresses of documents, parsed once: what match patterns, origins and `location` need of a URL.
//!
//! A full URL parser would bring the Unicode tables of internationalised host names. The driver
//! names the documents itself, so hosts are taken as written, in lower case.

use std::fmt;

use serde::Serialize;

/// Why a text is not the address of a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// No `scheme://` in front, or a scheme with other characters than letters, digits, `+`, `-`,
    /// `.`.
    #[error("{0:?} is not a URL: it needs a scheme and a host, as in https://example.com/")]
    NoScheme(String),
    /// Nothing between `//` and the path.
    #[error("{0:?} is not a URL: it has no host")]
    NoHost(String),
    /// A character that no host or port has.
    #[error("{0:?} is not a URL: {1:?} is not a host")]
    BadHost(String, String),
}

/// The address of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageUrl {
    scheme: String,
    host: String,
    port: Option<u16>,
    path: String,
    query: String,
    fragment: String,
}

impl PageUrl {
    /// Parses an absolute URL. An empty path becomes `/`.
    ///
    /// # Errors
    /// When there is no scheme or no host (a `file:` URL needs none).
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let no_scheme = || UrlError::NoScheme(text.to_owned());
        let (scheme, rest) = text.split_once("://").ok_or_else(no_scheme)?;
        let mut letters = scheme.chars();
        let starts = letters.next().is_some_and(|c| c.is_ascii_alphabetic());
        if !starts || !letters.all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c)) {
            return Err(no_scheme());
        }
        let scheme = scheme.to_ascii_lowercase();
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let (host, port) = Self::parse_authority(text, &scheme, authority)?;
        let (rest, fragment) = split_keeping(rest, '#');
        let (path, query) = split_keeping(rest, '?');
        let path = if path.is_empty() { "/" } else { path };
        Ok(Self {
            scheme,
            host,
            port,
            path: path.replace(' ', "%20"),
            query: query.replace(' ', "%20"),
            fragment: fragment.to_owned(),
        })
    }

    fn parse_authority(
        text: &str,
        scheme: &str,
        authority: &str,
    ) -> Result<(String, Option<u16>), UrlError> {
        let bad = || UrlError::BadHost(text.to_owned(), authority.to_owned());
        let without_user = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let colon = match without_user.rfind(']') {
            Some(bracket) => without_user[bracket..].find(':').map(|at| at + bracket),
            None => without_user.find(':'),
        };
        let (host, port) = match colon {
            Some(at) => (&without_user[..at], &without_user[at + 1..]),
            None => (without_user, ""),
        };
        if host.is_empty() && scheme != "file" {
            return Err(UrlError::NoHost(text.to_owned()));
        }
        let forbidden =
            |c: char| c.is_whitespace() || c.is_control() || "<>\\^|%*\"`{}".contains(c);
        if host.contains(forbidden) {
            return Err(bad());
        }
        let port = match port {
            "" => None,
            digits => Some(digits.parse::<u16>().map_err(|_| bad())?),
        };
        let usual = match scheme {
            "http" | "ws" => Some(80),
            "https" | "wss" => Some(443),
            _ => None,
        };
        Ok((host.to_lowercase(), port.filter(|_| port != usual)))
    }

    /// The scheme, in lower case and without the colon.
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The host, in lower case and without the port; empty for `file:`.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Path and query: what the path of a match pattern is compared with.
    #[must_use]
    pub fn path_and_query(&self) -> String {
        format!("{}{}", self.path, self.query)
    }

    /// Scheme, host and port; `null` where an address has no origin of its own.
    #[must_use]
    pub fn origin(&self) -> String {
        if self.scheme == "file" {
            return "null".to_owned();
        }
        format!("{}://{}", self.scheme, self.authority())
    }

    fn authority(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }

    /// The members of the script-visible `location`.
    pub(crate) fn location(&self) -> Location {
        Location {
            href: self.to_string(),
            protocol: format!("{}:", self.scheme),
            host: self.authority(),
            hostname: self.host.clone(),
            port: self.port.map_or(String::new(), |port| port.to_string()),
            pathname: self.path.clone(),
            search: if self.query == "?" { String::new() } else { self.query.clone() },
            hash: if self.fragment == "#" { String::new() } else { self.fragment.clone() },
            origin: self.origin(),
        }
    }
}

/// Splits before the first `mark`, which stays with the second part.
fn split_keeping(text: &str, mark: char) -> (&str, &str) {
    text.split_at(text.find(mark).unwrap_or(text.len()))
}

impl fmt::Display for PageUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, authority) = (&self.scheme, self.authority());
        write!(f, "{scheme}://{authority}{}{}{}", self.path, self.query, self.fragment)
    }
}

/// What a script reads from `location`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Location {
    href: String,
    protocol: String,
    host: String,
    hostname: String,
    port: String,
    pathname: String,
    search: String,
    hash: String,
    origin: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_normalised() {
        for (text, whole, origin) in [
            ("https://Example.com", "https://example.com/", "https://example.com"),
            ("HTTP://a.b:80/x?y#z", "http://a.b/x?y#z", "http://a.b"),
            ("http://a:8080?q", "http://a:8080/?q", "http://a:8080"),
            ("file:///etc/x", "file:///etc/x", "null"),
            ("http://[::1]:81/", "http://[::1]:81/", "http://[::1]:81"),
        ] {
            let url = PageUrl::parse(text).expect(text);
            assert_eq!(url.to_string(), whole);
            assert_eq!(url.origin(), origin);
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in
            ["", "example.com", "https://", "https:///x", "1a://b/", "http://a b/", "http://a:x/"]
        {
            assert!(PageUrl::parse(text).is_err(), "{text}");
        }
    }
}
