import { randomBytes } from "node:crypto";
import { SalesforceProblem, sessionOver } from "./salesforce-problem.ts";
import type { AppSeed, OrgSeed, SalesforceTwinOptions, UserSeed } from "./twin-options.ts";
import { readClaims, verifyAssertion, verifySubject } from "./verify-assertion.ts";

/** What a token stands for. */
export interface TokenGrant {
  readonly org: OrgSeed;
  readonly app: AppSeed;
  readonly user: UserSeed;
  /** NumericDate; moves on with each use of an opaque token. */
  readonly expiresAt: number;
}

/** What a request for a token gave. */
export interface GivenToken {
  readonly grant: TokenGrant;
  readonly body: object;
}

const IDLE_SECONDS = 900;
const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";

/** `/services/oauth2`: gives tokens, knows them again, and ends them. */
export class TokenEndpoint {
  readonly #options: SalesforceTwinOptions;
  readonly #tokens = new Map<string, TokenGrant>();

  constructor(options: SalesforceTwinOptions) {
    this.#options = options;
  }

  /** Tokens that live. */
  alive(now: number): readonly TokenGrant[] {
    return [...this.#tokens.values()].filter(({ expiresAt }) => expiresAt > now);
  }

  /** @throws SalesforceProblem 400 */
  give(form: URLSearchParams, now: number): GivenToken {
    const grantType = form.get("grant_type");
    if (grantType !== JWT_BEARER && grantType !== TOKEN_EXCHANGE)
      throw SalesforceProblem.oauth("unsupported_grant_type", "grant type not supported");
    const bearer = grantType === JWT_BEARER;
    const assertion = form.get(bearer ? "assertion" : "subject_token") ?? "";
    const named = bearer ? readClaims(assertion)["iss"] : form.get("client_id");
    const { org, app } = this.#app(named);
    const username = bearer
      ? verifyAssertion(app, refusingScope(form, assertion), now)
      : this.#exchanged(org, app, form, now);
    const user = org.users.find((candidate) => candidate.username === username);
    if (user === undefined || !app.users.includes(username))
      throw SalesforceProblem.oauth("invalid_grant", "user hasn't approved this consumer");
    const scopes = bearer ? app.scopes : narrowed(app, form.get("scope"));
    const { token, grant } = this.issue({ org, app, user }, scopes, now);
    return {
      grant,
      body: {
        access_token: token,
        scope: scopes.join(" "),
        instance_url: `https://${org.host}`,
        id: `https://login.salesforce.com/id/${org.id}/${user.id}`,
        token_type: "Bearer",
      },
    };
  }

  /** @throws SalesforceProblem 401 */
  use(token: string, now: number): TokenGrant {
    const grant = this.#tokens.get(token);
    if (grant === undefined || grant.expiresAt <= now) throw sessionOver();
    // INVARIANT of the real thing: an opaque token is a session, which every use prolongs.
    if (grant.app.tokenMinutes === null) this.#tokens.set(token, { ...grant, expiresAt: now + IDLE_SECONDS });
    return grant;
  }

  /** @throws SalesforceProblem 400 for one that is no token, or none any more */
  end(token: string, now: number): TokenGrant {
    const grant = this.#tokens.get(token);
    this.#tokens.delete(token);
    if (grant === undefined || grant.expiresAt <= now)
      throw SalesforceProblem.oauth("invalid_token", "invalid token: the token is not known");
    return grant;
  }

  #app(consumerKey: unknown): { readonly org: OrgSeed; readonly app: AppSeed } {
    for (const org of this.#options.orgs) {
      const app = org.apps.find((candidate) => candidate.consumerKey === consumerKey);
      if (app !== undefined) return { org, app };
    }
    throw SalesforceProblem.oauth("invalid_client_id", "client identifier invalid");
  }

  #exchanged(org: OrgSeed, app: AppSeed, form: URLSearchParams, now: number): string {
    const type = (form.get("subject_token_type") ?? "").toLowerCase();
    const { handler } = app;
    if (type !== "urn:ietf:params:oauth:token-type:jwt" || handler === undefined)
      throw SalesforceProblem.oauth("invalid_request", "no handler for this type of token");
    const wanted = form.get("token_handler") ?? handler.name;
    if (wanted !== handler.name) throw SalesforceProblem.oauth("invalid_request", "invalid token handler");
    return verifySubject(handler, org.host, form.get("subject_token") ?? "", now);
  }

  /** A token, as whatever asked for it would get one. */
  issue(
    about: Omit<TokenGrant, "expiresAt">,
    scopes: readonly string[],
    now: number,
  ): { readonly token: string; readonly grant: TokenGrant } {
    if (this.#options.sameToken === true)
      for (const [token, grant] of this.#tokens)
        if (grant.app === about.app && grant.user === about.user && grant.expiresAt > now)
          return { token, grant };
    const { tokenMinutes } = about.app;
    const grant = { ...about, expiresAt: now + (tokenMinutes === null ? IDLE_SECONDS : tokenMinutes * 60) };
    const token = tokenMinutes === null ? opaque(about.org) : jwtOf(grant, scopes, now);
    this.#tokens.set(token, grant);
    return { token, grant };
  }
}

/** The JWT bearer flow takes no scope: the app's are given. */
function refusingScope(form: URLSearchParams, assertion: string): string {
  if (form.has("scope")) throw SalesforceProblem.oauth("invalid_request", "scope parameter not supported");
  return assertion;
}

function narrowed({ scopes }: AppSeed, wanted: string | null): readonly string[] {
  const named = (wanted ?? "").split(" ").filter((scope) => scope !== "");
  if (named.some((scope) => !scopes.includes(scope)))
    throw SalesforceProblem.oauth("invalid_scope", "the requested scope is not allowed");
  return named.length === 0 ? scopes : named;
}

const opaque = ({ id }: OrgSeed): string => `${id.slice(0, 15)}!AQ${randomBytes(40).toString("base64url")}`;

/** Built like Salesforce's. Nobody here checks its signature: the twin knows its tokens by heart. */
function jwtOf({ org, app, user, expiresAt }: TokenGrant, scopes: readonly string[], now: number): string {
  const instance = `https://${org.host}`;
  const header = {
    tnk: `core/prod/${org.id}`,
    ver: "1.0",
    kid: "CORE.twin",
    tty: "sfdc-core-token",
    typ: "JWT",
    alg: "RS256",
  };
  const claims = {
    scp: scopes.join(" "),
    aud: [instance],
    sub: `uid:${user.id}`,
    nbf: now,
    mty: "oauth",
    sfi: randomBytes(16).toString("hex"),
    roles: [],
    iss: instance,
    hsc: false,
    exp: expiresAt,
    iat: now,
    client_id: app.consumerKey,
  };
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part(header)}.${part(claims)}.${randomBytes(64).toString("base64url")}`;
}
