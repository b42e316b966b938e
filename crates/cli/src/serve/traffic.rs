//! `--log pretty`: what clients ask and how they are answered, as trees.

use authenticator_core::Now;
use authenticator_decode::{Command, Kind, Node, decode, status_name};
use authenticator_host::hid::Witness;
use authenticator_transport::ctaphid::ChannelId;
use std::io::Write;
use std::time::Duration;

/// Writes each message, with when it came or went and on which channel.
pub(super) struct Pretty<W> {
    to: W,
    /// What is being answered, and since when.
    asked: Option<(Command, Duration)>,
}

impl<W: Write> Pretty<W> {
    pub(super) const fn new(to: W) -> Self {
        Self { to, asked: None }
    }

    /// In one piece: others write there as well.
    fn write(&mut self, mark: char, channel: ChannelId, now: Now, rest: &str, tree: Option<&Node>) {
        let mut entry = format!("{mark} {} s channel 0x{:08x}{rest}\n", seconds(now.since_boot), channel.0);
        for line in tree.map(Node::to_text).unwrap_or_default().lines() {
            entry.push_str("  ");
            entry.push_str(line);
            entry.push('\n');
        }
        // A log that cannot be written must not stop what it tells of.
        let _ = self.to.write_all(entry.as_bytes());
    }

    /// What was asked, and how long ago.
    fn over(&mut self, now: Now) -> (Option<Command>, Duration) {
        let asked = self.asked.take();
        let since = asked.map_or(now.since_boot, |(_, since)| since);
        (asked.map(|(command, _)| command), now.since_boot.saturating_sub(since))
    }
}

impl<W: Write> Witness for Pretty<W> {
    fn asked(&mut self, channel: ChannelId, request: &[u8], now: Now) {
        self.asked = request.first().map(|command| (Command(*command), now.since_boot));
        self.write('>', channel, now, "", Some(&decode(request, Kind::Request)));
    }

    fn answered(&mut self, channel: ChannelId, reply: &[u8], now: Now) {
        let (command, took) = self.over(now);
        let status = match reply.first() {
            Some(status) => status_name(*status).map_or(format!("0x{status:02x}"), str::to_owned),
            None => "nothing".to_owned(),
        };
        let rest = format!(": {status} after {} s", seconds(took));
        self.write('<', channel, now, &rest, Some(&decode(reply, Kind::Reply(command))));
    }

    fn abandoned(&mut self, channel: ChannelId, now: Now) {
        let (_, took) = self.over(now);
        self.write('<', channel, now, &format!(": given up after {} s", seconds(took)), None);
    }
}

/// With milliseconds.
fn seconds(time: Duration) -> String {
    format!("{}.{:03}", time.as_secs(), time.subsec_millis())
}

#[cfg(test)]
mod tests;
