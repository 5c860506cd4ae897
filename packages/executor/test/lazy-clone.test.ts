import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createWorlds, everywhere, runHere, type Worlds } from './lazy-worlds.ts';

/**
 * Clones a value built from a recipe and describes the copy: kinds, order of keys, identity of repeated parts. Runs in
 * every world by its source, so it must be whole.
 */
function cloneRecipes(recipes: readonly unknown[]): unknown[] {
  type Recipe = [kind: string, ...parts: unknown[]];
  const build = (recipe: unknown, made: object[]): unknown => {
    if (!Array.isArray(recipe)) return recipe;
    const [kind, ...parts] = recipe as Recipe;
    const remember = <T extends object>(value: T): T => {
      made.push(value);
      return value;
    };
    switch (kind) {
      case 'undefined':
        return undefined;
      case 'number':
        return Number(parts[0]);
      case 'bigint':
        return BigInt(String(parts[0]));
      case 'again':
        return made.length === 0 ? null : made[Number(parts[0]) % made.length];
      case 'object': {
        const object = remember({});
        for (const [key, part] of parts as [string, unknown][]) {
          Object.defineProperty(object, key, { configurable: true, enumerable: true, writable: true, value: build(part, made) });
        }
        return object;
      }
      case 'array': {
        const array = remember([] as unknown[]);
        for (const part of parts) array.push(build(part, made));
        return array;
      }
      case 'sparse': {
        const array = remember(new Array(7)) as unknown[] & Record<string, unknown>;
        array[2] = build(parts[0], made);
        array['extra'] = 1;
        return array;
      }
      case 'map': {
        const map = remember(new Map());
        for (const [key, value] of parts as [unknown, unknown][]) map.set(build(key, made), build(value, made));
        return map;
      }
      case 'set': {
        const set = remember(new Set());
        for (const part of parts) set.add(build(part, made));
        return set;
      }
      case 'date':
        return remember(new Date(Number(parts[0])));
      case 'regexp':
        return remember(new RegExp(String(parts[0]), String(parts[1])));
      case 'wrapper':
        return remember(Object(build(parts[0], made)) as object);
      case 'buffer':
        return remember(Uint8Array.from(parts as number[]).buffer);
      case 'view': {
        const constructors = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Float32Array, BigInt64Array, DataView];
        const buffer = remember(new ArrayBuffer(24));
        new Uint8Array(buffer).set([1, 2, 3, 250, 5, 6, 7, 8, 9]);
        const Constructor = constructors[Number(parts[0]) % constructors.length] as new (
          buffer: ArrayBuffer,
          offset: number,
          length: number,
        ) => object;
        return remember(new Constructor(buffer, 8, 1));
      }
      case 'error': {
        const constructors = [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError];
        const Constructor = constructors[Number(parts[0]) % constructors.length] as ErrorConstructor;
        const error = remember(
          parts.length > 2 ? new Constructor(String(parts[1]), { cause: build(parts[2], made) }) : new Constructor(String(parts[1])),
        );
        return Object.assign(error, { code: 'LOST' });
      }
      default:
        throw new TypeError(kind);
    }
  };
  const portray = (value: unknown, seen: object[]): unknown => {
    if (typeof value === 'bigint' || value === undefined || typeof value === 'number')
      return `${typeof value} ${Object.is(value, -0) ? '-0' : String(value)}`;
    if (typeof value !== 'object' || value === null) return value;
    const known = seen.indexOf(value);
    if (known !== -1) return `same as ${known}`;
    seen.push(value);
    const tag = Object.prototype.toString.call(value).slice(8, -1);
    const keys = value instanceof Error ? ['message', 'cause'].filter((key) => Object.hasOwn(value, key)) : Object.keys(value);
    const members = ArrayBuffer.isView(value) ? [] : keys.map((key) => [key, portray((value as Record<string, unknown>)[key], seen)]);
    const inside: unknown[] = [];
    if (Array.isArray(value)) inside.push(value.length);
    if (value instanceof Map) for (const [key, item] of value) inside.push([portray(key, seen), portray(item, seen)]);
    if (value instanceof Set) for (const item of value) inside.push(portray(item, seen));
    if (value instanceof Date) inside.push(String(value.getTime()));
    if (value instanceof RegExp) inside.push(String(value), value.lastIndex);
    if (value instanceof Error)
      inside.push(value.name, value instanceof TypeError, Object.getPrototypeOf(value) === Error.prototype, typeof value.stack);
    if (value instanceof ArrayBuffer) inside.push([...new Uint8Array(value)]);
    if (ArrayBuffer.isView(value)) inside.push(value.byteOffset, value.byteLength, portray(value.buffer, seen));
    if (['Number', 'String', 'Boolean', 'BigInt'].includes(tag)) inside.push(portray((value as { valueOf(): unknown }).valueOf(), seen));
    const prototype: unknown = Object.getPrototypeOf(value);
    return [tag, prototype === Object.prototype, members, inside];
  };
  return recipes.map((recipe) => {
    const made: object[] = [];
    const original = build(recipe, made);
    const copy = structuredClone(original);
    const shared = typeof copy === 'object' && copy !== null && made.includes(copy);
    return [portray(copy, []), shared];
  });
}

const { recipe } = fc.letrec<{ recipe: unknown }>((tie) => {
  const part = tie('recipe');
  const key = fc.oneof(
    fc.constantFrom('a', 'b', '', '1', '0', '__proto__', 'constructor', 'toString', 'length'),
    fc.string({ maxLength: 3 }),
  );
  return {
    recipe: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.oneof(
        fc.constantFrom(
          null,
          true,
          false,
          '',
          'text',
          '\ud800',
          ['undefined'],
          ['number', 'NaN'],
          ['number', '-0'],
          ['number', 'Infinity'],
          ['bigint', '-7'],
        ),
        fc.integer(),
        fc.tuple(fc.constant('date'), fc.constantFrom('0', 'NaN', '1767225600000')),
        fc.tuple(fc.constant('regexp'), fc.constantFrom('a+', '(?:)', '\\/'), fc.constantFrom('', 'gi', 'sy', 'u')),
        fc.tuple(fc.constant('wrapper'), fc.constantFrom(1, '', 'ab', true, ['bigint', '5'])),
        fc.tuple(fc.constant('buffer'), fc.nat(255), fc.nat(255)),
        fc.tuple(fc.constant('view'), fc.nat(7)),
        fc.tuple(fc.constant('again'), fc.nat(20)),
      ),
      fc.array(fc.tuple(key, part), { maxLength: 4 }).map((members) => ['object', ...members]),
      fc.array(part, { maxLength: 4 }).map((members) => ['array', ...members]),
      part.map((member) => ['sparse', member]),
      fc.array(fc.tuple(part, part), { maxLength: 3 }).map((members) => ['map', ...members]),
      fc.array(part, { maxLength: 3 }).map((members) => ['set', ...members]),
      fc.tuple(fc.constant('error'), fc.nat(6), fc.constantFrom('', 'message'), part),
      fc.tuple(fc.constant('error'), fc.nat(6), fc.constantFrom('', 'message')),
    ),
  };
});

describe('structuredClone', () => {
  let worlds: Worlds;
  beforeAll(async () => {
    worlds = await createWorlds('clone');
  });

  const expectAsNode = <A extends unknown[]>(probe: (...args: A) => unknown, ...args: A): void => {
    const expected = runHere(probe, ...args);
    expect(worlds.run(probe, ...args)).toEqual(everywhere(expected));
  };

  it('copies what Node copies, and the same way', () => {
    expectAsNode(cloneRecipes, fc.sample(recipe, { numRuns: 3000, seed: 1 }));
  });

  it('keeps cycles, through maps, sets, arrays, errors and objects', () => {
    expectAsNode((): unknown => {
      const root: Record<string, unknown> = {};
      const error = new Error('x', { cause: root });
      Object.assign(root, { self: root, list: [root], map: new Map<unknown, unknown>([[root, root]]), set: new Set([root]), error });
      const copy = structuredClone(root) as { self: unknown; list: unknown[]; map: Map<unknown, unknown>; set: Set<unknown>; error: Error };
      return [
        copy !== root,
        copy.self === copy,
        copy.list[0] === copy,
        copy.map.get(copy) === copy,
        copy.set.has(copy),
        copy.error.cause === copy,
      ];
    });
  });

  it('refuses functions, symbols and objects with state of their own, as a DataCloneError', () => {
    expectAsNode((): unknown => {
      const generator = (function* () {})();
      const values: unknown[] = [
        () => 1,
        Symbol('s'),
        Object(Symbol('s')),
        { deep: [{ method() {} }] },
        new WeakMap(),
        new WeakSet(),
        Promise.resolve(1),
        generator,
        [][Symbol.iterator](),
        (function (..._numbers: number[]) {
          return arguments;
        })(4, 5),
        new Map().entries(),
        new Map([[Symbol('key'), 1]]),
        new Error('x', { cause: () => 1 }),
      ];
      return values.map((value) => {
        try {
          return typeof structuredClone(value);
        } catch (error) {
          const { name, code } = error as { name: string; code: number };
          return [name, code, error instanceof Error];
        }
      });
    });
  });

  it('says what could not be cloned', () => {
    const probe = (): unknown =>
      [() => 1, Symbol('s'), new WeakMap(), Promise.resolve(1), Object(Symbol('s'))].map((value) => {
        try {
          return structuredClone(value);
        } catch (error) {
          return (error as Error).message;
        }
      });
    expect(worlds.run(probe)).toEqual(
      everywhere([
        '() => 1 could not be cloned.',
        'Symbol(s) could not be cloned.',
        '#<WeakMap> could not be cloned.',
        '#<Promise> could not be cloned.',
        '#<Symbol> could not be cloned.',
      ]),
    );
  });

  it('drops classes, accessors, symbols and hidden properties, and reads each getter once', () => {
    expectAsNode((): unknown => {
      let reads = 0;
      class Point {
        x = 1;
        readonly #secret = 2;
        get y(): number {
          return this.#secret;
        }
      }
      const source = Object.assign(new Point(), { [Symbol('s')]: 1, nothing: undefined });
      Object.defineProperty(source, 'hidden', { enumerable: false, value: 3 });
      Object.defineProperty(source, 'read', { enumerable: true, get: () => (reads += 1) });
      const copy = structuredClone(source) as object;
      return [
        copy,
        reads,
        copy instanceof Point,
        Object.getPrototypeOf(copy) === Object.prototype,
        Reflect.ownKeys(copy),
        Object.getOwnPropertyDescriptor(copy, 'read'),
      ];
    });
  });

  it('is not fooled by tags or prototypes', () => {
    expectAsNode((): unknown => {
      const tagged = { [Symbol.toStringTag]: 'Map', a: 1 };
      class Custom extends Array {}
      const bare = Object.assign(Object.create(null) as object, { a: 1 });
      const disguised = Object.setPrototypeOf(new Date(5), Map.prototype) as object;
      return [
        structuredClone(tagged),
        structuredClone(Custom.from([1, 2])).constructor === Array,
        Object.getPrototypeOf(structuredClone(bare)) === Object.prototype,
        structuredClone(disguised) instanceof Date,
        structuredClone(RegExp.prototype) instanceof RegExp,
      ];
    });
  });

  it('keeps the stack, message and cause of errors and nothing else', () => {
    expectAsNode((): unknown => {
      class HttpError extends Error {
        override name = 'HttpError';
        status = 404;
      }
      const error = new HttpError('gone', { cause: 'why' });
      const copy = structuredClone(error);
      const named = structuredClone(Object.assign(new Error('x'), { name: 'TypeError' }));
      const bare = structuredClone(new Error());
      return [
        [copy.name, copy.message, copy.cause, copy.stack === error.stack, copy instanceof HttpError, Object.keys(copy)],
        [named instanceof TypeError, named.name],
        [Object.hasOwn(bare, 'message'), Object.hasOwn(bare, 'cause'), bare.message],
        Object.getOwnPropertyDescriptor(copy, 'message'),
      ];
    });
  });

  it('leaves out what a getter deletes before its turn', () => {
    expectAsNode((): unknown => {
      const source: Record<string, unknown> = {
        get first() {
          delete source['second'];
          source['late'] = 1;
          return 1;
        },
        second: 2,
      };
      return structuredClone(source);
    });
  });

  it('lets an exception of a getter out', () => {
    expectAsNode((): unknown => {
      try {
        return structuredClone({
          get a(): never {
            throw new RangeError('mine');
          },
        });
      } catch (error) {
        return String(error);
      }
    });
  });

  it('transfers buffers: the old one is detached, views follow', () => {
    expectAsNode((): unknown => {
      const buffer = Uint8Array.of(1, 2, 3, 4).buffer;
      const view = new Uint8Array(buffer, 1, 2);
      const copy = structuredClone({ buffer, view }, { transfer: [buffer] }) as { buffer: ArrayBuffer; view: Uint8Array };
      return [buffer.byteLength, view.length, [...new Uint8Array(copy.buffer)], [...copy.view], copy.view.buffer === copy.buffer];
    });
  });

  it('detaches nothing when the clone fails, and refuses bad transfer lists', () => {
    const probe = (): unknown => {
      const buffer = new ArrayBuffer(4);
      const failure = (value: unknown, transfer: unknown): string => {
        try {
          return typeof structuredClone(value, { transfer: transfer as never });
        } catch (error) {
          return (error as Error).name;
        }
      };
      return [
        failure(() => 1, [buffer]),
        buffer.byteLength,
        failure(1, [buffer, buffer]),
        failure(1, [{}]),
        failure(1, [1]),
        failure(buffer, []),
        failure(buffer, [buffer]),
        failure(buffer, []),
        failure(1, [buffer]),
      ];
    };
    const refused = 'DataCloneError';
    expect(worlds.run(probe)).toEqual(everywhere([refused, 4, refused, refused, refused, 'object', 'object', refused, refused]));
  });

  it('keeps resizable buffers resizable', () => {
    expectAsNode((): unknown => {
      const copy = structuredClone(new ArrayBuffer(2, { maxByteLength: 8 }));
      copy.resize(6);
      return [copy.resizable, copy.maxByteLength, copy.byteLength];
    });
  });

  it('clones a hundred thousand levels', () => {
    const probe = (): number => {
      let value: unknown[] = [];
      for (let level = 0; level < 100_000; level += 1) value = [value];
      let depth = 0;
      for (let copy = structuredClone(value); copy.length > 0; copy = copy[0] as unknown[]) depth += 1;
      return depth;
    };
    expect(worlds.run(probe)).toEqual(everywhere(100_000));
  });

  it('needs a value, even undefined', () => {
    expectAsNode((): unknown => {
      const attempts = [
        () => structuredClone(undefined) === undefined,
        () => (structuredClone as () => unknown)(),
        () => structuredClone.name,
        () => structuredClone(1, null as never),
      ];
      return attempts.map((attempt) => {
        try {
          return attempt();
        } catch (error) {
          return (error as Error).name;
        }
      });
    });
  });
});
