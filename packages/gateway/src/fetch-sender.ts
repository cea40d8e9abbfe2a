import type { Sender } from "./sender.ts";

/** Sends by a `fetch` that somebody hands in. Where its connections go is theirs to check. */
export function fetchSender(send: typeof globalThis.fetch): Sender {
  return async ({ url, method, headers, body }, signal) => {
    const response = await send(url, {
      method,
      headers: { ...headers },
      ...(body === undefined ? {} : { body: new Uint8Array(body) }),
      // INVARIANT: the credential goes to the address that was checked and to no other.
      redirect: "manual",
      signal,
    });
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: response.body,
    };
  };
}
