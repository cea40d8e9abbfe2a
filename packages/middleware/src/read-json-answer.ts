import { type Json, Refusal, parseStrictJson } from "@watchword/core";

/** A run token has 64 KiB at most; an answer is not much longer. */
const MAX_ANSWER_BYTES = 131_072;

/**
 * Reads a broker's answer as strict JSON, bounded while it arrives.
 *
 * @throws Refusal `broker_unavailable` saying what came instead, without a word of it
 */
export async function readJsonAnswer(response: Response): Promise<Json> {
  const type = response.headers.get("content-type") ?? "";
  if (!/^application\/(?:jwk-set\+)?json(?:[ \t]*;|$)/i.test(type)) {
    await response.body?.cancel();
    throw noAnswer(response.status, "not JSON");
  }
  const bytes = await readBounded(response);
  try {
    return parseStrictJson(bytes, { maxBytes: MAX_ANSWER_BYTES });
  } catch {
    throw noAnswer(response.status, "not strict JSON");
  }
}

async function readBounded({ status, body }: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop cancels the stream.
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > MAX_ANSWER_BYTES) throw noAnswer(status, "too large");
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** The refusal for an answer that is not of the protocol. */
export function noAnswer(status: number, what: string): Refusal {
  return new Refusal("broker_unavailable", { detail: `the answer (status ${status}) is ${what}` });
}
