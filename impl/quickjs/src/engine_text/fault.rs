//! What went wrong, read from QuickJS's words.

/// An error of the engine that browsers put into other words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault<'a> {
    /// A call of something that is no function, or `new` of something that is no constructor.
    NotCallable,
    /// A member of undefined or null was read.
    Read {
        /// The member.
        key: &'a str,
        /// `undefined` or `null`.
        of: &'a str,
    },
    /// An assignment to a constant.
    ReadOnly(&'a str),
    /// A member of undefined or null was set.
    Set {
        /// The member.
        key: &'a str,
        /// `undefined` or `null`.
        of: &'a str,
    },
    /// A name was used before its declaration ran.
    Uninitialised(&'a str),
}

impl<'a> Fault<'a> {
    pub(super) fn of(kind: &str, message: &'a str) -> Option<Self> {
        let between = |start: &str, end: &str| message.strip_prefix(start)?.strip_suffix(end);
        let member = |start: &str| {
            let undefined = between(start, "' of undefined").map(|key| (key, "undefined"));
            undefined.or_else(|| between(start, "' of null").map(|key| (key, "null")))
        };
        match kind {
            "ReferenceError" => between("", " is not initialized").map(Self::Uninitialised),
            "TypeError" => {
                if message == "not a function" || message.ends_with("not a constructor") {
                    return Some(Self::NotCallable);
                }
                if let Some((key, of)) = member("cannot read property '") {
                    return Some(Self::Read { key, of });
                }
                if let Some((key, of)) = member("cannot set property '") {
                    return Some(Self::Set { key, of });
                }
                between("'", "' is read-only").map(Self::ReadOnly)
            }
            _ => None,
        }
    }

    /// The member that was read or set.
    pub(super) fn key(&self) -> Option<&'a str> {
        match *self {
            Self::Read { key, .. } | Self::Set { key, .. } => Some(key),
            _ => None,
        }
    }
}
