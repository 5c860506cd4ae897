/** What the page offers to whoever opened it: the suite, and single programs. */
import { createQuickJSIsolateDriver, type ThreadMode } from '@isomux/quickjs';
import { judgeHere } from '../../elsewhere/judge-here.ts';
import * as subject from '../../subjects/quickjs-chromium.mjs';

const offers = {
  judge: (only: readonly string[] | undefined, tell: (line: string) => void) => judgeHere(subject, only, tell),
  async execute(thread: ThreadMode, program: string) {
    await using driver = createQuickJSIsolateDriver({ thread, timeout: 2_000, memoryLimit: 16 });
    const bindings = { double: { execute: ({ n }: { n: number }) => Promise.resolve(n * 2) } };
    const context = await driver.createContext({ bindings });
    return await context.execute(program);
  },
};

/** What the page has for whoever looks into it. */
export type Offers = typeof offers;

Object.assign(globalThis, { offers });
