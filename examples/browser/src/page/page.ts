import { createQuickJSIsolateDriver } from '@isomux/quickjs';

const ORDERS = [
  { id: 'o-1', customer: 'Ada', cents: 1999 },
  { id: 'o-2', customer: 'Grace', cents: 4500 },
  { id: 'o-3', customer: 'Ada', cents: 2501 },
];

const bindings = {
  listOrders: { execute: () => Promise.resolve({ ids: ORDERS.map(({ id }) => id) }) },
  getOrder: { execute: ({ id }: { id: string }) => Promise.resolve(ORDERS.find((order) => order.id === id)) },
};

function find<T extends Element>(selector: string, kind: new () => T): T {
  const found = document.querySelector(selector);
  if (found instanceof kind) return found;
  throw new Error(`The page has no ${selector}.`);
}

const driver = createQuickJSIsolateDriver();
const program = find('textarea', HTMLTextAreaElement);
const [run, stop] = [find('[name=run]', HTMLButtonElement), find('[name=stop]', HTMLButtonElement)];
const [lines, result, stats] = ['#lines', '#result', '#stats'].map((selector) => find(selector, HTMLElement));

async function execute(): Promise<void> {
  const stopper = new AbortController();
  stop.onclick = () => stopper.abort();
  for (const part of [lines, result, stats]) part?.replaceChildren();
  await using context = await driver.createContext({ bindings, timeout: find('input', HTMLInputElement).valueAsNumber * 1000 });
  const ended = await context.execute(program.value, {
    signal: stopper.signal,
    onEvent: (event) => {
      if (event.type === 'console') lines?.append(`${event.line}\n`);
      if (event.type === 'tool-call') lines?.append(`→ ${event.tool}(${JSON.stringify(event.args)})\n`);
    },
  });
  result?.append(ended.error?.stack ?? JSON.stringify(ended.value, null, 2) ?? 'undefined');
  result?.classList.toggle('failed', !ended.success);
  stats?.append(`${ended.stats.wallMs.toFixed(1)} ms, of which ${ended.stats.cpuMs.toFixed(1)} ms executing; ${ended.stats.turns} turns`);
}

find('form', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  [run.disabled, stop.disabled] = [true, false];
  void execute()
    .catch((error: unknown) => result?.append(String(error)))
    .finally(() => ([run.disabled, stop.disabled] = [false, true]));
});
