import type { ApiRequest } from "./http-exchange.ts";
import { OrgState } from "./org-state.ts";
import { SalesforceProblem, nothingThere, sessionOver } from "./salesforce-problem.ts";
import { TokenEndpoint, type TokenGrant } from "./token-endpoint.ts";
import type { SalesforceTwinOptions } from "./twin-options.ts";

/** An answer with what it was about. */
export interface ApiResult {
  readonly kind: "mint" | "revoke" | "record";
  readonly status: number;
  readonly body: object | undefined;
  /** Whether a record changed, or a token was given or ended. */
  readonly changed: boolean;
  readonly grant: TokenGrant | undefined;
}

type Answer = Pick<ApiResult, "status" | "body" | "changed">;

/** All of Salesforce that the twin knows, without its transport. */
export class SalesforceApi {
  readonly tokens: TokenEndpoint;
  readonly orgs: ReadonlyMap<string, OrgState>;
  readonly #now: () => number;

  constructor(options: SalesforceTwinOptions, now: () => number) {
    this.tokens = new TokenEndpoint(options);
    this.orgs = new Map(options.orgs.map((seed) => [seed.host, new OrgState(seed, now)]));
    this.#now = now;
  }

  /** Answers as Salesforce would. */
  answer(request: ApiRequest): ApiResult {
    let grant: TokenGrant | undefined;
    const kind = kindOf(request);
    try {
      const now = Math.floor(this.#now() / 1000);
      if (kind === "mint") {
        const given = this.tokens.give(new URLSearchParams(request.body), now);
        return { kind, status: 200, body: given.body, changed: true, grant: given.grant };
      }
      if (kind === "revoke") {
        grant = this.tokens.end(new URLSearchParams(request.body).get("token") ?? "", now);
        return { kind, status: 200, body: undefined, changed: true, grant };
      }
      const [, token] = /^Bearer (\S+)$/i.exec(request.authorization ?? "") ?? [];
      if (token === undefined) throw sessionOver();
      grant = this.tokens.use(token, now);
      return { kind, ...this.#asUser(grant, request), grant };
    } catch (error) {
      if (!(error instanceof SalesforceProblem)) throw error;
      return { kind, status: error.status, body: error.body, changed: false, grant };
    }
  }

  #asUser(grant: TokenGrant, request: ApiRequest): Answer {
    const state = this.orgs.get(grant.org.host);
    const [, rest] = /^\/services\/data\/v\d{2}\.0\/(.+)$/.exec(request.path) ?? [];
    if (state === undefined || rest === undefined) throw nothingThere();
    const [kind = "", object = "", id, ...more] = rest.split("/");
    if (!grant.app.scopes.includes("api") && !grant.app.scopes.includes("full"))
      throw SalesforceProblem.api(
        403,
        "INVALID_SESSION_ID",
        "This session is not valid for use with the REST API",
      );
    if (/^query(?:all)?$/i.test(kind) && object === "" && request.method === "GET")
      return shown(state.query(grant.user, request.query.get("q") ?? ""));
    if (kind === "composite" && object === "" && request.method === "POST")
      return this.#composite(grant, request);
    if (kind !== "sobjects" || object === "" || more.length > 0) throw nothingThere();
    return onRecord(state, grant, request, { object, id });
  }

  /** Each of them as if it had been sent alone: who looks at the outer request only has looked at nothing. */
  #composite(grant: TokenGrant, request: ApiRequest): Answer {
    const requests = parseBody(request.body)["compositeRequest"];
    if (!Array.isArray(requests) || requests.length > 25)
      throw SalesforceProblem.api(400, "JSON_PARSER_ERROR", "compositeRequest must hold 1 to 25 requests");
    let changed = false;
    const compositeResponse = requests.map((each: Readonly<Record<string, unknown>>) => {
      const url = new URL(String(each["url"]), "http://twin.invalid");
      const inner = {
        method: String(each["method"]),
        path: url.pathname,
        query: url.searchParams,
        authorization: request.authorization,
        body: JSON.stringify(each["body"] ?? {}),
      };
      try {
        const answer = this.#asUser(grant, inner);
        changed ||= answer.changed;
        return innerAnswer(answer.status, answer.body, each["referenceId"]);
      } catch (error) {
        if (!(error instanceof SalesforceProblem)) throw error;
        return innerAnswer(error.status, error.body, each["referenceId"]);
      }
    });
    return { status: 200, body: { compositeResponse }, changed };
  }
}

function onRecord(
  state: OrgState,
  { user }: TokenGrant,
  request: ApiRequest,
  { object, id }: { readonly object: string; readonly id: string | undefined },
): Answer {
  const { method } = request;
  if (id === undefined) {
    if (method !== "POST") throw nothingThere();
    const made = state.create(user, object, parseBody(request.body));
    return { status: 201, body: { id: made.id, success: true, errors: [] }, changed: true };
  }
  if (method === "GET" && id === "describe") return shown(state.describe(user, object));
  if (method === "GET") {
    const fields = request.query.get("fields") ?? undefined;
    return shown(state.retrieve(user, object, id, fields?.split(",")));
  }
  if (method === "PATCH") {
    state.update(user, object, id, parseBody(request.body));
    return { status: 204, body: undefined, changed: true };
  }
  if (method === "DELETE") {
    state.delete(user, object, id);
    return { status: 204, body: undefined, changed: true };
  }
  throw SalesforceProblem.api(405, "METHOD_NOT_ALLOWED", `HTTP Method '${method}' not allowed`);
}

function kindOf({ method, path }: ApiRequest): ApiResult["kind"] {
  if (method === "POST" && path === "/services/oauth2/token") return "mint";
  return method === "POST" && path === "/services/oauth2/revoke" ? "revoke" : "record";
}

const shown = (body: object): Answer => ({ status: 200, body, changed: false });

const innerAnswer = (status: number, body: object | undefined, referenceId: unknown): object => ({
  body: body ?? null,
  httpHeaders: {},
  httpStatusCode: status,
  referenceId,
});

/** As most servers read it: of two equal members the last one counts. */
function parseBody(text: string): Readonly<Record<string, unknown>> {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === "object" && body !== null && !Array.isArray(body)) return { ...body };
  } catch {
    // Falls through to the problem.
  }
  throw SalesforceProblem.api(400, "JSON_PARSER_ERROR", "The HTTP entity body is not a JSON object");
}
