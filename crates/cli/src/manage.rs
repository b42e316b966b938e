//! `rename`, `delete` and `reset`.

use crate::args::{Delete, Rename, Reset};
use crate::display::{DOMAIN, NAME, display, domain};
use crate::exit::Failure;
use crate::list::{existing, find, write_out};
use crate::log::Log;
use crate::open::{self, Device};
use crate::prompt::{PATIENCE, terminal_or};
use authenticator_core::store::RecordId;
use authenticator_core::{Context, Gesture, NeedsUser};
use authenticator_provider::{Item, Label, Removed, State, catalogue, prepare_delete};
use rand_core::CryptoRng;

/// `authenticator rename`.
pub(crate) fn rename(args: &Rename, log: Log) -> Result<(), Failure> {
    let label = Label::new(&args.label).map_err(|error| Failure::Usage(error.to_string()))?;
    let mut device = existing(open::open_existing(&args.store, log)?)?;
    let item = find(&mut device, &args.id)?;
    authenticator_provider::rename(&mut device, item.record(), &label)?;
    log.note("the label is written");
    write_out("Renamed. The site's own name for the account is unchanged.\n")
}

/// `authenticator delete`.
pub(crate) fn delete(args: &Delete, log: Log) -> Result<(), Failure> {
    let mut device = existing(open::open_existing(&args.store, log)?)?;
    let item = find(&mut device, &args.id)?;
    let token = prepare_delete(&mut device, item.record())?;
    if !args.yes {
        let question = format!("Delete {}? It cannot be brought back.", described(token.removes()));
        if !terminal_or("--yes")?.confirm(&question, PATIENCE)? {
            return write_out("Nothing was deleted.\n");
        }
    }
    let account = token.removes().cloned();
    let superseded: Vec<RecordId> = of_account(&mut device, account.as_ref())?
        .iter()
        .filter(|item| item.state() == State::Superseded)
        .map(Item::record)
        .collect();
    let removed = token.confirm(&mut device)?;
    log.note("the passkey is deleted");
    write_out(&match removed {
        Some(removed) => format!(
            "Deleted. {} still lists this passkey: remove it in your account there as well.\n",
            domain(removed.rp_id.as_str(), DOMAIN)
        ),
        None => "Deleted. Its record could not be read; its site may still list the passkey.\n".to_owned(),
    })?;
    // Nothing newer stands before the one that it had taken the place of (S-38).
    let revived = of_account(&mut device, account.as_ref())?
        .iter()
        .any(|item| item.state() != State::Superseded && superseded.contains(&item.record()));
    if revived {
        write_out("The earlier passkey for this account is in use again.\n")?;
    }
    Ok(())
}

/// The passkeys for the same account as this one.
fn of_account<R: CryptoRng>(device: &mut Device<R>, account: Option<&Removed>) -> Result<Vec<Item>, Failure> {
    let Some(account) = account else { return Ok(Vec::new()) };
    let same = |item: &Item| {
        item.passkey().is_some_and(|passkey| {
            passkey.rp_id.as_str() == account.rp_id.as_str()
                && passkey.user.id.as_slice() == account.user.id.as_slice()
        })
    };
    Ok(catalogue(device)?.into_iter().filter(same).collect())
}

fn described(removes: Option<&Removed>) -> String {
    let Some(removes) = removes else { return "the passkey whose record cannot be read".to_owned() };
    let name = removes.user.name.as_ref().map_or("", |name| name.as_str());
    let account = if name.is_empty() { "an account without a name".to_owned() } else { display(name, NAME) };
    format!("the passkey of {account} at {}", domain(removes.rp_id.as_str(), DOMAIN))
}

/// `authenticator reset`.
pub(crate) fn reset(args: &Reset, log: Log) -> Result<(), Failure> {
    let mut device = existing(open::open_existing(&args.store, log)?)?;
    let count = catalogue(&mut device)?.len();
    if !args.yes_delete_everything {
        let mut terminal = terminal_or("--yes-delete-everything")?;
        let first =
            format!("Delete all passkeys of this store ({count}), and those that only their sites know of?");
        let agreed = terminal.confirm(&first, PATIENCE)?
            && terminal.ask("They cannot be brought back. To go on, type delete everything: ", PATIENCE)?
                == "delete everything";
        if !agreed {
            return write_out("Nothing was deleted.\n");
        }
    }
    let mut agreed = |_: &NeedsUser, _: &mut Context<'_>| Ok(Gesture::TOUCH);
    authenticator_provider::reset(&mut device, &mut agreed)?;
    log.note("the store is reset");
    write_out(&format!(
        "Passkeys deleted: {count}. Their sites still list them: remove them there as well.\n"
    ))
}
