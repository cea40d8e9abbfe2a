import type { Refusal } from "./refusal.ts";

/** What an adapter makes of its system's answers. */
export interface AnswerLimits {
  /** Bytes that are read at most. */
  readonly maxBytes: number;
  /** The refusal for an answer that cannot be used. It gets what was wrong with it and nothing of what it said. */
  readonly unusable: (what: string) => Refusal;
}

/** Calls a downstream system for an adapter itself, within {@link AnswerLimits}. */
export interface SystemAnswer {
  /** Sends one request. No redirect is followed, and nothing of an error is kept: it may quote a header. */
  readonly send: (fetch: typeof globalThis.fetch, url: string, init: RequestInit) => Promise<Response>;
  /** Reads the body, never more than is allowed. */
  readonly bytes: (response: Response) => Promise<Uint8Array>;
  /** Parses what was read; no bytes at all are no JSON either. */
  readonly json: (bytes: Uint8Array) => unknown;
}

/**
 * How every adapter calls its system for look-ups, mints and checks: bounded, without redirects, and with errors that hold
 * nothing of request or answer.
 *
 * @throws Refusal what `unusable` makes, from each of its functions
 *
 * @example
 * ```ts
 * const answer = systemAnswer({ maxBytes: 65_536, unusable });
 * const object = answer.json(await answer.bytes(await answer.send(context.fetch, url, { headers, signal })));
 * ```
 */
export function systemAnswer({ maxBytes, unusable }: AnswerLimits): SystemAnswer {
  return Object.freeze({
    send: async (fetch: typeof globalThis.fetch, url: string, init: RequestInit) => {
      try {
        return await fetch(url, { ...init, redirect: "manual" });
      } catch {
        throw unusable("no answer");
      }
    },
    bytes: async (response: Response) => {
      const chunks: Uint8Array[] = [];
      let size = 0;
      try {
        for await (const chunk of response.body ?? []) {
          size += chunk.byteLength;
          if (size > maxBytes) break;
          chunks.push(chunk);
        }
      } catch {
        throw unusable("the answer broke off");
      }
      if (size > maxBytes) throw unusable(`an answer of more than ${maxBytes} bytes`);
      return Buffer.concat(chunks);
    },
    json: (bytes: Uint8Array): unknown => {
      try {
        return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
      } catch {
        throw unusable("an answer that is not JSON");
      }
    },
  });
}
