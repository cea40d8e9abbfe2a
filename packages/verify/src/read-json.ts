import { type Json, Refusal, parseStrictJson } from "@watchword/core";

const MAX_BYTES = 262_144;
const TIMEOUT_MILLISECONDS = 5_000;

/** What one question to the broker needs. */
export interface Question {
  readonly url: string;
  readonly fetch: typeof globalThis.fetch;
  /** A form to post; left out: the address is read. */
  readonly form?: { readonly fields: Readonly<Record<string, string>>; readonly authorization: string };
}

/**
 * Asks a configured address for a JSON object.
 *
 * @throws Refusal `broker_unavailable` for anything else
 */
export async function readJson({ url, fetch, form }: Question): Promise<Readonly<Record<string, Json>>> {
  try {
    const response = await fetch(url, {
      headers: {
        accept: "application/json",
        ...(form === undefined ? {} : { authorization: form.authorization }),
      },
      ...(form === undefined ? {} : { method: "POST", body: new URLSearchParams({ ...form.fields }) }),
      // INVARIANT: what is trusted comes from the configured address and from no other.
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    const json = response.ok ? parseStrictJson(bytes, { maxBytes: MAX_BYTES }) : null;
    if (typeof json === "object" && json !== null && !Array.isArray(json)) return json;
  } catch {
    // The error may quote what was sent.
  }
  throw new Refusal("broker_unavailable", { detail: `${url} gives no usable answer` });
}
