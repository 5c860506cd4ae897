import ivm, { type Script } from 'isolated-vm';
import { expect, test } from 'vitest';
import { enterDoor, learnCode, openDoor } from '../src/door.ts';
import { createDoorSource, guestCode } from '../src/realm-source.ts';

const parts = { source: createDoorSource(guestCode), loadChunk: guestCode.loadChunk, onEmit: (): void => {} };

function createIsolate(): ivm.Isolate {
  return new ivm.Isolate({ memoryLimit: 64 });
}

test('V8 accepts what it has learned, and has learned more by running than by compiling', async () => {
  const [untrained, trained] = [
    await learnCode(ivm, createIsolate(), parts, []),
    await learnCode(ivm, createIsolate(), parts, guestCode.training),
  ];
  const size = (cache: typeof trained): number => cache?.copy().byteLength ?? 0;
  expect(size(untrained)).toBeGreaterThan(10_000);
  expect(size(trained)).toBeGreaterThan(size(untrained) * 1.2);
  for (const cachedData of [untrained, trained]) {
    if (cachedData === undefined) throw new Error('nothing was learned');
    const script: Script & { cachedDataRejected?: boolean } = await createIsolate().compileScript(parts.source, {
      filename: 'runtime.js',
      cachedData,
    });
    expect(script.cachedDataRejected).toBe(false);
  }
});

test('the training is a program that runs to its end, in the turns it is given', async () => {
  const { door } = await openDoor(ivm, createIsolate(), parts);
  const texts: unknown[] = [];
  for (const input of guestCode.training) {
    await enterDoor(door, input);
    texts.push(await enterDoor(door, undefined));
  }
  expect(texts[0]).toBe('{}\n');
  expect(texts.slice(1, -1).filter((text) => text === '{}\n' || String(text).includes('"d":'))).toEqual([]);
  expect(texts.at(-1)).toMatch(/^{"d":\["v",\d+\]}\n/);
});
