import { setTimeout as delay } from 'node:timers/promises';
import { toolDefinition } from '@tanstack/ai';
import { z } from 'zod';
import * as shop from './data.ts';

class ToolFailure extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'ToolFailure';
    this.code = code;
  }
}

/** The tools of one run. Fresh for each: the rate service's bad days must fall on the same calls on every backend. */
export function createTools(onCall: () => void) {
  let rateCalls = 0;
  const define = <S extends z.ZodObject>(name: string, description: string, inputSchema: S, work: (input: z.infer<S>) => unknown) =>
    toolDefinition({ name, description, inputSchema, outputSchema: z.unknown() }).server(async (input) => {
      onCall();
      return work(inputSchema.parse(input));
    });
  return [
    define('listJobs', 'Jobs finished in a quarter', z.object({ quarter: z.string() }), () => ({ jobs: shop.jobs })),
    define('listWorkshops', 'All workshops', z.object({}), () => ({ workshops: shop.workshops })),
    define('listMechanics', 'All mechanics', z.object({}), () => ({ mechanics: shop.mechanics })),
    define('listSkus', 'All part numbers', z.object({}), () => ({ skus: shop.skus })),
    define('getPartPrices', 'Prices of parts', z.object({ skus: z.array(z.string()) }), ({ skus }) => ({
      prices: Object.fromEntries(skus.map((sku) => [sku, shop.partPrices[sku] ?? 0])),
    })),
    define('getStock', 'Stock of one part', z.object({ sku: z.string() }), async ({ sku }) => {
      await delay(5);
      const entry = shop.stock[sku];
      if (entry === undefined) throw new ToolFailure('NOT_FOUND', `There is no part ${sku}.`);
      return { sku, ...entry };
    }),
    define('quoteFrom', "A supplier's price for a part", z.object({ supplier: z.string(), sku: z.string() }), async ({ supplier, sku }) => {
      await delay(3);
      const price = shop.quotes[supplier]?.[sku];
      if (price === undefined) throw new ToolFailure('NOT_DELIVERABLE', `${supplier} has no ${sku}.`);
      return { price };
    }),
    define('exchangeRate', 'A currency rate; the service is not reliable', z.object({ from: z.string(), to: z.string() }), ({ to }) => {
      if (rateCalls++ % 3 !== 2) throw new ToolFailure('UNAVAILABLE', 'The rate service does not answer.');
      return { rate: shop.rates[to] };
    }),
    define('slowLookup', 'A lookup that takes its time', z.object({ id: z.string(), delayMs: z.number() }), async ({ id, delayMs }) => {
      await delay(delayMs, undefined, { ref: false });
      return { id };
    }),
  ];
}
