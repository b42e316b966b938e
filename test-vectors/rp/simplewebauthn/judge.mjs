// @simplewebauthn/server judges the `authenticator` command line tool, case by case.
//
// Usage: node judge.mjs PATH_TO_AUTHENTICATOR

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

import {
  SettingsService,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import {
  cose,
  decodeAttestationObject,
  decodeCredentialPublicKey,
  isoBase64URL,
} from '@simplewebauthn/server/helpers';

import {
  ALGORITHMS,
  CASES,
  ORIGIN,
  RP_ID,
  creationFile,
  offeredAlgorithms,
  requestFile,
  requestOptions,
} from './cases.mjs';
import { Tool } from './tool.mjs';

const OTHER_ORIGIN = 'https://other.example.com';
const OTHER_CHALLENGE = isoBase64URL.fromBuffer(new Uint8Array(32));

process.exitCode = await main(process.argv.slice(2));

async function main(programArguments) {
  const [paths, options] = [programArguments.slice(0, 2), programArguments.slice(2)];
  if (paths.length !== 2 || !['', '--without-x5c'].includes(options.join(' '))) {
    console.error('usage: judge.mjs PATH_TO_AUTHENTICATOR FOLDER_OF_THE_CHAIN [--without-x5c]');
    return 2;
  }
  const [program, chainFolder] = paths.map((path) => resolve(path));
  const cases = CASES.filter(({ attestation }) => attestation !== 'packed-x5c' || options.length === 0);
  trust(join(chainFolder, 'root.pem'));
  console.log(`@simplewebauthn/server ${libraryVersion()}`);
  let failed = 0;
  for (const testCase of cases) {
    let verdict = 'passed';
    try {
      await judge(testCase, program, chainFolder);
    } catch (error) {
      // Any error is a verdict: one bad answer must not hide the cases after it.
      verdict = `FAILED: ${String(error).replace(/\s+/g, ' ')}`;
      failed += 1;
    }
    console.log(testCase.name.padEnd(40) + verdict);
  }
  console.log(`${cases.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

async function judge(testCase, program, chainFolder) {
  const folder = mkdtempSync(join(tmpdir(), 'judge-'));
  try {
    const tool = new Tool(program, folder, ORIGIN, testCase.user, attestation(testCase, chainFolder));
    const registration = JSON.parse(tool.create(creationFile(testCase)));
    const registered = await judgeRegistration(testCase, registration, chainFolder);

    let optionsFile = requestFile(testCase);
    if (testCase.signIn === 'allow-list') {
      optionsFile = join(folder, 'request.json');
      const { id, transports } = registered;
      const options = await requestOptions(testCase, [{ id, transports }]);
      writeFileSync(optionsFile, JSON.stringify(options));
    }
    const authentication = JSON.parse(tool.get(optionsFile));
    await judgeAuthentication(testCase, optionsFile, registered, authentication);
    expectPrf(testCase, registration.clientExtensionResults.prf, authentication.clientExtensionResults.prf);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Returns what a site keeps of the registration. */
async function judgeRegistration(testCase, answer, chainFolder) {
  const { challenge } = readJson(creationFile(testCase));
  const verify = (changes) =>
    verifyRegistrationResponse({
      response: answer,
      expectedChallenge: challenge,
      expectedOrigin: ORIGIN,
      expectedRPID: RP_ID,
      requireUserVerification: testCase.user === 'verify',
      supportedAlgorithmIDs: offeredAlgorithms(testCase),
      ...changes,
    });

  const { verified, registrationInfo } = await verify({});
  expect('registration verified', verified, true);
  const { credential } = registrationInfo;
  const format = testCase.attestation === 'none' ? 'none' : 'packed';
  expect('format', registrationInfo.fmt, format);
  expect('algorithm', publicKeyAlgorithm(credential), ALGORITHMS[testCase.algorithm]);
  expect('AAGUID length', Buffer.from(registrationInfo.aaguid.replaceAll('-', ''), 'hex').length, 16);
  expect('sign count', credential.counter, 0);
  expectThisDeviceOnly(testCase, registrationInfo);
  await expectRefused('challenge', () => verify({ expectedChallenge: OTHER_CHALLENGE }));
  await expectRefused('origin', () => verify({ expectedOrigin: OTHER_ORIGIN }));
  if (format === 'packed') {
    const statement = decodeAttestationObject(registrationInfo.attestationObject).get('attStmt');
    if (testCase.attestation === 'packed-x5c') {
      expect('certificates in the chain', statement.get('x5c').length, 2);
      trust(join(chainFolder, 'other-root.pem'));
      await expectUntrusted(() => verify({}));
      trust(join(chainFolder, 'root.pem'));
    } else {
      expect('certificates in a self attestation', statement.get('x5c'), undefined);
    }
    const tampered = withFlippedAttestation(answer, statement.get('sig'));
    await expectUnverified(() => verify({ response: tampered }));
  }
  return credential;
}

async function judgeAuthentication(testCase, optionsFile, registered, answer) {
  const { challenge } = readJson(optionsFile);
  const verify = (changes) =>
    verifyAuthenticationResponse({
      response: answer,
      expectedChallenge: challenge,
      expectedOrigin: ORIGIN,
      expectedRPID: RP_ID,
      credential: registered,
      requireUserVerification: testCase.user === 'verify',
      ...changes,
    });

  const { verified, authenticationInfo } = await verify({});
  expect('sign-in verified', verified, true);
  expect('credential id', answer.id, registered.id);
  expect('sign count', authenticationInfo.newCounter, 0);
  expectThisDeviceOnly(testCase, authenticationInfo);
  expectUserHandle(testCase, answer);
  await expectRefused('challenge', () => verify({ expectedChallenge: OTHER_CHALLENGE }));
  await expectRefused('origin', () => verify({ expectedOrigin: OTHER_ORIGIN }));
  await expectUnverified(() => verify({ response: withFlippedSignature(answer) }));
}

function publicKeyAlgorithm(credential) {
  return decodeCredentialPublicKey(credential.publicKey).get(cose.COSEKEYS.alg);
}

/** BE=0 and BS=0, and UV exactly when the user was verified. */
function expectThisDeviceOnly(testCase, info) {
  expect('user verified', info.userVerified, testCase.user === 'verify');
  expect('device type', info.credentialDeviceType, 'singleDevice');
  expect('backed up', info.credentialBackedUp, false);
}

/** WebAuthn L3 §7.2 step 6: needed without an allow list, and never another user's. */
function expectUserHandle(testCase, answer) {
  const { userHandle } = answer.response;
  if (testCase.signIn === 'usernameless' || (userHandle ?? null) !== null) {
    expect('user handle', userHandle, readJson(creationFile(testCase)).user.id);
  }
}

/** WebAuthn L3 §10.1.4: the same 32 bytes at both ceremonies, of verified users only. */
function expectPrf(testCase, registered, signedIn) {
  expect('prf enabled', registered.enabled, true);
  if (testCase.user === 'verify') {
    expect('prf result length', Buffer.from(registered.results.first, 'base64url').length, 32);
    expect('prf results of the sign-in', signedIn, { results: registered.results });
  } else {
    expect('prf results without verification', [registered.results, signedIn], [undefined, {}]);
  }
}

function expect(what, found, wanted) {
  if (!isDeepStrictEqual(found, wanted)) {
    throw new Error(`${what} is ${JSON.stringify(found)}, wanted ${JSON.stringify(wanted)}`);
  }
}

/** The library must throw, and for this reason: a judge that cannot say no proves nothing. */
async function expectRefused(reason, verify) {
  let refusal;
  try {
    await verify();
  } catch (error) {
    refusal = error;
  }
  if (refusal === undefined) {
    throw new Error(`accepted a wrong ${reason}`);
  }
  if (!new RegExp(`^Unexpected .* ${reason} `).test(refusal.message)) {
    throw new Error(`refused a wrong ${reason} for another reason: ${refusal.message}`);
  }
}

/** Chains of packed statements must end here. */
function trust(rootFile) {
  SettingsService.setRootCertificates({ identifier: 'packed', certificates: [readFileSync(rootFile, 'utf8')] });
}

function attestation(testCase, chainFolder) {
  const files = ['chain.pem', 'key.pem'].map((name) => join(chainFolder, name)).join(',');
  return testCase.attestation === 'packed-x5c' ? ['--attestation', `x5c=${files}`] : [];
}

/** The library must throw, because of the chain. */
async function expectUntrusted(verify) {
  let refusal;
  try {
    await verify();
  } catch (error) {
    refusal = error;
  }
  expect('verdict on a chain that nobody trusts', /trust anchor/.test(String(refusal)), true);
}

/** A wrong signature is the one thing this library answers with `verified: false`. */
async function expectUnverified(verify) {
  const { verified } = await verify();
  expect('verdict on a flipped signature', verified, false);
}

function withFlippedSignature(answer) {
  const signature = Buffer.from(answer.response.signature, 'base64url');
  return withResponse(answer, 'signature', withFlippedByteAt(signature, signature.length - 1));
}

function withFlippedAttestation(answer, signature) {
  const attestation = Buffer.from(answer.response.attestationObject, 'base64url');
  const start = attestation.indexOf(signature);
  expect('attestation signatures', start !== -1 && start === attestation.lastIndexOf(signature), true);
  const last = start + signature.length - 1;
  return withResponse(answer, 'attestationObject', withFlippedByteAt(attestation, last));
}

/** The last byte of a signature lies outside the DER framing: still well formed, not valid. */
function withFlippedByteAt(bytes, position) {
  const flipped = Buffer.from(bytes);
  flipped[position] ^= 1;
  return flipped;
}

function withResponse(answer, member, value) {
  const response = { ...answer.response, [member]: value.toString('base64url') };
  return { ...answer, response };
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function libraryVersion() {
  const main = createRequire(import.meta.url).resolve('@simplewebauthn/server');
  return readJson(join(main, '..', '..', 'package.json')).version;
}
