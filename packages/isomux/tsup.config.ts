import { defineConfig } from 'tsup';

export default defineConfig({
  // Flat names: files that start one another by URL find each other in one folder, whichever chunk the URL is made in.
  entry: {
    index: 'src/index.ts',
    cli: 'src/cli.ts',
    'conformance-subject': 'src/conformance/subject.ts',
    'doctor-probe': 'src/doctor/probe-process.ts',
    bench: 'src/bench/index.ts',
    'bench-child': 'src/bench/child.ts',
    'bench-drivers': 'src/bench/drivers.ts',
  },
  format: ['esm'],
  target: 'es2024',
  platform: 'node',
  removeNodeProtocol: false,
  dts: false,
  sourcemap: true,
  clean: true,
});
