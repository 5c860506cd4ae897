/** What an import of a WebAssembly file is in workerd, if the bundler does as it should. */
declare module '*.wasm' {
  const module: unknown;
  export default module;
}
