/** Builds the page and serves it on loopback, under a policy that allows its own files and WebAssembly. One command: `pnpm example:browser`. */
import { join } from 'node:path';
import { build, preview } from 'vite';

const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; style-src 'self'";
const options = { root: join(import.meta.dirname, 'page'), configFile: false, logLevel: 'warn' } as const;
const site = { outDir: '../../dist', emptyOutDir: true, target: 'esnext' };

await build({ ...options, build: site });
const port = Number(process.env['PORT'] ?? 5173);
const headers = { 'content-security-policy': policy };
const server = await preview({ ...options, build: site, preview: { host: '127.0.0.1', port, headers } });
console.log(server.resolvedUrls?.local[0]);
