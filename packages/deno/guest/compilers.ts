// oxlint-disable typescript/no-unsafe-type-assertion -- descriptors and handlers without a prototype, and the engine's own functions, have no types of their own
/**
 * What stands between the guest and the functions that compile. V8 gives a text that they compile the origin of the nearest
 * frame with JavaScript, and an `import()` in it the modules of that frame. As a promise's reaction they run with none of this
 * world's below them: the nearest one is Deno's own, whose modules are all of `node:`. So each has a frame of the runtime on
 * top of it, always, which has none.
 *
 * An `eval` called by that name is therefore an indirect one: the language knows the engine's own only.
 */
const { apply, construct, defineProperty, getPrototypeOf, setPrototypeOf } = Reflect;
const { create, getOwnPropertyDescriptor } = Object;
const NativeProxy = Proxy;
// oxlint-disable-next-line no-eval -- it is kept so that guests have another one
const nativeEval = eval;
// oxlint-disable-next-line typescript/unbound-method -- bound to `call`, as a function of its receiver
const bindFunction = Function.prototype.call.bind(Function.prototype.bind) as (run: unknown, self: unknown) => object;

/** A constructor of functions. */
type Compiler = Function;

/** Replaces a value, and nothing else of the property. */
function replace(holder: object, key: string, value: unknown): void {
  const descriptor = create(null) as PropertyDescriptor;
  descriptor.value = value;
  defineProperty(holder, key, descriptor);
}

function createStandIn(compiler: Compiler): Compiler {
  // Without a prototype: what guests put on theirs would be a trap.
  const handler = create(null) as ProxyHandler<Compiler>;
  handler.apply = (target, self, values) => apply(target, self, values) as unknown;
  handler.construct = (target, values, newTarget) => construct(target, values, newTarget) as object;
  return new NativeProxy(compiler, handler);
}

/** Puts this module between the guest and `eval`, `Function` and its kin. Once, before guest code. */
export function installCompilers(): void {
  const evaluate = bindFunction((source: unknown): unknown => nativeEval(source as string), undefined);
  for (const key of ['name', 'length']) replace(evaluate, key, getOwnPropertyDescriptor(nativeEval, key)?.value);
  replace(globalThis, 'eval', evaluate);

  const StandIn = createStandIn(Function);
  replace(globalThis, 'Function', StandIn);
  replace(Function.prototype, 'constructor', StandIn);
  for (const example of [async () => {}, function* () {}, async function* () {}]) {
    const prototype = getPrototypeOf(example) as { readonly constructor: Compiler };
    const compiler = prototype.constructor;
    setPrototypeOf(compiler, StandIn);
    replace(prototype, 'constructor', createStandIn(compiler));
  }
}
