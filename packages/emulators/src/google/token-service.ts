import { verifyJwt } from "../oauth/verify-jwt.ts";
import { GoogleProblem } from "./google-problem.ts";
import { type GoogleToken, IssuedTokens } from "./issued-tokens.ts";
import { readBoundary } from "./read-boundary.ts";
import type { GoogleMischief, GoogleTwinOptions } from "./twin-options.ts";

const TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const JWT_TYPE = "urn:ietf:params:oauth:token-type:jwt";
const ACCESS_TYPE = "urn:ietf:params:oauth:token-type:access_token";
const MAX_SECONDS = 3_600;

/** STS and IAM Credentials without their connections. */
export class TokenService {
  readonly #options: GoogleTwinOptions;
  readonly tokens = new IssuedTokens();
  mischief: GoogleMischief | null = null;

  constructor(options: GoogleTwinOptions) {
    this.#options = options;
  }

  give(
    principal: string,
    { scope, boundary }: { readonly scope: string; readonly boundary: string },
    nowSeconds: number,
  ): string {
    const rules = readBoundary(boundary);
    const expiresAt = nowSeconds + MAX_SECONDS;
    return this.tokens.issue({ kind: "cut-down", principal, scopes: [scope], rules, expiresAt }).token;
  }

  /** `POST /v1/token` of STS. @throws GoogleProblem in OAuth's form */
  exchange(form: URLSearchParams, nowSeconds: number): object {
    if (form.get("grant_type") !== TOKEN_EXCHANGE || form.get("requested_token_type") !== ACCESS_TYPE)
      throw new GoogleProblem(400, "invalid_request", "Invalid grant type or requested token type.");
    const type = form.get("subject_token_type");
    if (type === JWT_TYPE) return this.#answer(this.#federate(form, nowSeconds), MAX_SECONDS);
    if (type !== ACCESS_TYPE) throw new GoogleProblem(400, "invalid_request", "Invalid subject token type.");
    const source = this.tokens.alive(form.get("subject_token") ?? undefined, nowSeconds);
    if (source?.kind !== "service-account")
      throw new GoogleProblem(400, "invalid_grant", "The subject token is not valid.");
    if (this.mischief === "not-cut-down") return this.#answer(source);
    const rules = readBoundary(form.get("options") ?? "");
    // Its life is the source's: Google says none of its own.
    return this.#answer(this.tokens.issue({ ...source, kind: "cut-down", rules }));
  }

  /** `generateAccessToken` of IAM Credentials. @throws GoogleProblem in the JSON APIs' form */
  generate(account: string, token: string | undefined, body: string, nowSeconds: number): object {
    const caller = this.tokens.alive(token, nowSeconds);
    if (caller === undefined)
      throw new GoogleProblem(
        401,
        "UNAUTHENTICATED",
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.",
      );
    const { serviceAccounts } = this.#options;
    const users = Object.hasOwn(serviceAccounts, account) ? (serviceAccounts[account] ?? []) : [];
    if (caller.kind !== "federated" || !users.includes(caller.principal))
      throw new GoogleProblem(
        403,
        "PERMISSION_DENIED",
        "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).",
      );
    const { scope = [], lifetime = "3600s" } = JSON.parse(body) as {
      scope?: readonly string[];
      lifetime?: string;
    };
    const seconds = Number(/^(\d{1,5})s$/.exec(lifetime)?.[1] ?? Number.NaN);
    if (scope.length === 0 || !Number.isSafeInteger(seconds) || seconds < 1 || seconds > MAX_SECONDS)
      throw new GoogleProblem(400, "INVALID_ARGUMENT", "Request contains an invalid argument.");
    const life = this.mischief === "long-life" ? 43_200 : seconds;
    const issued = this.tokens.issue({
      kind: "service-account",
      principal: account,
      scopes: scope,
      rules: undefined,
      expiresAt: nowSeconds + life,
    });
    return {
      accessToken: issued.token,
      expireTime: `${new Date(issued.expiresAt * 1_000).toISOString().slice(0, 19)}Z`,
    };
  }

  #federate(form: URLSearchParams, nowSeconds: number): GoogleToken {
    const [, name = ""] = /^\/\/iam\.googleapis\.com\/(.+)$/.exec(form.get("audience") ?? "") ?? [];
    const { providers } = this.#options;
    const provider = Object.hasOwn(providers, name) ? providers[name] : undefined;
    if (provider === undefined)
      throw new GoogleProblem(400, "invalid_request", "Invalid value for audience.");
    const jws = verifyJwt(form.get("subject_token") ?? "", provider.keys);
    if (jws === undefined || jws.claims["iss"] !== provider.issuer)
      throw new GoogleProblem(
        400,
        "invalid_grant",
        "The issuer or signature of the credential is not valid.",
      );
    const { aud, exp, sub } = jws.claims;
    const audiences = provider.audiences ?? [`https://iam.googleapis.com/${name}`];
    if (typeof aud !== "string" || !audiences.includes(aud))
      throw new GoogleProblem(
        400,
        "invalid_grant",
        "The audience in ID Token does not match the expected audience.",
      );
    if (typeof exp !== "number" || exp <= nowSeconds)
      throw new GoogleProblem(400, "invalid_grant", "ID Token is stale to sign-in.");
    return this.tokens.issue({
      kind: "federated",
      principal: typeof sub === "string" ? sub : "",
      scopes: (form.get("scope") ?? "").split(" "),
      rules: undefined,
      expiresAt: nowSeconds + MAX_SECONDS,
    });
  }

  #answer({ token, kind }: GoogleToken, seconds?: number): object {
    const { mischief } = this;
    const odd = kind !== "federated";
    return {
      access_token: token,
      issued_token_type: ACCESS_TYPE,
      token_type: odd && mischief === "other-type" ? "mac" : "Bearer",
      ...(seconds === undefined ? {} : { expires_in: seconds }),
      ...(odd && mischief === "refresh-token" ? { refresh_token: "1//canary_never_asked_for" } : {}),
    };
  }
}
