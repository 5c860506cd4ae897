import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isIsomuxError, LIMIT_NAMES, LIMIT_RANGES } from '@isomux/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeSettings, ENVIRONMENT_VARIABLES, type Environment, readEnvironment } from '../src/node/environment.ts';

/** What is said about an environment that is refused. */
function refusal(env: Environment, called?: (name: string) => string): string {
  try {
    readEnvironment(env, called);
  } catch (error) {
    if (isIsomuxError(error) && error.code === 'INVALID_OPTION') return error.message;
    throw error;
  }
  throw new Error(`not refused: ${JSON.stringify(env)}`);
}

const tokensOf = (list: string): unknown => readEnvironment({ EXECUTOR_TOKEN: list }).server.tokens;
const HASH = 'AB'.repeat(32);

describe('the environment of a server', () => {
  it('needs nothing: then it listens on the loopback interface alone', () => {
    expect(readEnvironment({})).toEqual({
      engine: 'isolated-vm',
      executor: { ceilings: {} },
      server: { host: '127.0.0.1', port: 8080, tokens: [], allowAnonymous: false, logLevel: 'info' },
    });
  });

  it('listens on every address with a token, or when it is told to let everybody in', () => {
    expect(readEnvironment({ EXECUTOR_TOKEN: 'secret' }).server.host).toBe('0.0.0.0');
    expect(readEnvironment({ ALLOW_ANONYMOUS: 'true' }).server.host).toBe('0.0.0.0');
    expect(readEnvironment({ EXECUTOR_TOKEN: 'secret', HOST: '10.0.0.5' }).server.host).toBe('10.0.0.5');
  });

  it('refuses other addresses without a token, unless it is told to let everybody in', () => {
    for (const HOST of ['0.0.0.0', '::', '10.0.0.5', 'executor.example.com', '127.evil.example', '::ffff:10.0.0.5']) {
      expect(refusal({ HOST })).toContain('there is no token');
      expect(refusal({ HOST, EXECUTOR_TOKEN: '', ALLOW_ANONYMOUS: 'false' })).toContain(`HOST is ${HOST}`);
      expect(readEnvironment({ HOST, ALLOW_ANONYMOUS: 'true' }).server.host).toBe(HOST);
    }
    for (const HOST of ['127.0.0.1', '127.1.2.3', 'localhost', '::1']) expect(readEnvironment({ HOST }).server.host).toBe(HOST);
  });

  it('sets what its variables say', () => {
    const env = {
      ENGINE: 'quickjs',
      PORT: '0',
      MAX_RUNS: '3',
      MAX_QUEUED_RUNS: '0',
      RUNS_PER_CONNECTION: '2',
      GRACE_MS: ' 5000 ',
      SUSPEND_MS: '1000',
      MAX_SUSPENDED: '7',
      MAX_CONNECTIONS: '8',
      MAX_BODY_BYTES: '65536',
      MAX_HELD_BYTES: '131072',
      DRAIN_MS: '100',
      LOG_LEVEL: 'warn',
      LIMIT_WALL_MS: '2000',
      LIMIT_MAX_CALLS_IN_FLIGHT: '9',
      UNRELATED: 'x',
    };
    expect(readEnvironment(env)).toEqual({
      engine: 'quickjs',
      executor: { maxRuns: 3, maxQueuedRuns: 0, runsPerConnection: 2, ceilings: { wallMs: 2000, maxCallsInFlight: 9 } },
      server: {
        host: '127.0.0.1',
        port: 0,
        tokens: [],
        allowAnonymous: false,
        graceMs: 5000,
        suspendMs: 1000,
        maxSuspended: 7,
        maxConnections: 8,
        maxBodyBytes: 65_536,
        maxHeldBytes: 131_072,
        drainMs: 100,
        logLevel: 'warn',
      },
    });
  });

  it('has a ceiling for every limit, from its floor to its ceiling in the protocol', () => {
    for (const limit of LIMIT_NAMES) {
      const name = `LIMIT_${limit.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
      const { min, max } = LIMIT_RANGES[limit];
      for (const value of [min, max]) expect(readEnvironment({ [name]: String(value) }).executor.ceilings).toEqual({ [limit]: value });
      expect(refusal({ [name]: String(max + 1) })).toBe(`${name} must be a whole number from ${min} to ${max}; it is "${max + 1}".`);
      expect(refusal({ [name]: '-1' })).toContain('it is "-1"');
    }
  });

  it('takes an empty variable for one that is not set', () => {
    const empty = Object.fromEntries(ENVIRONMENT_VARIABLES.map(({ name }) => [name, ' ']));
    expect(readEnvironment(empty)).toEqual(readEnvironment({}));
  });

  it.each([
    [{ PORT: '65536' }, 'PORT must be a whole number from 0 to 65535; it is "65536".'],
    [{ PORT: '8080/tcp' }, 'it is "8080/tcp"'],
    [{ MAX_RUNS: '1e3' }, 'MAX_RUNS must be a whole number from 1 to 100000; it is "1e3".'],
    [{ MAX_RUNS: '0' }, 'it is "0"'],
    [{ MAX_BODY_BYTES: '64MB' }, 'it is "64MB"'],
    [{ ENGINE: 'v8' }, 'ENGINE must be isolated-vm or quickjs; it is "v8".'],
    [{ LOG_LEVEL: 'INFO' }, 'LOG_LEVEL must be debug or info or warn or error or silent; it is "INFO".'],
    [{ ALLOW_ANONYMOUS: '1' }, 'ALLOW_ANONYMOUS must be true or false; it is "1".'],
    [{ HOST: 'http://x' }, 'HOST must be an IP address or a host name; it is "http://x".'],
    [{ LIMIT_WALLMS: '1' }, '"LIMIT_WALLMS" is no variable of an executor server. Did you mean LIMIT_WALL_MS?'],
    [{ EXECUTOR_TOKENS: 'hunter2' }, '"EXECUTOR_TOKENS" is no variable of an executor server. Did you mean EXECUTOR_TOKEN?'],
    [
      { LIMIT_SPEED_OF_LIGHT: '8080' },
      '"LIMIT_SPEED_OF_LIGHT" is no variable of an executor server. There are EXECUTOR_TOKEN, LIMIT_WALL_MS, ',
    ],
  ])('refuses %j with the variable, its value and what is allowed', (env, text) => {
    expect(refusal(env)).toContain(text);
    expect(refusal(env)).not.toContain('hunter2');
  });

  it('tells everything that is wrong at once, and calls variables what its caller calls them', () => {
    const message = refusal({ PORT: 'x', HOST: 'a/b', EXECUTOR_TOKEN: 'a b' }, (name) => `--${name.toLowerCase()}`);
    expect(message.split('\n')).toHaveLength(3);
    for (const name of ['--port ', '--host ', '--executor_token ']) expect(message).toContain(name);
  });

  it('lets pass what container platforms set for a service called executor', () => {
    const links = {
      EXECUTOR_SERVICE_HOST: '10.0.0.1',
      EXECUTOR_SERVICE_PORT: '8080',
      EXECUTOR_SERVICE_PORT_HTTP: '8080',
      EXECUTOR_PORT: 'tcp://10.0.0.1:8080',
      EXECUTOR_PORT_8080_TCP: 'tcp://10.0.0.1:8080',
      EXECUTOR_PORT_8080_TCP_PROTO: 'tcp',
      EXECUTOR_PORT_8080_TCP_ADDR: '10.0.0.1',
    };
    expect(readEnvironment(links)).toEqual(readEnvironment({}));
  });

  it('never shows more than the beginning of a value', () => {
    expect(refusal({ PORT: 'x'.repeat(100_000) }).length).toBeLessThan(300);
  });
});

describe('EXECUTOR_TOKEN', () => {
  it.each([
    ['secret', [{ name: 'default', token: 'secret' }]],
    ['app=secret', [{ name: 'app', token: 'secret' }]],
    [
      'one,two',
      [
        { name: 'token-1', token: 'one' },
        { name: 'token-2', token: 'two' },
      ],
    ],
    [
      ' app=one , batch=two;maxRuns=5;runsPerMinute=60; maxConnections=2 ',
      [
        { name: 'app', token: 'one' },
        { name: 'batch', token: 'two', maxRuns: 5, runsPerMinute: 60, maxConnections: 2 },
      ],
    ],
    [`sha256:${HASH}`, [{ name: 'default', token: `sha256:${HASH.toLowerCase()}` }]],
    [`app=sha256:${HASH};maxRuns=1`, [{ name: 'app', token: `sha256:${HASH.toLowerCase()}`, maxRuns: 1 }]],
    ['app=a=b==', [{ name: 'app', token: 'a=b==' }]],
    ['dGhpcyBpcyBhIHNlY3JldA==', [{ name: 'default', token: 'dGhpcyBpcyBhIHNlY3JldA==' }]],
    ["a!#$%&'()*+-./:<>?@[]^_`{|}~b", [{ name: 'default', token: "a!#$%&'()*+-./:<>?@[]^_`{|}~b" }]],
  ])('%s is read', (list, tokens) => {
    expect(tokensOf(list)).toEqual(tokens);
  });

  it.each([
    ['a name without a token', 'hunter=', 'has no token'],
    ['an entry without a token', 'hunter2,', 'has an entry, number 2, that has no token'],
    ['a blank inside', 'Bearer hunter2', 'without Bearer'],
    ['letters that no header carries', 'hünter2', 'visible ASCII'],
    ['a hash that is too short', 'sha256:hunter2', '64 hexadecimal digits'],
    ['a name that is none', 'h*nter=hunter2', 'as NAME=TOKEN'],
    ['a quota nobody knows', 'app=hunter2;maxruns=1', 'other than maxRuns=N, runsPerMinute=N, maxConnections=N'],
    ['a token with a semicolon', 'app=hunter2;hunter2', 'as sha256:HEX'],
    ['a quota of nothing', 'app=hunter2;maxRuns=0', 'maxRuns that is not a whole number from 1 to 100000'],
    ['a quota without a number', 'app=hunter2;runsPerMinute', 'runsPerMinute that is not'],
    ['a quota given twice', 'app=hunter2;maxRuns=1;maxRuns=2', 'maxRuns twice'],
    ['a name given twice', 'hunter=hunter2,hunter=hunter3', 'the name of entry 2 twice'],
    ['a token given twice', 'a=hunter2,b=hunter2', 'the token of entry 2 twice'],
    ['too many', Array.from({ length: 1_001 }, (_, i) => `hunter${i}`).join(','), '1000 are allowed'],
  ])('is refused without a word of it: %s', (_, list, text) => {
    const message = refusal({ EXECUTOR_TOKEN: list });
    expect(message).toContain(text);
    expect(message).toMatch(/^EXECUTOR_TOKEN /);
    expect(message).not.toMatch(/h.nter/);
  });

  it('reads again what was written, whatever names and quotas there are', () => {
    const name = fc.stringMatching(/^[A-Za-z][\w.-]{0,20}$/);
    const token = fc.stringMatching(/^[\w!#$%&*+./:-]{1,40}$/).filter((text) => !/^sha256:/i.test(text));
    const count = fc.integer({ min: 1, max: 100_000 });
    const entry = fc.record({ name, token, maxRuns: count, runsPerMinute: count }, { requiredKeys: ['name', 'token'] });
    const entries = fc.uniqueArray(entry, { minLength: 1, maxLength: 5, comparator: (a, b) => a.name === b.name || a.token === b.token });
    fc.assert(
      fc.property(entries, (tokens) => {
        const list = tokens.map(({ name: called, token: secret, ...quotas }) =>
          [`${called}=${secret}`, ...Object.entries(quotas).map(([key, value]) => `${key}=${value}`)].join(';'),
        );
        expect(tokensOf(list.join(','))).toEqual(tokens);
      }),
    );
  });
});

describe('what is printed of the settings', () => {
  it('has what was set, under the names of the variables, and no token', () => {
    const env = { EXECUTOR_TOKEN: `app=hunter2;maxRuns=5,sha256:${HASH}`, MAX_RUNS: '3', LIMIT_WALL_MS: '9', GRACE_MS: '1' };
    const described = describeSettings(readEnvironment(env));
    expect(described).toEqual({
      ENGINE: 'isolated-vm',
      HOST: '0.0.0.0',
      PORT: 8080,
      EXECUTOR_TOKEN: 'app (maxRuns=5), token-2',
      ALLOW_ANONYMOUS: false,
      LOG_LEVEL: 'info',
      MAX_RUNS: 3,
      GRACE_MS: 1,
      LIMIT_WALL_MS: 9,
    });
    expect(describeSettings(readEnvironment({}))).toMatchObject({ EXECUTOR_TOKEN: 'none' });
    const known = ENVIRONMENT_VARIABLES.map(({ name }) => name);
    for (const name of Object.keys(described)) expect(known).toContain(name);
  });
});

describe('docs/deploying.md', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/deploying.md'), 'utf8').replaceAll(/ +/g, ' ');

  it('has each variable with what it sets, what is allowed and what holds without it', () => {
    for (const { name, about, allowed, byDefault } of ENVIRONMENT_VARIABLES) {
      expect(page).toContain(`| \`${name}\` | ${about} | ${allowed} | ${byDefault} |`);
    }
  });
});
