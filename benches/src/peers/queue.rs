//! Queue: the channels that peers are made of, behind one trait.

use std::sync::mpsc;

/// An unbounded queue with a sending and a receiving half.
pub trait Queue {
    /// By which it is known in the table.
    const NAME: &'static str;
    /// The sending half.
    type Sender<T>;
    /// The receiving half.
    type Receiver<T>;

    /// A new queue.
    fn open<T>() -> (Self::Sender<T>, Self::Receiver<T>);

    /// Puts a message in, without waiting. Whether it is in.
    fn send<T>(sender: &Self::Sender<T>, message: T) -> bool;

    /// Takes a message out, without waiting.
    fn take<T>(receiver: &mut Self::Receiver<T>) -> Option<T>;
}

macro_rules! queues {
    ($(
        $(#[$doc:meta])*
        $queue:ident, $name:literal: $sender:ty, $receiver:ty = $open:expr,
            $send:expr, $take:expr;
    )+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub enum $queue {}

        impl Queue for $queue {
            const NAME: &'static str = $name;
            type Sender<T> = $sender;
            type Receiver<T> = $receiver;

            fn open<T>() -> ($sender, $receiver) {
                $open()
            }

            #[inline]
            fn send<T>(sender: &$sender, message: T) -> bool {
                $send(sender.send(message))
            }

            #[inline]
            fn take<T>(receiver: &mut $receiver) -> Option<T> {
                $take(receiver.try_recv())
            }
        }
    )+};
}

queues! {
    /// `crossbeam-channel`.
    Crossbeam, "crossbeam": crossbeam_channel::Sender<T>, crossbeam_channel::Receiver<T> =
        crossbeam_channel::unbounded, |sent: Result<_, _>| sent.is_ok(), Result::ok;
    /// `flume`.
    Flume, "flume": flume::Sender<T>, flume::Receiver<T> =
        flume::unbounded, |sent: Result<_, _>| sent.is_ok(), Result::ok;
    /// `kanal`.
    Kanal, "kanal": kanal::Sender<T>, kanal::Receiver<T> =
        kanal::unbounded, |sent: Result<_, _>| sent.is_ok(),
        |taken: Result<Option<T>, _>| taken.ok().flatten();
    /// The standard library's.
    Std, "std": mpsc::Sender<T>, mpsc::Receiver<T> =
        mpsc::channel, |sent: Result<_, _>| sent.is_ok(), Result::ok;
    /// `tokio`'s.
    Tokio, "tokio": tokio::sync::mpsc::UnboundedSender<T>, tokio::sync::mpsc::UnboundedReceiver<T> =
        tokio::sync::mpsc::unbounded_channel, |sent: Result<_, _>| sent.is_ok(), Result::ok;
}
