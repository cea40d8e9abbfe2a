import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher } from "undici";

/** An answer with its body as it came, coded or not. */
export interface CollectedAnswer {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer<ArrayBuffer>;
}

/** Sends a request and collects its answer, up to `most` bytes; for answers that are read whole, without a stream in between. */
export function collectAnswer(
  dispatcher: Dispatcher,
  options: Dispatcher.DispatchOptions,
  signal: AbortSignal,
  most: number,
): Promise<CollectedAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let [statusCode, size] = [0, 0];
    let headers: IncomingHttpHeaders = {};
    // While it is still being connected there is nothing to abort, and whoever waits need not; it is not sent then either.
    let abort = (): void => reject(new Error("aborted"));
    signal.throwIfAborted();
    signal.addEventListener("abort", () => abort(), { once: true });
    dispatcher.dispatch(options, {
      onRequestStart(controller) {
        abort = () => controller.abort(new Error("aborted"));
        if (signal.aborted) abort();
      },
      onResponseStart(_controller, status, received) {
        // What comes before the answer itself (RFC 9110 section 15.2) is none.
        if (status < 200) return;
        statusCode = status;
        headers = received;
      },
      onResponseData(controller, chunk) {
        size += chunk.byteLength;
        if (size > most) controller.abort(new RangeError("the answer is too large"));
        else chunks.push(chunk);
      },
      onResponseEnd() {
        resolve({ statusCode, headers, body: Buffer.concat(chunks) });
      },
      onResponseError: (_controller, error) => reject(error),
    });
  });
}
