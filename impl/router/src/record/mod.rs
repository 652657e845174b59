//! Records: one type a file. None knows how the others are made; they name each other by slot, and
//! meet in [`router`](crate::router) only.

mod account;
mod ask;
mod channel;
mod context;
mod document;
mod end;
mod extension;
mod frame;
mod hold;
mod request;

pub(crate) use account::{Account, Amount};
pub(crate) use ask::{Ask, OfReceiver, OfRequest};
pub(crate) use channel::Channel;
pub(crate) use context::{Context, ContextBack, Kind, OfDocument, OfExtension, Running};
pub(crate) use document::{Document, OfFrame};
pub(crate) use end::{End, EndBack, OfChannel, OfContext, Phase, Role};
pub(crate) use extension::Extension;
pub(crate) use frame::{Frame, OfParent};
pub(crate) use hold::{Hold, Subject, Until, Waiting};
pub(crate) use request::{OfOrigin, Request};
