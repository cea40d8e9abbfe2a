/** How a command ends: 0 done · 1 the answer is no · 2 usage · 3 configuration or policy invalid · 4 the environment lacks something · 5 evidence is broken · 70 a fault of ours · 130 interrupted. */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5 | 70 | 130;

/** What a command may touch of its process. */
export interface CommandIo {
  /** Standard output: what was asked for; with `--json` one document and nothing else. Ends no line by itself. */
  readonly out: (text: string) => void;
  /** Standard error: everything else. */
  readonly err: (text: string) => void;
  /** Says how the command ended; without it, 0. */
  readonly exit: (code: ExitCode) => void;
  /** Aborted by Ctrl-C or SIGTERM: finish what is under way. */
  readonly signal: AbortSignal;
}
