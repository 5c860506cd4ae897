import type { Attack } from './attack.ts';

const EVERY_BOUNDARY = `
const boundaries = {
  echo: () => echo({ deep: [1] }), log: () => console.log({ a: 1 }, new Error('x')), table: () => console.table([{ a: 1 }]), timer: () => setTimeout(() => {}, 1),
  clear: () => clearTimeout(setTimeout(() => {}, 1)), microtask: () => queueMicrotask(() => {}), clone: () => structuredClone({ a: [1] }), url: () => new URL('http://x/y?z'),
  query: () => new URLSearchParams('a=b').toString(), encode: () => new TextEncoder().encode('xyz'), decode: () => new TextDecoder().decode(new Uint8Array(4)),
  base64: () => btoa(atob('eHg=')), random: () => Math.random(), uuid: () => crypto.randomUUID(), fill: () => crypto.getRandomValues(new Uint8Array(8)),
  digest: () => crypto.subtle.digest('SHA-1', new Uint8Array(2)), now: () => performance.now(), date: () => new Date().toISOString(), abort: () => AbortSignal.abort(),
  json: () => JSON.stringify({ a: [{}] }), regexp: () => 'aaa'.replace(/a/g, 'b'), sort: () => [3, 1, 2].sort(), make: () => Function('return 1')(), evaluate: () => (0, eval)('1 + 1'),
};`;

/** Errors as carriers: of call sites, of host objects, of host paths. */
export const ERRORS: readonly Attack[] = [
  {
    name: 'Error.prepareStackTrace and every method of a call site',
    code: `
const looked = [];
Error.prepareStackTrace = (error, sites) => {
  suspect(error, 'error of prepareStackTrace');
  for (let i = 0; i < (sites?.length ?? 0); i++) {
    const site = sites[i];
    for (const key of Reflect.ownKeys(Object.getPrototypeOf(site))) {
      let found;
      try { found = site[key](); } catch (thrown) { suspect(thrown, 'thrown by ' + String(key)); }
      suspect(found, 'call site ' + String(key));
      if (typeof found === 'function' && key === 'getFunction' && !String(found).includes('guestFrame')) breach('the runtime function ' + String(found).slice(0, 60));
    }
    suspect(site, 'call site');
  }
  return 'prepared';
};
Error.stackTraceLimit = Infinity;
${EVERY_BOUNDARY}
function guestFrame() { return new Error('x').stack; }
guestFrame();
for (const key of Reflect.ownKeys(boundaries)) {
  const lure = { get a() { guestFrame(); return 1; }, toString() { guestFrame(); return 'x'; }, valueOf() { guestFrame(); return 1; }, toJSON() { guestFrame(); return {}; }, [Symbol.toPrimitive]() { guestFrame(); return '1'; } };
  caught(boundaries[key]);
  await caughtLater(() => echo(lure));
  caught(() => console.log(lure, '%s', lure));
  caught(() => setTimeout(() => {}, lure));
  caught(() => new URL(lure));
  caught(() => structuredClone(lure));
  caught(() => atob(lure));
  caught(() => new Date(lure));
}
await caughtLater(() => fail({ how: 'error' }));
await new Promise((resolve) => setTimeout(() => { guestFrame(); resolve(); }, 1));`,
  },
  {
    name: 'Error.captureStackTrace on tools, promises and the global object',
    code: `
Error.prepareStackTrace = (error, sites) => { suspect(sites, 'sites'); return sites; };
for (const target of [{}, echo, echo({}), console, globalThis, Object.create(null), new Proxy({}, {})]) {
  caught(() => { Error.captureStackTrace(target); return target.stack; });
  caught(() => { Error.captureStackTrace(target, echo); return target.stack; });
}`,
  },
  {
    name: 'the errors of a failed tool',
    code: `
for (const how of ['error', 'typeError', 'subclass', 'string', 'null', 'undefined', 'number', 'object', 'array', 'function', 'proxy', 'getters', 'frozen', 'cause', 'aggregate', 'system', 'dom', 'hugeName', 'protoName']) {
  const error = await caughtLater(() => fail({ how }));
  if (!(error instanceof Error)) breach(how + ' did not arrive as the guest\\'s own Error');
  if (Object.getPrototypeOf(error) !== Error.prototype && Object.getPrototypeOf(error) !== TypeError.prototype) breach(how + ' has another prototype');
  harm(error.constructor.constructor);
  for (const key of Reflect.ownKeys(error)) { see(String(key)); see(error[key]); suspect(error[key], how + '.' + String(key)); if (!['name', 'message', 'stack', 'code'].includes(key)) breach(how + ' carries ' + String(key)); }
  see(error.stack); see(error.message); see(error.name);
}`,
  },
  {
    name: 'stack overflow at every boundary',
    code: `
${EVERY_BOUNDARY}
const errors = [];
for (const key of Reflect.ownKeys(boundaries)) {
  let overflows = 0;
  const dive = () => {
    try { dive(); } catch (error) { if (overflows++ < 3) errors.push(error); }
    if (overflows > 0 && overflows < 200) try { overflows++; const result = boundaries[key](); if (result instanceof Promise) result.catch((error) => errors.push(error)); } catch (error) { if (errors.length < 400) errors.push(error); }
  };
  try { dive(); } catch (error) { errors.push(error); }
}
await null;
for (const error of errors) { suspect(error, 'error at the boundary'); try { see(error.stack); } catch {} }
if (errors.length === 0) see('no overflow');`,
  },
  {
    name: 'errors of codegen, parsing, JSON, regular expressions and limits',
    code: `
for (const run of [() => Function('}'), () => eval('{'), () => (0, eval)('import x from "y"'), () => JSON.parse('{'), () => JSON.parse('['.repeat(50)), () => new RegExp('('), () => new RegExp('\\\\'),
  () => null.x, () => undefined(), () => notDefined, () => 1n + 1, () => Symbol() + '', () => new Array(-1), () => 'x'.repeat(-1), () => (1).toFixed(101), () => decodeURIComponent('%'),
  () => new Proxy({}, null), () => Reflect.construct(1), () => structuredClone(() => {}), () => new URL('nope'), () => atob('*'), () => new TextDecoder('nope'),
  () => crypto.getRandomValues(new Float32Array(1)), () => crypto.getRandomValues(new Uint8Array(70000)), () => setTimeout('code'), () => queueMicrotask(1), () => BigInt(0.5),
  () => new Intl.DateTimeFormat('nope-nope-nope'), () => new Date(NaN).toISOString(), () => external_missing, () => external_missing()]) {
  const error = caught(run);
  if (error !== undefined) { see(error.stack); see(error.message); harm(error.constructor.constructor); }
}`,
  },
  {
    name: 'aggregates, causes and errors thrown across a turn',
    code: `
const error = await caughtLater(() => Promise.any([fail({ how: 'error' }), fail({ how: 'string' })]));
suspect(error.errors, 'errors');
const settled = await Promise.allSettled([fail({ how: 'error' }), echo({}), fail({ how: 'cause' })]);
suspect(settled, 'settled');
for (const one of settled) suspect(one.reason?.cause, 'cause');
await Promise.race([fail({ how: 'error' }), new Promise((resolve) => setTimeout(resolve, 5))]).catch((reason) => suspect(reason, 'race'));`,
  },
];
