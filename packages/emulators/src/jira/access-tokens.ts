import { randomToken } from "@watchword/core";
import type { ApiRequest } from "./http-exchange.ts";
import { JiraProblem } from "./jira-problem.ts";
import type { ClientSeed, JiraTwinOptions } from "./twin-options.ts";

const LIFE_SECONDS = 3_600;

/** What a token stands for. */
export interface TokenGrant {
  readonly client: ClientSeed;
  readonly scopes: readonly string[];
  /** Milliseconds. */
  readonly until: number;
}

/** The token endpoint, and the tokens that it gave. */
export class AccessTokens {
  readonly #options: JiraTwinOptions;
  readonly #now: () => number;
  readonly #given = new Map<string, TokenGrant>();

  constructor(options: JiraTwinOptions, now: () => number) {
    this.#options = options;
    this.#now = now;
  }

  /** Answers a token request (RFC 6749 section 4.4). @throws JiraProblem */
  answer(request: ApiRequest): Record<string, unknown> {
    const asked = readParameters(request, this.#options.dataCenter === true);
    if (asked["grant_type"] !== "client_credentials") throw tokenProblem(400, "unsupported_grant_type");
    const client = this.#options.clients.find(
      ({ id, secret }) => id === asked["client_id"] && secret === asked["client_secret"],
    );
    if (client === undefined)
      throw tokenProblem(401, this.#options.dataCenter === true ? "invalid_client" : "access_denied");
    const scopes = this.#options.dataCenter === true ? (asked["scope"] ?? "").split(" ") : client.scopes;
    if (scopes.includes("") || !scopes.every((scope) => client.scopes.includes(scope)))
      throw tokenProblem(400, "invalid_scope");
    return {
      access_token: this.issue(client, scopes),
      token_type: "Bearer",
      expires_in: LIFE_SECONDS,
      ...(this.#options.namesScopes === false ? {} : { scope: scopes.join(" ") }),
    };
  }

  /** A token, as the endpoint would give it. */
  issue(client: ClientSeed, scopes: readonly string[]): string {
    const token = `twin_jira_${randomToken(32)}`;
    this.#given.set(token, { client, scopes, until: this.#now() + LIFE_SECONDS * 1_000 });
    return token;
  }

  /** What a living token stands for. */
  grantOf(authorization: string | undefined): TokenGrant | undefined {
    const grant = this.#given.get(/^Bearer (\S+)$/.exec(authorization ?? "")?.[1] ?? "");
    return grant === undefined || this.#now() >= grant.until ? undefined : grant;
  }

  alive(): readonly TokenGrant[] {
    return [...this.#given.values()].filter(({ until }) => this.#now() < until);
  }
}

function readParameters(
  { body, contentType }: ApiRequest,
  form: boolean,
): Record<string, string | undefined> {
  if (form) {
    if (!contentType.startsWith("application/x-www-form-urlencoded"))
      throw tokenProblem(400, "invalid_request");
    return Object.fromEntries(new URLSearchParams(body));
  }
  try {
    const read: unknown = contentType.startsWith("application/json")
      ? JSON.parse(body)
      : Object.fromEntries(new URLSearchParams(body));
    if (typeof read === "object" && read !== null && !Array.isArray(read))
      return read as Record<string, string>;
  } catch {
    // Falls through to the refusal.
  }
  throw tokenProblem(400, "invalid_request");
}

function tokenProblem(status: number, error: string): JiraProblem {
  return new JiraProblem(status, { error, error_description: error.replaceAll("_", " ") });
}
