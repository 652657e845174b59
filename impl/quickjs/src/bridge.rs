//! How native functions of a context are put where the JavaScript side finds them.

use rquickjs::{Ctx, Object};
use worldport::ContextId;

use crate::core::SharedCore;

/// A context whose native functions are being installed.
pub(crate) struct Bridge<'a, 'js> {
    pub(crate) ctx: &'a Ctx<'js>,
    /// The object that the JavaScript side gets.
    pub(crate) native: &'a Object<'js>,
    pub(crate) core: &'a SharedCore,
    pub(crate) context: ContextId,
}

/// Installs a native function that has the core to itself while it runs.
macro_rules! native {
    ($bridge:ident, $name:literal, |$core:ident $(, $arg:ident : $type:ty)*| $body:expr) => {{
        let shared = std::rc::Rc::clone($bridge.core);
        let function = rquickjs::Function::new($bridge.ctx.clone(), move |$($arg: $type),*| {
            let mut guard = shared.borrow_mut();
            let $core: &mut $crate::core::Core = &mut guard;
            $body
        })?;
        $bridge.native.set($name, function)?;
    }};
}

pub(crate) use native;
