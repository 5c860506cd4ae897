import { DEFAULT_LIMITS, isIsomuxError, LIMIT_NAMES } from '@isomux/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDriverUrl } from '../src/url/driver-url.ts';
import { PLANNED_SCHEMES, SCHEMES } from '../src/url/schemes.ts';

/** What is said about a URL that is refused. */
function refusal(url: unknown): string {
  try {
    parseDriverUrl(url);
  } catch (error) {
    if (isIsomuxError(error) && error.code === 'INVALID_OPTION') return error.message;
    throw error;
  }
  throw new Error(`not refused: ${String(url)}`);
}

describe('a driver URL', () => {
  it.each([
    ['quickjs:', {}],
    ['quickjs:?', {}],
    [' quickjs:\n', {}],
    ['QuickJS:?thread=inline', { thread: 'inline' }],
    [new URL('quickjs:?maxThreads=2&minThreads=0'), { maxThreads: 2, minThreads: 0 }],
    ['isolated-vm:?isolation=in-process&skipProbe=true', { isolation: 'in-process', skipProbe: true }],
    ['isolated-vm:?maxProcesses=3&runsPerProcess=4&warmRealms=0', { maxProcesses: 3, runsPerProcess: 4, warmRealms: 0 }],
    ['quickjs:?timeout=1500.5&memoryLimit=64', { timeout: 1500.5, memoryLimit: 64 }],
    ['quickjs:?maxCalls=0&globals=data', { globals: 'data', limits: { maxCalls: 0 } }],
    ['quickjs:?memoryBytes=1', { limits: { memoryBytes: 1 } }],
    ['https://executor.example.com', { endpoint: 'https://executor.example.com' }],
    [new URL('HTTP://127.0.0.1:8080/?transport=http'), { endpoint: 'http://127.0.0.1:8080', transport: 'http' }],
    ['https://example.com/isolates/execute', { endpoint: 'https://example.com/isolates/execute' }],
    [
      'http://[::1]:8080?transport=rounds&maxToolRounds=7&timeout=5&maxCalls=1',
      { endpoint: 'http://[::1]:8080', transport: 'rounds', maxToolRounds: 7, timeout: 5, limits: { maxCalls: 1 } },
    ],
    ['cloudflare://isomux.example.workers.dev', { endpoint: 'https://isomux.example.workers.dev' }],
    ['CLOUDFLARE://example.com/run?maxToolRounds=3', { endpoint: 'https://example.com/run', maxToolRounds: 3 }],
    ['cloudflare://localhost:8787', { endpoint: 'http://localhost:8787' }],
    ['cloudflare://127.0.0.1.example.com', { endpoint: 'https://127.0.0.1.example.com' }],
    ['workerd:?engine=quickjs&connections=false', { engine: 'quickjs', connections: false }],
    [`quickjs:?seed=${'0f'.repeat(32)}&clock=live`, { seed: '0f'.repeat(32), clock: 'live' }],
  ])('%s is read', (url, options) => {
    expect(parseDriverUrl(url).options).toEqual(options);
  });

  it.each([
    ['nothing', undefined, 'there is no default'],
    ['null', null, 'there is no default'],
    ['the empty text', '', 'there is no default'],
    ['blanks', ' \n', 'there is no default'],
    ['a number', 5, 'of type number'],
    ['a scheme without its colon', 'quickjs', 'Did you mean quickjs:'],
    ['no scheme', './driver', 'isolated-vm:, quickjs:, deno:, cloudflare:, workerd:, https:, and http:'],
    ['a misspelt scheme', 'quikjs:', 'Did you mean quickjs:?'],
    ['an inherited name', 'constructor:', '"constructor:" is not known'],
    ['something after the scheme', 'quickjs:foo', '"quickjs:foo" may have nothing but parameters'],
    ['a host', 'quickjs://host?thread=inline', 'nothing but parameters'],
    ['an impossible host', 'quickjs://a b', 'nothing but parameters'],
    ['a fragment', 'quickjs:#x', 'nothing but parameters'],
    ['a misspelt parameter', 'quickjs:?thred=inline', 'Did you mean thread?'],
    ['a parameter in the wrong case', 'quickjs:?maxthreads=1', 'Did you mean maxThreads?'],
    ["another driver's parameter", 'isolated-vm:?thread=inline', '"thread", which isolated-vm: does not know. It knows isolation, '],
    ['an inherited parameter', 'quickjs:?__proto__=1', '"__proto__"'],
    ['a Worker without a host', 'cloudflare:', 'names no server after cloudflare:'],
    ['a Worker with a token', 'cloudflare://user:hunter2@example.com', 'Set ISOMUX_AUTHORIZATION'],
    ['a parameter given twice', 'quickjs:?thread=inline&thread=worker', 'thread twice'],
    ['a limit given twice', 'quickjs:?maxCalls=1&maxCalls=1', 'maxCalls twice'],
    ['no value', 'quickjs:?thread', 'must be worker or inline; it is ""'],
    ['a wrong word', 'quickjs:?thread=Inline', 'must be worker or inline; it is "Inline"'],
    ['a wrong flag', 'isolated-vm:?skipProbe=1', 'must be true or false; it is "1"'],
    ['a unit', 'quickjs:?timeout=5s', 'must be a number of milliseconds greater than 0; it is "5s"'],
    ['no time at all', 'quickjs:?timeout=0', 'greater than 0; it is "0"'],
    ['an exponent', 'quickjs:?maxCalls=1e3', 'a number of calls from 0 to 100000; it is "1e3"'],
    ['a sign', 'quickjs:?memoryLimit=-1', 'a number of MB greater than 0; it is "-1"'],
    ['half a thread', 'quickjs:?maxThreads=1.5', 'a whole number from 1 to 10000; it is "1.5"'],
    ['no process', 'isolated-vm:?maxProcesses=0', 'a whole number from 1 to 10000; it is "0"'],
    ['a server without a name', 'https://', 'names no server after https: such as https://executor.example.com'],
    ['a port that is none', 'http://host:99999', 'names no server'],
    ['a fragment of a server', 'https://host/x#y', '"https://host/x" may have no fragment'],
    ['a carrier that is none', 'https://host?transport=nats', 'must be auto or websocket or http or rounds; it is "nats"'],
    ["a server's misspelt parameter", 'https://host?maxToolRound=1', 'Did you mean maxToolRounds?'],
    ["another driver's parameter for a server", 'https://host?thread=inline', '"thread", which https: does not know'],
    ['an option that no URL can say', 'https://host?endpoint=https://other', '"endpoint", which https: does not know'],
    ['a carrier as a scheme', 'wss://host', 'supports isolated-vm:, quickjs:, deno:, cloudflare:, workerd:, https:, and http:'],
    ['a short seed', 'quickjs:?seed=12', 'must be 64 hexadecimal digits; it is "12"'],
  ])('is refused with the value and the way out: %s', (_, url, text) => {
    expect(refusal(url)).toContain(text);
  });

  it('names planned schemes as such', () => {
    for (const scheme of PLANNED_SCHEMES) {
      expect(SCHEMES.has(scheme)).toBe(false);
      expect(refusal(`${scheme}:`)).toContain(
        'comes with a later version; this version of isomux supports isolated-vm:, quickjs:, deno:, cloudflare:, workerd:, https:, and http:',
      );
    }
  });

  it.each(['token', 'Authorization', 'access_token', 'apiKey', 'password', 'secret'])(
    'refuses %s in the URL of a server by name',
    (name) => {
      const message = refusal(`https://host/x?timeout=1&${name}=hunter2`);
      expect(message).toContain(`"https://host/x" has the parameter ${name} in it`);
      expect(message).toContain('ISOMUX_AUTHORIZATION');
      expect(message).not.toContain('hunter2');
    },
  );

  it('shows no secret of a URL that was meant for something else', () => {
    const remote = [
      'https://user:hunter2@host/x?token=hunter2',
      'https://hunter2@host',
      'https://host?tokn=hunter2',
      'https://host#hunter2',
    ];
    for (const url of [...remote, 'https://user:hunter2@', 'postgres://me:hunter2@db', 'sk-live-hunter2-hunter2-hunter2']) {
      expect(refusal(url)).not.toContain('hunter2');
    }
  });

  it('shows no more than the beginning of a long value', () => {
    expect(refusal(`quickjs:?thread=${'x'.repeat(100_000)}`).length).toBeLessThan(1_000);
  });

  it('takes every limit by its name', () => {
    for (const name of LIMIT_NAMES) {
      expect(parseDriverUrl(`quickjs:?${name}=${DEFAULT_LIMITS[name]}`).options.limits).toEqual({ [name]: DEFAULT_LIMITS[name] });
    }
  });

  it('reads what was written, for every combination of parameters', () => {
    const counts = fc.integer({ min: 1, max: 10_000 });
    const said = fc.record(
      {
        thread: fc.constantFrom('worker', 'inline'),
        minThreads: counts,
        maxThreads: counts,
        warmRealms: counts,
        timeout: counts,
        memoryLimit: counts,
        globals: fc.constantFrom('minimal', 'compute', 'data', 'agent'),
        graceMs: counts,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(said, (options) => {
        const query = Object.entries(options).map(([name, value]) => `${name}=${value}`);
        expect(parseDriverUrl(`quickjs:?${query.join('&')}`).options).toEqual({ ...options });
      }),
    );
  });

  it('is read or refused with INVALID_OPTION, whatever it is', () => {
    const name = fc.oneof(fc.constantFrom('thread', 'timeout', 'maxCalls', 'constructor', ''), fc.string());
    const url = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .tuple(
          fc.constantFrom('quickjs:?', 'isolated-vm:?', 'quickjs:', 'https://host?', 'http://', 'https:'),
          fc.array(fc.tuple(name, fc.string({ unit: 'binary' }))),
        )
        .map(([start, pairs]) => start + pairs.map((pair) => pair.join('=')).join('&')),
      fc.anything(),
    );
    fc.assert(
      fc.property(url, (text) => {
        try {
          expect(SCHEMES.has(parseDriverUrl(text).href.replace(/:.*/s, '').toLowerCase())).toBe(true);
        } catch (error) {
          if (!isIsomuxError(error)) throw error;
          expect(error.code).toBe('INVALID_OPTION');
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
