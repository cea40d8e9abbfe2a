import { Refusal } from "@watchword/core";

/**
 * Reads a body whole as UTF-8, within `maxBytes`.
 *
 * @throws Refusal `request_malformed`
 */
export async function readUtf8({ body }: Request, maxBytes: number): Promise<string> {
  const bytes = body === null ? new Uint8Array() : await readBytes(body, maxBytes);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw malformed("the body is not UTF-8");
  }
}

async function readBytes(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    size += next.value.byteLength;
    if (size > maxBytes) {
      await reader.cancel();
      throw malformed("the body is too large");
    }
    chunks.push(next.value);
  }
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
}

function malformed(detail: string): Refusal {
  return new Refusal("request_malformed", { detail, failedFact: "token" });
}
