// Writes the options that are kept in the tree.
//
// Usage: node generate.mjs [FOLDER]     (FOLDER defaults to `options` beside this file)

import { mkdirSync, writeFileSync } from 'node:fs';

import {
  CASES,
  OPTIONS_FOLDER,
  creationFile,
  creationOptions,
  requestFile,
  requestOptions,
} from './cases.mjs';

const folder = process.argv[2] ?? OPTIONS_FOLDER;
mkdirSync(folder, { recursive: true });
for (const testCase of CASES) {
  writeOptions(creationFile(testCase, folder), await creationOptions(testCase));
  // With an allow list, the options need a credential id: the judge makes them.
  if (testCase.signIn === 'usernameless') {
    writeOptions(requestFile(testCase, folder), await requestOptions(testCase));
  }
}

/** The library's options are JSON values already: this is how a site sends them. */
function writeOptions(file, options) {
  writeFileSync(file, JSON.stringify(options));
}
