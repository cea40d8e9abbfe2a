import { randomBytes } from "node:crypto";
import { type PresentedClient, authenticateClient } from "./authenticate-client.ts";
import type { IssuedToken, TokenDetail } from "./issued-token.ts";
import { OauthProblem } from "./oauth-problem.ts";
import type { ClientSeed, OauthMischief, OauthTwinOptions } from "./twin-options.ts";
import { verifyJwt } from "./verify-jwt.ts";
import { ProofReader } from "./verify-proof.ts";

const TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const JWT_TYPE = "urn:ietf:params:oauth:token-type:jwt";
const ACCESS_TYPE = "urn:ietf:params:oauth:token-type:access_token";

/** A call of the token or revocation endpoint. */
export interface ServerCall extends PresentedClient {
  readonly proof: string | undefined;
  readonly nowSeconds: number;
}

/** The authorization server without its connections. */
export class AuthorizationServer {
  readonly #options: OauthTwinOptions;
  readonly #issuer: string;
  readonly #tokens = new Map<string, IssuedToken>();
  readonly #given = new Map<string, IssuedToken>();
  readonly #spent = new Set<string>();
  readonly #nonce = randomBytes(12).toString("base64url");
  readonly proofs = new ProofReader();
  #mischief: OauthMischief | null = null;
  #from = 0;

  constructor(options: OauthTwinOptions, issuer: string) {
    this.#options = options;
    this.#issuer = issuer;
  }

  get tokens(): readonly IssuedToken[] {
    return [...this.#tokens.values()];
  }

  misbehave(mischief: OauthMischief | null, after: number): void {
    this.#mischief = mischief;
    this.#from = this.#tokens.size + after;
  }

  alive(token: string, nowSeconds: number): IssuedToken | undefined {
    const found = this.#tokens.get(token) ?? this.#given.get(token);
    return found === undefined || found.revoked || found.expiresAt <= nowSeconds ? undefined : found;
  }

  /** A token as the server would give it to a client, without being asked by it. @throws TypeError for a client that it does not know */
  give(id: string, scopes: readonly string[], nowSeconds: number): string {
    const client = this.#options.clients.find((candidate) => candidate.id === id);
    if (client === undefined) throw new TypeError(`twin: no client ${id}`);
    const given = this.#issue(client, {
      scopes,
      details: undefined,
      boundTo: undefined,
      nowSeconds,
      mischief: null,
    });
    this.#given.set(given.token, given);
    this.#tokens.delete(given.token);
    return given.token;
  }

  /** The answer of the token endpoint. @throws OauthProblem */
  token(call: ServerCall): object {
    const client = this.#client(call);
    const boundTo = this.#boundTo(call);
    const grant = call.form.get("grant_type");
    if (grant === TOKEN_EXCHANGE) this.#checkSubject(call);
    else if (grant !== "client_credentials")
      throw new OauthProblem(400, "unsupported_grant_type", `Unsupported grant type`);
    const { resources } = this.#options;
    const resource = call.form.get("resource");
    if (resource !== null && resources !== undefined && !resources.includes(resource))
      throw new OauthProblem(400, "invalid_target", "Unknown resource");
    const scopes = scopesOf(client, call.form.get("scope"));
    const details = detailsOf(client, call.form.get("authorization_details"));
    const mischief = this.#tokens.size < this.#from ? null : this.#mischief;
    const issued = this.#issue(client, { scopes, details, boundTo, nowSeconds: call.nowSeconds, mischief });
    return answerOf(issued, grant, call.nowSeconds, mischief);
  }

  /** RFC 7009: a token of this client is dead from now on; of any other nothing is said. @throws OauthProblem 401 */
  revoke(call: ServerCall): void {
    const client = this.#client(call);
    const token = this.#tokens.get(call.form.get("token") ?? "");
    if (token !== undefined && token.client === client.id)
      this.#tokens.set(token.token, { ...token, revoked: true });
  }

  #client(call: ServerCall): ClientSeed {
    const server = { issuer: this.#issuer, nowSeconds: call.nowSeconds, spent: this.#spent };
    return authenticateClient(this.#options.clients, call, server);
  }

  #boundTo({ proof, nowSeconds }: ServerCall): string | undefined {
    if (proof === undefined) return undefined;
    const reading = this.proofs.read(
      proof,
      {
        method: "POST",
        url: `${this.#issuer}/token`,
        ...(this.#options.nonce === true ? { nonce: this.#nonce } : {}),
      },
      nowSeconds,
    );
    if (reading === "nonce")
      throw new OauthProblem(400, "use_dpop_nonce", "A nonce is required", { "dpop-nonce": this.#nonce });
    if (reading === "invalid") throw new OauthProblem(400, "invalid_dpop_proof", "The proof is not valid");
    return reading.thumbprint;
  }

  #checkSubject({ form, nowSeconds }: ServerCall): void {
    const { exchange } = this.#options;
    const token = form.get("subject_token_type") === JWT_TYPE ? form.get("subject_token") : null;
    const jws = exchange === undefined || token === null ? undefined : verifyJwt(token, exchange.keys);
    const { iss, aud, exp } = jws?.claims ?? {};
    const trusted = iss === exchange?.issuer && [aud].flat().includes(this.#issuer);
    if (jws !== undefined && trusted && typeof exp === "number" && exp > nowSeconds) return;
    throw new OauthProblem(400, "invalid_grant", "The subject token is not accepted");
  }

  #issue(
    client: ClientSeed,
    asked: {
      readonly scopes: readonly string[];
      readonly details: readonly TokenDetail[] | undefined;
      readonly boundTo: string | undefined;
      readonly nowSeconds: number;
      readonly mischief: OauthMischief | null;
    },
  ): IssuedToken {
    const { mischief } = asked;
    const issued: IssuedToken = {
      token: `at_canary_${randomBytes(24).toString("base64url")}`,
      client: client.id,
      scopes: mischiefScopes(mischief, client, asked.scopes),
      details:
        mischief === "other-details"
          ? asked.details?.map((detail) => ({ ...detail, actions: ["*"] }))
          : asked.details,
      accounts: client.accounts,
      expiresAt: asked.nowSeconds + (mischief === "long-life" ? 90_000 : (this.#options.lifeSeconds ?? 300)),
      boundTo: asked.boundTo,
      revoked: false,
    };
    this.#tokens.set(issued.token, issued);
    return issued;
  }
}

function answerOf(
  { token, scopes, details, boundTo, expiresAt }: IssuedToken,
  grant: string,
  nowSeconds: number,
  mischief: OauthMischief | null,
): object {
  return {
    access_token: token,
    token_type: tokenType(mischief, boundTo !== undefined),
    ...(mischief === "no-expiry" ? {} : { expires_in: expiresAt - nowSeconds }),
    ...(mischief === "refresh-token" ? { refresh_token: "rt_canary_never_asked_for" } : {}),
    ...(scopes.length === 0 ? {} : { scope: scopes.join(" ") }),
    ...(details === undefined ? {} : { authorization_details: details }),
    ...(grant === TOKEN_EXCHANGE ? { issued_token_type: ACCESS_TYPE } : {}),
  };
}

function tokenType(mischief: OauthMischief | null, bound: boolean): string {
  if (mischief === "other-type") return bound ? "Bearer" : "mac";
  return bound ? "DPoP" : "Bearer";
}

function mischiefScopes(
  mischief: OauthMischief | null,
  client: ClientSeed,
  asked: readonly string[],
): readonly string[] {
  if (mischief === "wider-scope") return [...new Set([...asked, ...client.scopes, "admin"])];
  return mischief === "narrower-scope" ? ["orders:none"] : asked;
}

function scopesOf(client: ClientSeed, text: string | null): readonly string[] {
  // As many servers do: who asks for nothing gets everything.
  if (text === null) return client.scopes;
  const scopes = text.split(" ");
  if (scopes.every((scope) => client.scopes.includes(scope))) return scopes;
  throw new OauthProblem(400, "invalid_scope", "The client may not have all of these scopes");
}

function detailsOf(client: ClientSeed, text: string | null): readonly TokenDetail[] | undefined {
  if (text === null) return undefined;
  const details = JSON.parse(text) as readonly TokenDetail[];
  const known = details.every(
    ({ type, identifier }) => client.details?.includes(type) === true && client.accounts.includes(identifier),
  );
  if (known) return details;
  throw new OauthProblem(
    400,
    "invalid_authorization_details",
    "Unknown type, or not the client's to ask for",
  );
}
