//! How ids, limits and errors read: embedders log them.

use worldport::*;

use crate::stage::*;

#[test]
fn an_id_says_what_it_names_and_how_often_its_place_was_taken() {
    let mut stage = Stage::new(Rules::STANDARD);
    let create = |stage: &mut Stage| {
        let document = DocumentSpec::in_tab(TabId(1), content("https://example.com/"));
        stage.router.create_document(document).unwrap()
    };
    let first = create(&mut stage);
    stage.router.destroy_document(first).unwrap();
    let second = create(&mut stage);
    assert_eq!(
        (first.to_string(), format!("{first:?}")),
        ("document#1v1".into(), "document#1v1".into())
    );
    assert_eq!(second.to_string(), "document#1v2");
}

#[test]
fn an_error_reads_like_the_refusal_that_it_is() {
    let mut stage = Stage::new(Rules::STANDARD);
    let background = stage.background;
    let error = stage.router.background_started(background).unwrap_err();
    assert_eq!(error.to_string(), format!("{background} is not a starting background"));
    assert_eq!(error.to_string(), Refusal::from(error).to_string());
}

#[test]
fn an_end_says_why_it_closed() {
    assert_eq!(PortError::NoReceiver.to_string(), "nobody accepted the connection");
    assert_eq!(
        PortError::PageCached.to_string(),
        "the opener's page moved into the back/forward cache"
    );
}

#[test]
fn a_world_reads_as_its_quoted_id() {
    assert_eq!(WorldId::DEFAULT.to_string(), "\"\"");
    assert!(WorldId::DEFAULT.is_default() && !world_id("w").is_default());
    assert_eq!(world_id("w\"").to_string(), "\"w\\\"\"");
    let reserved = WorldId::new("_w", WorldIdLength::Utf16).unwrap_err();
    assert_eq!(reserved.to_string(), "a world id beginning with an underscore is reserved");
    let long = WorldId::new(&"w".repeat(257), WorldIdLength::Utf16).unwrap_err();
    assert_eq!(long.to_string(), "a world id of length 257 exceeds 256");
}

#[test]
fn every_limit_has_the_default_that_is_documented() {
    let defaults: Vec<(String, usize)> =
        Limits::ALL.iter().map(|(kind, _, default)| (kind.to_string(), *default)).collect();
    let documented = [
        ("cached documents of a frame", 50),
        ("channels of a context", 65_536),
        ("configured worlds", 65_536),
        ("listeners of a context", 4_194_304),
        ("contexts", 16_777_216),
        ("documents", 16_777_216),
        ("bytes under way in an extension", 4_294_967_295),
        ("messages under way in an extension", 1_048_576),
        ("requests of an extension", 1_048_576),
        ("extensions", 1_048_576),
        ("frames of a page", 1_000),
        ("held bytes", 1_073_741_824),
        ("held messages", 65_536),
        ("listeners in a set", 4_096),
        ("bytes in a message", 1_073_741_824),
        ("bytes in a name", 65_536),
        ("pages of an extension", 4_096),
        ("bytes in a policy", 65_536),
        ("ports of a context", 1_048_576),
        ("queued bytes of a context", 1_073_741_824),
        ("queued messages of a context", 65_536),
        ("requests of a context", 65_536),
        ("bytes in a url", 2_097_152),
        ("what waits for a background", 1_048_576),
        ("worlds in a document", 65_536),
    ];
    assert_eq!(defaults, documented.map(|(kind, default)| (kind.to_string(), default)));
    let refused = Refusal::Limit(LimitKind::Frames).to_string();
    assert_eq!(refused, "the limit of frames of a page is reached");
}

#[cfg(feature = "std")]
#[test]
fn a_shard_and_what_is_in_it_read_short() {
    let shards = worldport::shards::Shards::<u64>::new(2, &Rules::STANDARD, &Limits::DEFAULT);
    assert_eq!(format!("{shards:?}"), "Shards { count: 2, .. }");
    let first = shards.load_extension(spec("a@example", true)).unwrap();
    let second = shards.load_extension(spec("b@example", true)).unwrap();
    assert_eq!(second.shard().to_string(), "shard#1");
    assert_eq!(format!("{:?}", second.shard()), "shard#1");
    assert_eq!(format!("{first:?}"), format!("{:?}@shard#0", first.id()));
    assert_eq!(format!("{:?}", shards.lock(first.shard())), "Shard { id: shard#0, .. }");
}
