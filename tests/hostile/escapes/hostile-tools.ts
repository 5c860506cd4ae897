import type { ToolBinding } from '@isomux/driver';

/** Something of the host with more on it than its data. */
class HostThing {
  readonly a = 1;
  readonly #secret = 'secret';
  readonly method: () => string = () => this.#secret;
  get computed(): HostThing {
    return new HostThing(0);
  }
  constructor(depth: number) {
    if (depth > 0) Object.assign(this, { inner: new HostThing(depth - 1) });
  }
}

class HostError extends TypeError {
  readonly secret = { process };
  readonly code = 'E_HOST';
  readonly request: () => NodeJS.Process = () => process;
}

const RESULTS: Readonly<Record<string, () => unknown>> = {
  instance: () => new HostThing(2),
  functions: () => ({ run: () => process, list: [() => process, Symbol('x')], a: 1 }),
  buffer: () => ({ buffer: Buffer.from('host'), bytes: new Uint8Array(4), view: new DataView(new ArrayBuffer(4)) }),
  date: () => ({ date: new Date(0), map: new Map([[1, process]]), url: new URL('http://x'), expression: /x/ }),
  nested: () => JSON.parse('{"a":{"b":[{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}]},"then":"x"}') as unknown,
};

function odd(error: Error, fields: object): Error {
  return Object.assign(error, fields);
}

const FAILURES: Readonly<Record<string, () => unknown>> = {
  error: () => odd(new Error('a host error'), { process, extra: { deep: [process] }, [Symbol.for('x')]: process }),
  typeError: () => new TypeError('a host type error'),
  subclass: () => new HostError('a host error of a class'),
  string: () => 'a string',
  null: () => null,
  undefined: () => undefined,
  number: () => 42,
  object: () => ({ name: 'Odd', message: 'an object', code: 'ODD', process }),
  array: () => [process],
  function: () => () => process,
  proxy: () => new Proxy(new Error('behind a proxy'), {}),
  getters: () => ({
    get name(): string {
      throw new Error('name');
    },
    get message(): unknown {
      return process;
    },
    get code(): unknown {
      return { toString: () => 'x' };
    },
  }),
  frozen: () => Object.freeze(new Error('frozen')),
  cause: () => new Error('outer', { cause: odd(new Error('inner'), { process }) }),
  aggregate: () => new AggregateError([new Error('one'), process], 'several'),
  system: () => odd(new Error('ENOENT: no such thing'), { code: 'ENOENT', errno: -2, syscall: 'open', path: '/host/path' }),
  dom: () => new DOMException('a host exception', 'AbortError'),
  hugeName: () => odd(new Error('x'.repeat(100_000)), { name: 'n'.repeat(100_000), code: 'c'.repeat(100_000) }),
  protoName: () => odd(new Error('__proto__'), { name: '__proto__', code: 'constructor' }),
};

function pick(table: Readonly<Record<string, () => unknown>>, args: unknown, key: string): unknown {
  const name: unknown = typeof args === 'object' && args !== null ? Reflect.get(args, key) : undefined;
  return typeof name === 'string' && Object.hasOwn(table, name) ? table[name]?.() : undefined;
}

/** Tools that give the guest every kind of host value there is to get wrong. `received` is told each argument. */
export function createHostileTools(received: (args: unknown) => void): Record<string, ToolBinding> {
  const tell = (run: (args: unknown) => unknown): ToolBinding => ({
    execute: (args) => {
      received(args);
      return run(args);
    },
  });
  return {
    echo: tell((args) => args),
    give: tell((args) => pick(RESULTS, args, 'what')),
    fail: tell((args) => {
      throw pick(FAILURES, args, 'how');
    }),
  };
}
