//! The host from outside: extensions of a few lines, run to rest, and what could be seen of them.

mod arguments;
mod hostile;
mod life;
mod messages;
mod ports;
mod requests;
mod scripts;
mod seed;
mod support;
mod web;
