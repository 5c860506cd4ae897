import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, preview } from 'vite';

/** What a strict page allows: its own files, and WebAssembly. No `blob:`, no `eval`, nothing of anybody else's. */
export const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; style-src 'self'";

/** A page that is served. */
export interface Site {
  readonly url: string;
  close(): Promise<void>;
}

/** Builds the page in `root` as its author would, and serves it on loopback under a policy. */
export async function serveSite(root: string, policy: string = POLICY): Promise<Site> {
  const outDir = mkdtempSync(join(tmpdir(), 'isomux-page-'));
  const shared = { root, configFile: false, logLevel: 'warn' } as const;
  await build({ ...shared, build: { outDir, emptyOutDir: true, target: 'esnext', chunkSizeWarningLimit: 2_000 } });
  const headers = { 'content-security-policy': policy };
  const server = await preview({ ...shared, build: { outDir }, preview: { host: '127.0.0.1', port: 0, headers } });
  const [url] = server.resolvedUrls?.local ?? [];
  if (url === undefined) throw new Error('The page is served nowhere.');
  return {
    url,
    close: async () => {
      await server.close();
      rmSync(outDir, { recursive: true, force: true });
    },
  };
}
