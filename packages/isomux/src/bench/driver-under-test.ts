/** What the bench needs of a tool: TanStack's `ToolBinding`. */
export interface BenchTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: Record<string, unknown>;
  execute(args: unknown): Promise<unknown>;
}

/** What the bench needs of a result: TanStack's `ExecutionResult`. */
export interface BenchResult {
  readonly success: boolean;
  readonly value?: unknown;
  readonly error?: { readonly name: string; readonly message: string } | undefined;
}

/** What the bench needs of a context: TanStack's `IsolateContext`. */
export interface BenchContext {
  execute(code: string): Promise<BenchResult>;
  dispose(): Promise<void>;
}

/** What the bench needs of a driver: TanStack's `IsolateDriver`. Any such driver can be timed. */
export interface DriverUnderTest {
  createContext(config: {
    readonly bindings: Record<string, BenchTool>;
    readonly timeout?: number;
    readonly memoryLimit?: number;
  }): Promise<BenchContext>;
  /** Gives back what the driver holds, where it has something to give back. Called once, when its process ends. */
  close?(): Promise<void>;
}

/** Makes the driver, once a process. A rejection says that the driver does not work on this machine. */
export type DriverFactory = () => DriverUnderTest | Promise<DriverUnderTest>;
