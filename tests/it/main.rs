//! Everything that is tested from outside, in one binary.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]
#![allow(unreachable_pub, reason = "a test binary has no outside")]

mod backup;
mod broken;
mod callers;
mod cli;
mod compare;
mod conversation;
mod dialect;
mod draw;
mod durable;
mod flow_mistakes;
mod flow_schema;
mod flow_words;
mod follow_up;
mod forged;
mod forget;
mod generated_flows;
mod honest_times;
mod journal;
mod line;
mod lint;
mod lost_files;
mod malformed;
mod month;
mod order;
mod outlive;
mod phone;
mod proof;
mod provider_calls;
mod purge;
mod readme;
mod reliability;
mod replayed;
mod report;
mod restarts;
mod ridge;
mod serve;
mod server;
mod settings;
mod settings_mistakes;
mod shipped_flows;
mod simulated;
mod simulator;
mod store;
mod store_faults;
mod storm;
mod support;
mod tidy;
mod transcripts;
mod upgrade;
mod walk;
