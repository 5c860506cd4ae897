/** Makes a typed array over part of a buffer; `length` counts elements. */
export type ViewConstructor = new (buffer: ArrayBuffer, byteOffset: number, length: number) => ArrayBufferView;

/** Newer than the language level this is compiled for, and than some engines. */
declare const Float16Array: ViewConstructor | undefined;

const constructors: readonly ViewConstructor[] = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  ...(typeof Float16Array === 'undefined' ? [] : [Float16Array]),
];

/** The engine's own constructor of that name, or undefined where it has none. */
export function viewConstructor(name: string): ViewConstructor | undefined {
  return constructors.find((constructor) => constructor.name === name);
}
