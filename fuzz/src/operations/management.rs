//! Credential management: what a client lists is what the model holds, and what it deletes or renames is that one.

use super::{Model, Passkey, name};
use authenticator_testkit::cbor::{Value, bytes, map, named};
use authenticator_testkit::pin::{Platform, Token, subcommand};
use authenticator_testkit::reply::Reply;
use authenticator_testkit::request::{Request, client_pin, credential_management, descriptor};

const PERMISSION: u64 = 0x04;

impl Model {
    pub(super) fn delete_by_client(&mut self, how: u8) {
        let Some((place, id)) = self.pick(how) else { return };
        let parameters = [(0x02, descriptor(&id))];
        if self.manage(credential_management(0x06).parameters(parameters)) == Some(0x00) {
            self.passkeys.remove(place);
        }
    }

    pub(super) fn rename_by_client(&mut self, how: u8) {
        let Some((place, id)) = self.pick(how) else { return };
        let new = how.to_string();
        let user = self.passkeys.get(place).map_or(0, |passkey| passkey.user).saturating_add(1);
        let user = map([("id", bytes(&[user])), ("name", Value::from(new.as_str()))]);
        let parameters = [(0x02, descriptor(&id)), (0x03, user)];
        let status = self.manage(credential_management(0x07).parameters(parameters));
        if let Some(passkey) = self.passkeys.get_mut(place).filter(|_| status == Some(0x00)) {
            passkey.name = new;
        }
    }

    /// Everything there is, newest first.
    pub(super) fn list_by_client(&mut self) {
        let Some(token) = self.token() else { return };
        let metadata = self.sim.send(&token.manages(credential_management(0x01)));
        assert_eq!(count(&metadata, 0x01), self.passkeys.len(), "as many as were promised");
        let mut sites: Vec<usize> = Vec::new();
        for passkey in self.passkeys.iter().rev() {
            if !sites.contains(&passkey.site) {
                sites.push(passkey.site);
            }
        }
        let listed = self.list(&token, credential_management(0x02), 0x03, 0x05);
        let ids: Vec<_> = listed.iter().filter_map(|reply| text(reply, 0x03, "id")).collect();
        assert_eq!(ids, sites.iter().map(|site| name(*site)).collect::<Vec<_>>(), "every site once");
        for site in sites {
            let hash = self.passkeys.iter().find(|passkey| passkey.site == site);
            let hash = hash.map(|passkey| passkey.credential.rp_id_hash.clone()).unwrap_or_default();
            let begins = credential_management(0x04).parameters([(0x01, bytes(&hash))]);
            let listed = self.list(&token, begins, 0x05, 0x09);
            let own: Vec<_> = self.passkeys.iter().rev().filter(|passkey| passkey.site == site).collect();
            assert_eq!(listed.len(), own.len(), "every passkey once");
            assert!(listed.iter().zip(own).all(|(reply, passkey)| is_of(reply, passkey)), "{listed:?}");
        }
    }

    /// As many replies as the first announces; the one after them is refused.
    fn list(&mut self, token: &Token, begins: Request, next: u8, total: i64) -> Vec<Reply> {
        let first = self.sim.send(&token.manages(begins));
        if first.status == 0x2E {
            return Vec::new();
        }
        let more = count(&first, total).saturating_sub(1);
        let mut all = vec![first];
        for _ in 0..more {
            all.push(self.sim.send(&credential_management(next)));
        }
        let beyond = self.sim.send(&credential_management(next)).status;
        assert_eq!(beyond, 0x30, "a list ends where it said");
        all
    }

    /// One of the passkeys there are.
    fn pick(&self, how: u8) -> Option<(usize, Vec<u8>)> {
        let place = usize::from(how).checked_rem(self.passkeys.len())?;
        Some((place, self.passkeys.get(place)?.credential.credential_id.clone()?))
    }

    /// The status of a change; `None`: the user gave no token for it.
    fn manage(&mut self, request: Request) -> Option<u8> {
        let token = self.token()?;
        let status = self.sim.send(&token.manages(request)).status;
        self.sim.world.store.heal();
        Some(status)
    }

    /// A token by the host's verification, if the user does not refuse it.
    fn token(&mut self) -> Option<Token> {
        let platform = Platform::connect(&mut self.sim, 2);
        let request = client_pin(subcommand::TOKEN_USING_UV)
            .with(0x01, 2)
            .with(0x03, platform.key_agreement.clone())
            .with(0x09, PERMISSION);
        let reply = self.sim.send(&request);
        platform.token(&reply)
    }
}

fn is_of(reply: &Reply, passkey: &Passkey) -> bool {
    let id = reply.member(0x07).and_then(|listed| named(&listed, "id")?.as_bytes().cloned());
    id == passkey.credential.credential_id
        && reply.member(0x08) == passkey.credential.public_key
        && text(reply, 0x06, "name").as_deref() == Some(passkey.name.as_str())
}

fn text(reply: &Reply, key: i64, label: &str) -> Option<String> {
    Some(named(&reply.member(key)?, label)?.as_text()?.to_owned())
}

fn count(reply: &Reply, key: i64) -> usize {
    let count = reply.member(key).and_then(|count| count.as_integer()?.try_into().ok());
    count.unwrap_or_default()
}
