//! The functions behind a page's globals: sockets, files of the extension, frames, addresses.

use std::rc::Rc;

use rquickjs::context::EvalOptions;
use rquickjs::{Ctx, Exception, Function, Object, Value};
use worldport::ContextId;

use crate::core::{Command, Core, SharedCore};
use crate::extension::inside;

/// Puts these functions of a context on `native`.
pub(crate) fn install<'js>(
    ctx: &Ctx<'js>,
    native: &Object<'js>,
    core: &SharedCore,
    context: ContextId,
) -> rquickjs::Result<()> {
    macro_rules! native {
        ($name:literal, |$core:ident $(, $arg:ident : $type:ty)*| $body:expr) => {{
            let shared = Rc::clone(core);
            native.set($name, Function::new(ctx.clone(), move |$($arg: $type),*| {
                let $core: &mut Core = &mut shared.borrow_mut();
                $body
            })?)?;
        }};
    }
    native!("socketOpen", |core, url: String| core.net.open(context, url));
    native!("socketSend", |core, socket: u32, text: String| core.net.send(socket, text));
    native!("socketClose", |core, socket: u32| {
        core.touch(context);
        core.net.close(socket);
    });
    native!("beacon", |core, url: String, text: String| core.net.beacon(url, text));
    native!("readUrl", |core, url: String| own_file(core, context, &url));
    native!("frameInserted", |core, element: u32, url: String| {
        core.commands.push(Command::InsertFrame { context, element, url });
    });
    native!("frameNavigated", |core, element: u32, url: String| {
        core.commands.push(Command::NavigateFrame { context, element, url });
    });
    native!("frameRemoved", |core, element: u32| {
        core.commands.push(Command::RemoveFrame { context, element });
    });
    native!("addressChanged", |core, url: String| {
        core.commands.push(Command::ChangeAddress { context, url });
    });
    native!("navigate", |core, url: String| {
        core.commands.push(Command::Navigate { context, url });
        core.profile.leaving_closes_sockets
    });
    native!("reloadDocument", |core| {
        core.commands.push(Command::ReloadDocument { context });
        core.profile.leaving_closes_sockets
    });
    native!("socketCut", |core, socket: u32| core.net.cut(socket));
    let shared = Rc::clone(core);
    let import = move |ctx: Ctx<'js>, file: String| import_script(&ctx, &shared, context, &file);
    native.set("importScript", Function::new(ctx.clone(), import)?)
}

/// The text of a file of the context's own extension.
fn own_file(core: &Core, context: ContextId, url: &str) -> Option<String> {
    let extension = core.contexts.get(&context)?.extension;
    let installed = core.installed.get(&extension)?;
    let file = url.strip_prefix(&installed.base_url)?;
    let file = file.split(['?', '#']).next().unwrap_or(file);
    installed.extension.read(file, "fetch").ok()
}

/// Runs a file of the extension in the worker that names it.
fn import_script<'js>(
    ctx: &Ctx<'js>,
    core: &SharedCore,
    context: ContextId,
    file: &str,
) -> rquickjs::Result<()> {
    // Not borrowed any more when the script runs.
    let text = {
        let core = core.borrow();
        let base = core.contexts.get(&context).and_then(|record| {
            core.installed.get(&record.extension).map(|installed| installed.base_url.clone())
        });
        let name = inside(file).unwrap_or_default();
        base.and_then(|base| own_file(&core, context, &format!("{base}{name}")))
    };
    let Some(text) = text else {
        let why = format!("The script {file:?} failed to load.");
        return Err(Exception::throw_message(ctx, &why));
    };
    let mut options = EvalOptions::default();
    options.strict = false;
    options.filename = Some(file.replace('\0', ""));
    ctx.eval_with_options::<Value<'js>, _>(text.replace('\0', "\u{fffd}"), options).map(drop)
}
