import { readSections, Reader, SECTION, sectionOf, Writer, writeSections } from './wasm-binary.ts';

/** A function signature: value types of parameters and results. */
export interface Signature {
  readonly params: readonly number[];
  readonly results: readonly number[];
}

/** A function the module imports. */
export interface FunctionImport {
  module: string;
  name: string;
  readonly type: number;
}

/** A name the module exports. `kind`: 0 function, 1 table, 2 memory, 3 global. */
export interface Export {
  readonly name: string;
  readonly kind: number;
  readonly index: number;
}

/**
 * The parts of a module this build changes. Function indexes are as in the file: imports first, then `types[i]` with
 * `bodies[i]`. Everything not named here is copied as it is.
 */
export interface WasmModule {
  readonly signatures: Signature[];
  readonly imports: FunctionImport[];
  /** The one memory, which is imported: its name and least and greatest size in pages. */
  memory: { module: string; name: string; min: number; max: number };
  readonly functionTypes: number[];
  readonly bodies: Uint8Array[];
  /** The function table from slot 1; slot 0 stays empty, so that a null pointer cannot be called. */
  readonly table: number[];
  /** Globals as they stand in the file: value type, mutability and initial expression. */
  readonly globals: Uint8Array[];
  exports: Export[];
  /** The function that runs at instantiation. */
  start: number;
  /** The sections as read. */
  readonly sections: { readonly id: number; bytes: Uint8Array }[];
}

/** Takes a module apart. Refuses what the rewriting does not expect, instead of guessing. */
export function readModule(bytes: Uint8Array): WasmModule {
  const sections = readSections(bytes);
  const at = (id: number): Reader => new Reader(sectionOf(sections, id).bytes);

  const types = at(SECTION.type);
  const signatures = types.vector(() => {
    if (types.byte() !== 0x60) throw new Error('unexpected kind of type');
    return { params: types.vector(() => types.byte()), results: types.vector(() => types.byte()) };
  });

  const imported = at(SECTION.import);
  const imports: FunctionImport[] = [];
  let memory: WasmModule['memory'] | undefined;
  imported.vector(() => {
    const module = imported.text();
    const name = imported.text();
    const kind = imported.byte();
    if (kind === 0) imports.push({ module, name, type: imported.unsigned() });
    else if (kind === 2 && memory === undefined && imported.byte() === 1) {
      memory = { module, name, min: imported.unsigned(), max: imported.unsigned() };
    } else throw new Error(`unexpected import ${name}`);
  });
  if (memory === undefined) throw new Error('the module does not import its memory');

  const functions = at(SECTION.function);
  const functionTypes = functions.vector(() => functions.unsigned());
  const code = at(SECTION.code);
  const bodies = code.vector(() => code.take(code.unsigned()));

  const elements = at(SECTION.element);
  const [table, ...others] = elements.vector(() => {
    // An active segment of table 0, from slot 1.
    if (elements.unsigned() !== 0 || elements.byte() !== 0x41 || elements.signed() !== 1 || elements.byte() !== 0x0b) {
      throw new Error('unexpected element segment');
    }
    return elements.vector(() => elements.unsigned());
  });
  if (table === undefined || others.length > 0) throw new Error('expected one element segment');

  const globalSection = at(SECTION.global);
  const globals = globalSection.vector(() => {
    const start = globalSection.at;
    globalSection.take(2);
    if (globalSection.byte() !== 0x41) throw new Error('unexpected global');
    globalSection.signed();
    globalSection.byte();
    return globalSection.bytes.subarray(start, globalSection.at);
  });

  const exported = at(SECTION.export);
  const exports = exported.vector(() => ({ name: exported.text(), kind: exported.byte(), index: exported.unsigned() }));
  const start = at(SECTION.start).unsigned();
  return { signatures, imports, memory, functionTypes, bodies, table, globals, exports, start, sections };
}

/** Puts the module together again. `bodies`, `table` and `exports` must already use the new function indexes. */
export function writeModule(module: WasmModule): Uint8Array {
  const { memory } = module;
  const set = (id: number, writer: Writer): void => {
    sectionOf(module.sections, id).bytes = writer.finish();
  };

  const types = new Writer().unsigned(module.signatures.length);
  for (const { params, results } of module.signatures) {
    types
      .byte(0x60)
      .unsigned(params.length)
      .byte(...params)
      .unsigned(results.length)
      .byte(...results);
  }
  set(SECTION.type, types);

  const imports = new Writer().unsigned(module.imports.length + 1);
  for (const { module: from, name, type } of module.imports) imports.text(from).text(name).byte(0).unsigned(type);
  imports.text(memory.module).text(memory.name).byte(2, 1).unsigned(memory.min).unsigned(memory.max);
  set(SECTION.import, imports);

  const functions = new Writer().unsigned(module.functionTypes.length);
  for (const type of module.functionTypes) functions.unsigned(type);
  set(SECTION.function, functions);

  set(
    SECTION.table,
    new Writer()
      .unsigned(1)
      .byte(0x70, 0x01)
      .unsigned(module.table.length + 1)
      .unsigned(module.table.length + 1),
  );
  const elements = new Writer().unsigned(1).unsigned(0).byte(0x41).signed(1).byte(0x0b).unsigned(module.table.length);
  for (const index of module.table) elements.unsigned(index);
  set(SECTION.element, elements);

  const globals = new Writer().unsigned(module.globals.length);
  for (const bytes of module.globals) globals.bytes(bytes);
  set(SECTION.global, globals);

  const exports = new Writer().unsigned(module.exports.length);
  for (const { name, kind, index } of module.exports) exports.text(name).byte(kind).unsigned(index);
  set(SECTION.export, exports);

  set(SECTION.start, new Writer().unsigned(module.start));

  const code = new Writer().unsigned(module.bodies.length);
  for (const body of module.bodies) code.unsigned(body.length).bytes(body);
  set(SECTION.code, code);
  return writeSections(module.sections);
}

/** Adds a signature if the module does not have it, and gives its index. */
export function signatureIndex(module: WasmModule, params: readonly number[], results: readonly number[]): number {
  const same = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((type, i) => type === b[i]);
  const found = module.signatures.findIndex((signature) => same(signature.params, params) && same(signature.results, results));
  return found >= 0 ? found : module.signatures.push({ params, results }) - 1;
}
