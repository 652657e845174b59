//! One-time messages: answered once, by whoever answers first, or told that nobody will.

use worldport::*;

use crate::stage::*;

/// A request of a world whose background's listener has been called, and ends as given.
fn asked(rules: Rules, completion: Completion) -> (Stage, ContextId, RequestId) {
    let mut stage = Stage::new(rules);
    let (world, background) = (stage.world(), stage.background);
    stage.listen(background);
    let request = stage.router.send_message(world, 1).unwrap();
    let source = EventSource::Request(request);
    let ready = Some(Output::Ready { context: background, source });
    assert_eq!(stage.router.poll(), ready);
    let told = stage.turn(background, source, completion);
    assert_eq!(told, Told::Request(background, request, 1));
    (stage, world, request)
}

/// A request of a world that the background and a page have got, which both will answer.
fn asked_two() -> (Stage, ContextId, ContextId, RequestId) {
    let mut stage = Stage::new(Rules::STANDARD);
    let (world, page, background) = (stage.world(), stage.page(), stage.background);
    stage.listen(background);
    stage.listen(page);
    let request = stage.router.send_message(world, 1).unwrap();
    stage.run_with(Completion::WillRespond);
    (stage, world, page, request)
}

#[test]
fn the_end_of_the_listeners_decides_by_rule() {
    use Completion::{Returned, Threw, WillRespond};
    use ListenerThrow::{Ignored, Rejects};
    use SilentAnswer::{LeavesUserScriptsPending, ResolvesUndefined};
    let cases = [
        (Rejects, ResolvesUndefined, Returned, Some(RequestOutcome::Undefined)),
        (Rejects, ResolvesUndefined, Threw, Some(RequestOutcome::ListenerThrew)),
        (Rejects, ResolvesUndefined, WillRespond, None),
        (Rejects, LeavesUserScriptsPending, Returned, None),
        (Ignored, ResolvesUndefined, Threw, Some(RequestOutcome::Undefined)),
        (Ignored, LeavesUserScriptsPending, Threw, None),
    ];
    for (listener_throw, silent_answer, completion, outcome) in cases {
        let rules = Rules { listener_throw, silent_answer, ..Rules::STANDARD };
        let (mut stage, world, request) = asked(rules, completion);
        let expected: Vec<Told> =
            outcome.into_iter().map(|outcome| Told::Settled(world, request, outcome)).collect();
        assert_eq!(stage.run(), expected, "{listener_throw:?} {silent_answer:?} {completion:?}");
    }
}

#[test]
fn a_reply_within_the_listener_settles_the_request() {
    let mut stage = Stage::new(Rules::STANDARD);
    let (world, background) = (stage.world(), stage.background);
    stage.listen(background);
    let request = stage.router.send_message(world, 1).unwrap();
    stage.router.dispatch(background, EventSource::Request(request)).unwrap();
    stage.router.respond(background, request, 2).unwrap();
    let settled = Told::Settled(world, request, RequestOutcome::Reply(2));
    assert_eq!(stage.run(), [settled]);
    // The request is gone before its listener has ended, and that is no matter.
    assert_eq!(stage.router.snapshot().requests, []);
    assert_eq!(stage.router.next(background, Completion::WillRespond), Ok(None));
}

#[test]
fn a_later_reply_settles_the_request_once() {
    let (mut stage, world, request) = asked(Rules::STANDARD, Completion::WillRespond);
    let background = stage.background;
    stage.router.respond(background, request, 2).unwrap();
    let again = Call::Respond { context: background, request, message: 3 };
    assert_eq!(stage.refused(again), Refusal::ForeignRequest(request));
    assert_eq!(stage.run(), [Told::Settled(world, request, RequestOutcome::Reply(2))]);
}

#[test]
fn only_the_first_of_several_answers_counts() {
    let (mut stage, world, page, request) = asked_two();
    let background = stage.background;
    stage.router.respond(page, request, 2).unwrap();
    stage.router.respond(background, request, 3).unwrap();
    assert_eq!(stage.run(), [Told::Settled(world, request, RequestOutcome::Reply(2))]);
    assert_eq!(stage.dropped(DropRule::AlreadyAnswered), 1);
}

#[test]
fn nobody_listening_is_told_apart_from_nobody_answering() {
    let mut stage = Stage::new(Rules::STANDARD);
    let (world, background) = (stage.world(), stage.background);
    let request = stage.router.send_message(world, 1).unwrap();
    let settled = Told::Settled(world, request, RequestOutcome::NoReceiver);
    assert_eq!(stage.run(), [Told::Declined(background), settled]);
}

#[test]
fn a_receiver_that_dies_or_lets_go_leaves_the_request_unanswered() {
    for dies in [true, false] {
        let (mut stage, world, request) = asked(Rules::STANDARD, Completion::WillRespond);
        if dies {
            stage.router.stop_background(stage.extension).unwrap();
        } else {
            stage.router.abandon(stage.background, request).unwrap();
        }
        let settled = Told::Settled(world, request, RequestOutcome::Unanswered);
        assert!(stage.run().contains(&settled), "{dies}");
    }
}

#[test]
fn a_receiver_that_dies_before_it_got_the_request_counts_as_none() {
    let mut stage = Stage::new(Rules::STANDARD);
    let (world, background) = (stage.world(), stage.background);
    stage.listen(background);
    let request = stage.router.send_message(world, 1).unwrap();
    stage.router.stop_background(stage.extension).unwrap();
    let settled = Told::Settled(world, request, RequestOutcome::NoReceiver);
    assert_eq!(stage.run(), [settled, Told::Ended(background)]);
}

#[test]
fn a_request_cannot_be_abandoned_while_its_listeners_run() {
    let mut stage = Stage::new(Rules::STANDARD);
    let (world, background) = (stage.world(), stage.background);
    stage.listen(background);
    let request = stage.router.send_message(world, 1).unwrap();
    let abandon = Call::Abandon { context: background, request };
    assert_eq!(stage.refused(abandon.clone()), Refusal::ForeignRequest(request));
    stage.router.dispatch(background, EventSource::Request(request)).unwrap();
    assert_eq!(stage.refused(abandon), Refusal::RequestInUse(request));
}

#[test]
fn the_message_is_copied_to_every_receiver_and_then_forgotten() {
    let mut stage = Stage::new(Rules::STANDARD);
    let (world, page, background) = (stage.world(), stage.page(), stage.background);
    stage.listen(background);
    stage.listen(page);
    let request = stage.router.send_message(world, 1).unwrap();
    assert_eq!(stage.router.snapshot().requests[0].message, Some(1));
    let told = stage.run_with(Completion::WillRespond);
    let expected = [background, page].map(|context| Told::Request(context, request, 1));
    assert_eq!(told, expected);
    assert_eq!(stage.router.snapshot().requests[0].message, None);
}

#[test]
fn a_request_that_waits_is_delivered_though_its_origin_died() {
    let mut stage = Stage::new(Rules::STANDARD);
    let world = stage.world();
    stage.router.stop_background(stage.extension).unwrap();
    let request = stage.router.send_message(world, 1).unwrap();
    stage.router.destroy_document(stage.document).unwrap();
    let Some(Background::Starting(background)) = stage.router.background(stage.extension) else {
        panic!("sending wakes the background")
    };
    stage.listen(background);
    stage.router.background_started(background).unwrap();
    assert!(stage.run().contains(&Told::Request(background, request, 1)));
    assert_eq!(stage.router.snapshot().requests, []);
}

#[test]
fn a_request_whose_origin_died_is_still_delivered() {
    let mut stage = Stage::new(Rules::STANDARD);
    let (world, background) = (stage.world(), stage.background);
    stage.listen(background);
    let request = stage.router.send_message(world, 1).unwrap();
    stage.router.destroy_document(stage.document).unwrap();
    let told = stage.run();
    assert_eq!(told, [Told::Request(background, request, 1), Told::Ended(world)]);
    assert_eq!(stage.router.snapshot().requests, []);
}

#[test]
fn a_withdrawn_world_gets_no_reply() {
    let (mut stage, world, request) = asked(Rules::STANDARD, Completion::WillRespond);
    let background = stage.background;
    stage.router.respond(background, request, 2).unwrap();
    stage.router.configure_world(background, WorldId::DEFAULT, messaging(false)).unwrap();
    assert_eq!(stage.run(), [Told::Settled(world, request, RequestOutcome::Unanswered)]);
    assert_eq!(stage.dropped(DropRule::MessagingWithdrawn), 1);
}

#[test]
fn a_reply_goes_to_the_origin_only() {
    let (mut stage, world, request) = asked(Rules::STANDARD, Completion::WillRespond);
    let background = stage.background;
    let source = EventSource::Reply(request);
    let refusal = stage.refused(Call::Dispatch { context: background, source });
    assert_eq!(refusal, Refusal::ForeignRequest(request));
    let refusal = stage.refused(Call::Dispatch { context: world, source });
    assert_eq!(refusal, Refusal::NothingToDispatch(world));
}

#[test]
fn a_request_that_has_been_settled_is_not_settled_again_when_the_permission_goes() {
    let (mut stage, world, page, request) = asked_two();
    let background = stage.background;
    stage.router.respond(page, request, 2).unwrap();
    assert_eq!(stage.run(), [Told::Settled(world, request, RequestOutcome::Reply(2))]);
    stage.router.revoke_permission(stage.extension).unwrap();
    assert_eq!(stage.run(), []);
    stage.router.respond(background, request, 3).unwrap();
}

#[test]
fn only_a_user_script_is_left_pending_by_silence() {
    // q1_content_script: the same silence resolves the promises of pages and content scripts.
    let silent_answer = SilentAnswer::LeavesUserScriptsPending;
    let mut stage = Stage::new(Rules { silent_answer, ..Rules::STANDARD });
    let (world, page, background) = (stage.world(), stage.page(), stage.background);
    stage.listen(background);
    let message = runtime(RuntimeEvent::OnMessage);
    stage.router.add_listener(background, message, ON_REQUEST).unwrap();
    stage.router.send_message(world, 1).unwrap();
    let request = stage.router.send_message(page, 2).unwrap();
    let told = stage.run();
    let settled: Vec<&Told> =
        told.iter().filter(|told| matches!(told, Told::Settled(..))).collect();
    assert_eq!(settled, [&Told::Settled(page, request, RequestOutcome::Undefined)]);
}

#[test]
fn a_reply_is_under_way_until_the_last_who_was_asked_has_gone_even_if_nobody_waits_for_it() {
    let (mut stage, _, page, request) = asked_two();
    let background = stage.background;
    stage.router.respond(page, request, 2).unwrap();
    stage.router.destroy_document(stage.document).unwrap();
    let outcomes = |stage: &Stage| -> Vec<RequestPhase<u64>> {
        stage.router.snapshot().requests.into_iter().map(|it| it.phase).collect()
    };
    assert_eq!(outcomes(&stage), [RequestPhase::Answered(RequestOutcome::Reply(2))]);
    assert!(stage.router.is_consistent());
    stage.router.respond(background, request, 3).unwrap();
    assert_eq!(outcomes(&stage), []);
    assert!(stage.router.is_consistent());
}
