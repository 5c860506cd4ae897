// oxlint-disable typescript/no-unsafe-type-assertion -- what comes from V8 and from guests is looked at field by field, without the prototypes of either
// oxlint-disable typescript/unbound-method -- methods are bound to `call`, as functions of their receiver
/**
 * What stands between V8's call sites and the guest. Deno makes those objects in its own world, whose functions would lead
 * out of the guest's, and hands them to whatever `Error.prepareStackTrace` of the guest's world is when a stack is read. So
 * that is this module's for good, and so is the global `Error` in which Deno looks for it.
 *
 * It keeps the program's own frames, and gives a guest that wants to write stacks itself call sites of its own world.
 */

/** The members of a call site that are read here. Each gives a primitive. */
interface NativeSite {
  getScriptNameOrSourceURL(): unknown;
  getFunctionName(): unknown;
  getTypeName(): unknown;
  getMethodName(): unknown;
  getLineNumber(): unknown;
  getColumnNumber(): unknown;
  isToplevel(): unknown;
  isConstructor(): unknown;
  isAsync(): unknown;
}

interface Frame {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly functionName: string | null;
  readonly typeName: string | null;
  readonly methodName: string | null;
  readonly isToplevel: boolean;
  readonly isConstructor: boolean;
  readonly isAsync: boolean;
  readonly text: string;
}

type Prepare = (error: unknown, sites: unknown) => unknown;

const { apply, defineProperty } = Reflect;
const { isArray } = Array;
const { create } = Object;
const NativeError = Error;
const NativeString = String;
const bindFunction = Function.prototype.call.bind(Function.prototype.bind) as (run: unknown, self: unknown) => () => unknown;

/** Guests make stacks as long as `Error.stackTraceLimit` says. */
const MAX_FRAMES = 200;
const NOTHING = ['getThis', 'getFunction', 'getEvalOrigin'];
const NEVER = ['isEval', 'isNative', 'isPromiseAll'];

function setOwn(target: object, key: PropertyKey, value: unknown, isLocked = false): void {
  const descriptor = create(null) as PropertyDescriptor;
  descriptor.value = value;
  descriptor.writable = !isLocked;
  descriptor.configurable = !isLocked;
  descriptor.enumerable = false;
  defineProperty(target, key, descriptor);
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** The site as plain data; undefined for a frame that is not the program's, and for what is no site. Never throws. */
function readFrame(site: NativeSite): Frame | undefined {
  // What is thrown here may come from outside, so nobody may ever look at it.
  try {
    const file = site.getScriptNameOrSourceURL();
    if (file !== 'program.js' && file !== 'prepared.js') return undefined;
    const functionName = text(site.getFunctionName());
    const line = site.getLineNumber();
    const column = site.getColumnNumber();
    const frame = {
      file,
      line: typeof line === 'number' ? line : 1,
      column: typeof column === 'number' ? column : 1,
      functionName: functionName === 'eval' ? null : functionName,
      typeName: text(site.getTypeName()),
      methodName: text(site.getMethodName()),
      isToplevel: site.isToplevel() === true,
      isConstructor: site.isConstructor() === true,
      isAsync: site.isAsync() === true,
    };
    return { ...frame, text: describeFrame(frame) };
  } catch {
    return undefined;
  }
}

function describeFrame({ file, line, column, functionName, typeName, isToplevel, isConstructor, isAsync }: Omit<Frame, 'text'>): string {
  const place = `${file}:${line}:${column}`;
  if (functionName === null) return isAsync ? `async ${place}` : place;
  const owner = isToplevel || isConstructor || typeName === null ? '' : `${typeName}.`;
  return `${isAsync ? 'async ' : ''}${isConstructor ? 'new ' : ''}${owner}${functionName} (${place})`;
}

/** A call site of the guest's own world, about one of its own frames. */
function createSite(frame: Frame): object {
  const site = {};
  const answer = (name: string, value: unknown): void => {
    const method = bindFunction(() => value, undefined);
    setOwn(method, 'name', name);
    setOwn(site, name, method);
  };
  for (let i = 0; i < NOTHING.length; i++) answer(NOTHING[i] as string, undefined);
  for (let i = 0; i < NEVER.length; i++) answer(NEVER[i] as string, false);
  answer('getTypeName', frame.typeName);
  answer('getFunctionName', frame.functionName);
  answer('getMethodName', frame.methodName);
  answer('getFileName', frame.file);
  answer('getScriptNameOrSourceURL', frame.file);
  answer('getLineNumber', frame.line);
  answer('getColumnNumber', frame.column);
  answer('getPromiseIndex', null);
  answer('isToplevel', frame.isToplevel);
  answer('isConstructor', frame.isConstructor);
  answer('isAsync', frame.isAsync);
  answer('toString', frame.text);
  return site;
}

/** As `Error.prototype.toString` has it, of any object, and whatever its properties do. */
function headerOf(error: unknown): string {
  try {
    const { name, message } = error as { readonly name: unknown; readonly message: unknown };
    const nameText = name === undefined ? 'Error' : NativeString(name);
    const messageText = message === undefined ? '' : NativeString(message);
    return nameText === '' ? messageText : messageText === '' ? nameText : nameText + ': ' + messageText;
  } catch {
    return '<error>';
  }
}

/** Puts this module between Deno and the guest. Once, before guest code. */
export function installCallSites(): void {
  let guestPrepare: Prepare | undefined;

  function prepareStackTrace(error: unknown, sites: unknown): unknown {
    const frames: object[] = [];
    let stack = '';
    const list = isArray(sites) ? (sites as readonly NativeSite[]) : [];
    for (let i = 0; i < list.length && i < MAX_FRAMES; i++) {
      const frame = readFrame(list[i] as NativeSite);
      if (frame === undefined) continue;
      if (guestPrepare === undefined) stack += '\n    at ' + frame.text;
      else setOwnElement(frames, createSite(frame));
    }
    return guestPrepare === undefined ? headerOf(error) + stack : apply(guestPrepare, NativeError, [error, frames]);
  }

  const descriptor = create(null) as PropertyDescriptor;
  // Bound functions have no source text of the runtime to read.
  const prepare = bindFunction(prepareStackTrace, undefined);
  descriptor.get = bindFunction(() => prepare, undefined);
  descriptor.set = bindFunction((value: unknown): void => {
    // Programs put back what they have found here.
    guestPrepare = typeof value === 'function' && value !== prepare ? (value as Prepare) : undefined;
  }, undefined);
  descriptor.configurable = false;
  descriptor.enumerable = false;
  defineProperty(NativeError, 'prepareStackTrace', descriptor);
  setOwn(globalThis, 'Error', NativeError, true);
}

function setOwnElement(list: object[], value: object): void {
  const descriptor = create(null) as PropertyDescriptor;
  descriptor.value = value;
  descriptor.writable = true;
  descriptor.configurable = true;
  descriptor.enumerable = true;
  defineProperty(list, list.length, descriptor);
}
