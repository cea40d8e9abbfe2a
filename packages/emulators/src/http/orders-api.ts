import { createHash } from "node:crypto";
import { ApiProblem } from "./api-problem.ts";
import { type PresentedKey, accountOf, authenticateKey, requirePermission } from "./authenticate-key.ts";
import { OrdersState } from "./orders-state.ts";
import type { HttpTwinOptions, KeySeed } from "./twin-options.ts";

/** A request as the API reads it. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: string;
  readonly presented: PresentedKey;
  readonly account: string | undefined;
  readonly idempotencyKey: string | undefined;
  /** Names of all headers. */
  readonly headerNames: readonly string[];
}

/** What the API answers, and what happened. */
export interface ApiAnswer {
  readonly status: number;
  /** `undefined`: no body. */
  readonly body: object | undefined;
  readonly changed: boolean;
  readonly replayed: boolean;
  readonly account: string | undefined;
}

type Given = Pick<ApiAnswer, "status" | "body">;

/** What the API answers when it fails itself. */
export const SERVER_ERROR = Object.freeze({
  status: 500,
  body: { error: { code: "server_error", message: "something went wrong" } },
});

/** The API without its connections: keys, accounts, orders, idempotency keys. */
export class OrdersApi {
  readonly accounts: ReadonlyMap<string, OrdersState>;
  readonly #keys: readonly KeySeed[];
  readonly #kept = new Map<string, { readonly request: string; readonly given: Given }>();
  #refunds = 0;

  constructor(options: HttpTwinOptions) {
    this.#keys = options.keys;
    this.accounts = new Map(
      Object.entries(options.accounts).map(([id, { orders }]) => [id, new OrdersState(id, orders)]),
    );
  }

  /** `failAfter`: the effect happens, and 500 is answered for it from then on. */
  answer(request: ApiRequest, failAfter: boolean): ApiAnswer {
    let account: string | undefined;
    try {
      const key = authenticateKey(this.#keys, request.presented);
      const [, inPath, rest = ""] = /^\/v1\/accounts\/([^/]+)(\/.*)$/.exec(request.path) ?? [];
      account = accountOf(key, [...this.accounts.keys()], inPath ?? request.account);
      const state = this.accounts.get(account);
      if (state === undefined) throw new TypeError(`twin: account ${account} was checked and is not there`);
      const path = inPath === undefined ? request.path.replace(/^\/v1/, "") : rest;
      if (request.method === "GET")
        return { status: 200, body: read(state, key, path, request.query), ...UNCHANGED, account };
      return { ...this.#write(request, key, state, path, failAfter), account };
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      return { status: error.status, body: error.body, ...UNCHANGED, account };
    }
  }

  #write(
    request: ApiRequest,
    key: KeySeed,
    state: OrdersState,
    path: string,
    failAfter: boolean,
  ): Omit<ApiAnswer, "account"> {
    requirePermission(key, "write");
    const name =
      request.idempotencyKey === undefined ? undefined : JSON.stringify([state.id, request.idempotencyKey]);
    const fingerprint = createHash("sha256")
      .update(JSON.stringify([request.method, request.path, request.query, request.body]))
      .digest("hex");
    const kept = name === undefined ? undefined : this.#kept.get(name);
    if (kept !== undefined) {
      if (kept.request !== fingerprint)
        throw new ApiProblem(409, "idempotency_conflict", "the key was used for another request");
      return { ...kept.given, changed: false, replayed: true };
    }
    const done = this.#change(request, state, path);
    const given = failAfter ? SERVER_ERROR : done;
    if (name !== undefined) this.#kept.set(name, { request: fingerprint, given });
    return { ...given, changed: true, replayed: false };
  }

  #change(request: ApiRequest, state: OrdersState, path: string): Given {
    const [, id = "", rest = ""] = /^\/orders\/([^/]+)(\/[a-z]+)?$/.exec(path) ?? [];
    const what = `${request.method} ${rest}`;
    if (id !== "" && what === "POST /refunds") {
      const refund = state.refund(state.order(id), parseBody(request.body), `rf_twin${this.#refunds + 1}`);
      this.#refunds++;
      return { status: 201, body: refund };
    }
    if (id !== "" && what === "POST /cancel") return { status: 200, body: state.cancel(state.order(id)) };
    if (id !== "" && what === "PATCH ")
      return { status: 200, body: state.annotate(state.order(id), parseBody(request.body)) };
    if (id !== "" && what === "DELETE /note") {
      state.clearNote(state.order(id));
      return { status: 204, body: undefined };
    }
    throw unrecognized(request.method);
  }
}

const UNCHANGED = { changed: false, replayed: false } as const;

function read(state: OrdersState, key: KeySeed, path: string, query: string): object {
  requirePermission(key, "read");
  if (path === "/account") return { id: state.id, object: "account" };
  const [, id] = /^\/orders\/([^/]+)$/.exec(path) ?? [];
  if (id !== undefined) return state.order(id);
  if (path !== "/orders") throw unrecognized("GET");
  const parameters = new URLSearchParams(query);
  const unknown = [...parameters.keys()].find((name) => !["limit", "status"].includes(name));
  if (unknown !== undefined) throw new ApiProblem(422, "parameter_unknown", `unknown parameter: ${unknown}`);
  const [limit, status] = [Number(parameters.get("limit") ?? 10), parameters.get("status")];
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > 100)
    throw new ApiProblem(422, "limit_invalid", "limit must be 1–100");
  const found = [...state.orders.values()].filter((order) => status === null || order.status === status);
  return { object: "list", data: found.slice(0, limit) };
}

/** As most servers read it: of two equal members the last one counts. */
function parseBody(text: string): Readonly<Record<string, unknown>> {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === "object" && body !== null && !Array.isArray(body)) return { ...body };
  } catch {
    // Falls through to the problem.
  }
  throw new ApiProblem(400, "body_invalid", "the body must be a JSON object");
}

function unrecognized(method: string): ApiProblem {
  return new ApiProblem(404, "route_unknown", `no such route for ${method}`);
}
