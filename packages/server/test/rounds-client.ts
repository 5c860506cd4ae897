import type { ExecuteRequest, ExecuteResponse, OutcomeError, ToolResultPayload, ToolSchema } from '@isomux/protocol';

/** A tool as clients of the round protocol have them: it returns, or throws. */
export type Tool = (args: unknown) => unknown;

/** How a round is sent. */
export type Post = (request: ExecuteRequest) => Promise<ExecuteResponse>;

/** What a client of the existing kind tells its caller. */
export interface ClientResult {
  readonly success: boolean;
  readonly value?: unknown;
  readonly error?: OutcomeError;
  readonly logs: readonly string[];
  readonly rounds: number;
}

/** Schemas of tools that nobody describes. */
export function schemasOf(tools: Readonly<Record<string, Tool>>): ToolSchema[] {
  return Object.keys(tools).map((name) => ({ name, description: '', inputSchema: { type: 'object' } }));
}

/** Calls a tool as such a client does: an error becomes its message. */
async function callTool(tool: Tool | undefined, name: string, args: unknown): Promise<ToolResultPayload> {
  if (tool === undefined) return { success: false, error: `Unknown tool: ${name}` };
  try {
    return { success: true, value: await tool(args) };
  } catch (error) {
    return { success: false, error: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * A client as those that exist: it sends the program again in every round, with every result so far, runs a round's calls in
 * parallel and puts the logs of all rounds together.
 */
export async function runClient(
  post: Post,
  code: string,
  tools: Readonly<Record<string, Tool>> = {},
  options: { readonly timeout?: number; readonly memoryLimit?: number; readonly maxRounds?: number } = {},
): Promise<ClientResult> {
  const { maxRounds = 1000, ...rest } = options;
  const toolResults: Record<string, ToolResultPayload> = {};
  const logs: string[] = [];
  for (let rounds = 1; rounds <= maxRounds; rounds++) {
    const request: ExecuteRequest = { code, tools: schemasOf(tools), toolResults, ...rest };
    const response = await post(request);
    if (response.status === 'error') return { success: false, error: response.error, logs, rounds };
    logs.push(...response.logs);
    if (response.status === 'done') {
      return response.success
        ? { success: true, value: response.value, logs, rounds }
        : { success: false, error: response.error, logs, rounds };
    }
    const called = response.toolCalls.map(async ({ id, name, args }) => {
      toolResults[id] = await callTool(Object.hasOwn(tools, name) ? tools[name] : undefined, name, args);
    });
    await Promise.all(called);
  }
  return { success: false, error: { name: 'MaxRoundsExceeded', message: `more than ${maxRounds} rounds` }, logs, rounds: maxRounds };
}
