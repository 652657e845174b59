//! Worlds: a worldId and the configuration that it names.

use alloc::sync::Arc;
use core::fmt;

use crate::WorldIdLength;

/// The name of a world's configuration. The empty name is the default world.
///
/// ```
/// use worldport::{WorldId, WorldIdError, WorldIdLength};
///
/// let world = WorldId::new("greeter", WorldIdLength::Utf16)?;
/// assert_eq!(world.as_str(), "greeter");
/// assert_eq!(WorldId::new("", WorldIdLength::Utf16)?, WorldId::DEFAULT);
/// assert_eq!(WorldId::new("_x", WorldIdLength::Utf16), Err(WorldIdError::Reserved));
/// # Ok::<(), WorldIdError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "Arc<str>", into = "Arc<str>"))]
pub struct WorldId {
    /// `None` is the default world, so that there is one spelling of it.
    name: Option<Arc<str>>,
}

impl WorldId {
    /// The default world, which scripts without a `worldId` run in.
    pub const DEFAULT: Self = Self { name: None };

    /// The longest worldId, in the unit that [`WorldIdLength`] chooses (MDN: 256 characters).
    pub const MAX_LENGTH: usize = 256;

    /// Checks a worldId.
    ///
    /// # Errors
    ///
    /// [`WorldIdError::Reserved`] for a leading underscore, [`WorldIdError::TooLong`] beyond
    /// [`MAX_LENGTH`](Self::MAX_LENGTH) (`l1_world_names`).
    pub fn new(name: &str, unit: WorldIdLength) -> Result<Self, WorldIdError> {
        if name.starts_with('_') {
            return Err(WorldIdError::Reserved);
        }
        let length = match unit {
            WorldIdLength::Bytes => name.len(),
            WorldIdLength::Utf16 => name.encode_utf16().count(),
        };
        if length > Self::MAX_LENGTH {
            return Err(WorldIdError::TooLong { length });
        }
        Ok(Self { name: (!name.is_empty()).then(|| name.into()) })
    }

    /// The worldId as a script writes it: `""` for the default world.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.name.as_deref().unwrap_or("")
    }

    /// Whether this is the default world.
    #[must_use]
    pub const fn is_default(&self) -> bool {
        self.name.is_none()
    }
}

impl fmt::Display for WorldId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

impl From<WorldId> for Arc<str> {
    fn from(world: WorldId) -> Self {
        world.name.unwrap_or_else(|| "".into())
    }
}

/// The lenient unit (a name within 256 bytes is within 256 UTF-16 units) is the one of data at
/// rest.
impl TryFrom<Arc<str>> for WorldId {
    type Error = WorldIdError;

    fn try_from(name: Arc<str>) -> Result<Self, WorldIdError> {
        Self::new(&name, WorldIdLength::Utf16)
    }
}

/// Why a text is not a worldId.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorldIdError {
    /// It begins with an underscore, which is reserved.
    Reserved,
    /// It is longer than [`WorldId::MAX_LENGTH`].
    TooLong {
        /// Its length, in the unit asked for.
        length: usize,
    },
}

impl fmt::Display for WorldIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reserved => f.write_str("a world id beginning with an underscore is reserved"),
            Self::TooLong { length } => {
                write!(f, "a world id of length {length} exceeds {}", WorldId::MAX_LENGTH)
            }
        }
    }
}

impl core::error::Error for WorldIdError {}

/// What `configureWorld` was given. An absent member means what
/// [`OmittedMember`](crate::OmittedMember) says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct WorldChange {
    /// The member `messaging`.
    pub messaging: Option<bool>,
    /// The member `csp`.
    pub csp: Option<Arc<str>>,
}

/// A world's configuration as stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct WorldConfig {
    /// Whether instances that start now get messaging.
    pub messaging: bool,
    /// The content security policy, which the router keeps for the host.
    pub csp: Option<Arc<str>>,
}

/// Whether a world instance may use messaging. Decided when it starts (`b1_never_configured`,
/// `b2_messaging_false`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Gate {
    /// Messaging was off when the instance started.
    Absent,
    /// New calls are refused, open ports go on (`c3_false_leaks_to_same_process`). Only under
    /// [`Withdrawal::AfterResetOrInjection`](crate::Withdrawal::AfterResetOrInjection), which also
    /// gives calls back.
    CallsRefused,
    /// The instance may connect, post and send.
    Granted,
    /// Messaging was taken away from the running instance, for good (`c1_true_then_false`).
    Withdrawn,
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    #[test]
    fn length_is_counted_in_the_unit_of_the_profile() {
        let wide: String = core::iter::repeat_n('é', 200).collect();
        assert!(WorldId::new(&wide, WorldIdLength::Utf16).is_ok());
        assert_eq!(
            WorldId::new(&wide, WorldIdLength::Bytes),
            Err(WorldIdError::TooLong { length: 400 })
        );
        let longest = "w".repeat(256);
        assert!(WorldId::new(&longest, WorldIdLength::Bytes).is_ok());
        assert!(WorldId::new(&(longest + "w"), WorldIdLength::Utf16).is_err());
    }
}
