import type { GuestCode } from '../src/realm-source.ts';

/**
 * A guest runtime of a few lines, of the real one's shape: `deliver` runs its text as the body of an async function that
 * sees `emit` and `load`, `collect` gives `v:` and what it returned as JSON, `t:` and a returned string as it is, or `e:`
 * and what it threw.
 */
export const stubRuntime: GuestCode = {
  runtimeSource: `({
    createRuntime({ emit, load }) {
      const AsyncFunction = (async () => {}).constructor;
      const { stringify } = JSON;
      let text = '';
      return {
        deliver(body) {
          text = '';
          new AsyncFunction('emit', 'load', body)(emit, load).then(
            (value) => { text += typeof value === 'string' ? 't:' + value : 'v:' + stringify(value) },
            (thrown) => { text += 'e:' + thrown },
          );
        },
        collect: () => text,
      };
    },
  })`,
  loadChunk: (name) => {
    if (name === 'part') return '({ name: "the part", trace: () => new Error().stack })';
    throw new RangeError(`no part named ${name}`);
  },
};
