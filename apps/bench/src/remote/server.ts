/** The server of the bench, as a process of its own: `node server.ts ENGINE`. Tells its port, and ends with its parent. */
import { createNodeExecutor } from '@isomux/isolated-vm';
import { createQuickJSExecutor } from '@isomux/quickjs';
import { startServer } from '@isomux/server';

process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
const executor = process.argv[2] === 'quickjs' ? createQuickJSExecutor() : createNodeExecutor();
const { port } = await startServer({ executor, host: '127.0.0.1', port: 0 });
process.send?.(port);
