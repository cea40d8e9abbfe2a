import { AsyncLocalStorage } from "node:async_hooks";

/** Who runs, for code inside a run. Names only: no key, no token, no credential, so that it may be logged and copied. */
export interface RunFrame {
  readonly runId: string;
  readonly tenant: string;
  readonly thread: string;
  /** `support@3` */
  readonly agent: string;
  /** The run that all of this descends from; the run itself when it is one. */
  readonly root: string;
  readonly parent: string | undefined;
  /** Agent references, the root's first, this run's own last. */
  readonly chain: readonly string[];
  readonly principalKind: "user" | "agent";
  /** Keyed hash of the principal; who it is, only the broker knows. */
  readonly principalHash: string;
  readonly background: boolean;
}

// One per process by nature: it tells concurrent runs apart, and holds names only.
const frames = new AsyncLocalStorage<RunFrame>();

/** The frame of the run that the calling code is in; `undefined` outside of every run. */
export function currentRun(): RunFrame | undefined {
  return frames.getStore();
}

/** Runs `fn` inside a frame. Only a started run has one. */
export function insideFrame<Result>(frame: RunFrame, fn: () => Result): Result {
  return frames.run(frame, fn);
}
