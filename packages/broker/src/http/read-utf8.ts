import { Refusal } from "@watchword/core";

/**
 * Reads a body whole as UTF-8, within `maxBytes`.
 *
 * @throws Refusal `request_malformed`
 */
export async function readUtf8({ body }: Request, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop cancels the stream.
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > maxBytes) throw malformed("the body is too large");
    chunks.push(chunk);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
  } catch {
    throw malformed("the body is not UTF-8");
  }
}

function malformed(detail: string): Refusal {
  return new Refusal("request_malformed", { detail, failedFact: "token" });
}
