import { once } from "node:events";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { type Clock, systemClock } from "@watchword/core";
import { type ApiRequest, readApiRequest, sendAnswer } from "./http-exchange.ts";
import { type ApiResult, JiraApi, SERVER_ERROR } from "./jira-api.ts";
import type { JiraFailure } from "./jira-failure.ts";
import type { SiteState, TwinIssue } from "./site-state.ts";
import type { JiraTwinOptions } from "./twin-options.ts";
import type { TwinRequest } from "./twin-request.ts";

/** A running twin. Each has its own state, gone with it. */
export interface JiraTwin extends AsyncDisposable {
  readonly url: string;
  /** What a data center's connection has as its account. */
  readonly host: string;
  readonly requests: readonly TwinRequest[];
  /** Scopes of every living token; the tokens themselves are not shown. */
  tokens(): readonly (readonly string[])[];
  /** A token of a client, as the endpoint would give it. */
  token(clientId: string): string;
  /** An issue by its key or a former one. @throws TypeError for a site that the twin does not have */
  issue(site: string, key: string): TwinIssue | undefined;
  issues(site: string): readonly TwinIssue[];
  /** Somebody moves an issue to another project. Gives its new key. */
  move(site: string, key: string, project: string): string;
  /** A person at the consent page of an app lets it act on one site, or not: where their browser is sent. */
  consent(authorizationUrl: string, answer: { readonly site: string; readonly consents?: boolean }): URL;
  /** Somebody takes back what was consented to on a site. */
  takeBack(site: string): void;
  /** Fails from now on, until `null`. */
  fail(mode: JiraFailure | null): void;
  close(): Promise<void>;
}

/**
 * Starts a local stand-in for Jira Cloud, or for one data center. It refuses what Atlassian refuses: unknown clients and dead
 * tokens, scopes that do not match (401 at Jira Cloud), foreign sites, issues that the account may not browse (404), unknown
 * fields, transitions that an issue cannot make. And it lets happen what Jira lets happen: a token is for every project, JQL
 * with OR finds all of it, an issue read without `fields` shows what it is linked with, and a moved issue keeps its old key.
 *
 * @example
 * ```ts
 * await using twin = await jiraTwin({
 *   sites: { "1f3c…": { projects: { APP: { id: 1, issues: { 1: { summary: "Blank page" } } } } } },
 *   clients: [{ id: "reader", secret: "s", scopes: ["read:jira-work"] }],
 * });
 * ```
 */
export async function jiraTwin(options: JiraTwinOptions): Promise<JiraTwin> {
  const clock: Clock = options.clock ?? systemClock;
  const api = new JiraApi(options, () => clock.now());
  const requests: TwinRequest[] = [];
  let mode: JiraFailure | null = null;

  const server = createServer((incoming, outgoing) => {
    void serve(incoming, outgoing).catch(() => outgoing.destroy());
  });
  // A test that computes for longer than a connection may idle would find it cut under its next request.
  server.keepAliveTimeout = 0;

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = await readApiRequest(incoming);
    if (request === undefined) return sendAnswer(outgoing, 413, { errorMessages: ["too large"], errors: {} });
    const failure = mode;
    if (failure !== null && !failure.endsWith("-after-effect")) return failBefore(failure, request, outgoing);
    const result = api.answer(request);
    const lost = failure !== null && result.kind === "write" && result.changed;
    const dropped = lost && failure === "drop-after-effect";
    const status = lost ? (dropped ? 0 : 500) : result.status;
    record(request, kindOf(request, result), status, result.site);
    if (dropped) return void outgoing.destroy();
    return sendAnswer(outgoing, status, lost ? SERVER_ERROR : result.body);
  }

  function failBefore(failure: JiraFailure, request: ApiRequest, outgoing: ServerResponse): void {
    record(request, isLookup(request) ? "resolve" : "refused", STATUSES[failure] ?? 0, undefined);
    if (failure === "down") return void outgoing.destroy();
    // Slow is an answer that never comes; the connection ends with the caller or the twin.
    if (failure === "slow") return;
    const json = { "content-type": "application/json" };
    if (failure === "drip") return void outgoing.writeHead(200, json).write("{");
    if (failure === "garbage") return void outgoing.writeHead(200, json).end('{"id": 1, <html>');
    if (failure === "redirect")
      return void outgoing.writeHead(302, { location: `${urlOf()}/redirected` }).end();
    if (failure === "429")
      return sendAnswer(outgoing, 429, RATE_LIMITED, { "retry-after": "7", "x-ratelimit-remaining": "0" });
    return sendAnswer(outgoing, 500, SERVER_ERROR);
  }

  function record(
    { method, path, query }: ApiRequest,
    kind: TwinRequest["kind"],
    status: number,
    site: string | undefined,
  ): void {
    requests.push({ at: clock.now(), kind, method, path, query: query.toString(), site, status });
  }

  function urlOf(): string {
    const address = server.address();
    if (address === null || typeof address === "string") throw new TypeError("twin: not listening");
    return `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`;
  }

  function siteOf(id: string): SiteState {
    const site = api.sites.get(id);
    if (site === undefined) throw new TypeError(`twin: no site ${id}`);
    return site;
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
  const url = urlOf();

  return {
    url,
    host: new URL(url).host,
    requests,
    tokens: () => api.tokens.alive().map(({ scopes }) => scopes),
    token(clientId) {
      const client = options.clients.find(({ id }) => id === clientId);
      if (client === undefined) throw new TypeError(`twin: no client ${clientId}`);
      return api.tokens.issue(client, client.scopes);
    },
    issue: (site, key) => siteOf(site).find(key),
    issues: (site) => [...siteOf(site).issues],
    move(site, key, project) {
      const issue = siteOf(site).find(key);
      if (issue === undefined) throw new TypeError(`twin: no issue ${key}`);
      return siteOf(site).move(issue, project);
    },
    consent: (authorizationUrl, { site, consents = true }) =>
      api.tokens.consent(authorizationUrl, site, consents),
    takeBack: (site) => api.tokens.takeBack(site),
    fail(next) {
      mode = next;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

const STATUSES: Partial<Record<JiraFailure, number>> = {
  drip: 200,
  garbage: 200,
  redirect: 302,
  "429": 429,
  "500": 500,
};

const RATE_LIMITED = { errorMessages: ["Rate limit exceeded"], errors: {} };

const isLookup = (request: ApiRequest): boolean =>
  request.method === "GET" || request.userAgent.startsWith("watchword-resolve");

function kindOf(request: ApiRequest, result: ApiResult): TwinRequest["kind"] {
  // INVARIANT: what changes an issue is an effect, whoever calls himself a look-up.
  if (result.kind === "write") return result.changed ? "effect" : "refused";
  if (isLookup(request)) return "resolve";
  return result.changed ? "mint" : "refused";
}
