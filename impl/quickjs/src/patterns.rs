//! Match patterns: which documents a user script or a host permission is for.
//!
//! Source: MDN, "Match patterns in extension manifests".

use std::fmt;
use std::str::FromStr;

use crate::url::PageUrl;

/// Schemes that `*` stands for.
const ANY_SCHEME: [&str; 4] = ["http", "https", "ws", "wss"];
/// Schemes that a pattern may name, and that `<all_urls>` covers.
const KNOWN_SCHEMES: [&str; 7] = ["http", "https", "ws", "wss", "ftp", "data", "file"];

/// A text that is no match pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Invalid url pattern: {pattern}")]
pub struct PatternError {
    /// The text.
    pub pattern: String,
    /// The first thing that is wrong with it.
    pub fault: PatternFault,
}

/// What is wrong with a text that is no match pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatternFault {
    /// No host where the scheme needs one.
    EmptyHost,
    /// Nothing follows the host.
    EmptyPath,
    /// A `*` that is neither the whole host nor its first label.
    HostWildcard,
    /// Nothing ends the scheme.
    NoSeparator,
    /// A port, which patterns here do not have.
    Port,
    /// A scheme that no pattern may name.
    Scheme,
    /// `:` where this scheme needs `://`.
    Separator,
}

/// One match pattern, parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchPattern {
    text: String,
    rule: Rule,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Rule {
    AllUrls,
    Parts { scheme: Scheme, host: HostRule, path: String },
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Scheme {
    Any,
    Only(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum HostRule {
    Any,
    Exactly(String),
    /// This host and everything below it.
    Under(String),
}

impl MatchPattern {
    /// Whether the pattern covers this address. The fragment does not count.
    #[must_use]
    pub fn matches(&self, url: &PageUrl) -> bool {
        let (scheme, host, path) = match &self.rule {
            Rule::AllUrls => return KNOWN_SCHEMES.contains(&url.scheme()),
            Rule::Parts { scheme, host, path } => (scheme, host, path),
        };
        let scheme_fits = match scheme {
            Scheme::Any => ANY_SCHEME.contains(&url.scheme()),
            Scheme::Only(only) => only == url.scheme(),
        };
        let host_fits = match host {
            HostRule::Any => true,
            HostRule::Exactly(host) => host == url.host(),
            HostRule::Under(host) => url
                .host()
                .strip_suffix(host.as_str())
                .is_some_and(|below| below.is_empty() || below.ends_with('.')),
        };
        scheme_fits && host_fits && glob(path, &url.path_and_query())
    }
}

impl FromStr for MatchPattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let invalid = |fault| PatternError { pattern: text.to_owned(), fault };
        if text == "<all_urls>" {
            return Ok(Self { text: text.to_owned(), rule: Rule::AllUrls });
        }
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (scheme, Some(rest)),
            None => {
                (text.split_once(':').ok_or_else(|| invalid(PatternFault::NoSeparator))?.0, None)
            }
        };
        let scheme = match scheme {
            "*" => Scheme::Any,
            known if KNOWN_SCHEMES.contains(&known) => Scheme::Only(known.to_owned()),
            _ => return Err(invalid(PatternFault::Scheme)),
        };
        let rest = rest.ok_or_else(|| invalid(PatternFault::Separator))?;
        let is_file = scheme == Scheme::Only("file".to_owned());
        let (host, path) = match rest.find('/') {
            Some(0) if !is_file => return Err(invalid(PatternFault::EmptyHost)),
            Some(end) => rest.split_at(end),
            None if rest.is_empty() => return Err(invalid(PatternFault::EmptyHost)),
            None => return Err(invalid(PatternFault::EmptyPath)),
        };
        let host = HostRule::parse(&host.to_lowercase()).map_err(invalid)?;
        Ok(Self {
            text: text.to_owned(),
            rule: Rule::Parts { scheme, host, path: path.to_owned() },
        })
    }
}

impl HostRule {
    /// No host at all stands for any: only schemes that need none get here without one.
    fn parse(host: &str) -> Result<Self, PatternFault> {
        if host.contains(':') {
            return Err(PatternFault::Port);
        }
        let (under, name) = match host.strip_prefix("*.") {
            Some(name) => (true, name),
            None => (false, host),
        };
        match name {
            "" if under => Err(PatternFault::EmptyHost),
            "" | "*" if !under => Ok(Self::Any),
            name if name.contains('*') => Err(PatternFault::HostWildcard),
            name if under => Ok(Self::Under(name.to_owned())),
            name => Ok(Self::Exactly(name.to_owned())),
        }
    }
}

impl fmt::Display for MatchPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Whether `text` fits a glob in which `*` stands for any run of characters. Linear: it remembers
/// only the last `*`, so no pattern can make it slow.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut from) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while from < text.len() {
        if pattern.get(at) == Some(&b'*') {
            star = Some((at, from));
            at += 1;
        } else if pattern.get(at) == Some(&text[from]) {
            at += 1;
            from += 1;
        } else if let Some((star_at, star_from)) = star {
            at = star_at + 1;
            from = star_from + 1;
            star = Some((star_at, star_from + 1));
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, url: &str) -> bool {
        let pattern: MatchPattern = pattern.parse().expect("a pattern");
        pattern.matches(&PageUrl::parse(url).expect("an address"))
    }

    #[test]
    fn patterns_cover_what_mdn_says() {
        for (pattern, url, expected) in [
            ("<all_urls>", "https://a.org/x", true),
            ("<all_urls>", "resource://a/b/c/", false),
            ("*://*/*", "ftp://ftp.example.org/", false),
            ("*://*/*", "ws://example.org/", true),
            ("*://example.com/*", "https://example.com/", true),
            ("*://example.com/*", "https://www.example.com/", false),
            ("*://*.mozilla.org/*", "https://a.b.mozilla.org/x", true),
            ("*://*.mozilla.org/*", "http://mozilla.org/", true),
            ("*://*.mozilla.org/*", "http://notmozilla.org/", false),
            ("*://mozilla.org/a/*/b/", "http://mozilla.org/a/x/y/b/", true),
            ("*://mozilla.org/a/*/b/", "http://mozilla.org/a/b/", false),
            ("https://*/path", "https://mozilla.org/path?q", false),
            ("https://*/path/", "https://mozilla.org/path/#hash", true),
            ("https://mozilla.org/*?q", "https://mozilla.org/a?q", true),
            ("file:///blah/*", "file:///blah/x", true),
            ("http://localhost/*", "http://localhost:8080/x", true),
        ] {
            assert_eq!(matches(pattern, url), expected, "{pattern} {url}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for (text, fault) in [
            ("", PatternFault::NoSeparator),
            ("x", PatternFault::NoSeparator),
            ("example.com/*", PatternFault::NoSeparator),
            ("foo://a/*", PatternFault::Scheme),
            ("about:blank", PatternFault::Scheme),
            ("http:a/*", PatternFault::Separator),
            ("https://", PatternFault::EmptyHost),
            ("https:///x", PatternFault::EmptyHost),
            ("https://*./x", PatternFault::EmptyHost),
            ("https://a", PatternFault::EmptyPath),
            ("https://*foo/*", PatternFault::HostWildcard),
            ("*://*.*/x", PatternFault::HostWildcard),
            ("http://a:80/*", PatternFault::Port),
        ] {
            let refused = Err(PatternError { pattern: text.to_owned(), fault });
            assert_eq!(text.parse::<MatchPattern>(), refused, "{text}");
        }
    }

    #[test]
    fn globs_are_linear() {
        let pattern = "*a".repeat(50) + "b";
        assert!(!glob(&pattern, &"a".repeat(20_000)));
    }
}
