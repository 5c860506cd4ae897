import { createContext, runInContext } from 'node:vm';

/** Runs inside the realm, before the program, and is given text alone: any object of this process would lead the program out. */
function enter(send, source, tools) {
  const { parse, stringify } = JSON;
  const calls = [];
  const show = (value) => (typeof value === 'object' && !(value instanceof Error) ? stringify(value) : String(value));
  const print = (prefix, ...values) => send('log', prefix + values.map(show).join(' '));
  const to = (prefix) => print.bind(null, prefix);
  globalThis.console = { log: to(''), info: to('INFO: '), warn: to('WARN: '), error: to('ERROR: ') };
  for (const name of tools) {
    globalThis[name] = async (input = {}) => {
      const text = stringify(input);
      return new Promise((resolve, reject) => send('call', name, text, calls.push({ resolve, reject }) - 1));
    };
  }
  const fail = (thrown) => {
    const { name, message, stack, code } = thrown instanceof Error ? thrown : { name: 'Error', message: String(thrown) };
    send('end', stringify({ success: false, error: { name, message, stack, code } }));
  };
  const run = async () => {
    // A body of its own for the parser: a program cannot close it and go on outside.
    const program = (async () => {}).constructor(`'use strict';${source}`);
    send('end', stringify({ success: true, value: await program() }));
  };
  run().catch(fail);
  return (id, key, text) => calls[id][key](key === 'resolve' ? text && parse(text) : Object.assign(new Error(), parse(text)));
}

/** The process of one run: text in, text out. */
process.once('message', ({ code, tools }) => {
  const realm = createContext(Object.create(null), { codeGeneration: { wasm: false } });
  const settle = runInContext(`(${enter.toString()})`, realm)((...message) => void process.send(message), code, tools);
  process.on('message', ([id, key, text]) => settle(id, key, text));
});
process.send(['ready']);
