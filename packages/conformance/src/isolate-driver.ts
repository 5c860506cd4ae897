/**
 * Anything that can be judged, whatever types it gives its options and results: TanStack's own drivers and ours fit, and so
 * does one that knows no extension. `never` says that nothing is passed on the word of this type alone.
 */
export interface JudgedDriver {
  createContext(config: never): Promise<{ execute(code: string, options?: never): Promise<object>; dispose(): Promise<void> }>;
}

/**
 * What the suite takes a driver for: TanStack's `IsolateDriver` with the optional extensions of the driver contract. A
 * driver without an extension declares its capability unsupported; what it really returns, the suite looks at.
 */
export interface IsolateDriver {
  createContext(config: IsolateConfig): Promise<IsolateContext>;
  /** Extension `prepare`. */
  prepare?(options: PrepareOptions): Promise<PreparedDriver>;
}

/** What `prepare` is given. */
export interface PrepareOptions {
  readonly code: string;
  readonly tools?: readonly string[];
  readonly env?: unknown;
  readonly globals?: string;
  readonly limits?: Readonly<Record<string, number>>;
}

/** A driver whose contexts start with prepared code. */
export interface PreparedDriver extends IsolateDriver {
  close(): Promise<void>;
}

/** How a context is asked for. The suite always passes `timeout` and `memoryLimit`, as Code Mode does. */
export interface IsolateConfig {
  readonly bindings: Record<string, ToolBinding>;
  /** Milliseconds. */
  readonly timeout?: number;
  /** Megabytes. */
  readonly memoryLimit?: number;
  /** Extension `limits`. */
  readonly limits?: Readonly<Record<string, number>>;
  /** Extension `presets`. */
  readonly globals?: string;
  /** Extension `env`. */
  readonly env?: unknown;
  /** Extension `abort`. */
  readonly signal?: AbortSignal;
  /** Extension `events`. */
  readonly onEvent?: (event: RunEvent) => void;
}

/** What `execute` may be given besides the program: extensions `abort`, `limits`, `events` and `prepare`. */
export interface ExecuteOptions {
  readonly signal?: AbortSignal;
  readonly limits?: Readonly<Record<string, number>>;
  readonly onEvent?: (event: RunEvent) => void;
  readonly bindings?: Record<string, ToolBinding>;
}

/** A context as the suite uses it. */
export interface IsolateContext {
  execute<T = unknown>(code: string, options?: ExecuteOptions): Promise<ExecutionResult<T>>;
  dispose(): Promise<void>;
}

/** What a run ends with. `stats` and `calls` are the extension `stats`. */
export interface ExecutionResult<T = unknown> {
  readonly success: boolean;
  readonly value?: T;
  readonly logs?: readonly string[];
  readonly error?: NormalizedError;
  readonly stats?: Readonly<Record<string, number>>;
  readonly calls?: readonly unknown[];
}

/** A failure as data. */
export interface NormalizedError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string;
}

/** One live event. The suite reads `type` and, where the contract names them, a few fields. */
export interface RunEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** A host function offered to the guest. */
export interface ToolBinding {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: Record<string, unknown>;
  execute(args: unknown, context?: unknown): Promise<unknown>;
}
