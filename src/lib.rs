//! ringback answers a small business's phone: it runs short, friendly call menus from files the owner edits, logs
//! every call, and keeps a list of call-backs until each one is dealt with.
//!
//! The modules are rings; imports point inward only, which `tests/it/tidy.rs` checks.
//!
//! | ring | modules | what it is |
//! |---|---|---|
//! | 0 | [`language`], [`call`], [`call_back`], [`business`] | nouns and their rules |
//! | 1 | [`notation`], [`flow`] | the language that the owner writes |
//! | 2 | [`engine`], [`walk`] | the conversation: one question, one answer; every way through it |
//! | 2 | [`lint`], [`compare`], [`draw`] | what a flow costs its callers, what an edit changes for them, a picture |
//! | 2 | [`report`] | a stretch of days, counted |
//! | 3 | [`dialect`] | a provider's wire, translated |
//! | 4 | [`store`], [`provider`], [`settings`], [`clock`], [`causes`], [`trouble`], [`stderr`] | the world, one door each |
//! | 5 | [`follow_up`], [`switchboard`], [`server`], [`phone`], [`cli`] | putting it together |
//!
//! Rings 0 to 3 know no clock, file, network or database.

pub mod language;

pub mod call;
pub mod call_back;

pub mod business;

pub mod notation;

pub mod flow;

pub mod engine;

pub mod walk;

pub mod lint;

pub mod compare;

pub mod draw;

pub mod report;

pub mod dialect;

mod caught;
pub mod causes;
pub mod clock;
mod fail_point;
pub mod provider;
pub mod settings;
pub mod stderr;
pub mod store;
pub mod trouble;

pub mod cli;
pub mod follow_up;
pub mod phone;
pub mod server;
pub mod switchboard;
