import { once } from "node:events";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock } from "@watchword/core";
import { type PersonsAnswer, authorize } from "./authorize.ts";
import { TokenEndpoint, TokenProblem } from "./token-endpoint.ts";
import type { ConsentTwinOptions } from "./twin-options.ts";

/**
 * `down`: the connection breaks. `garbage`: 200 with something that is not JSON. `redirect`: 302. `no-refresh-token`, `no-scope`,
 * `odd-type`: an answer without, or of another token type.
 */
export type ConsentFailure = "down" | "garbage" | "redirect" | "no-refresh-token" | "no-scope" | "odd-type";

/** A running twin. */
export interface ConsentTwin extends AsyncDisposable {
  /** Its issuer, too (RFC 9207). */
  readonly url: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  /** Says whose account an access token works on. */
  readonly accountEndpoint: string;
  /** Method, path and status of every request; no token, no code. */
  readonly requests: readonly { readonly method: string; readonly path: string; readonly status: number }[];
  /** A person at the authorization page answers: where their browser is sent. @throws ConsentPageProblem when nowhere */
  consent(authorizationUrl: string, answer: PersonsAnswer): URL;
  /** Takes back whatever was consented for an account. */
  revoke(account: string): void;
  /** The token endpoint fails from now on, until `null`. */
  fail(mode: ConsentFailure | null): void;
  close(): Promise<void>;
}

const MAX_BYTES = 65_536;

/**
 * Starts a local OAuth authorization server with one resource, as strict as RFC 6749, RFC 7636 and RFC 9207 want it: unknown
 * clients and redirect addresses get no redirect, codes are for one client, one address, one verifier and one use, and one that is
 * used twice takes back what it gave.
 *
 * @example
 * ```ts
 * await using twin = await consentTwin({
 *   clients: { broker: { secret: "s", redirectUris: ["https://broker.example/back"], scopes: ["read"] } },
 *   accounts: ["site-1"],
 * });
 * ```
 */
export async function consentTwin(options: ConsentTwinOptions): Promise<ConsentTwin> {
  const tokens = new TokenEndpoint(options, options.clock ?? systemClock);
  const requests: { method: string; path: string; status: number }[] = [];
  let mode: ConsentFailure | null = null;

  const server = createServer((incoming, outgoing) => {
    void serve(incoming, outgoing).catch(() => outgoing.destroy());
  });

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const text = await readText(incoming);
    const { method = "GET", url: path = "/" } = incoming;
    const send = (status: number, body: string, headers: Record<string, string> = {}): void => {
      requests.push({ method, path, status });
      outgoing
        .writeHead(status, { "content-type": "application/json", "cache-control": "no-store", ...headers })
        .end(body);
    };
    if (method === "GET" && path === "/account") {
      const account = tokens.accountOf(
        /^Bearer (\S+)$/.exec(incoming.headers.authorization ?? "")?.[1] ?? "",
      );
      if (account === undefined)
        return send(401, "{}", { "www-authenticate": 'Bearer error="invalid_token"' });
      return send(200, JSON.stringify(account));
    }
    if (method !== "POST" || path !== "/token") return send(404, "{}");
    if (mode === "down") return void outgoing.destroy();
    if (mode === "garbage") return send(200, '{"access_token":');
    if (mode === "redirect") return send(302, "", { location: `${urlOf()}/elsewhere` });
    try {
      const answer = tokens.answer(new URLSearchParams(text), incoming.headers.authorization);
      send(200, JSON.stringify(spoiled(answer, mode)));
    } catch (error) {
      if (!(error instanceof TokenProblem)) throw error;
      const headers = error.status === 401 ? { "www-authenticate": "Basic" } : {};
      send(error.status, JSON.stringify({ error: error.error }), headers);
    }
  }

  const urlOf = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = urlOf();

  async function close(): Promise<void> {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  }

  return {
    url,
    authorizationEndpoint: `${url}/authorize`,
    tokenEndpoint: `${url}/token`,
    accountEndpoint: `${url}/account`,
    requests,
    consent: (authorizationUrl, answer) => {
      const outcome = authorize(options, new URL(authorizationUrl).searchParams, answer);
      const back = new URL(outcome.redirectUri);
      const parameters = {
        ...("error" in outcome ? { error: outcome.error } : { code: tokens.issueCode(outcome.terms) }),
        ...(outcome.state === undefined ? {} : { state: outcome.state }),
        iss: url,
      };
      for (const [name, value] of Object.entries(parameters)) back.searchParams.set(name, value);
      return back;
    },
    revoke: (account) => tokens.revoke(account),
    fail: (next) => void (mode = next),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function spoiled(answer: Record<string, unknown>, mode: ConsentFailure | null): Record<string, unknown> {
  const { refresh_token, scope, ...rest } = answer;
  if (mode === "no-refresh-token") return { ...rest, scope };
  if (mode === "no-scope") return { ...rest, refresh_token };
  return mode === "odd-type" ? { ...answer, token_type: "mac" } : answer;
}

async function readText(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > MAX_BYTES) throw new TypeError("twin: the request is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
