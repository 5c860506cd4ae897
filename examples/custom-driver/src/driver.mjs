import { fork } from 'node:child_process';

const refusal = (code, message) => Object.assign(new Error(message), { code });
const failure = (name, code, message) => ({ success: false, error: { name, code, message }, logs: [] });
const DISPOSED = failure('DisposedError', 'DISPOSED', 'The context was disposed.');

/** An `IsolateDriver` that runs each program in a process and a `node:vm` realm of its own. Not a security boundary. */
export function createVmDriver(defaults = {}) {
  return {
    async createContext({ bindings, timeout = defaults.timeout ?? 30_000, memoryLimit = defaults.memoryLimit ?? 128, ...unknown }) {
      for (const option of Object.keys(unknown)) throw refusal('INVALID_OPTION', `This driver has no option ${option}.`);
      if (!(timeout > 0 && timeout < Infinity)) throw refusal('INVALID_OPTION', `timeout must be milliseconds, not ${timeout}.`);
      const wrong = Object.keys(bindings).find((name) => !/^(external|skill)_\w+$/.test(name));
      if (wrong !== undefined) throw refusal('TOOL_NAME_INVALID', `A tool cannot be called ${wrong}.`);
      const context = { bindings: { ...bindings }, timeout, memoryLimit, disposal: new AbortController() };
      return { execute: (code) => run(code, context), dispose: async () => context.disposal.abort() };
    },
  };
}

function run(code, { bindings, timeout, memoryLimit, disposal }) {
  if (disposal.signal.aborted) return Promise.resolve(DISPOSED);
  const options = { execArgv: [`--max-old-space-size=${Math.max(memoryLimit, 32)}`], env: {}, serialization: 'advanced', silent: true };
  const child = fork(new URL('./sandbox.mjs', import.meta.url), options);
  const send = (message) => child.send(message, () => {});
  const over = new AbortController();
  let timer;
  const call = async (name, text, id) => {
    try {
      const value = await bindings[name].execute(JSON.parse(text), { abortSignal: over.signal });
      send([id, 'resolve', JSON.stringify(value)]);
    } catch (error) {
      send([id, 'reject', errorText(error)]);
    }
  };
  return new Promise((resolve) => {
    const logs = [];
    const end = (outcome) => resolve({ ...outcome, logs });
    disposal.signal.addEventListener('abort', () => end(DISPOSED), { signal: over.signal });
    child.on('exit', () => end(failure('EngineCrashedError', 'ENGINE_CRASHED', 'The process of the run died.')));
    child.on('message', ([kind, ...texts]) => {
      if (kind === 'ready') timer = setTimeout(end, timeout, failure('TimeoutError', 'TIMEOUT', `The run took more than ${timeout} ms.`));
      else if (kind === 'log') logs.push(...texts);
      else if (kind === 'call') void call(...texts);
      else end(JSON.parse(texts[0]));
    });
    send({ code, tools: Object.keys(bindings) });
  }).finally(() => {
    clearTimeout(timer);
    over.abort();
    child.kill('SIGKILL');
  });
}

/** What a tool threw, which may be anything: reading it must not throw here. */
function errorText(thrown) {
  try {
    const { name, message, code } = thrown instanceof Error ? thrown : { name: 'Error', message: String(thrown) };
    return JSON.stringify({ name, message, code });
  } catch {
    return '{"message":"The tool threw something unreadable."}';
  }
}
