import { once } from "node:events";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { type Clock, systemClock } from "@watchword/core";
import { type ApiRequest, readApiRequest, sendAnswer } from "./http-exchange.ts";
import { caseSafeId } from "./case-safe-id.ts";
import type { OrgState } from "./org-state.ts";
import { type ApiResult, SalesforceApi } from "./salesforce-api.ts";
import type { SalesforceFailure } from "./salesforce-failure.ts";
import type { SalesforceTwinOptions } from "./twin-options.ts";
import type { TwinRequest } from "./twin-request.ts";

/** A running twin. Each has its own state, gone with it. */
export interface SalesforceTwin extends AsyncDisposable {
  /** One for all orgs: which one a request is for, app and token say. */
  readonly url: string;
  readonly requests: readonly TwinRequest[];
  /** Fields of a record as they stand; `undefined` when there is none. @throws TypeError for an org that the twin does not have */
  record(host: string, id: string): Readonly<Record<string, unknown>> | undefined;
  /** How many records an object of an org has. */
  count(host: string, object: string): number;
  /** Usernames of tokens that live. */
  tokens(): readonly string[];
  /** A token of a user by an org's first app, come by in whatever way. @throws TypeError for a user that the org does not have */
  token(host: string, username: string): string;
  /** Fails from now on, until `null`. */
  fail(mode: SalesforceFailure | null): void;
  close(): Promise<void>;
}

/**
 * Starts a local stand-in for the part of Salesforce that agents act on. It refuses what Salesforce refuses: unknown apps and users
 * nobody pre-authorized, foreign and ended tokens, objects and fields that the user cannot see, wrong values. And it takes what
 * Salesforce takes: names in any letters, ids of 15 characters, any query, composite requests, a record without named fields.
 *
 * @example
 * ```ts
 * await using twin = await salesforceTwin({ orgs: [acme] });
 * ```
 */
export async function salesforceTwin(options: SalesforceTwinOptions): Promise<SalesforceTwin> {
  const clock: Clock = options.clock ?? systemClock;
  const api = new SalesforceApi(options, () => clock.now());
  const requests: TwinRequest[] = [];
  let mode: SalesforceFailure | null = null;

  const server = createServer((incoming, outgoing) => {
    void serve(incoming, outgoing).catch(() => outgoing.destroy());
  });
  // A test that computes for longer than a connection may idle would find it cut under its next request.
  server.keepAliveTimeout = 0;

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = await readApiRequest(incoming);
    if (request === undefined)
      return sendAnswer(outgoing, 413, [{ errorCode: "TOO_LARGE", message: "too large" }]);
    const failure = mode;
    if (failure !== null && !failure.endsWith("-after-effect")) return failBefore(failure, request, outgoing);
    const result = api.answer(request);
    const lost = failure !== null && result.kind === "record" && result.changed;
    const dropped = lost && failure === "drop-after-effect";
    const status = lost ? (dropped ? 0 : 500) : result.status;
    record(request, kindOf(request, result), status, result);
    if (dropped) return void outgoing.destroy();
    return sendAnswer(outgoing, status, lost ? SERVER_ERROR : result.body);
  }

  function failBefore(failure: SalesforceFailure, request: ApiRequest, outgoing: ServerResponse): void {
    record(request, request.method === "GET" ? "resolve" : "refused", STATUSES[failure] ?? 0, undefined);
    if (failure === "down") return void outgoing.destroy();
    // Slow is an answer that never comes; the connection ends with the caller or the twin.
    if (failure === "slow") return;
    const json = { "content-type": "application/json" };
    if (failure === "drip") return void outgoing.writeHead(200, json).write("{");
    if (failure === "garbage") return void outgoing.writeHead(200, json).end('{"id": "500", <html>');
    if (failure === "redirect")
      return void outgoing.writeHead(302, { location: `${urlOf()}/redirected` }).end();
    if (failure === "limit") return sendAnswer(outgoing, 403, LIMIT_EXCEEDED);
    if (failure === "429") return sendAnswer(outgoing, 429, LIMIT_EXCEEDED, { "retry-after": "30" });
    return sendAnswer(outgoing, 500, SERVER_ERROR);
  }

  function record(
    { method, path, query }: ApiRequest,
    kind: TwinRequest["kind"],
    status: number,
    result: ApiResult | undefined,
  ): void {
    const soql = query.get("q") ?? undefined;
    const { org, user } = result?.grant ?? {};
    requests.push({
      at: clock.now(),
      kind,
      method,
      path,
      soql,
      org: org?.host,
      user: user?.username,
      status,
    });
  }

  function urlOf(): string {
    const address = server.address();
    if (address === null || typeof address === "string") throw new TypeError("twin: not listening");
    return `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`;
  }

  function orgOf(host: string): OrgState {
    const org = api.orgs.get(host);
    if (org === undefined) throw new TypeError(`twin: no org ${host}`);
    return org;
  }

  async function close(): Promise<void> {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  }

  server.listen(options.listen?.port ?? 0, options.listen?.host ?? "127.0.0.1");
  await once(server, "listening");

  return {
    url: urlOf(),
    requests,
    record: (host, id) => orgOf(host).records.get(caseSafeId(id) ?? "")?.values,
    count: (host, object) =>
      [...orgOf(host).records.values()].filter((candidate) => candidate.object === object).length,
    tokens: () => api.tokens.alive(Math.floor(clock.now() / 1000)).map(({ user }) => user.username),
    token(host, username) {
      const { seed } = orgOf(host);
      const [app] = seed.apps;
      const user = seed.users.find((candidate) => candidate.username === username);
      if (app === undefined || user === undefined)
        throw new TypeError(`twin: no user ${username} of ${host}`);
      return api.tokens.issue({ org: seed, app, user }, app.scopes, Math.floor(clock.now() / 1000)).token;
    },
    fail(next) {
      mode = next;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

const STATUSES: Partial<Record<SalesforceFailure, number>> = {
  drip: 200,
  garbage: 200,
  redirect: 302,
  limit: 403,
  "429": 429,
  "500": 500,
};

const SERVER_ERROR = [{ errorCode: "UNKNOWN_EXCEPTION", message: "An unexpected error occurred." }];
const LIMIT_EXCEEDED = [{ errorCode: "REQUEST_LIMIT_EXCEEDED", message: "TotalRequests Limit exceeded." }];

function kindOf(request: ApiRequest, result: ApiResult): TwinRequest["kind"] {
  if (result.kind === "record") {
    if (result.changed) return "effect";
    return request.method === "GET" ? "resolve" : "refused";
  }
  return result.changed ? result.kind : "refused";
}
