/** To the keeper. */
export type KeeperOrder =
  | {
      readonly type: 'start';
      readonly id: number;
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Record<string, string>;
    }
  | { readonly type: 'kill'; readonly id: number };

/** From the keeper. */
export type KeeperNotice =
  | { readonly type: 'started'; readonly id: number; readonly pid: number }
  | { readonly type: 'listening'; readonly id: number; readonly port: number }
  /** `said`: the last of what it wrote. */
  | { readonly type: 'exited'; readonly id: number; readonly signal: string | null; readonly said: string };
