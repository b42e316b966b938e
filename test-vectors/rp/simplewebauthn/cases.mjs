// The cases that @simplewebauthn/server judges, and the options it makes for each of them.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { generateAuthenticationOptions, generateRegistrationOptions } from '@simplewebauthn/server';
import { COSEALG, isoBase64URL } from '@simplewebauthn/server/helpers';

export const RP_ID = 'example.com';
export const ORIGIN = 'https://login.example.com';
export const OPTIONS_FOLDER = fileURLToPath(new URL('options', import.meta.url));
export const ALGORITHMS = { es256: COSEALG.ES256, eddsa: COSEALG.EdDSA };

/**
 * One registration followed by one sign-in.
 *
 * @typedef {object} Case
 * @property {string} name
 * @property {'none' | 'packed-self' | 'packed-x5c'} attestation the last: by a key in a file, with a chain
 * @property {'es256' | 'eddsa'} algorithm
 * @property {'verify' | 'approve'} user what the person at the authenticator does
 * @property {'allow-list' | 'usernameless'} signIn
 */

/** @type {Case[]} */
export const CASES = [
  ...['none', 'packed-self'].flatMap((attestation) =>
    Object.keys(ALGORITHMS).flatMap((algorithm) =>
      ['verify', 'approve'].flatMap((user) =>
        ['allow-list', 'usernameless'].map((signIn) => named({ attestation, algorithm, user, signIn })),
      ),
    ),
  ),
  ...Object.keys(ALGORITHMS).map((algorithm) =>
    named({ attestation: 'packed-x5c', algorithm, user: 'verify', signIn: 'usernameless' }),
  ),
];

function named({ attestation, algorithm, user, signIn }) {
  return { name: `${attestation}-${algorithm}-${user}-${signIn}`, attestation, algorithm, user, signIn };
}

export function creationOptions(/** @type {Case} */ testCase) {
  return generateRegistrationOptions({
    rpID: RP_ID,
    rpName: 'Example',
    userID: fixedBytes('user id', testCase).subarray(0, 16),
    userName: 'anna@example.com',
    userDisplayName: 'Anna Example',
    challenge: fixedBytes('creation challenge', testCase),
    attestationType: testCase.attestation === 'none' ? 'none' : 'direct',
    authenticatorSelection: {
      residentKey: testCase.signIn === 'usernameless' ? 'required' : 'discouraged',
      userVerification: userVerification(testCase),
    },
    supportedAlgorithmIDs: offeredAlgorithms(testCase),
    extensions: prf(testCase),
  });
}

/** `allowCredentials` is undefined for a usernameless sign-in. */
export function requestOptions(/** @type {Case} */ testCase, allowCredentials) {
  return generateAuthenticationOptions({
    rpID: RP_ID,
    challenge: fixedBytes('request challenge', testCase),
    allowCredentials,
    userVerification: userVerification(testCase),
    extensions: prf(testCase),
  });
}

export function creationFile(/** @type {Case} */ testCase, folder = OPTIONS_FOLDER) {
  return join(folder, `${testCase.name}.create.json`);
}

export function requestFile(/** @type {Case} */ testCase, folder = OPTIONS_FOLDER) {
  return join(folder, `${testCase.name}.get.json`);
}

/** The wanted algorithm first: the authenticator must keep to the site's order. */
export function offeredAlgorithms(/** @type {Case} */ testCase) {
  const wanted = ALGORITHMS[testCase.algorithm];
  return [wanted, ...Object.values(ALGORITHMS).filter((other) => other !== wanted)];
}

function userVerification(/** @type {Case} */ testCase) {
  return testCase.user === 'verify' ? 'required' : 'discouraged';
}

/** The same input at both ceremonies. */
function prf(/** @type {Case} */ testCase) {
  return { prf: { eval: { first: isoBase64URL.fromBuffer(fixedBytes('prf input', testCase)) } } };
}

/** 32 bytes that differ by purpose and case and are the same on every run. */
function fixedBytes(purpose, /** @type {Case} */ testCase) {
  const digest = createHash('sha256').update(`simplewebauthn ${purpose} ${testCase.name}`);
  return isoBase64URL.toBuffer(digest.digest('base64url'));
}
