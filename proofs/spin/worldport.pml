/*
 * Worldport in Promela: channels of user scripts under the rules of `standard`, written from
 * docs/src/semantics-standard.md, with data of its own. It shares no code with the model; what it
 * has in common with it is that text, and the rule that a new record takes the lowest number that
 * is free.
 *
 * What happens here. The background starts, has started and stops; extension pages open and close;
 * documents come and go; worlds are configured (on, off, left out) and reset; scripts are injected;
 * extension contexts add and remove listeners of onUserScriptConnect, holders of ports those of
 * onMessage and onDisconnect; world instances connect; contexts take events and go on to the next
 * listener; both sides post, disconnect and release. What does not: content scripts, frames,
 * navigation and the cache, the permission, loading and unloading, one-time messages, throwing.
 *
 * What corresponds to what. One state of the model, without the history of the checks, is one state
 * here, and one action that the model accepts in a state is one transition here:
 *
 * - There is one process and one point at which it rests. A step is an atomic sequence that begins
 *   by choosing an option; no option that can be chosen blocks later on. Spin stores what is between
 *   two sequences and nothing in between.
 * - Each action of the model with each of its arguments is one option, and its guard is all that
 *   would refuse it. An action that is accepted and changes nothing is a transition too.
 * - Whatever is not there is zero. Numbers that serve a step alone are zero, or hidden, at rest.
 * - What follows from the rest of a state is left out of it: a document's frame has the document's
 *   number, the sender that a connect event shows is that of the channel, an opener that lives is
 *   the context that the sender names, the extension is always the same.
 * - Spin drops variables that are written and never read, and messages are such. Hence `spin -o2`.
 *
 * What Spin counts. "States, stored" are the different states with the one it starts in.
 * "Transitions" are stored and matched states: every arrival at a state, and Spin arrives at the
 * first one too. Steps of the model are therefore transitions without that first arrival.
 *
 * Equal counts are not equal graphs: reverse every queue and the counts are the same. So there is a
 * digest too. A step is written as bytes (a digest of the state before, the action and its arguments, a
 * digest of the state after) and the digests of all steps are added up. That is done by the only C in
 * this file, which looks and changes nothing. Digests are 64 bits of FNV-1a.
 *
 * Bounds are conditions on actions, as in the proofs. All are given by -D:
 *
 *   DOCUMENTS, WORLDS, PAGES, CHANNELS  how many there may be at once (worlds: in one document)
 *   DEPTH                               messages in flight to one end, and held for a background
 *   VALUES                              different messages
 *   LISTENERS                           of onUserScriptConnect in each extension context
 *   ON_MESSAGE, ON_DISCONNECT           of each port
 *   STOPS                               1 if the background stops
 *   CONTEXTS                            1 + PAGES + DOCUMENTS * WORLDS: all the contexts there can be
 *
 * Faults, to see that the counts can differ, one at a time:
 *
 *   FAULT_CLOSER_TOLD     the end that disconnects is told of it
 *   FAULT_KEPT_IN_FLIGHT  withdrawal leaves in place what is in flight
 *   FAULT_LATE_GATE       an instance that started without messaging may connect once it is configured
 *   FAULT_LIFO            a message overtakes those that are there
 *   FAULT_REMOVED_CALLED  a listener that was removed before its turn is called
 */

/* ---- numbers ---- */

/* The extension's background. Its context, if it has one, is the one of that kind. */
#define STOPPED   0
#define STARTING  1
#define RUNNING   2

/* What a world is configured to. */
#define UNSET  0
#define OFF    1
#define ON     2

/* Kinds of context. */
#define NOBODY      0
#define BACKGROUND  1
#define PAGE        2
#define WORLD       3

/* The gate of a world instance. */
#define ABSENT     1
#define GRANTED    2
#define WITHDRAWN  3

/* What a context is being told. */
#define NOTHING      0
#define CONNECTED    1
#define MESSAGE      2
#define CLOSED_FINE  3
#define CLOSED_ERROR 4

/* Phases of an end. An opener whose context is dead has no end; RELEASED is an opener's alone: its
   context lives and has let go of the port. A receiver that lets go has no end. */
#define NONE      0
#define OFFERED   1
#define OPEN      2
#define CLOSED    3
#define RELEASED  4

/* Whether a channel waits for the background to start, and whether its opener has left meanwhile. */
#define NO    0
#define YES   1
#define LEFT  2

/* A queue is a number in base eight whose last digit is its head. A message is 1 to 5, and: */
#define NOTICE        6
#define NOTICE_ERROR  7
#define LENGTH(q)   (((q) > 0) + ((q) > 7) + ((q) > 63) + ((q) > 511) + ((q) > 4095))
#define NOTICED(q)  (((q) >= 6 && (q) < 8) || ((q) >= 48 && (q) < 64) || ((q) >= 384 && (q) < 512) \
                     || ((q) >= 3072 && (q) < 4096) || (q) >= 24576)
#define MESSAGES(q) (LENGTH(q) - NOTICED(q))

/* A set of listeners in their order is a number in base four, the first one in the last digit. */
#define HAS(set, l)  (((set) & 3) == (l) || (((set) >> 2) & 3) == (l) || (((set) >> 4) & 3) == (l))

/* The ends of a channel: the opener's first, then one for each context. */
#define ENDS            (CONTEXTS + 1)
#define AT(k, e)        ((k) * ENDS + (e))
#define OPENER(k)       AT(k, 0)
#define RECEIVER(k, c)  AT(k, (c) + 1)

/* ---- the state ---- */

byte background;
byte config[WORLDS];
byte document[DOCUMENTS];

byte kind[CONTEXTS];
byte document_of[CONTEXTS];  /* where a world instance runs */
byte world[CONTEXTS];        /* its world: 0 is the default one */
byte gate[CONTEXTS];
byte listeners[CONTEXTS];    /* of onUserScriptConnect */
byte told[CONTEXTS];         /* the event whose listeners are being called */
byte told_at[CONTEXTS];      /* the end that it is about */
byte told_what[CONTEXTS];    /* the message */
byte running[CONTEXTS];      /* the listener that runs */
byte rest[CONTEXTS];         /* those to be called after it */

byte used[CHANNELS];
byte from[CHANNELS];         /* sender: context, document, world */
byte from_document[CHANNELS];
byte from_world[CHANNELS];
byte accepted[CHANNELS];
byte waiting[CHANNELS];
short held[CHANNELS];

byte phase[CHANNELS * ENDS];
short inbox[CHANNELS * ENDS];
byte on_message[CHANNELS * ENDS];
byte on_disconnect[CHANNELS * ENDS];

/* The action that is being taken, and its arguments; zero at rest. */
byte act;
byte c;
byte k;
byte e;
byte n;

/* Hands for the steps, without meaning between them. */
hidden byte i;
hidden byte j;
hidden byte m;
hidden byte d;
hidden byte hand;
hidden byte new;
hidden byte any;
hidden byte live;
hidden short queue;

/* ---- the digest ---- */

c_decl {
    static unsigned long long digest;
    static unsigned long long before;
    static unsigned long long after;
    static void __attribute__((destructor)) tell(void) { printf("digest %016llx\n", digest); }
}

#define TAKE(sum, number)  sum = (sum ^ (unsigned char) (number)) * 1099511628211ULL;
#define TAKE_2(sum, number)  TAKE(sum, number) TAKE(sum, (number) >> 8)
#define TAKE_EACH(sum, array, count, take) \
    for (at = 0; at < (count); at++) { take(sum, now.array[at]) }
#define TAKE_STATE(sum) \
    sum = 14695981039346656037ULL; \
    TAKE(sum, now.background) \
    TAKE_EACH(sum, config, WORLDS, TAKE) \
    TAKE_EACH(sum, document, DOCUMENTS, TAKE) \
    TAKE_EACH(sum, kind, CONTEXTS, TAKE) \
    TAKE_EACH(sum, document_of, CONTEXTS, TAKE) \
    TAKE_EACH(sum, world, CONTEXTS, TAKE) \
    TAKE_EACH(sum, gate, CONTEXTS, TAKE) \
    TAKE_EACH(sum, listeners, CONTEXTS, TAKE) \
    TAKE_EACH(sum, told, CONTEXTS, TAKE) \
    TAKE_EACH(sum, told_at, CONTEXTS, TAKE) \
    TAKE_EACH(sum, told_what, CONTEXTS, TAKE) \
    TAKE_EACH(sum, running, CONTEXTS, TAKE) \
    TAKE_EACH(sum, rest, CONTEXTS, TAKE) \
    TAKE_EACH(sum, used, CHANNELS, TAKE) \
    TAKE_EACH(sum, from, CHANNELS, TAKE) \
    TAKE_EACH(sum, from_document, CHANNELS, TAKE) \
    TAKE_EACH(sum, from_world, CHANNELS, TAKE) \
    TAKE_EACH(sum, accepted, CHANNELS, TAKE) \
    TAKE_EACH(sum, waiting, CHANNELS, TAKE) \
    TAKE_EACH(sum, held, CHANNELS, TAKE_2) \
    TAKE_EACH(sum, phase, CHANNELS * ENDS, TAKE) \
    TAKE_EACH(sum, inbox, CHANNELS * ENDS, TAKE_2) \
    TAKE_EACH(sum, on_message, CHANNELS * ENDS, TAKE) \
    TAKE_EACH(sum, on_disconnect, CHANNELS * ENDS, TAKE)

inline look_before() {
    c_code { { int at; TAKE_STATE(before) } }
}

inline look_after() {
    c_code {
        {
            int at;
            unsigned long long step = 14695981039346656037ULL;
            TAKE_STATE(after)
            for (at = 0; at < 64; at += 8) { TAKE(step, before >> at) }
            TAKE(step, now.act)
            TAKE(step, now.c)
            TAKE(step, now.k)
            TAKE(step, now.e)
            TAKE(step, now.n)
            for (at = 0; at < 64; at += 8) { TAKE(step, after >> at) }
            digest += step;
        }
    }
}

/* ---- what may be asked of a state ---- */

#define EXTENSION(c)  (kind[c] == BACKGROUND || kind[c] == PAGE)
/* A background that is starting is not asked yet. */
#define ASKED(c)      (kind[c] == PAGE || (kind[c] == BACKGROUND && background == RUNNING))
#define LIVE(at)      ((phase[at] == OFFERED || phase[at] == OPEN) && !NOTICED(inbox[at]))
#define HELD(at)      (phase[at] == OPEN || phase[at] == CLOSED)
/* Whose port this is. */
#define OWNER(k, e)   ((e) == 0 -> from[k] : (e) - 1)
#define GRANTS(w)     (config[w] == ON || (config[w] == UNSET && config[0] == ON))
#ifdef FAULT_LATE_GATE
#define MAY_CONNECT(c)  (gate[c] == GRANTED || (gate[c] == ABSENT && GRANTS(world[c])))
#else
#define MAY_CONNECT(c)  (gate[c] == GRANTED)
#endif

/* ---- parts of steps ---- */

inline put(at, item) {
    d = 0;
    do
    :: (inbox[at] >> (3 * d)) != 0 -> d++
    :: else -> break
    od;
#ifdef FAULT_LIFO
    if
    :: item < NOTICE -> inbox[at] = (inbox[at] << 3) + item
    :: else -> inbox[at] = inbox[at] + (item << (3 * d))
    fi
#else
    inbox[at] = inbox[at] + (item << (3 * d))
#endif
}

/* Drops the messages that are in flight to an end; the notice stays. */
inline drop_messages(at) {
    d = 0;
    queue = inbox[at];
    do
    :: queue != 0 ->
        if
        :: (queue & 7) >= NOTICE -> d = queue & 7
        :: else -> skip
        fi;
        queue = queue >> 3
    :: else -> break
    od;
    inbox[at] = d
}

inline erase(at) {
    phase[at] = NONE;
    inbox[at] = 0;
    on_message[at] = 0;
    on_disconnect[at] = 0
}

/* The opener is told when nobody is left; a channel that nobody holds an end of is forgotten. */
inline settle(k) {
    if
    :: used[k] && waiting[k] == NO ->
        any = 0;
        live = 0;
        for (j : 1 .. CONTEXTS) {
            if
            :: phase[AT(k, j)] != NONE -> any = 1
            :: else -> skip
            fi;
            if
            :: LIVE(AT(k, j)) -> live = 1
            :: else -> skip
            fi
        }
        if
        :: !live && LIVE(OPENER(k)) ->
            hand = (accepted[k] -> NOTICE : NOTICE_ERROR);
            put(OPENER(k), hand)
        :: else -> skip
        fi;
        if
        :: !any && !HELD(OPENER(k)) ->
            used[k] = 0;
            from[k] = 0;
            from_document[k] = 0;
            from_world[k] = 0;
            accepted[k] = 0;
            held[k] = 0;
            erase(OPENER(k))
        :: else -> skip
        fi
    :: else -> skip
    fi
}

/* The opener has left: the receivers are told behind what it posted. */
inline opener_leaves(k) {
    if
    :: waiting[k] != NO -> waiting[k] = LEFT
    :: else ->
        for (j : 1 .. CONTEXTS) {
            if
            :: LIVE(AT(k, j)) -> put(AT(k, j), NOTICE)
            :: else -> skip
            fi
        }
    fi;
    settle(k)
}

/* Offers a channel to everybody there is, with what was held for them. */
inline offer(k) {
    for (j : 0 .. CONTEXTS - 1) {
        if
        :: ASKED(j) ->
            phase[RECEIVER(k, j)] = OFFERED;
            inbox[RECEIVER(k, j)] = held[k];
            if
            :: waiting[k] == LEFT -> put(RECEIVER(k, j), NOTICE)
            :: else -> skip
            fi
        :: else -> skip
        fi
    }
    held[k] = 0;
    waiting[k] = NO;
    settle(k)
}

inline offer_all() {
    for (i : 0 .. CHANNELS - 1) {
        if
        :: waiting[i] != NO -> offer(i)
        :: else -> skip
        fi
    }
}

/* The lowest context that is free becomes one of this kind; `new` is its number. */
inline enter(what) {
    new = 0;
    do
    :: kind[new] != NOBODY -> new++
    :: else -> break
    od;
    kind[new] = what
}

/* The event is over, or its context is. */
inline idle(c) {
    told[c] = NOTHING;
    told_at[c] = 0;
    told_what[c] = 0;
    running[c] = 0;
    rest[c] = 0
}

/* The context ends: so does every end that it has. */
inline end(c) {
    kind[c] = NOBODY;
    document_of[c] = 0;
    world[c] = 0;
    gate[c] = 0;
    listeners[c] = 0;
    idle(c);
    for (i : 0 .. CHANNELS - 1) {
        if
        :: phase[OPENER(i)] != NONE && from[i] == c ->
            hand = phase[OPENER(i)];
            erase(OPENER(i));
            if
            :: hand == OPEN -> opener_leaves(i)
            :: else -> settle(i)
            fi
        :: else -> skip
        fi;
        if
        :: phase[RECEIVER(i, c)] != NONE ->
            erase(RECEIVER(i, c));
            settle(i)
        :: else -> skip
        fi
    }
}

/* Calls the listeners of a set, one after the other, if there are any. */
inline call(c, what, at, message, set) {
    if
    :: set != 0 ->
        told[c] = what;
        told_at[c] = at;
        told_what[c] = message;
        running[c] = set & 3;
        rest[c] = set >> 2
    :: else -> skip
    fi
}

/* What is in flight in a channel is dropped, offers are taken back, and everybody is told. */
inline cut(k) {
    held[k] = 0;
    waiting[k] = NO;
    for (j : 0 .. CONTEXTS) {
        if
        :: phase[AT(k, j)] == OFFERED -> erase(AT(k, j))
        :: else ->
#ifndef FAULT_KEPT_IN_FLIGHT
            drop_messages(AT(k, j));
#endif
            if
            :: LIVE(AT(k, j)) -> put(AT(k, j), NOTICE)
            :: else -> skip
            fi
        fi
    }
    settle(k)
}

/* World instances that are no longer granted messaging lose it at once. */
inline withdraw() {
    for (m : 0 .. CONTEXTS - 1) {
        if
        :: gate[m] == GRANTED && !GRANTS(world[m]) ->
            gate[m] = WITHDRAWN;
            for (i : 0 .. CHANNELS - 1) {
                if
                :: from[i] == m && phase[OPENER(i)] != NONE -> cut(i)
                :: else -> skip
                fi
            }
        :: else -> skip
        fi
    }
}

inline add(set, l) {
    d = 0;
    do
    :: (set >> (2 * d)) != 0 -> d++
    :: else -> break
    od;
    if
    :: !HAS(set, l) -> set = set + (l << (2 * d))
    :: else -> skip
    fi
}

inline remove(set, l) {
    hand = 0;
    d = 0;
    do
    :: set != 0 ->
        if
        :: (set & 3) != l ->
            hand = hand + ((set & 3) << (2 * d));
            d++
        :: else -> skip
        fi;
        set = set >> 2
    :: else -> break
    od;
    set = hand
}

/* ---- the options ---- */

/* Each thing that there may be several of, one by one. The families differ in name only, because a
   macro is not expanded inside itself. */
#define JOIN_(a, b)  a##b
#define JOIN(a, b)   JOIN_(a, b)

#define CONTEXT_1(F)  F(0)
#define CONTEXT_2(F)  CONTEXT_1(F) F(1)
#define CONTEXT_3(F)  CONTEXT_2(F) F(2)
#define CONTEXT_4(F)  CONTEXT_3(F) F(3)
#define CONTEXT_5(F)  CONTEXT_4(F) F(4)
#define CONTEXT_6(F)  CONTEXT_5(F) F(5)
#define EACH_CONTEXT(F)  JOIN(CONTEXT_, CONTEXTS)(F)

#define RECEIVER_1(F, k)  F(k, 1)
#define RECEIVER_2(F, k)  RECEIVER_1(F, k) F(k, 2)
#define RECEIVER_3(F, k)  RECEIVER_2(F, k) F(k, 3)
#define RECEIVER_4(F, k)  RECEIVER_3(F, k) F(k, 4)
#define RECEIVER_5(F, k)  RECEIVER_4(F, k) F(k, 5)
#define RECEIVER_6(F, k)  RECEIVER_5(F, k) F(k, 6)
#define EACH_RECEIVER(F, k)  JOIN(RECEIVER_, CONTEXTS)(F, k)

#define CHANNEL_1(F)  F(0)
#define CHANNEL_2(F)  CHANNEL_1(F) F(1)
#define CHANNEL_3(F)  CHANNEL_2(F) F(2)
#define EACH_CHANNEL(F)  JOIN(CHANNEL_, CHANNELS)(F)

#define DOCUMENT_1(F)  F(0)
#define DOCUMENT_2(F)  DOCUMENT_1(F) F(1)
#define EACH_DOCUMENT(F)  JOIN(DOCUMENT_, DOCUMENTS)(F)

/* Listeners and messages, from one; worlds, from zero. */
#define ITEM_0(F, k, e)
#define ITEM_1(F, k, e)  F(k, e, 1)
#define ITEM_2(F, k, e)  ITEM_1(F, k, e) F(k, e, 2)
#define ITEM_3(F, k, e)  ITEM_2(F, k, e) F(k, e, 3)
#define WORLD_1(F, a)  F(a, 0)
#define WORLD_2(F, a)  WORLD_1(F, a) F(a, 1)
#define EACH_WORLD(F, a)  JOIN(WORLD_, WORLDS)(F, a)

/* The actions. */
#define START           1
#define STARTED         2
#define STOP            3
#define OPEN_PAGE       4
#define END             5
#define CREATE          6
#define DESTROY         7
#define CONFIGURE       8
#define INJECT          9
#define LISTEN         10
#define UNLISTEN       11
#define CONNECT        12
#define DISPATCH       13
#define NEXT           14
#define POST           15
#define DISCONNECT     16
#define RELEASE        17
#define HEAR           18
#define UNHEAR         19
#define HEAR_END       20
#define UNHEAR_END     21

#define OPTION(verb, context, channel, side, number, guard) \
    :: (guard) -> act = verb; c = context; k = channel; e = side; n = number;

#define PAGE_AT(c)   + (kind[c] == PAGE)
#define PAGES_OPEN   (0 EACH_CONTEXT(PAGE_AT))
#define USED_AT(k)   + (used[k] != 0)
#define CHANNELS_USED  (0 EACH_CHANNEL(USED_AT))
#define THERE_AT(d)  + (document[d] != 0)
#define DOCUMENTS_THERE  (0 EACH_DOCUMENT(THERE_AT))
#define ROOM_AT(k, e)  && MESSAGES(inbox[AT(k, e)]) < DEPTH
/* Whether one message more is within the bounds. */
#define ROOM_FROM_OPENER(k)    (LENGTH(held[k]) < DEPTH EACH_RECEIVER(ROOM_AT, k))
#define ROOM_FROM_RECEIVER(k)  (MESSAGES(inbox[OPENER(k)]) < DEPTH)

#define OF_CONTEXT(c) \
    OPTION(CONNECT, c, 0, 0, 0, MAY_CONNECT(c) && CHANNELS_USED < CHANNELS) \
    OPTION(NEXT, c, 0, 0, 0, told[c] != NOTHING) \
    OPTION(END, c, 0, 0, 0, kind[c] == PAGE) \
    EACH_WORLD(OF_WORLD, c) \
    JOIN(ITEM_, LISTENERS)(OF_LISTENER, c, 0)

/* On, off, and left out, which means off; and reset. */
#define OF_WORLD(c, w) \
    OPTION(CONFIGURE, c, w, ON, 0, EXTENSION(c)) \
    OPTION(CONFIGURE, c, w, OFF, 0, EXTENSION(c)) \
    OPTION(CONFIGURE, c, w, OFF, 1, EXTENSION(c)) \
    OPTION(CONFIGURE, c, w, UNSET, 0, EXTENSION(c))

#define OF_LISTENER(c, e, l) \
    OPTION(LISTEN, c, 0, 0, l, EXTENSION(c)) \
    OPTION(UNLISTEN, c, 0, 0, l, EXTENSION(c))

#define OF_DOCUMENT(d) \
    OPTION(DESTROY, d, 0, 0, 0, document[d]) \
    EACH_WORLD(OF_REALM, d)

#define OF_REALM(d, w) \
    OPTION(INJECT, d, w, 0, 0, document[d])

#define OF_CHANNEL(k) \
    OF_OPENER(k, 0) \
    EACH_RECEIVER(OF_RECEIVER, k)

#define OF_OPENER(k, e) \
    OPTION(DISPATCH, from[k], k, e, 0, \
        phase[AT(k, e)] == OPEN && inbox[AT(k, e)] != 0 && told[from[k]] == NOTHING) \
    JOIN(ITEM_, VALUES)(OF_OPENER_MESSAGE, k, e) \
    OF_PORT(k, e)

#define OF_RECEIVER(k, e) \
    OPTION(DISPATCH, (e) - 1, k, e, 0, told[(e) - 1] == NOTHING && \
        (phase[AT(k, e)] == OFFERED || (phase[AT(k, e)] == OPEN && inbox[AT(k, e)] != 0))) \
    JOIN(ITEM_, VALUES)(OF_RECEIVER_MESSAGE, k, e) \
    OF_PORT(k, e)

#define OF_OPENER_MESSAGE(k, e, v) \
    OPTION(POST, from[k], k, e, v, \
        phase[AT(k, e)] == OPEN && gate[from[k]] == GRANTED && ROOM_FROM_OPENER(k))

#define OF_RECEIVER_MESSAGE(k, e, v) \
    OPTION(POST, (e) - 1, k, e, v, phase[AT(k, e)] == OPEN && ROOM_FROM_RECEIVER(k))

#define OF_PORT(k, e) \
    OPTION(DISCONNECT, OWNER(k, e), k, e, 0, HELD(AT(k, e))) \
    OPTION(RELEASE, OWNER(k, e), k, e, 0, phase[AT(k, e)] == CLOSED && \
        !(told[OWNER(k, e)] != NOTHING && told_at[OWNER(k, e)] == AT(k, e))) \
    JOIN(ITEM_, ON_MESSAGE)(OF_ON_MESSAGE, k, e) \
    JOIN(ITEM_, ON_DISCONNECT)(OF_ON_DISCONNECT, k, e)

#define OF_ON_MESSAGE(k, e, l) \
    OPTION(HEAR, OWNER(k, e), k, e, l, HELD(AT(k, e))) \
    OPTION(UNHEAR, OWNER(k, e), k, e, l, HELD(AT(k, e)))

#define OF_ON_DISCONNECT(k, e, l) \
    OPTION(HEAR_END, OWNER(k, e), k, e, l, HELD(AT(k, e))) \
    OPTION(UNHEAR_END, OWNER(k, e), k, e, l, HELD(AT(k, e)))

/* ---- the machine ---- */

active proctype machine() {
    do
    :: atomic {
        if
        OPTION(START, 0, 0, 0, 0, background == STOPPED)
        OPTION(STARTED, 0, 0, 0, 0, background == STARTING)
#if STOPS
        OPTION(STOP, 0, 0, 0, 0, background != STOPPED)
#endif
#if PAGES
        OPTION(OPEN_PAGE, 0, 0, 0, 0, PAGES_OPEN < PAGES)
#endif
        OPTION(CREATE, 0, 0, 0, 0, DOCUMENTS_THERE < DOCUMENTS)
        EACH_DOCUMENT(OF_DOCUMENT)
        EACH_CONTEXT(OF_CONTEXT)
        EACH_CHANNEL(OF_CHANNEL)
        fi;
        d_step {
            look_before();
            if
            :: act == START ->
                enter(BACKGROUND);
                background = STARTING
            :: act == STARTED ->
                background = RUNNING;
                offer_all()
            :: act == STOP ->
                new = 0;
                do
                :: kind[new] != BACKGROUND -> new++
                :: else -> break
                od;
                any = (background == STARTING);
                background = STOPPED;
                m = any;
                end(new);
                if
                :: m -> offer_all()
                :: else -> skip
                fi
            :: act == OPEN_PAGE -> enter(PAGE)
            :: act == END -> end(c)
            :: act == CREATE ->
                new = 0;
                do
                :: document[new] -> new++
                :: else -> break
                od;
                document[new] = 1
            :: act == DESTROY ->
                document[c] = 0;
                for (m : 0 .. CONTEXTS - 1) {
                    if
                    :: kind[m] == WORLD && document_of[m] == c -> end(m)
                    :: else -> skip
                    fi
                }
            :: act == CONFIGURE ->
                config[k] = e;
                withdraw()
            :: act == INJECT ->
                any = 0;
                for (m : 0 .. CONTEXTS - 1) {
                    if
                    :: kind[m] == WORLD && document_of[m] == c && world[m] == k -> any = 1
                    :: else -> skip
                    fi
                }
                if
                :: any -> skip
                :: else ->
                    enter(WORLD);
                    document_of[new] = c;
                    world[new] = k;
                    gate[new] = (GRANTS(k) -> GRANTED : ABSENT)
                fi
            :: act == LISTEN -> add(listeners[c], n)
            :: act == UNLISTEN -> remove(listeners[c], n)
            :: act == CONNECT ->
                i = 0;
                do
                :: used[i] -> i++
                :: else -> break
                od;
                used[i] = 1;
                from[i] = c;
                from_document[i] = document_of[c];
                from_world[i] = world[c];
                phase[OPENER(i)] = OPEN;
                if
                :: background == RUNNING -> offer(i)
                :: background == STARTING -> waiting[i] = YES
                :: background == STOPPED ->
                    waiting[i] = YES;
                    enter(BACKGROUND);
                    background = STARTING
                fi
            :: act == DISPATCH && phase[AT(k, e)] == OFFERED ->
                if
                :: listeners[c] == 0 ->
                    erase(AT(k, e));
                    settle(k)
                :: else ->
                    accepted[k] = 1;
                    phase[AT(k, e)] = OPEN;
                    call(c, CONNECTED, AT(k, e), 0, listeners[c])
                fi
            :: act == DISPATCH && phase[AT(k, e)] == OPEN ->
                m = inbox[AT(k, e)] & 7;
                inbox[AT(k, e)] = inbox[AT(k, e)] >> 3;
                if
                :: m < NOTICE -> call(c, MESSAGE, AT(k, e), m, on_message[AT(k, e)])
                :: else ->
                    phase[AT(k, e)] = CLOSED;
                    hand = (m == NOTICE -> CLOSED_FINE : CLOSED_ERROR);
                    call(c, hand, AT(k, e), 0, on_disconnect[AT(k, e)])
                fi
            :: act == NEXT ->
                m = 0;
                do
                :: rest[c] == 0 -> break
                :: else ->
                    m = rest[c] & 3;
                    rest[c] = rest[c] >> 2;
                    if
                    :: told[c] == CONNECTED -> hand = listeners[c]
                    :: told[c] == MESSAGE -> hand = on_message[told_at[c]]
                    :: else -> hand = on_disconnect[told_at[c]]
                    fi;
                    if
#ifdef FAULT_REMOVED_CALLED
                    :: true -> break
#else
                    :: HAS(hand, m) -> break
                    :: else -> m = 0
#endif
                    fi
                od;
                if
                :: m != 0 -> running[c] = m
                :: else -> idle(c)
                fi
            :: act == POST && e == 0 ->
                if
                :: waiting[k] != NO ->
                    hand = LENGTH(held[k]);
                    held[k] = held[k] + (n << (3 * hand))
                :: else ->
                    for (j : 1 .. CONTEXTS) {
                        if
                        :: LIVE(AT(k, j)) -> put(AT(k, j), n)
                        :: else -> skip
                        fi
                    }
                fi
            :: act == POST && e != 0 ->
                if
                :: LIVE(AT(k, e)) && LIVE(OPENER(k)) -> put(OPENER(k), n)
                :: else -> skip
                fi
            :: act == DISCONNECT ->
                if
                :: phase[AT(k, e)] == OPEN ->
                    phase[AT(k, e)] = CLOSED;
                    inbox[AT(k, e)] = 0;
#ifdef FAULT_CLOSER_TOLD
                    phase[AT(k, e)] = OPEN;
                    inbox[AT(k, e)] = NOTICE;
#endif
                    if
                    :: e == 0 -> opener_leaves(k)
                    :: else -> settle(k)
                    fi
                :: else -> skip
                fi
            :: act == RELEASE ->
                erase(AT(k, e));
                if
                :: e == 0 -> phase[AT(k, e)] = RELEASED
                :: else -> skip
                fi;
                settle(k)
            :: act == HEAR -> add(on_message[AT(k, e)], n)
            :: act == UNHEAR -> remove(on_message[AT(k, e)], n)
            :: act == HEAR_END -> add(on_disconnect[AT(k, e)], n)
            :: act == UNHEAR_END -> remove(on_disconnect[AT(k, e)], n)
            fi;
            look_after();
            act = 0;
            c = 0;
            k = 0;
            e = 0;
            n = 0
        }
    }
    od
}
