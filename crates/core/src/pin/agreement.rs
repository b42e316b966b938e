//! The authenticator's half of the key agreement: ECDH over P-256.

use super::protocol::Protocol;
use super::shared::SharedSecret;
use crate::secret::Secret;
use p256::elliptic_curve::point::AffineCoordinates;
use p256::{AffinePoint, NonZeroScalar, ProjectivePoint};
use rand_core::CryptoRng;
use zeroize::Zeroize;

/// A public key: both coordinates big-endian with their leading zeros.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Point {
    pub(crate) x: [u8; 32],
    pub(crate) y: [u8; 32],
}

/// A platform's public key as it was received: possibly no point at all.
#[derive(Clone, Copy, Default)]
pub(crate) struct PlatformKey<'a> {
    pub(crate) x: &'a [u8],
    pub(crate) y: &'a [u8],
}

/// What a platform sent as its public key is no point of the curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InvalidPoint;

/// The key pair of one protocol, from power-up until it is renewed (PP-01).
///
/// It is made when it is first needed. Nobody can tell that from a key made at power-up, and an endpoint that is never
/// asked for a PIN has none.
pub(crate) struct KeyAgreement {
    /// Of no meaning without its public half.
    pub(super) scalar: Secret<32>,
    public: Option<Point>,
}

impl KeyAgreement {
    pub(crate) const fn empty() -> Self {
        Self { scalar: Secret::new([0; 32]), public: None }
    }

    /// The key pair's public half.
    pub(crate) fn public_key(&mut self, rng: &mut dyn CryptoRng) -> &Point {
        self.public.get_or_insert_with(|| generate(&mut self.scalar, rng))
    }

    /// Wipes the key pair: the next one has nothing to do with it.
    pub(crate) fn renew(&mut self) {
        self.public = None;
        self.scalar.zeroize();
    }

    /// Puts into `shared` what this key pair and the platform's public key make (PP-02, PP-03).
    ///
    /// Should there be no key pair yet, one is made: the platform cannot know it, so what it says will not verify, as when
    /// it had taken the wrong one.
    pub(crate) fn decapsulate(
        &mut self,
        rng: &mut dyn CryptoRng,
        protocol: Protocol,
        platform: &PlatformKey<'_>,
        shared: &mut SharedSecret,
    ) -> Result<(), InvalidPoint> {
        shared.clear();
        let peer = point(platform).ok_or(InvalidPoint)?;
        let _ = self.public_key(rng);
        let mut z = Secret::new([0; 32]);
        multiply(&self.scalar, &peer, &mut z).ok_or(InvalidPoint)?;
        shared.derive(protocol, &z);
        Ok(())
    }
}

/// The point with these coordinates, if it is on the curve. The one point at infinity has no coordinates.
fn point(key: &PlatformKey<'_>) -> Option<AffinePoint> {
    let (x, y): (&[u8; 32], &[u8; 32]) = (key.x.try_into().ok()?, key.y.try_into().ok()?);
    AffinePoint::from_coordinates(x.into(), y.into()).into_option()
}

/// Draws a key pair, its private half right where it stays.
#[inline(never)]
fn generate(private: &mut Secret<32>, rng: &mut dyn CryptoRng) -> Point {
    loop {
        rng.fill_bytes(private.expose_mut());
        // One draw in 2^32 is not below the group's order; the next is taken.
        let Some(mut scalar) = scalar(private) else { continue };
        let public = p256::PublicKey::from_secret_scalar(&scalar);
        scalar.zeroize();
        return Point { x: public.as_affine().x().0, y: public.as_affine().y().0 };
    }
}

/// The x coordinate of the platform's point times our scalar, in constant time. `None`: it is no scalar, which
/// [`generate`] never leaves behind.
#[inline(never)]
fn multiply(private: &Secret<32>, peer: &AffinePoint, z: &mut Secret<32>) -> Option<()> {
    let mut scalar = scalar(private)?;
    let mut product = ProjectivePoint::from(*peer) * *scalar;
    let mut affine = product.to_affine();
    let mut x = affine.x();
    z.expose_mut().copy_from_slice(&x);
    x.as_mut_slice().zeroize();
    affine.zeroize();
    product.zeroize();
    scalar.zeroize();
    Some(())
}

fn scalar(bytes: &Secret<32>) -> Option<NonZeroScalar> {
    NonZeroScalar::from_repr((*bytes.expose()).into()).into_option()
}
