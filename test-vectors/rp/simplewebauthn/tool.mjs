// Runs the `authenticator` command line tool for one case, in a store of its own.

import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

const TIMEOUT_MILLISECONDS = 60_000;

export class Tool {
  /**
   * @param {string} program
   * @param {string} folder empty at first; everything the tool writes stays in here
   * @param {string} origin
   * @param {'verify' | 'approve'} user
   * @param {string[]} attestation what to add to `create`
   */
  constructor(program, folder, origin, user, attestation) {
    this.attestation = attestation;
    this.program = program;
    this.origin = origin;
    this.user = user;
    this.store = join(folder, 'store');
    this.home = join(folder, 'home');
    mkdirSync(this.store);
    mkdirSync(this.home);
  }

  create(optionsFile) {
    return this.#run('create', optionsFile, this.attestation);
  }

  get(optionsFile) {
    return this.#run('get', optionsFile);
  }

  #run(command, optionsFile, more = []) {
    const options = ['--origin', this.origin, '--options', optionsFile];
    const setting = ['--store', this.store, '--user', this.user];
    const done = spawnSync(this.program, [command, ...options, ...setting, ...more], {
      stdio: ['ignore', 'pipe', 'pipe'],
      encoding: 'utf8',
      env: this.#environment(),
      timeout: TIMEOUT_MILLISECONDS,
    });
    if (done.error) {
      throw done.error;
    }
    if (done.status !== 0) {
      throw new Error(`${command}: exit ${done.status ?? done.signal}: ${done.stderr.trim()}`);
    }
    return done.stdout;
  }

  /** A home of its own: a device key kept beside the store must not outlive the case. */
  #environment() {
    const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('XDG_'));
    return { ...Object.fromEntries(kept), HOME: this.home };
  }
}
