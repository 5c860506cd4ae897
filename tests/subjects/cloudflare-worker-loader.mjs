import { askWorker, createOnWorker } from './cloudflare-local.mjs';

export const name = 'cloudflare-worker-loader';
export const capabilities = await askWorker('worker-loader');

export const knownFailures = {
  'ERROR-034':
    'The engine writes a stack down when its error is made, with the frames of the runtime that called the program (as runtime.js, without a path).',
  'CONSOLE-027':
    'A Dynamic Worker shares its thread with the Worker that hears it: lines of a turn that never ends never leave it. Those of earlier turns are kept.',
  'LIMIT-006':
    'cpuMs is passed on to the platform, which keeps it in production and not in a workerd of this machine: there the wall budget ends the run.',
};

/** @param {import('@isomux/conformance').SubjectOptions} [options] */
export const create = (options = {}) => createOnWorker('worker-loader', options);
