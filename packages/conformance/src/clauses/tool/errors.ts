import type { Clause } from '../../clause.ts';
import type { ToolFunction } from '../../tool-double.ts';

class QuotaError extends Error {
  readonly code = 'E_QUOTA';
  override readonly name = 'QuotaError';
}

function throwing(value: unknown): ToolFunction {
  return () => {
    throw value;
  };
}

/** Failing tools, as the guest sees them. */
export const toolErrors: readonly Clause[] = [
  {
    id: 'TOOL-014',
    level: 'MUST',
    title: "A tool's Error is an Error in the guest with its name, message and code, thrown or rejected",
    refs: ['tools.errors', 'tools.results'],
    async run(t) {
      const tools = {
        external_throws: t.tool(throwing(new QuotaError('too much'))),
        external_rejects: t.tool(() => Promise.reject(new QuotaError('too much'))),
      };
      const value = await t.value(
        `const seen = [];
        for (const call of [external_throws, external_rejects]) {
          try { await call({}); } catch (error) { seen.push([error instanceof Error, error.name, error.message, error.code]); }
        }
        return seen;`,
        { tools },
      );
      t.deepEqual(
        value,
        ['thrown', 'rejected'].map(() => [true, 'QuotaError', 'too much', 'E_QUOTA']),
        'what the guest caught',
      );
    },
  },
  {
    id: 'TOOL-015',
    level: 'MUST',
    title: "A tool's error does not show the host's stack, paths or other fields",
    refs: ['tools.errors', 'isolation.host'],
    async run(t) {
      const error = Object.assign(new Error('visible'), { secret: 'hidden field', cause: new Error('hidden cause') });
      error.stack = 'Error: visible\n    at hostSecretFunction (/host/secret/path.js:1:1)';
      const value = await t.value(
        `try { await external_fail({}); } catch (error) {
          return [String(error.stack), Object.getOwnPropertyNames(error).map((key) => String(error[key])), error.cause === undefined].flat();
        }`,
        { tools: { external_fail: t.tool(throwing(error)) } },
      );
      const texts = t.list(value, 'what the error showed');
      t.equal(texts.at(-1), true, 'whether the cause stays with the host');
      for (const text of texts)
        for (const secret of ['hostSecretFunction', '/host/secret', 'hidden']) t.excludes(text, secret, 'the error in the guest');
    },
  },
  {
    id: 'TOOL-016',
    level: 'MUST',
    title: "A tool's uncaught error fails the run with its name, message and code",
    refs: ['tools.errors', 'errors.thrown-error'],
    async run(t) {
      const fail = t.tool(throwing(new QuotaError('too much')));
      const error = await t.error(
        'await external_fail({});',
        { name: 'QuotaError', message: 'too much', code: 'E_QUOTA' },
        { tools: { external_fail: fail } },
      );
      t.excludes(error.stack, '/src/', 'error.stack');
      t.equal(fail.count, 1, 'calls of the tool');
    },
  },
  {
    id: 'TOOL-017',
    level: 'MUST',
    title: 'An error with an empty message keeps it',
    refs: ['tools.errors'],
    async run(t) {
      const value = await t.value('try { await external_fail({}); } catch (error) { return [error.name, error.message]; }', {
        tools: { external_fail: t.tool(throwing(new RangeError(''))) },
      });
      t.deepEqual(value, ['RangeError', ''], 'name and message of what the guest caught');
    },
  },
  {
    id: 'TOOL-018',
    level: 'MUST',
    title: 'A string, a number, null or undefined thrown by a tool is an Error with its text',
    refs: ['tools.thrown-values'],
    async run(t) {
      const thrown: unknown[] = ['just text', 42, null, undefined];
      const fail = t.tool(() => {
        throw thrown.shift();
      });
      const value = await t.value(
        `const seen = [];
        for (let i = 0; i < 4; i++) { try { await external_fail({}); } catch (error) { seen.push([error instanceof Error, error.name, error.message]); } }
        return seen;`,
        { tools: { external_fail: fail } },
      );
      const expected = ['just text', '42', 'null', 'undefined'].map((message) => [true, 'Error', message]);
      t.deepEqual(value, expected, 'what the guest caught');
    },
  },
  {
    id: 'TOOL-019',
    level: 'MUST',
    title: 'An object thrown by a tool keeps its own string fields name, message and code',
    refs: ['tools.thrown-values'],
    async run(t) {
      const fail = t.tool(throwing({ name: 'HttpError', message: 'gone', code: 'E410', body: 'hidden' }));
      const value = await t.value(
        'try { await external_fail({}); } catch (error) { return [error instanceof Error, error.name, error.message, error.code, error.body === undefined]; }',
        { tools: { external_fail: fail } },
      );
      t.deepEqual(value, [true, 'HttpError', 'gone', 'E410', true], 'what the guest caught');
    },
  },
  {
    id: 'TOOL-020',
    level: 'MUST',
    title: 'A tool that throws something hostile fails its call like any other',
    refs: ['tools.thrown-values', 'tools.results'],
    async run(t) {
      const trap = (): never => {
        throw new Error('trap');
      };
      const hostile = [
        new Proxy({}, { get: trap, getPrototypeOf: trap, has: trap }),
        {
          get message(): string {
            return trap();
          },
        },
        { toString: trap },
        Object.create(null),
        Symbol('s'),
        10n,
      ];
      const count = hostile.length;
      const fail = t.tool(() => {
        throw hostile.shift();
      });
      const value = await t.value(
        `const seen = []; for (let i = 0; i < ${count}; i++) { try { await external_fail({}); } catch (error) { seen.push(error instanceof Error && typeof error.message); } } return seen;`,
        { tools: { external_fail: fail } },
      );
      t.deepEqual(value, Array(count).fill('string'), 'the types of the messages that the guest caught');
    },
  },
];
