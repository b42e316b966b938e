//! P-384: a scalar is drawn, wrapped, unwrapped and used in one place, which is wiped.

use authenticator_core::credential::{MAX_CREDENTIAL_ID, RpIdHash};
use authenticator_core::key::{KeyError, Signature, SignatureRequest};
use authenticator_core::store::RecordId;
use authenticator_core::{Bytes, Context, Error, HOST_SEAL_OVERHEAD, PublicKey, Secret, leaving_no_trace};
use p384::elliptic_curve::point::AffineCoordinates;
use p384::{NistP384, NonZeroScalar};
use rand_core::CryptoRng;
use sha2::{Digest, Sha256, Sha384};
use zeroize::{Zeroize, Zeroizing};

/// How long a scalar is, and a coordinate.
const SCALAR: usize = 48;

/// A wrapped scalar, which names the key.
type Handle = Bytes<MAX_CREDENTIAL_ID>;

/// Makes a key pair and wraps its private half.
pub(crate) fn generate(cx: &mut Context<'_>, rp_id_hash: &RpIdHash) -> Result<(PublicKey, Handle), KeyError> {
    leaving_no_trace(|| {
        let mut private = Zeroizing::new([0; SCALAR]);
        let public = draw(&mut private, cx.rng);
        let mut handle = [0; SCALAR + HOST_SEAL_OVERHEAD];
        let length = cx.seal_for_host(purpose(rp_id_hash), private.as_slice(), &mut handle);
        let wrapped = handle.get(..length.map_err(|_| KeyError::Failed)?).and_then(Bytes::new);
        Ok((public, wrapped.ok_or(KeyError::Failed)?))
    })
}

/// Signs with the key that the request's handle is.
pub(crate) fn sign(cx: &mut Context<'_>, request: &SignatureRequest) -> Result<Signature, KeyError> {
    leaving_no_trace(|| {
        let mut private = Zeroizing::new([0; SCALAR]);
        let handle = request.key.handle.as_slice();
        match cx.open_for_host(purpose(&request.rp_id_hash), handle, private.as_mut_slice()) {
            Ok(opened) if opened.len() == SCALAR => {}
            Ok(_) | Err(Error::Sealed(_)) => return Err(KeyError::Missing),
            Err(_) => return Err(KeyError::Failed),
        }
        let hedge = Secret::<SCALAR>::random(cx.rng);
        let signature = sign_hedged(&private, request.message(), hedge.expose());
        Bytes::new(signature?.to_der().as_bytes()).ok_or(KeyError::Failed)
    })
}

/// What a wrapped key is bound to: what it is, and its relying party.
fn purpose(rp_id_hash: &RpIdHash) -> RecordId {
    let hash = Sha256::new().chain_update(b"authenticator-es384 1").chain_update(rp_id_hash.0).finalize();
    RecordId(hash.first_chunk().copied().unwrap_or_default())
}

/// Draws a key pair, its private half right where it stays.
#[inline(never)]
fn draw(private: &mut [u8; SCALAR], rng: &mut dyn CryptoRng) -> PublicKey {
    loop {
        rng.fill_bytes(private);
        // One draw in 2^190 is not below the group's order; the next is taken.
        let Some(mut scalar) = scalar(private) else { continue };
        let public = p384::PublicKey::from_secret_scalar(&scalar);
        scalar.zeroize();
        return PublicKey::P384 { x: public.as_affine().x().0, y: public.as_affine().y().0 };
    }
}

fn scalar(bytes: &[u8; SCALAR]) -> Option<NonZeroScalar> {
    NonZeroScalar::from_repr((*bytes).into()).into_option()
}

/// Signs with the nonce that RFC 6979 §3.6 derives from key, message and `hedge`; with an empty one, that of §3.2.
#[inline(never)]
fn sign_hedged(
    private: &[u8; SCALAR],
    message: [&[u8]; 2],
    hedge: &[u8],
) -> Result<ecdsa::Signature<NistP384>, KeyError> {
    let mut scalar = scalar(private).ok_or(KeyError::Missing)?;
    let digest = message.iter().fold(Sha384::new(), |digest, part| digest.chain_update(part)).finalize();
    let (signature, _) = ecdsa::hazmat::sign_prehashed_rfc6979::<NistP384, Sha384>(&scalar, &digest, hedge);
    scalar.zeroize();
    Ok(signature)
}

#[cfg(test)]
mod tests;
