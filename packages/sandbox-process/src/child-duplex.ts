import { Socket } from 'node:net';
import type { ByteDuplex } from '@isomux/protocol';

const STDIN = 0;
const STDOUT = 1;

/** The child's standard input and output as a stream of frames, and the end of the process that depends on them. */
export interface ChildDuplex extends ByteDuplex {
  /** Called when the parent is gone, or has let go of this process. */
  readonly onParentGone: (listener: () => void) => void;
}

/**
 * Takes over both standard streams. `process.stdout` would block the thread whenever the parent reads slowly, and leads
 * anything that prints into the frames: it leads to the standard error from now on.
 *
 * `closed` is called when everything written has left.
 */
export function takeStandardStreams(closed: () => void): ChildDuplex {
  Object.defineProperty(process, 'stdout', { get: () => process.stderr });
  const input = new Socket({ fd: STDIN, readable: true, writable: false });
  const output = new Socket({ fd: STDOUT, readable: false, writable: true });
  return {
    write: (bytes) => output.write(bytes),
    onDrain: (listener) => void output.on('drain', listener),
    onData: (listener) => void input.on('data', listener),
    onEnd: (listener) => {
      input.on('end', () => listener());
      input.on('error', listener);
      output.on('error', listener);
    },
    onParentGone: (listener) => {
      input.on('end', listener);
      input.on('close', listener);
    },
    close: () => void output.end(closed),
  };
}
