//! The functions behind a page's globals: sockets, files of the extension, frames, addresses.

use std::rc::Rc;

use rquickjs::{Ctx, Exception, Function};
use worldport::ContextId;

use crate::bridge::{Bridge, native};
use crate::core::{Command, Core, SharedCore};
use crate::engine_text::Sources;
use crate::extension::inside;

/// Installs these functions of a context.
pub(crate) fn install(bridge: &Bridge<'_, '_>, sources: &Rc<Sources>) -> rquickjs::Result<()> {
    let context = bridge.context;
    native!(bridge, "socketOpen", |core, url: String| core.net.open(context, url));
    native!(bridge, "socketSend", |core, socket: u32, text: String| core.net.send(socket, text));
    native!(bridge, "socketClose", |core, socket: u32| {
        core.touch(context);
        core.net.close(socket);
    });
    native!(bridge, "beacon", |core, url: String, text: String| core.net.beacon(url, text));
    native!(bridge, "readUrl", |core, url: String| own_file(core, context, &url));
    native!(bridge, "frameInserted", |core, element: u32, url: String| {
        core.commands.push(Command::InsertFrame { context, element, url });
    });
    native!(bridge, "frameNavigated", |core, element: u32, url: String| {
        core.commands.push(Command::NavigateFrame { context, element, url });
    });
    native!(bridge, "frameRemoved", |core, element: u32| {
        core.commands.push(Command::RemoveFrame { context, element });
    });
    native!(bridge, "addressChanged", |core, url: String| {
        core.commands.push(Command::ChangeAddress { context, url });
    });
    native!(bridge, "navigate", |core, url: String| {
        core.commands.push(Command::Navigate { context, url });
        core.profile.leaving_closes_sockets
    });
    native!(bridge, "reloadDocument", |core| {
        core.commands.push(Command::ReloadDocument { context });
    });
    native!(bridge, "socketCut", |core, socket: u32| core.net.cut(socket));
    let (shared, sources) = (Rc::clone(bridge.core), Rc::clone(sources));
    let import =
        move |ctx: Ctx<'_>, file: String| import_script(&ctx, &shared, context, &sources, &file);
    bridge.native.set("importScript", Function::new(bridge.ctx.clone(), import)?)
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
fn import_script(
    ctx: &Ctx<'_>,
    core: &SharedCore,
    context: ContextId,
    sources: &Sources,
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
    sources.run(ctx, file, &text).map(drop)
}
