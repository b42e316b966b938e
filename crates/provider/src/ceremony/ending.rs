//! What is left of a sign-in once its command has ended.

use authenticator_core::store::Store;
use authenticator_host::{Clock, World, blocking};
use authenticator_webauthn::{Ending, ResponseJson};
use rand_core::CryptoRng;

/// Gives a sign-in's response, after writing what its site has sent to be kept. That it cannot be written is no error: the
/// response says so. [`Ceremony::finish`](crate::Ceremony::finish) does this; it is for those who have a
/// [`Get`](authenticator_webauthn::Get) and no ceremony.
pub fn complete<S: Store, R: CryptoRng, C: Clock>(
    world: &mut World<S, R, C>,
    mut ending: Ending,
) -> ResponseJson {
    loop {
        ending = match ending {
            Ending::Response(response) => return response,
            Ending::NeedsWrite(write) => {
                let written = blocking::manage(world, write.change());
                write.resume(&mut world.context(), written)
            }
        };
    }
}
