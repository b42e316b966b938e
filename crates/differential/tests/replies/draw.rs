//! Drawn replies of every kind that can be made here: the others are those of an authenticator's life.

use authenticator_core::credential::{CredProtect, RpIdHash, UserEntity};
use authenticator_core::{
    Algorithm, Asserted, Attestation, Bytes, CredentialsMetadata, ListedCredential, ListedRelyingParty,
    PinReply, PublicKey, Registered, Reply, Secret, Text,
};
use authenticator_testkit::SeededRng;
use rand_core::Rng;

const CHAINS: [&[&[u8]]; 6] =
    [&[&[]], &[&[0x30; 300]], &[&[0x30; 1024]], &[&[0x30; 1025]], &[&[0x30; 9], &[0x31; 9]], &[]];

struct Draw(SeededRng);

impl Draw {
    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.0.next_u32()).expect("fits") % limit
    }

    fn coin(&mut self) -> bool {
        self.below(2) == 0
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    /// Bytes of a length from `least` to `most`.
    fn bytes<const N: usize>(&mut self, least: usize, most: usize) -> Bytes<N> {
        let mut bytes = vec![0; least + self.below(most - least + 1)];
        self.0.fill_bytes(&mut bytes);
        Bytes::new(&bytes).expect("it has room")
    }

    fn text<const N: usize>(&mut self, most: usize) -> Text<N> {
        let letter = ["a", "é", "日"][self.below(3)];
        Text::truncated(&letter.repeat(self.below(most + 1)))
    }

    fn number(&mut self) -> u32 {
        self.0.next_u32() >> self.below(32)
    }

    fn small(&mut self) -> u8 {
        self.array::<1>()[0]
    }

    fn algorithm(&mut self) -> Algorithm {
        Algorithm::ALL[self.below(Algorithm::ALL.len())]
    }

    /// As long as those of the algorithm may be, or of any length.
    fn signature<const N: usize>(&mut self, algorithm: Algorithm) -> Bytes<N> {
        if algorithm == Algorithm::Es384 { self.bytes(70, 104) } else { self.bytes(0, 77) }
    }

    fn user(&mut self) -> UserEntity {
        let name = |draw: &mut Self| draw.coin().then(|| draw.text(70));
        UserEntity { id: self.bytes(1, 64), name: name(self), display_name: name(self) }
    }

    fn large_blob_key(&mut self) -> Option<Secret<32>> {
        self.coin().then(|| Secret::new(self.array()))
    }

    fn registered(&mut self, attestation: Attestation) -> Reply {
        let (auth_data, large_blob_key) = (self.bytes(37, 368), self.large_blob_key());
        Reply::Registered(Registered {
            auth_data,
            attestation,
            large_blob_key,
            secrets: None,
            large_blob: None,
            stored: false,
        })
    }
}

/// The reply of this number: its kind, the command that it answers, and itself.
pub(crate) fn reply(seed: u64) -> (&'static str, u8, Reply) {
    let mut draw = Draw(SeededRng::new(seed));
    match seed % 12 {
        0 => ("no attestation", 0x01, draw.registered(Attestation::None)),
        1 => {
            let algorithm = draw.algorithm();
            let signature = draw.signature(algorithm);
            ("self attestation", 0x01, draw.registered(Attestation::PackedSelf { algorithm, signature }))
        }
        2 => {
            let algorithm = draw.algorithm();
            let (signature, certificates) = (draw.signature(algorithm), CHAINS[draw.below(CHAINS.len())]);
            // Every other one: the seeds of this kind are twelve apart.
            if (seed / 12).is_multiple_of(2) {
                let attestation = Attestation::PackedBasic { algorithm, signature, certificates };
                return ("basic attestation", 0x01, draw.registered(attestation));
            }
            let attestation = Attestation::PackedEnterprise { algorithm, signature, certificates };
            ("enterprise attestation", 0x01, draw.registered(attestation))
        }
        3 => ("sign-in", [0x02, 0x08][draw.below(2)], Reply::Asserted(asserted(&mut draw))),
        4 => {
            let (left, power_cycle) = (draw.small(), draw.coin());
            ("PIN retries", 0x06, Reply::ClientPin(PinReply::Retries { left, power_cycle }))
        }
        5 => {
            let (x, y) = (draw.array(), draw.array());
            ("key agreement", 0x06, Reply::ClientPin(PinReply::KeyAgreement { x, y }))
        }
        6 => ("token", 0x06, Reply::ClientPin(PinReply::Token(draw.bytes(0, 48)))),
        7 => ("verification retries", 0x06, Reply::ClientPin(PinReply::VerificationRetries(draw.small()))),
        8 => {
            let (existing, remaining) = (draw.number(), draw.number());
            ("metadata", 0x0A, Reply::CredentialsMetadata(CredentialsMetadata { existing, remaining }))
        }
        9 => {
            let (rp_id, rp_id_hash) = (draw.text(260), RpIdHash(draw.array()));
            let total = draw.coin().then(|| draw.number());
            let listed = ListedRelyingParty { rp_id, rp_id_hash, total };
            ("listed relying party", [0x0A, 0x41][draw.below(2)], Reply::RelyingParty(listed))
        }
        10 => ("listed credential", [0x0A, 0x41][draw.below(2)], Reply::Credential(listed(&mut draw))),
        _ => ("nothing", [0x06, 0x07, 0x0A, 0x0B, 0x0C, 0x0D][draw.below(6)], Reply::Empty),
    }
}

fn asserted(draw: &mut Draw) -> Asserted {
    let algorithm = draw.algorithm();
    Asserted {
        credential_id: draw.bytes(1, 96),
        auth_data: draw.bytes(37, 368),
        signature: draw.signature(algorithm),
        user: draw.coin().then(|| draw.user()),
        number_of_credentials: draw.coin().then(|| draw.number()),
        user_selected: draw.coin(),
        large_blob_key: draw.large_blob_key(),
        secrets: None,
        large_blob: None,
    }
}

fn listed(draw: &mut Draw) -> ListedCredential {
    let public_key = match draw.below(3) {
        0 => PublicKey::P256 { x: draw.array(), y: draw.array() },
        1 => PublicKey::Ed25519(draw.array()),
        _ => PublicKey::P384 { x: draw.array(), y: draw.array() },
    };
    let levels = [CredProtect::Optional, CredProtect::WithCredentialIdList, CredProtect::Required];
    ListedCredential {
        user: draw.user(),
        credential_id: draw.bytes(1, 96),
        public_key,
        total: draw.coin().then(|| draw.number()),
        cred_protect: levels[draw.below(3)],
        large_blob_key: draw.large_blob_key(),
        third_party_payment: draw.coin().then(|| draw.coin()),
    }
}
