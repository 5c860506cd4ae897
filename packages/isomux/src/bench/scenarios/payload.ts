import type { Scenario } from '../scenario.ts';
import { timeRun } from '../verified-run.ts';

const ROWS = 9_000;

interface Row {
  readonly id: number;
  readonly name: string;
  readonly email: string;
  readonly tags: readonly string[];
  readonly score: number;
}

/** Rows as a database gives them: about a megabyte of JSON. The same text makes them inside a guest. */
const MAKE_ROWS = `Array.from({ length: ${ROWS} }, (_, id) => ({
  id, name: 'Customer number ' + id, email: 'customer' + id + '@example.com', tags: ['north', 'retail', 'active'], score: id * 0.5,
}))`;

function makeRows(): Row[] {
  return Array.from({ length: ROWS }, (_, id) => ({
    id,
    name: `Customer number ${id}`,
    email: `customer${id}@example.com`,
    tags: ['north', 'retail', 'active'],
    score: id * 0.5,
  }));
}

/** A tool gives the program about a megabyte, and the program adds it up. */
export const payloadIn: Scenario = {
  id: 'payload-in',
  title: 'about 1 MB from a tool',
  unit: 'ms',
  samples: 20,
  quickSamples: 5,
  warmups: 8,
  prepare: async (driver) => {
    const rows = makeRows();
    const expected = { rows: ROWS, score: rows.reduce((sum, { score }) => sum + score, 0) };
    return () =>
      timeRun(driver, {
        code: `const rows = await external_listCustomers({})
return { rows: rows.length, score: rows.reduce((sum, row) => sum + row.score, 0) }`,
        tools: { external_listCustomers: async () => rows },
        expected,
      });
  },
};

/** The program makes about a megabyte and returns it. */
export const payloadOut: Scenario = {
  id: 'payload-out',
  title: 'about 1 MB returned',
  unit: 'ms',
  samples: 20,
  quickSamples: 5,
  warmups: 8,
  prepare: async (driver) => {
    const expected = makeRows();
    return () => timeRun(driver, { code: `return ${MAKE_ROWS}`, tools: {}, expected });
  },
};
