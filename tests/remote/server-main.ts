/** A server as a process of its own, that a test can kill: `node server-main.ts ENGINE PORT`. Ends with its parent. */
import { createNodeExecutor } from '@isomux/isolated-vm';
import { createQuickJSExecutor } from '@isomux/quickjs';
import { startServer } from '@isomux/server';
import { TOKEN } from './token.ts';

const [engine, port] = process.argv.slice(2);
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
const executor = engine === 'quickjs' ? createQuickJSExecutor() : createNodeExecutor();
await startServer({ executor, host: '127.0.0.1', port: Number(port), token: TOKEN });
process.send?.('ready');
