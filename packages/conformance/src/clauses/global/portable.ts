import type { Clause } from '../../clause.ts';

function works(id: string, title: string, code: string, expected: unknown): Clause {
  return {
    id,
    level: 'MUST',
    title,
    refs: ['isolation.portable'],
    requires: ['portableGlobals'],
    async run(t) {
      t.deepEqual(await t.value(code), expected, 'what the program found');
    },
  };
}

/** The portable globals: that they exist, and that they do what programs use them for. */
export const portableGlobals: readonly Clause[] = [
  works(
    'GLOBAL-001',
    'Every portable global exists',
    `const types = {
      console: 'object', setTimeout: 'function', clearTimeout: 'function', setInterval: 'function', clearInterval: 'function', queueMicrotask: 'function',
      structuredClone: 'function', URL: 'function', URLSearchParams: 'function', TextEncoder: 'function', TextDecoder: 'function', atob: 'function', btoa: 'function',
      crypto: 'object', performance: 'object', AbortController: 'function', AbortSignal: 'function',
    };
    return Object.keys(types).filter((name) => typeof globalThis[name] !== types[name])
      .concat(['randomUUID', 'getRandomValues'].filter((name) => typeof crypto[name] !== 'function'), typeof performance.now === 'function' ? [] : ['performance.now']);`,
    [],
  ),
  works(
    'GLOBAL-002',
    'Timers fire in order of their delay, with their arguments, and can be cleared',
    `const seen = []; const done = new Promise((resolve) => setTimeout(resolve, 60));
    setTimeout((a, b) => seen.push('late ' + a + b), 30, 1, 2); setTimeout(() => seen.push('early'), 5); setTimeout(() => seen.push('first'));
    const gone = setTimeout(() => seen.push('never'), 10); clearTimeout(gone); clearTimeout(undefined); clearTimeout(12345);
    seen.push('now'); await done; return seen;`,
    ['now', 'first', 'early', 'late 12'],
  ),
  works(
    'GLOBAL-003',
    'Timers of equal delay fire in the order they were set, each with its microtasks drained',
    `const seen = [];
    await new Promise((resolve) => { for (let i = 0; i < 3; i++) setTimeout(() => { seen.push(i); Promise.resolve().then(() => seen.push('m' + i)); if (i === 2) resolve(); }, 5); });
    await null; return seen;`,
    [0, 'm0', 1, 'm1', 2, 'm2'],
  ),
  works(
    'GLOBAL-004',
    'An interval repeats until it is cleared',
    'return await new Promise((resolve) => { let n = 0; const timer = setInterval((step) => { n += step; if (n === 6) { clearInterval(timer); resolve(n); } }, 5, 2); });',
    6,
  ),
  works(
    'GLOBAL-005',
    'queueMicrotask runs after the current code and before timers',
    "const seen = []; const timer = new Promise((resolve) => setTimeout(() => { seen.push('timer'); resolve(); })); queueMicrotask(() => seen.push('micro')); seen.push('sync'); await timer; return seen;",
    ['sync', 'micro', 'timer'],
  ),
  works(
    'GLOBAL-006',
    'structuredClone copies what JSON cannot, circles included, and refuses functions',
    `const round = { d: new Date(5), m: new Map([['k', new Set([1])]]), b: new Uint8Array([1, 2]), n: 10n, u: undefined, e: new RangeError('e') }; round.self = round;
    const copy = structuredClone(round); let refused; try { structuredClone(() => {}); } catch (error) { refused = error.name; }
    return [copy !== round, copy.self === copy, copy.d instanceof Date && +copy.d, copy.m.get('k').has(1), copy.b[1], copy.n === 10n, 'u' in copy, copy.e instanceof RangeError, refused];`,
    [true, true, 5, true, 2, true, true, true, 'DataCloneError'],
  ),
  works(
    'GLOBAL-007',
    'URL parses, resolves and serializes; an invalid one throws a TypeError',
    `const u = new URL('../b?x=1&y=%20z#h', 'https://user:pw@example.org:8080/a/c/'); u.searchParams.append('q', 'ä b');
    let refused; try { new URL('not a url'); } catch (error) { refused = error instanceof TypeError; }
    return [u.href, u.host, u.pathname, u.searchParams.get('y'), u.hash, u.origin, refused, new URL('http://EXAMPLE.com:80/%7Efoo').href, JSON.stringify({ u: new URL('http://a/') })];`,
    [
      'https://user:pw@example.org:8080/a/b?x=1&y=+z&q=%C3%A4+b#h',
      'example.org:8080',
      '/a/b',
      ' z',
      '#h',
      'https://example.org:8080',
      true,
      'http://example.com/%7Efoo',
      '{"u":"http://a/"}',
    ],
  ),
  works(
    'GLOBAL-008',
    'URLSearchParams reads, iterates, sorts and writes',
    "const p = new URLSearchParams('?b=2&z=0&a=1&a=%2B+x'); p.append('c', 'é&'); p.delete('b'); p.sort(); return [p.getAll('a'), p.has('b'), String(p), [...new URLSearchParams({ k: 'v' })]];",
    [['1', '+ x'], false, 'a=1&a=%2B+x&c=%C3%A9%26&z=0', [['k', 'v']]],
  ),
  works(
    'GLOBAL-009',
    'TextEncoder and TextDecoder speak UTF-8, replacing what is malformed',
    `const bytes = new TextEncoder().encode('é€😀\\ud800'); let refused; try { new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([0xff])); } catch (error) { refused = error instanceof TypeError; }
    return [[...bytes], new TextDecoder().decode(bytes.subarray(0, 9)), new TextDecoder().decode(new Uint8Array([0x61, 0xff, 0x62])), refused, new TextDecoder().encoding];`,
    [[0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80, 0xef, 0xbf, 0xbd], 'é€😀', 'a\ufffdb', true, 'utf-8'],
  ),
  works(
    'GLOBAL-010',
    'atob and btoa convert bytes, and refuse what is none',
    `const refuse = (f) => { try { f(); return 'nothing'; } catch (error) { return error instanceof Error || typeof error.name === 'string'; } };
    return [btoa('hello\\xff'), atob('aGVsbG//'), atob(' aGk= '), refuse(() => btoa('€')), refuse(() => atob('***'))];`,
    ['aGVsbG//', 'hello\u00ff', 'hi', true, true],
  ),
  works(
    'GLOBAL-011',
    'crypto gives version 4 UUIDs and fills integer arrays',
    `const array = new Uint8Array(64); const same = crypto.getRandomValues(array) === array;
    return [/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID()), same, array.some((byte) => byte > 0), new Set(array).size > 20, crypto.getRandomValues(new Uint32Array(2)).length];`,
    [true, true, true, true, 2],
  ),
  works(
    'GLOBAL-012',
    'crypto.subtle.digest computes SHA-256',
    "const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode('abc')); return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('');",
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  ),
  works(
    'GLOBAL-013',
    'performance.now is a number that does not fall',
    'const a = performance.now(); await new Promise((resolve) => setTimeout(resolve, 5)); return [typeof a, performance.now() >= a, a >= 0];',
    ['number', true, true],
  ),
  works(
    'GLOBAL-014',
    'AbortController aborts its signal once, with its reason, and tells listeners',
    `const c = new AbortController(); const seen = []; c.signal.addEventListener('abort', () => seen.push('heard')); c.signal.onabort = () => seen.push('on');
    const before = c.signal.aborted; c.abort(new Error('why')); c.abort(new Error('again')); let thrown; try { c.signal.throwIfAborted(); } catch (error) { thrown = error.message; }
    const plain = new AbortController(); plain.abort();
    return [before, c.signal.aborted, c.signal.reason.message, seen.sort(), thrown, plain.signal.reason.name, c.signal instanceof AbortSignal];`,
    [false, true, 'why', ['heard', 'on'], 'why', 'AbortError', true],
  ),
  works(
    'GLOBAL-015',
    'AbortSignal.abort, timeout and any make signals',
    `const timeout = AbortSignal.timeout(10); const any = AbortSignal.any([new AbortController().signal, timeout]);
    await new Promise((resolve) => any.addEventListener('abort', resolve));
    return [AbortSignal.abort().aborted, timeout.reason.name, any.aborted];`,
    [true, 'TimeoutError', true],
  ),
  {
    id: 'GLOBAL-016',
    level: 'MUST',
    title: 'The standard built-ins models use are there: Array, String, Object, Promise, Set, RegExp and iterator methods',
    refs: ['isolation.portable'],
    async run(t) {
      const value = await t.value(`
        const rows = [{ k: 'a', n: 2 }, { k: 'b', n: 1 }, { k: 'a', n: 3 }];
        return [
          Object.entries(Object.groupBy(rows, (row) => row.k)).map(([k, list]) => k + list.length), rows.toSorted((x, y) => x.n - y.n)[0].n, [3, 1].toReversed(), [1, 2].with(0, 9),
          rows.findLast((row) => row.k === 'a').n, Object.fromEntries(new Map([['x', 1]])), 'a-b-c'.replaceAll('-', '+'), 'x'.padStart(3, '.'), [1, [2, [3]]].flat(Infinity),
          [...'a1b22'.matchAll(/(?<digits>\\d+)/g)].map((m) => m.groups.digits), new Set([1, 2]).union(new Set([3])).size, Promise.withResolvers !== undefined,
          Array.of === undefined, (await Array.fromAsync([Promise.resolve(1)]))[0], [1, 2, 3].values().map((x) => x * 2).toArray(), 'ok'.at(-1), Number('0x1f'), parseInt('12px'),
          'ÄÖ'.normalize('NFD').length, 'abc'.localeCompare('abd') < 0, (1234.5).toFixed(2), [3, 20, 100].sort().join(), /(?<=a)b/.test('ab'), 2n ** 64n === 18446744073709551616n,
        ];`);
      t.deepEqual(
        value,
        [
          ['a2', 'b1'],
          1,
          [1, 3],
          [9, 2],
          3,
          { x: 1 },
          'a+b+c',
          '..x',
          [1, 2, 3],
          ['1', '22'],
          3,
          true,
          false,
          1,
          [2, 4, 6],
          'k',
          31,
          12,
          4,
          true,
          '1234.50',
          '100,20,3',
          true,
          true,
        ],
        'what the built-ins gave',
      );
    },
  },
  {
    id: 'GLOBAL-017',
    level: 'MUST',
    title: 'Intl, localeCompare and toLocaleString speak English',
    refs: ['isolation.intl'],
    requires: ['intl'],
    async run(t) {
      const value = await t.value(`
        return [
          new Intl.NumberFormat('en-US').format(1234567.5), (1234.5).toLocaleString('en-US', { style: 'currency', currency: 'USD' }), (0.256).toLocaleString('en-US', { style: 'percent' }),
          new Date(0).toLocaleDateString('en-US', { timeZone: 'UTC' }), new Date(0).toLocaleDateString('en-US', { timeZone: 'UTC', month: 'long', day: 'numeric', year: 'numeric' }),
          ['z', 'ä', 'a', 'B'].sort((a, b) => a.localeCompare(b)).join(''), ['2', '10'].sort(new Intl.Collator('en', { numeric: true }).compare).join(),
        ];`);
      t.deepEqual(value, ['1,234,567.5', '$1,234.50', '26%', '1/1/1970', 'January 1, 1970', 'aäBz', '2,10'], 'what was formatted');
    },
  },
  {
    id: 'GLOBAL-018',
    level: 'SHOULD',
    title: 'Intl, localeCompare and toLocaleString follow other locales and time zones',
    refs: ['isolation.intl'],
    requires: ['intl'],
    async run(t) {
      const value = await t.value(`
        return [
          new Intl.NumberFormat('de-DE').format(1234567.5), new Date(0).toLocaleDateString('de-DE', { timeZone: 'UTC' }),
          ['z', 'ä', 'a'].sort((a, b) => a.localeCompare(b, 'sv')).join(''), new Date(0).toLocaleTimeString('en-GB', { timeZone: 'Asia/Tokyo' }), new Intl.PluralRules('pl').select(3),
        ];`);
      t.deepEqual(value, ['1.234.567,5', '1.1.1970', 'azä', '09:00:00', 'few'], 'what was formatted');
    },
  },
];
