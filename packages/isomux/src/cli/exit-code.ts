/** How the command line ends. */
export const EXIT = {
  /** It was done, and it went well. */
  fine: 0,
  /** It was done, and it went badly: the program failed, a backend does not work, a clause was broken. */
  failed: 1,
  /** It could not be done: wrong use, a missing file, a missing engine. */
  unusable: 2,
  /** Nobody reads the output any more; what a shell reports of a process that died of SIGPIPE. */
  brokenPipe: 141,
} as const;

/** The exit code of a process that was asked to end by a signal, as shells count. */
export const SIGNAL_EXIT: Readonly<Record<'SIGINT' | 'SIGTERM', number>> = { SIGINT: 130, SIGTERM: 143 };
