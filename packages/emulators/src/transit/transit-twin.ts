import { once } from "node:events";
import { type IncomingMessage, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Clock, systemClock } from "@watchword/core";
import { type TransitKey, TransitProblem, makeKey, useKey } from "./transit-key.ts";

/** Options of {@link transitTwin}. */
export interface TransitTwinOptions {
  /** Token, and what it may do: key names by verb. */
  readonly tokens: Readonly<Record<string, { readonly keys: readonly string[] }>>;
  /** Keys by name. */
  readonly keys: Readonly<Record<string, "aes256-gcm96" | "ecdsa-p256" | "ed25519" | "rsa-2048">>;
  /** Says when versions are made. */
  readonly clock?: Clock;
}

/** A running twin. */
export interface TransitTwin extends AsyncDisposable {
  readonly url: string;
  /** Method, path and status of every request; no token and no value. */
  readonly requests: readonly { readonly method: string; readonly path: string; readonly status: number }[];
  /** A new version of a key; the old ones still open what they sealed. */
  rotate(key: string): void;
  /** `sealed`: the engine is locked and answers 503. `garbage`, `down`: as they say. `null`: works again. */
  fail(mode: "sealed" | "garbage" | "down" | null): void;
  close(): Promise<void>;
}

const MAX_BYTES = 65_536;

/**
 * Starts a local stand-in for the transit engine of HashiCorp Vault and OpenBao: keys that never leave it. It refuses what
 * the engine refuses: missing and unknown tokens and keys beyond a token's policy (403), values of another key, version or
 * context (400), a locked server (503).
 *
 * @example
 * ```ts
 * await using twin = await transitTwin({ tokens: { t: { keys: ["seal"] } }, keys: { seal: "aes256-gcm96" } });
 * ```
 */
export async function transitTwin(options: TransitTwinOptions): Promise<TransitTwin> {
  const keys = new Map<string, TransitKey>(
    Object.entries(options.keys).map(([name, type]) => [name, makeKey(type, options.clock ?? systemClock)]),
  );
  const requests: { method: string; path: string; status: number }[] = [];
  let mode: "sealed" | "garbage" | "down" | null = null;

  function answer(method: string, path: string, token: string | undefined, body: unknown): object {
    const allowed =
      token === undefined || !Object.hasOwn(options.tokens, token) ? undefined : options.tokens[token];
    const [, verb = "", name = "", hash] =
      /^\/v1\/transit\/([a-z]+)\/([A-Za-z0-9_-]+)(?:\/([a-z0-9-]+))?$/.exec(path) ?? [];
    if (allowed === undefined || !allowed.keys.includes(name))
      throw new TransitProblem(403, "permission denied");
    const key = keys.get(name);
    if (key === undefined) throw new TransitProblem(verb === "keys" ? 404 : 400, "encryption key not found");
    return useKey(key, { method, verb, hash, body: body as Record<string, unknown> });
  }

  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const body = await readJson(incoming);
      const [path = "/"] = (incoming.url ?? "/").split("?");
      const method = incoming.method ?? "GET";
      const log = (status: number): void => void requests.push({ method, path, status });
      if (mode === "down") return void (log(0), outgoing.destroy());
      const write = (status: number, text: string): void => {
        log(status);
        outgoing.writeHead(status, { "content-type": "application/json" }).end(text);
      };
      if (mode === "garbage") return write(200, '{"data":');
      if (mode === "sealed") return write(503, JSON.stringify({ errors: ["Vault is sealed"] }));
      try {
        const token = incoming.headers["x-vault-token"];
        write(
          200,
          JSON.stringify({ data: answer(method, path, typeof token === "string" ? token : undefined, body) }),
        );
      } catch (error) {
        if (!(error instanceof TransitProblem)) throw error;
        write(error.status, JSON.stringify({ errors: [error.message] }));
      }
    })().catch(() => outgoing.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  async function close(): Promise<void> {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    rotate: (name) => {
      keys.get(name)?.rotate();
    },
    fail(next) {
      mode = next;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function readJson(incoming: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > MAX_BYTES) return {};
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString() || "{}") as unknown;
  } catch {
    return {};
  }
}
