import { Refusal } from "@watchword/core";
import { type Loopback, type LoopbackOptions, loopbackShim } from "./loopback-shim.ts";

/** The loopback listeners of one guarded call. */
export interface CallLoopbacks {
  readonly open: (options?: LoopbackOptions) => Promise<Loopback>;
  /** Closes all of them, also one that is being opened; none is opened afterwards. Never throws. */
  close(): Promise<void>;
}

/** Opens listeners for a call and closes them with it. */
export function callLoopbacks(send: typeof globalThis.fetch, origins: readonly string[]): CallLoopbacks {
  const opened: Promise<Loopback & AsyncDisposable>[] = [];
  let closed = false;
  return Object.freeze<CallLoopbacks>({
    open: async (options) => {
      if (closed)
        throw new Refusal("lease_expired", { detail: "the tool has returned", failedFact: "credential" });
      const shim = loopbackShim(send, origins, options);
      opened.push(shim);
      return shim;
    },
    async close() {
      closed = true;
      await Promise.allSettled(opened.map(async (shim) => (await shim)[Symbol.asyncDispose]()));
    },
  });
}
