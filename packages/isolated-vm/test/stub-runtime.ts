import type { GuestCode } from '../src/realm-source.ts';

/**
 * A guest runtime of a few lines, of the real one's shape: `deliver` runs its text as the body of an async function that
 * sees `emit` and `load`, `collect` gives `v:` and the JSON of what it returned, or `e:` and what it threw.
 */
export const stubRuntime: GuestCode = {
  runtimeSource: `({
    createRuntime({ emit, load }) {
      const AsyncFunction = (async () => {}).constructor;
      let text = '';
      return {
        deliver(body) {
          text = '';
          new AsyncFunction('emit', 'load', body)(emit, load).then(
            (value) => { text += 'v:' + JSON.stringify(value) },
            (thrown) => { text += 'e:' + thrown },
          );
        },
        collect: () => text,
      };
    },
  })`,
  training: ['return 1'],
  loadChunk: (name) => {
    if (name !== 'part') throw new RangeError(`no part named ${name}`);
    return '"the part"';
  },
};
