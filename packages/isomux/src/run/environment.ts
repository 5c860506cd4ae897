import { readFile } from 'node:fs/promises';
import { UsageError } from '../cli/usage-error.ts';
import { describeFileFault } from './file-fault.ts';

/** Reads the data for the global `env`: JSON text when it begins like an object or an array, and else the path of a file of JSON. */
export async function readEnvironment(given: string): Promise<unknown> {
  const inline = /^\s*[[{]/.test(given);
  const where = inline ? 'The value of --env' : `The file ${given} of --env`;
  const text = inline ? given : await readJsonFile(given);
  try {
    // A byte order mark is no JSON, but editors write it.
    const data: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    return data;
  } catch (error) {
    throw new UsageError(`${where} is not JSON: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

async function readJsonFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw describeFileFault('The file of --env', path, error);
  }
}
