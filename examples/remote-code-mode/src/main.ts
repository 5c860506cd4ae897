/**
 * An agent whose programs run on an executor server, and whose tools stay here. One command: `pnpm example:remote`. In production the server is
 * another machine's, and the model is not scripted; nothing else changes.
 */
import { chat, toolDefinition } from '@tanstack/ai';
import { createCodeMode } from '@tanstack/ai-code-mode';
import { createQuickJSExecutor } from '@isomux/quickjs';
import { createRemoteIsolateDriver } from '@isomux/remote';
import { startServer } from '@isomux/server';
import { z } from 'zod';
import { ScriptedModel } from './scripted-model.ts';

const ORDERS = [
  { id: 'o-1', customer: 'Ada', cents: 1999 },
  { id: 'o-2', customer: 'Grace', cents: 4500 },
  { id: 'o-3', customer: 'Ada', cents: 2501 },
];

const listOrders = toolDefinition({
  name: 'listOrders',
  description: 'The ids of all orders',
  inputSchema: z.object({}),
  outputSchema: z.object({ ids: z.array(z.string()) }),
}).server(() => ({ ids: ORDERS.map(({ id }) => id) }));

const getOrder = toolDefinition({
  name: 'getOrder',
  description: 'One order',
  inputSchema: z.object({ id: z.string() }),
  outputSchema: z.object({ customer: z.string(), cents: z.number() }),
}).server(({ id }) => {
  console.error(`tool getOrder ${id}, in the application`);
  const order = ORDERS.find((candidate) => candidate.id === id);
  if (order === undefined) throw new Error(`There is no order ${id}.`);
  return { customer: order.customer, cents: order.cents };
});

/** What a model would write when it is asked who spent how much. */
const PROGRAM = `
const { ids } = await external_listOrders({});
const orders: { customer: string; cents: number }[] = await Promise.all(ids.map((id: string) => external_getOrder({ id })));
const spent: Record<string, number> = {};
for (const { customer, cents } of orders) spent[customer] = (spent[customer] ?? 0) + cents;
console.log('orders', orders.length);
return spent;
`;

const token = crypto.randomUUID();
await using server = await startServer({ executor: createQuickJSExecutor(), host: '127.0.0.1', port: 0, token });
await using driver = createRemoteIsolateDriver({ endpoint: server.url, authorization: `Bearer ${token}` });

const { tool, systemPrompt } = createCodeMode({ driver, tools: [listOrders, getOrder] });
const answer = await chat({
  adapter: new ScriptedModel(PROGRAM),
  systemPrompts: [systemPrompt],
  messages: [{ role: 'user', content: 'How much has each customer spent?' }],
  tools: [tool],
  stream: false,
});
console.log(answer);
