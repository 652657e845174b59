//! What an adversary can do, drawn from bytes: the same list for proptest, for the fuzzer and for long
//! runs. Bytes that run out end the list, so that a shorter input is a shorter attack.

use arbitrary::{Arbitrary, Result, Unstructured};
use worldport::{Completion, Departure, RuntimeEvent};

/// One thing that an adversary does. What it names is picked among all that it has ever seen, or forged.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the fields are the parameters of the calls of the same names")]
pub enum Operation {
    Abandon {
        context: Pick,
        request: Pick,
    },
    AddListener {
        context: Pick,
        target: Target,
        listener: u32,
    },
    BackgroundStarted {
        context: Pick,
    },
    ClosePage {
        context: Pick,
    },
    ConfigureWorld {
        context: Pick,
        world: u8,
        messaging: Option<bool>,
        policy: Size,
    },
    Connect {
        context: Pick,
        name: Size,
    },
    CreateDocument {
        parent: Option<Pick>,
        url: Size,
    },
    DestroyDocument {
        document: Pick,
    },
    Disconnect {
        context: Pick,
        port: Pick,
    },
    Dispatch {
        context: Pick,
        source: Source,
    },
    /// Connects over and over, and lets go of nothing.
    FloodConnects {
        context: Pick,
        times: u16,
    },
    /// Adds listeners over and over.
    FloodListeners {
        context: Pick,
        port: Pick,
        times: u16,
    },
    /// Posts over and over.
    FloodPosts {
        context: Pick,
        port: Pick,
        times: u16,
        size: Size,
    },
    /// Sends one-time messages over and over.
    FloodRequests {
        context: Pick,
        times: u16,
    },
    GrantPermission {
        extension: Pick,
    },
    Inject {
        extension: Pick,
        document: Pick,
        world: Option<u8>,
    },
    LoadExtension {
        background: bool,
        url: Size,
    },
    Navigate {
        document: Pick,
        departure: Departure,
        url: Size,
    },
    Next {
        context: Pick,
        completion: Completion,
    },
    OpenPage {
        extension: Pick,
        url: Size,
    },
    /// Hears so many notices. What is not heard waits: a slow reader.
    Poll {
        notices: u8,
    },
    Post {
        context: Pick,
        port: Pick,
        size: Size,
    },
    Release {
        context: Pick,
        port: Pick,
    },
    RemoveListener {
        context: Pick,
        target: Target,
        listener: u32,
    },
    ResetWorldConfiguration {
        context: Pick,
        world: u8,
    },
    Respond {
        context: Pick,
        request: Pick,
        size: Size,
    },
    Restore {
        document: Pick,
        departure: Departure,
    },
    RevokePermission {
        extension: Pick,
    },
    /// Loads an extension that listens, makes a page with worlds of it, and connects.
    Scene,
    SendMessage {
        context: Pick,
        size: Size,
    },
    StartBackground {
        extension: Pick,
    },
    StopBackground {
        extension: Pick,
    },
    /// A context takes an event that was announced, and runs its listeners to the end, which listen to a
    /// port that they are given.
    Turn {
        event: Pick,
        completion: Completion,
    },
    UnloadExtension {
        extension: Pick,
    },
}

/// Which record is meant.
#[derive(Clone, Copy, Debug)]
pub enum Pick {
    /// One of all that there ever were: most are stale.
    Ever(u16),
    /// An id that was made up: a slot, low or at the end of all slots, and a generation, low or the last
    /// before it wraps.
    Forged {
        /// Of the slot.
        slot: u8,
        /// Counts slots from the last one down.
        from_the_end: bool,
        /// Of the generation; nothing for the last one.
        generation: Option<u8>,
    },
    /// One of the last few.
    Recent(u8),
}

/// How large something is.
#[derive(Clone, Copy, Debug)]
pub enum Size {
    /// More than any limit.
    Huge,
    /// About as much as a limit.
    Large,
    /// Small.
    Small(u8),
}

/// A listener set.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "as in the router")]
pub enum Target {
    PortDisconnect(Pick),
    PortMessage(Pick),
    Runtime(RuntimeEvent),
}

/// Where an event is taken from.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "as in the router")]
pub enum Source {
    Port(Pick),
    Reply(Pick),
    Request(Pick),
}

impl Arbitrary<'_> for Pick {
    fn arbitrary(u: &mut Unstructured<'_>) -> Result<Self> {
        Ok(match u.int_in_range(0..=31u8)? {
            0 => Self::Forged {
                slot: u.int_in_range(0..=40)?,
                from_the_end: u.ratio(1, 8)?,
                generation: if u.ratio(1, 4)? { None } else { Some(u.int_in_range(0..=3)?) },
            },
            1..=3 => Self::Ever(u.arbitrary()?),
            _ => Self::Recent(u.int_in_range(0..=5)?),
        })
    }
}

impl Arbitrary<'_> for Size {
    fn arbitrary(u: &mut Unstructured<'_>) -> Result<Self> {
        Ok(match u.int_in_range(0..=31u8)? {
            0 => Self::Huge,
            1 => Self::Large,
            _ => Self::Small(u.arbitrary()?),
        })
    }
}

impl Arbitrary<'_> for Target {
    fn arbitrary(u: &mut Unstructured<'_>) -> Result<Self> {
        Ok(match u.int_in_range(0..=3u8)? {
            0 => Self::PortDisconnect(u.arbitrary()?),
            1 => Self::PortMessage(u.arbitrary()?),
            _ => Self::Runtime(*u.choose(&RuntimeEvent::ALL)?),
        })
    }
}

impl Arbitrary<'_> for Source {
    fn arbitrary(u: &mut Unstructured<'_>) -> Result<Self> {
        Ok(match u.int_in_range(0..=3u8)? {
            0 => Self::Reply(u.arbitrary()?),
            1 => Self::Request(u.arbitrary()?),
            _ => Self::Port(u.arbitrary()?),
        })
    }
}

fn completion(u: &mut Unstructured<'_>) -> Result<Completion> {
    Ok(*u.choose(&[Completion::Returned, Completion::Threw, Completion::WillRespond])?)
}

fn departure(u: &mut Unstructured<'_>) -> Result<Departure> {
    Ok(*u.choose(&[Departure::Cached, Departure::Destroyed])?)
}

fn world(u: &mut Unstructured<'_>) -> Result<u8> {
    u.int_in_range(0..=3)
}

/// The weights let traffic grow before something ends it. What ends many records at once is about one in
/// forty.
impl Arbitrary<'_> for Operation {
    #[rustfmt::skip] // A table: one line an operation.
    fn arbitrary(u: &mut Unstructured<'_>) -> Result<Self> {
        if u.is_empty() {
            return Err(arbitrary::Error::NotEnoughData);
        }
        Ok(match u.int_in_range(0..=199u8)? {
            0 => Self::LoadExtension { background: u.ratio(3, 4)?, url: u.arbitrary()? },
            1 => Self::UnloadExtension { extension: u.arbitrary()? },
            2 => Self::StopBackground { extension: u.arbitrary()? },
            3 => Self::DestroyDocument { document: u.arbitrary()? },
            4 => Self::RevokePermission { extension: u.arbitrary()? },
            5..=7 => Self::GrantPermission { extension: u.arbitrary()? },
            8..=10 => Self::StartBackground { extension: u.arbitrary()? },
            11..=17 => Self::BackgroundStarted { context: u.arbitrary()? },
            18..=19 => Self::ClosePage { context: u.arbitrary()? },
            20..=23 => Self::OpenPage { extension: u.arbitrary()?, url: u.arbitrary()? },
            24..=26 => Self::CreateDocument { parent: u.arbitrary()?, url: u.arbitrary()? },
            27..=29 => Self::Navigate { document: u.arbitrary()?, departure: departure(u)?, url: u.arbitrary()? },
            30..=32 => Self::Restore { document: u.arbitrary()?, departure: departure(u)? },
            33..=40 => Self::Inject { extension: u.arbitrary()?, document: u.arbitrary()?, world: if u.ratio(1, 6)? { None } else { Some(world(u)?) } },
            41..=44 => Self::ConfigureWorld { context: u.arbitrary()?, world: world(u)?, messaging: if u.ratio(1, 2)? { Some(true) } else { u.arbitrary()? }, policy: u.arbitrary()? },
            45 => Self::ResetWorldConfiguration { context: u.arbitrary()?, world: world(u)? },
            46..=55 => Self::AddListener { context: u.arbitrary()?, target: u.arbitrary()?, listener: u.int_in_range(0..=2)? },
            56..=57 => Self::RemoveListener { context: u.arbitrary()?, target: u.arbitrary()?, listener: u.int_in_range(0..=2)? },
            58..=67 => Self::Connect { context: u.arbitrary()?, name: u.arbitrary()? },
            68..=81 => Self::Post { context: u.arbitrary()?, port: u.arbitrary()?, size: u.arbitrary()? },
            82..=85 => Self::Disconnect { context: u.arbitrary()?, port: u.arbitrary()? },
            86..=89 => Self::Release { context: u.arbitrary()?, port: u.arbitrary()? },
            90..=94 => Self::SendMessage { context: u.arbitrary()?, size: u.arbitrary()? },
            95..=98 => Self::Respond { context: u.arbitrary()?, request: u.arbitrary()?, size: u.arbitrary()? },
            99..=100 => Self::Abandon { context: u.arbitrary()?, request: u.arbitrary()? },
            101..=105 => Self::Dispatch { context: u.arbitrary()?, source: u.arbitrary()? },
            106..=109 => Self::Next { context: u.arbitrary()?, completion: completion(u)? },
            110 => Self::FloodConnects { context: u.arbitrary()?, times: u.int_in_range(1..=300)? },
            111 => Self::FloodListeners { context: u.arbitrary()?, port: u.arbitrary()?, times: u.int_in_range(1..=100)? },
            112..=113 => Self::FloodPosts { context: u.arbitrary()?, port: u.arbitrary()?, times: u.int_in_range(1..=1_000)?, size: u.arbitrary()? },
            114 => Self::FloodRequests { context: u.arbitrary()?, times: u.int_in_range(1..=100)? },
            115..=129 => Self::Poll { notices: u.int_in_range(0..=20)? },
            130..=134 => Self::Scene,
            135..=149 => Self::Post { context: u.arbitrary()?, port: u.arbitrary()?, size: u.arbitrary()? },
            _ => Self::Turn { event: u.arbitrary()?, completion: completion(u)? },
        })
    }
}

/// A list of operations, as long as its bytes.
#[derive(Clone, Debug, Default)]
pub struct Attack(pub Vec<Operation>);

impl Attack {
    /// The attack that bytes spell.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let mut u = Unstructured::new(bytes);
        Self(std::iter::from_fn(|| u.arbitrary().ok()).collect())
    }
}

impl Arbitrary<'_> for Attack {
    fn arbitrary(u: &mut Unstructured<'_>) -> Result<Self> {
        Ok(Self(std::iter::from_fn(|| u.arbitrary().ok()).collect()))
    }
}
