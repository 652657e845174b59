//! What pages and workers expect of the web: sockets, files, frames, history and the cache.

use worldport_quickjs::{Extension, Host, HostOptions, NetEvent, Profile};

use crate::support::Run;

const ACCEPT: &str = "browser.runtime.onUserScriptConnect.addListener(p => {
  console.log('accepted', p.name, p.sender.frameId > 0);
  p.onMessage.addListener(m => console.log(m));
  p.onDisconnect.addListener(() => console.log('gone', p.name));
});";

#[test]
fn a_socket_leads_to_the_driver_and_back() {
    let mut run = Run::new(
        "",
        "const s = new WebSocket('ws://h/?doc=' + new URLSearchParams('?a=%40b').get('a'));
        s.onopen = () => s.send('hello');
        s.onmessage = e => { s.send(e.data + '!'); s.close(); };",
    );
    run.open();
    let events = run.host.take_net();
    let [NetEvent::SocketOpened { socket, url }, NetEvent::SocketText { text, .. }] = &events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!((url.as_str(), text.as_str()), ("ws://h/?doc=@b", "hello"));
    assert_eq!(run.host.send_text(*socket, "and back"), Ok(true));
    let closed = NetEvent::SocketClosed { socket: *socket };
    let answer = NetEvent::SocketText { socket: *socket, text: "and back!".to_owned() };
    assert_eq!(run.host.take_net(), [answer, closed]);
    assert_eq!(run.host.send_text(*socket, "too late"), Ok(false));
}

#[test]
fn a_frame_is_a_document_that_ends_with_its_element() {
    let setup = "browser.userScripts.configureWorld({ messaging: true });
        browser.userScripts.register([{ id: 'us', allFrames: true, matches: ['*://example.com/*'], js: [{ file: 'us.js' }] }]);";
    let script = "if (location.search === '') {
        const f = document.createElement('iframe');
        f.id = 'f'; f.src = '/inner?frame'; document.body.append(f);
        setTimeout(() => document.getElementById('f').remove(), 10);
      } else browser.runtime.connect({ name: location.href });";
    let mut run = Run::with_setup(setup, ACCEPT, script);
    run.open();
    let name = "https://example.com/inner?frame";
    assert_eq!(run.console(), [format!("bg: accepted {name} true"), format!("bg: gone {name}")]);
}

#[test]
fn a_document_comes_back_from_the_cache_with_its_timers_stopped_meanwhile() {
    let script = "if (location.pathname === '/') {
        const p = browser.runtime.connect({ name: 'p' });
        let ticks = 0;
        addEventListener('pagehide', e => console.log('hidden', e.persisted));
        addEventListener('pageshow', e => console.log('shown', e.persisted, ticks));
        const t = setInterval(() => { if (++ticks === 3) clearInterval(t); }, 100);
      }";
    let mut run = Run::new(ACCEPT, script);
    let first = run.host.open_document("https://example.com/").expect("it opens");
    run.host.run_for(50).expect("it runs");
    let second = run.host.visit(first, "https://example.com/next").expect("it is open");
    run.host.run_for(10_000).expect("it runs");
    assert_eq!(run.host.travel(second, -1), Ok(first));
    run.idle();
    assert_eq!(
        run.console(),
        ["bg: accepted p false", "us: hidden true", "bg: gone p", "us: shown true 0"]
    );
    assert_eq!(run.host.travel(first, -1), Ok(first));
}

#[test]
fn a_document_with_a_socket_is_not_kept_where_the_profile_says_so() {
    for (profile, kept) in [(Profile::CHROMIUM, true), (Profile::FIREFOX, false)] {
        let setup = "chrome.userScripts.register([{ id: 'us', matches: ['*://example.com/*'], js: [{ file: 'us.js' }] }]);";
        let mut run = Run::with_profile(
            profile,
            setup,
            "",
            "new WebSocket('ws://h/'); addEventListener('pagehide', e => console.log(e.persisted));",
        );
        let document = run.open();
        run.host.visit(document, "https://example.com/next").expect("it is open");
        assert_eq!(run.console(), [format!("us: {kept}")]);
    }
}

#[test]
fn pages_workers_and_content_scripts_run_their_files() {
    let extension = Extension::from_files([
        (
            "manifest.json",
            r#"{
              "manifest_version": 3, "name": "parts", "version": "1",
              "background": { "service_worker": "sw.js" },
              "content_scripts": [{ "matches": ["*://example.com/*"], "js": ["cs.js"] }]
            }"#,
        ),
        ("sw.js", "importScripts('a.js', 'b.js');"),
        ("a.js", "var from = [];"),
        (
            "b.js",
            "chrome.runtime.onConnect.addListener(p => p.onMessage.addListener(m => {
              from.push(m); if (from.length === 2) new WebSocket('ws://' + from.join('.'));
            }));",
        ),
        ("page.html", "<script src='page.js'></script>"),
        ("page.js", "chrome.runtime.connect().postMessage('page' + location.search.length);"),
        ("cs.js", "chrome.runtime.connect().postMessage('cs');"),
    ]);
    let mut host = Host::new(Profile::CHROMIUM, HostOptions::default(), ());
    let id = host.install(extension.expect("it loads")).expect("it starts");
    let page = host.open_page(id, "page.html?x").expect("it opens");
    host.run_until_idle().expect("it comes to rest");
    host.open_document("https://example.com/").expect("it opens");
    host.run_until_idle().expect("it comes to rest");
    let events = host.take_net();
    assert!(
        matches!(&events[..], [NetEvent::SocketOpened { url, .. }] if url == "ws://page2.cs"),
        "{events:?}"
    );
    assert_eq!(host.close_page(page), Ok(()));
    assert!(host.close_page(page).is_err());
}

#[test]
fn an_extension_that_is_switched_on_again_has_kept_its_scripts() {
    let mut run = Run::new("console.log('start')", "console.log('script', typeof browser)");
    run.open();
    run.host.disable(run.extension).expect("it is on");
    run.idle();
    let again = run.host.enable(run.extension).expect("it is off");
    run.idle();
    assert_ne!(again, run.extension);
    // The background registers its script at every start: the browser has it already.
    let errors = run.uncaught();
    assert!(matches!(&errors[..], [e] if e.message.contains("already registered")), "{errors:?}");
    let script = "us: script object".to_owned();
    assert_eq!(run.console().iter().filter(|&line| *line == script).count(), 2);
}
