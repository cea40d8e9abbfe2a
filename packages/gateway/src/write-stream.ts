import type { ServerResponse } from "node:http";

/**
 * Writes a body as it comes, until it ends, the other side leaves, or the listener closes. Nothing is collected: while the other side
 * does not read, nothing more is asked for. It returns when the body knows that it was left.
 */
export async function writeStream(
  outgoing: ServerResponse,
  { status, headers }: Pick<Response, "status"> & { readonly headers: Iterable<readonly [string, string]> },
  body: ReadableStream<Uint8Array>,
  closing: AbortSignal,
): Promise<void> {
  const reader = body.getReader();
  let left: Promise<void> | undefined;
  const leave = (): void => void (left ??= reader.cancel().catch(() => undefined));
  outgoing.once("close", leave);
  closing.addEventListener("abort", leave, { once: true });
  if (closing.aborted || outgoing.destroyed) leave();
  try {
    outgoing.writeHead(status, [...headers].flat());
    outgoing.flushHeaders();
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      if (!outgoing.write(next.value)) await drained(outgoing, closing);
    }
    outgoing.end();
  } catch {
    // The way is broken rather than an error told in it; whoever listens begins anew.
    outgoing.destroy();
  } finally {
    closing.removeEventListener("abort", leave);
    await left;
  }
}

/** Until the other side has read, has left, or need not any more. */
function drained(outgoing: ServerResponse, closing: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      outgoing.off("drain", done);
      outgoing.off("close", done);
      closing.removeEventListener("abort", done);
      resolve();
    };
    outgoing.once("drain", done);
    outgoing.once("close", done);
    closing.addEventListener("abort", done, { once: true });
    if (closing.aborted || outgoing.destroyed) done();
  });
}
