import { once } from "node:events";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type Clock, systemClock } from "@watchword/core";
import { ApiStatus } from "./api-status.ts";
import type { AppliedObject, ClusterObject } from "./cluster-object.ts";
import { readApiRequest, sendAnswer } from "./http-exchange.ts";
import { type ApiResult, KubernetesApi } from "./kubernetes-api.ts";
import type { KubernetesFailure } from "./kubernetes-failure.ts";
import type { ApiRequest } from "./resource-request.ts";
import type { LivingToken } from "./token-issuer.ts";
import type { KubernetesTwinOptions } from "./twin-options.ts";
import type { TwinRequest } from "./twin-request.ts";

/** A running twin. Each has its own cluster, gone with it. */
export interface KubernetesTwin extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly TwinRequest[];
  /** Every token that would be accepted now; the tokens themselves are not shown. */
  tokens(): readonly LivingToken[];
  /** A token of a service account that is bound to nothing, as a pod of long standing has one. */
  accountToken(
    namespace: string,
    name: string,
    contents?: { readonly audience?: string; readonly lifeSeconds?: number },
  ): string;
  find(kind: string, namespace: string | undefined, name: string): ClusterObject | undefined;
  list(kind: string, namespace?: string): readonly ClusterObject[];
  /** Somebody applies an object. */
  apply(object: AppliedObject): ClusterObject;
  /** Somebody deletes an object. */
  remove(kind: string, namespace: string | undefined, name: string): void;
  /** Fails from now on, until `null`. */
  fail(mode: KubernetesFailure | null): void;
  close(): Promise<void>;
}

/**
 * Starts a local stand-in for the part of a Kubernetes API server that agents act on. It refuses what the API server refuses,
 * in its words: tokens that are over, for somebody else, or bound to a Secret that is gone (401), what RBAC does not allow
 * (403), what is not there (404), what is there already or was replaced (409), tokens for less than ten minutes (422).
 *
 * @example
 * ```ts
 * await using twin = await kubernetesTwin({ objects: [namespace, pod, serviceAccount, role, roleBinding] });
 * ```
 */
export async function kubernetesTwin(options: KubernetesTwinOptions): Promise<KubernetesTwin> {
  const clock: Clock = options.clock ?? systemClock;
  const api = new KubernetesApi(options, () => clock.now());
  const requests: TwinRequest[] = [];
  let mode: KubernetesFailure | null = null;

  const listener = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    void serve(incoming, outgoing).catch(() => outgoing.destroy());
  };
  const { tls } = options;
  const server =
    tls === undefined
      ? createServer(listener)
      : createTlsServer({ cert: tls.certificate, key: tls.key }, listener);
  // A test that computes for longer than a connection may idle would find it cut under its next request.
  server.keepAliveTimeout = 0;

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = await readApiRequest(incoming);
    if (request === undefined) return sendAnswer(outgoing, 413, TOO_LARGE.body);
    const failure = mode;
    if (failure !== null && !failure.endsWith("-after-effect")) return failBefore(failure, request, outgoing);
    const result = api.answer(request);
    const lost = failure !== null && result.kind === "effect";
    const dropped = lost && failure === "drop-after-effect";
    const status = lost ? (dropped ? 0 : 500) : result.status;
    // INVARIANT: what changes anything but a token or its Secret is an effect, whoever calls himself a look-up.
    const kind = result.kind !== "effect" && isLookup(request) ? "resolve" : result.kind;
    record(request, { ...result, kind, status });
    if (dropped) return void outgoing.destroy();
    return sendAnswer(outgoing, status, lost ? SERVER_ERROR.body : result.body);
  }

  function failBefore(failure: KubernetesFailure, request: ApiRequest, outgoing: ServerResponse): void {
    const kind = isLookup(request) ? "resolve" : "refused";
    record(request, { kind, status: STATUSES[failure] ?? 0, user: undefined });
    if (failure === "down") return void outgoing.destroy();
    // Slow is an answer that never comes; the connection ends with the caller or the twin.
    if (failure === "slow") return;
    const json = { "content-type": "application/json" };
    if (failure === "drip") return void outgoing.writeHead(200, json).write("{");
    if (failure === "garbage") return void outgoing.writeHead(200, json).end('{"kind": "Pod", <html>');
    if (failure === "redirect")
      return void outgoing.writeHead(302, { location: `${urlOf()}/redirected` }).end();
    // Before anybody looks at a request it is paced, and told so in plain text.
    if (failure === "429") return sendAnswer(outgoing, 429, `${PACED}\n`, { "retry-after": "1" });
    return sendAnswer(outgoing, 500, SERVER_ERROR.body);
  }

  function record(request: ApiRequest, { kind, status, user }: Omit<ApiResult, "body">): void {
    const { method, path, query, body } = request;
    requests.push({ at: clock.now(), kind, method, path, query, body: body.toString(), user, status });
  }

  function urlOf(): string {
    const address = server.address();
    if (address === null || typeof address === "string") throw new TypeError("twin: not listening");
    const host = address.family === "IPv6" ? `[${address.address}]` : address.address;
    return `${tls === undefined ? "http" : "https"}://${host}:${address.port}`;
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
    tokens: () => api.issuer.living(),
    accountToken(namespace, name, { audience, lifeSeconds = 3_600 } = {}) {
      const account = api.state.find("ServiceAccount", namespace, name);
      if (account === undefined) throw new TypeError(`twin: no service account ${namespace}/${name}`);
      return api.issuer.issue({ account, audiences: [audience ?? api.audience], lifeSeconds }).token;
    },
    find: (kind, namespace, name) => api.state.find(kind, namespace, name),
    list: (kind, namespace) => api.state.list(kind, namespace),
    apply: (object) => api.state.apply(object),
    remove(kind, namespace, name) {
      const object = api.state.find(kind, namespace, name);
      if (object !== undefined) api.state.remove(object);
    },
    fail(next) {
      mode = next;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

const isLookup = ({ method, userAgent }: ApiRequest): boolean =>
  method === "GET" || userAgent.startsWith("watchword-resolve");

const STATUSES: Partial<Record<KubernetesFailure, number>> = {
  drip: 200,
  garbage: 200,
  redirect: 302,
  "429": 429,
  "500": 500,
};
const PACED = "Too many requests, please try again later.";
const SERVER_ERROR = new ApiStatus(
  500,
  "InternalError",
  "Internal error occurred: etcdserver: request timed out",
  {
    causes: [{ reason: "", message: "etcdserver: request timed out", field: "" }],
  },
);
const TOO_LARGE = new ApiStatus(413, "RequestEntityTooLarge", "Request entity too large: limit is 3145728");
