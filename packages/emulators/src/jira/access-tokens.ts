import { randomToken, sha256 } from "@watchword/core";
import { authorize } from "../consent/authorize.ts";
import { TokenEndpoint, TokenProblem } from "../consent/token-endpoint.ts";
import type { ConsentTwinOptions } from "../consent/twin-options.ts";
import type { ApiRequest } from "./http-exchange.ts";
import { JiraProblem } from "./jira-problem.ts";
import type { ClientSeed, JiraTwinOptions } from "./twin-options.ts";

const LIFE_SECONDS = 3_600;
const LEEWAY_SECONDS = 600;

type Asked = Readonly<Record<string, string | undefined>>;

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
  readonly #consents: ConsentTwinOptions;
  readonly #people: TokenEndpoint;

  constructor(options: JiraTwinOptions, now: () => number) {
    this.#options = options;
    this.#now = now;
    this.#consents = {
      clients: options.apps ?? {},
      accounts: Object.keys(options.sites),
      rotates: { leewaySeconds: options.leewaySeconds ?? LEEWAY_SECONDS },
      accessSeconds: LIFE_SECONDS,
    };
    this.#people = new TokenEndpoint(this.#consents, { now });
  }

  /** A person at the authorization page lets an app act on one site, or not: where their browser is sent. */
  consent(authorizationUrl: string, site: string, consents: boolean): URL {
    const { searchParams } = new URL(authorizationUrl);
    // Atlassian asks no app for PKCE: one without it redeems its code without a verifier.
    if (!searchParams.has("code_challenge")) {
      searchParams.set("code_challenge", sha256(""));
      searchParams.set("code_challenge_method", "S256");
    }
    const outcome = authorize(this.#consents, searchParams, { account: site, consents });
    const back = new URL(outcome.redirectUri);
    // Atlassian's answers do not name an issuer (RFC 9207).
    if (outcome.state !== undefined) back.searchParams.set("state", outcome.state);
    if ("error" in outcome) back.searchParams.set("error", outcome.error);
    else back.searchParams.set("code", this.#people.issueCode(outcome.terms));
    return back;
  }

  /** Somebody takes back what was consented to on a site. */
  takeBack(site: string): void {
    this.#people.revoke(site);
  }

  /** Answers a token request (RFC 6749 section 4.4). @throws JiraProblem */
  answer(request: ApiRequest): Record<string, unknown> {
    const asked = readParameters(request, this.#options.dataCenter === true);
    if (asked["grant_type"] === "authorization_code" || asked["grant_type"] === "refresh_token")
      return this.#forPerson(asked, request.authorization);
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

  #forPerson(asked: Asked, authorization: string | undefined): Record<string, unknown> {
    const form = new URLSearchParams();
    for (const [name, value] of Object.entries(asked)) if (value !== undefined) form.set(name, value);
    try {
      return this.#people.answer(form, authorization);
    } catch (error) {
      if (!(error instanceof TokenProblem)) throw error;
      // As people report it: a refresh token that is not good any more is 403.
      throw tokenProblem(error.error === "invalid_grant" ? 403 : error.status, error.error);
    }
  }

  /** A token, as the endpoint would give it. */
  issue(client: ClientSeed, scopes: readonly string[]): string {
    const token = `twin_jira_${randomToken(32)}`;
    this.#given.set(token, { client, scopes, until: this.#now() + LIFE_SECONDS * 1_000 });
    return token;
  }

  /** What a living token stands for. */
  grantOf(authorization: string | undefined): TokenGrant | undefined {
    const token = /^Bearer (\S+)$/.exec(authorization ?? "")?.[1] ?? "";
    const person = this.#people.accountOf(token);
    if (person !== undefined) return personsGrant(person.account, person.scope.split(" "));
    const grant = this.#given.get(token);
    return grant === undefined || this.#now() >= grant.until ? undefined : grant;
  }

  alive(): readonly TokenGrant[] {
    return [...this.#given.values()].filter(({ until }) => this.#now() < until);
  }
}

function personsGrant(site: string, scopes: readonly string[]): TokenGrant {
  return { client: { id: "person", secret: "", scopes, sites: [site] }, scopes, until: Infinity };
}

function readParameters({ body, contentType }: ApiRequest, form: boolean): Asked {
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
