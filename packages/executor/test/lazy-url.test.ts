import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { URL as ReferenceURL, URLSearchParams as ReferenceParams } from 'whatwg-url';
import { createWorlds, everywhere, runHere, type Worlds } from './lazy-worlds.ts';

/** A URL to parse, its base, and what to do with the result: a property to set, or none. */
type UrlCase = readonly [input: string, base: string | null, property: string | null, value: string];

/** The properties of each URL, or why there is none. Runs by its source, here with the reference's classes as globals. */
function parseAll(cases: readonly UrlCase[]): unknown[] {
  const properties = [
    'href',
    'origin',
    'protocol',
    'username',
    'password',
    'host',
    'hostname',
    'port',
    'pathname',
    'search',
    'hash',
  ] as const;
  return cases.map(([input, base, property, value]) => {
    try {
      const url = base === null ? new URL(input) : new URL(input, base);
      const canParse = base === null ? URL.canParse(input) : URL.canParse(input, base);
      const params = url.searchParams;
      if (property !== null) (url as unknown as Record<string, string>)[property] = value;
      return [canParse, properties.map((name) => url[name]), [...params], String(params) === String(url.searchParams)];
    } catch (error) {
      return [base === null ? URL.canParse(input) : URL.canParse(input, base), error instanceof TypeError];
    }
  });
}

/** Steps on one URLSearchParams and the URL that owns it; after each, both as text. */
type ParamsStep = readonly [
  method: 'append' | 'set' | 'delete' | 'has' | 'get' | 'getAll' | 'sort' | 'search' | 'href',
  name: string,
  value: string | null,
];

function changeAll(cases: readonly (readonly [query: string, steps: readonly ParamsStep[]])[]): unknown[] {
  return cases.map(([query, steps]) => {
    const url = new URL(`https://h/p?${query}#f`);
    const params = url.searchParams;
    return steps.map(([method, name, value]) => {
      let answer: unknown = null;
      if (method === 'search') url.search = name;
      else if (method === 'href') url.href = `https://h/p?${name}`;
      else if (method === 'sort') params.sort();
      else if (value === null) answer = (params as unknown as Record<string, (name: string) => unknown>)[method]?.call(params, name);
      else answer = (params as unknown as Record<string, (name: string, value: string) => unknown>)[method]?.call(params, name, value);
      return [answer ?? null, params.size, String(params), url.href, [...params]];
    });
  });
}

const pick = (...parts: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...parts);
const scheme = pick(
  'http:',
  'https:',
  'ftp:',
  'ws:',
  'wss:',
  'file:',
  'mailto:',
  'data:',
  'blob:',
  'foo:',
  'FOO:',
  'h-t+p.1:',
  '1a:',
  '',
  'ht tp:',
  'htt\tp:',
  ':',
);
const slashes = pick('//', '//', '//', '//', '//', '/', '', '///', '\\\\', '/\\', '//\t');
const credentials = pick('', '', '', '', 'user@', 'user:pass@', 'u:@', ':p@', '@', 'a@b@', '\u00fc:\u00f1@', '%zz%41:%20@', 'a;b=c|[]^:q@');
const plainHosts = [
  'example.com',
  'EXAMPLE.com',
  'localhost',
  'a.',
  'a..b',
  '.a',
  '-a-',
  'b_c',
  'a b',
  'a%20b',
  'a%41b',
  '%',
  '%zz',
  '',
  'a<b',
  'a^b',
  'a|b',
  'a~b',
];
const numericHosts = [
  '127.0.0.1',
  '0x7f.1',
  '010.1',
  '256.1.1.1',
  '1.2.3',
  '1.2.3.4.5',
  '4294967295',
  '4294967296',
  '09',
  '0x',
  '1.0x100',
  '1e3',
];
const bracketHosts = [
  '[::1]',
  '[1:2:3:4:5:6:7:8]',
  '[::ffff:1.2.3.4]',
  '[1::8::]',
  '[v1.a]',
  '[::g]',
  '[::1',
  '[1:0:0:2:0:0:0:3]',
  '[0:0:0:0:0:0:0:0]',
];
const unicodeHosts = [
  'ex\u00e4mple.com',
  'fa\u00df.de',
  '\u65e5\u672c\u8a9e.jp',
  'a\u00adb.c',
  '\uff41.com',
  'x\u3002y',
  '\u{1f4a9}.la',
  'I\u0307.com',
  'a\u0301.com',
  '\ufb01.com',
  '\u03a3.gr',
  '\u33a1.com',
  '\ufffd',
  '\ud800',
  'xn--zca.com',
  'XN--ls8h.la',
  '\u05d0.com',
  'a\u200cb',
];
const host = pick(...plainHosts, ...numericHosts, ...bracketHosts, ...unicodeHosts, 'C|', 'c:');
const port = pick('', '', '', '', ':80', ':443', ':8080', ':0', ':65535', ':65536', ':', ':99999', ':-1', ':a', ':80a', ':00080', ':8\t0');
const path = fc
  .array(
    pick(
      '/',
      '/a',
      '/a/b',
      '/..',
      '/.',
      '/%2e/',
      '/%2E%2e',
      '/a b',
      '/\u00e9',
      '\\',
      '/C:',
      '/C|/',
      '//',
      '/;x=1',
      '/{}`^|"<>',
      '/%',
      '/%4',
      '/\0',
      '/\ud800',
      '/\t',
      '.',
      '..',
      '/\u{1f600}',
    ),
    { maxLength: 4 },
  )
  .map((parts) => parts.join(''));
const query = pick(
  '',
  '',
  '',
  '?',
  '?a=b',
  '?a b',
  '?\u00e9',
  "?'",
  '?"<>`{}|^',
  '?a=1&a=2&b',
  '?%zz%41',
  '?+',
  '?\ud800',
  '?a#b?c',
  '?=',
  '?&&',
  '??',
  '?%c3%a9%ff%e2%82',
);
const fragment = pick('', '', '', '#', '#a', '#a b', '#\u00e9', '#`"<>{}|^', '#\0', '##', '#\ud83d');
const anyUrl = fc
  .tuple(pick('', '', '', ' ', '\t', '\0'), scheme, slashes, credentials, host, port, path, query, fragment)
  .map((parts) => parts.join(''));
const anyBase = fc.constantFrom(
  null,
  null,
  'http://b.com/x/y?q#f',
  'https://u:p@b.com:8080/a/b/c',
  'file:///C:/d/e',
  'file://host/share/f',
  'mailto:x@y',
  'foo://h/p/q',
  'foo:/p',
  'not a url',
);
const change = fc.oneof(
  fc.constant([null, '']),
  fc.tuple(pick('protocol'), scheme),
  fc.tuple(pick('href'), anyUrl),
  fc.tuple(
    pick('host', 'hostname'),
    fc.tuple(host, port).map((parts) => parts.join('')),
  ),
  fc.tuple(
    pick('port'),
    port.map((text) => text.slice(1)),
  ),
  fc.tuple(pick('username', 'password'), credentials),
  fc.tuple(pick('pathname'), path),
  fc.tuple(pick('search'), query),
  fc.tuple(pick('hash'), fragment),
) as fc.Arbitrary<readonly [string | null, string]>;
const urlCase = fc.tuple(anyUrl, anyBase, change).map(([input, against, [property, value]]): UrlCase => [input, against, property, value]);

const word = pick('a', 'b', 'c', '', ' ', '+', '%41', '&', '=', '\u00e9', '\ud800', '\u{1f600}', "!'()~*-._", '%', '#', '__proto__');
const step = fc.oneof(
  fc.tuple(fc.constantFrom('append' as const, 'set' as const), word, word),
  fc.tuple(fc.constantFrom('delete' as const, 'has' as const), word, fc.option(word)),
  fc.tuple(fc.constantFrom('get' as const, 'getAll' as const), word, fc.constant(null)),
  fc.tuple(fc.constantFrom('sort' as const), word, fc.constant(null)),
  fc.tuple(fc.constantFrom('search' as const, 'href' as const), fc.constantFrom('', '?', '?x=1&y', 'b=2&a=1', '%ff'), fc.constant(null)),
);
const rawQuery = fc
  .array(
    pick('a=1', 'a=2', 'b', '&', '=', '%zz', '%c3%a9', '%ff%c3', '%e2%82', '%f0%9f%98%80', '+', 'a=b=c', '&&', '\u00e9', '%ed%a0%80'),
    { maxLength: 6 },
  )
  .map((parts) => parts.join('&'));

/**
 * Runs a probe with the URL standard's reference implementation as this process's globals: Node's parser lags behind the
 * standard in places.
 */
function runReference<A extends unknown[], R>(probe: (...args: A) => R, ...args: A): R {
  const { URL: savedURL, URLSearchParams: savedParams } = globalThis;
  Object.assign(globalThis, { URL: ReferenceURL, URLSearchParams: ReferenceParams });
  try {
    return runHere(probe, ...args);
  } finally {
    Object.assign(globalThis, { URL: savedURL, URLSearchParams: savedParams });
  }
}

describe('URL and URLSearchParams', () => {
  let worlds: Worlds;
  beforeAll(async () => {
    worlds = await createWorlds('url');
  });

  const expectAsReference = <A extends unknown[]>(probe: (...args: A) => unknown, ...args: A): void => {
    expect(worlds.run(probe, ...args)).toEqual(everywhere(runReference(probe, ...args)));
  };
  const expectAsNode = (probe: () => unknown): void => {
    expect(worlds.run(probe)).toEqual(everywhere(runHere(probe)));
  };

  it('parse, resolve and change URLs as the reference implementation does', () => {
    expectAsReference(parseAll, fc.sample(urlCase, { numRuns: 4000, seed: 1 }));
  });

  it('do with ordinary URLs what Node does', () => {
    const cases: UrlCase[] = [
      ['https://api.example.com/v1/users?limit=10&sort=name#top', null, null, ''],
      ['../img/logo.png', 'https://example.com/a/b/c.html', null, ''],
      ['//cdn.example.com/x', 'https://example.com', null, ''],
      ['?page=2', 'https://example.com/list?page=1#a', null, ''],
      ['https://user:p%40ss@example.com:8443/', null, 'port', '443'],
      ['http://m\u00fcnchen.de/stra\u00dfe', null, 'pathname', '/\u00fc b'],
      ['mailto:someone@example.com?subject=Hi', null, null, ''],
      ['data:text/plain;base64,SGk=', null, 'hash', 'x'],
      ['file:///etc/hosts', null, null, ''],
      ['http://[2001:db8::1]:8080/', null, 'hostname', '127.1'],
      ['not a url', null, null, ''],
      ['/relative', null, null, ''],
    ];
    expect(worlds.run(parseAll, cases)).toEqual(everywhere(runHere(parseAll, cases)));
  });

  it('keep a URL and its parameters in step', () => {
    const cases = fc.sample(fc.tuple(rawQuery, fc.array(step, { maxLength: 8 })), { numRuns: 1500, seed: 2 });
    expectAsReference(changeAll, cases);
  });

  it('build parameters from text, pairs, records and iterables, and refuse the rest', () => {
    expectAsNode(() => {
      const inits: unknown[] = [
        undefined,
        null,
        '',
        '?a=1&b=2',
        '??a',
        'a=b&a=c&%20x=+y',
        [
          ['a', '1'],
          ['b', 2],
        ],
        { a: 1, b: 'x y', c: undefined },
        new Map([['k', 'v']]),
        new URLSearchParams('z=1&z=2'),
        [['only one']],
        [['a', 'b', 'c']],
        ['ab'],
        [1],
        42,
        true,
        { '\ud800': 1, '\ud801': 2 },
        new Set([new Set(['s', 't'])]),
        { [Symbol.iterator]: null, a: 1 },
        { [Symbol.iterator]: 1 },
        Object.create({ inherited: 1 }),
        () => undefined,
        Symbol('s'),
      ];
      return inits.map((init) => {
        try {
          return String(new URLSearchParams(init as never));
        } catch (error) {
          return (error as Error).name;
        }
      });
    });
  });

  it('iterate live, with the names of the platform', () => {
    expectAsNode(() => {
      const params = new URLSearchParams('a=1&b=2&c=3');
      const seen: unknown[] = [];
      for (const [name, value] of params) {
        seen.push([name, value]);
        if (name === 'a') params.delete('a');
      }
      const visited: unknown[] = [];
      params.forEach(function (this: unknown, value, name, owner) {
        visited.push([value, name, owner === params, this]);
      }, 'this');
      const iterator = params.entries();
      const [entry] = [...params.entries()];
      if (entry !== undefined) entry[1] = 'changed';
      return [
        seen,
        visited,
        [...params.keys()],
        [...params.values()],
        Object.fromEntries(params),
        Object.prototype.toString.call(iterator),
        iterator[Symbol.iterator]() === iterator,
        typeof (iterator as { map?: unknown }).map,
        URLSearchParams.prototype[Symbol.iterator] === URLSearchParams.prototype.entries,
        String(params),
      ];
    });
  });

  it('look like the platform classes', () => {
    expectAsNode(() => {
      const url = new URL('https://example.com/?a=1');
      return [
        [
          URL.name,
          URLSearchParams.name,
          url.constructor === URL,
          Object.prototype.toString.call(url),
          Object.prototype.toString.call(url.searchParams),
        ],
        [JSON.stringify({ url }), url.toString(), JSON.stringify(url.searchParams), Object.keys(url)],
        Object.keys(URLSearchParams.prototype).toSorted(),
        url.searchParams === url.searchParams,
      ];
    });
    const members = 'hash host hostname href origin password pathname port protocol search searchParams toJSON toString username'.split(
      ' ',
    );
    expect(worlds.run(() => Object.keys(URL.prototype).toSorted())).toEqual(everywhere(members));
    expect(worlds.run(() => [Object.keys(URL), Reflect.ownKeys(new URL('a:b'))])).toEqual(everywhere([['canParse', 'parse'], []]));
  });

  it('fail as Node does, with the code that programs look for', () => {
    expectAsNode(() => {
      const attempts: (() => unknown)[] = [
        () => new URL('nope'),
        () => new URL('/a', 'also nope'),
        () => new (URL as unknown as new () => unknown)(),
        () => (URL as unknown as (url: string) => unknown)('http://a'),
        () => {
          new URL('http://a').href = 'nope';
        },
        () => new URL(Symbol('s') as never),
        () => (new URLSearchParams().append as (name: string) => void)('a'),
        () => (new URLSearchParams().get as unknown as () => void)(),
        () => new URLSearchParams().forEach(1 as never),
        () => Object.getOwnPropertyDescriptor(URL.prototype, 'href')?.get?.call({}),
        () => URL.parse('nope'),
        () => URL.parse('/x', 'http://a')?.href,
        () => new URL('http://a', undefined).href,
        () => new URL({ toString: () => 'http://b/' } as never).href,
      ];
      return attempts.map((attempt) => {
        try {
          return attempt();
        } catch (error) {
          const { name, code, input, base } = error as { name: string; code?: string; input?: string; base?: string };
          return code === 'ERR_INVALID_URL' ? [name, code, input, base ?? null] : name;
        }
      });
    });
  });

  it('ignore assignments to what is read-only, and hide their state', () => {
    const probe = (): unknown => {
      const url = new URL('http://a/?x=1');
      const { searchParams } = url;
      try {
        (url as { origin: string }).origin = 'http://b';
      } catch {
        // Strict callers get an exception.
      }
      return [url.origin, Reflect.ownKeys(url), Reflect.ownKeys(searchParams), Reflect.ownKeys(searchParams.keys())];
    };
    expect(worlds.run(probe)).toEqual(everywhere(['http://a', [], [], []]));
  });
});
