//! Every command that writes.

use super::bench::{
    Bench, Dump, HOST_RECORD, Meaning, OTHER, Ran, SITE, USER, dump, finish, large_blob_token, meaning,
    registration,
};
use super::fixture::Fixture;
use super::verdict::{Fail, ensure};
use crate::reply::Reply;
use crate::request::{get_assertion, large_blob_array, write_large_blobs};
use crate::{Sim, device_key, with_keystore};
use authenticator_core::store::{ChangeSet, Store};
use authenticator_core::{Authenticator, Command, Error, MakeCredential, Manage, Replacement, Step, decode};

/// A command that writes, over the store of [`Bench::prepared`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Write {
    Registration,
    Overwriting,
    Superseding,
    EndOfACeremony,
    Deletion,
    HostData,
    HostRecord,
    HostRecordRemoved,
    /// Large blobs that are one piece.
    LargeBlobs,
    Reset,
    /// Writes a hint.
    SignIn,
    /// A registration as far as the guard that says which key is to be made in the host's keystore.
    KeyIntent,
}

impl Write {
    /// Those with one commit, which is their result.
    pub(super) const ALL: [Self; 11] = [
        Self::Registration,
        Self::Overwriting,
        Self::Superseding,
        Self::EndOfACeremony,
        Self::Deletion,
        Self::HostData,
        Self::HostRecord,
        Self::HostRecordRemoved,
        Self::LargeBlobs,
        Self::Reset,
        Self::SignIn,
    ];

    /// Every kind of commit.
    pub(super) fn of_every_kind() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().chain([Self::KeyIntent])
    }

    /// Whether its write is one that may be lost.
    pub(super) fn is_hint(self) -> bool {
        self == Self::SignIn
    }

    /// The first step.
    pub(super) fn begin<S: Store>(self, sim: &mut Sim<S>) -> Result<Step, Fail> {
        const NEW: &[u8] = b"handle-of-a-third";
        let all = meaning(sim)?;
        let requester = sim.requester;
        let bytes = match self {
            Self::Registration | Self::EndOfACeremony | Self::KeyIntent => registration(SITE, NEW).encode(),
            Self::Overwriting | Self::Superseding => registration(SITE, USER).encode(),
            Self::LargeBlobs => {
                let fragment = write_large_blobs(&large_blob_array(900, 0x1B), 0, Some(900));
                large_blob_token(sim)?.writes(fragment).encode()
            }
            Self::Reset => vec![0x07],
            Self::SignIn => get_assertion(SITE).list([all.of(SITE, USER)?.id.as_slice()]).encode(),
            Self::Deletion | Self::HostData | Self::HostRecord | Self::HostRecordRemoved => Vec::new(),
        };
        let command = match self {
            Self::Deletion => Command::Manage(Manage::Delete(all.record_of(SITE, OTHER)?)),
            Self::HostData => {
                Command::Manage(Manage::SetHostData(all.record_of(SITE, OTHER)?, b"work laptop"))
            }
            Self::HostRecord => Command::Manage(Manage::PutHost { record: HOST_RECORD, bytes: b"later" }),
            Self::HostRecordRemoved => Command::Manage(Manage::RemoveHost(HOST_RECORD)),
            _ => decode(&bytes, 7609).map_err(Error::from)?,
        };
        if self == Self::KeyIntent {
            use_keystore(sim)?;
        }
        let command = match (self, command) {
            (Self::Superseding, Command::MakeCredential(request)) => {
                Command::MakeCredential(MakeCredential { replacement: Replacement::Supersede, ..request })
            }
            (Self::EndOfACeremony, command) => {
                sim.world.session.use_up(HOST_RECORD);
                command
            }
            (_, command) => command,
        };
        Ok(command.begin(&mut sim.world.context(), requester))
    }
}

impl Write {
    /// Runs it as far as it goes.
    pub(super) fn carry_out<S: Store>(self, sim: &mut Sim<S>) -> Result<Ran, Fail> {
        let mut step = self.begin(sim)?;
        if self != Self::KeyIntent {
            return finish(sim, step);
        }
        while !matches!(step, Step::NeedsKeypair(_) | Step::Done(_)) {
            step = sim.answer(step);
        }
        ensure!(matches!(step, Step::NeedsKeypair(_)), "no key is asked for");
        // There is no reply yet, and never will be: this is where it is left.
        Ok(Ran { reply: Reply { status: 0x00, raw: Vec::new() }, commits: 1 })
    }
}

/// What an undisturbed run comes to.
pub(super) struct Undisturbed {
    pub(super) dump: Dump,
    pub(super) meaning: Meaning,
    pub(super) ran: Ran,
}

impl Undisturbed {
    pub(super) fn of<F: Fixture>(write: Write) -> Result<Self, Fail> {
        let mut bench = Bench::<F>::prepared()?;
        let old = dump(&bench.sim.world.store)?;
        let ran = write.carry_out(&mut bench.sim).map_err(|fail| fail.during(format!("{write:?}")))?;
        let new = dump(&bench.sim.world.store)?;
        ensure!(ran.reply.status == 0x00, "{write:?} is answered {:#04X}", ran.reply.status);
        ensure!(new != old, "{write:?} leaves no trace");
        Ok(Self { dump: new, meaning: meaning(&mut bench.sim)?, ran })
    }
}

/// From now on keys are made in the host's keystore.
pub(super) fn use_keystore<S: Store>(sim: &mut Sim<S>) -> Result<(), Fail> {
    let profile = with_keystore(sim.world.authenticator.profile().clone());
    *sim.world.authenticator = Authenticator::new(profile, &device_key())?;
    Ok(())
}

/// Goes on to what the command writes, and takes it without committing it.
pub(super) fn change_set<S: Store>(sim: &mut Sim<S>, write: Write) -> Result<ChangeSet, Fail> {
    let mut step = write.begin(sim)?;
    loop {
        let changes = match &step {
            Step::NeedsCommit(needs) => needs.change_set(&sim.world.session).ok().cloned(),
            Step::Done(done) => done.hint(&sim.world.session).cloned(),
            _ => None,
        };
        if let Some(changes) = changes {
            return Ok(changes);
        }
        ensure!(!matches!(step, Step::Done(_)), "{write:?} writes nothing");
        step = sim.answer(step);
    }
}
