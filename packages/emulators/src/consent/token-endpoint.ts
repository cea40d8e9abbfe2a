import { type Clock, randomToken, sha256 } from "@watchword/core";
import type { CodeTerms } from "./authorize.ts";
import type { ConsentClient, ConsentTwinOptions } from "./twin-options.ts";

/** Seconds that a code waits (RFC 6749 section 4.1.2: ten minutes at most). */
const CODE_SECONDS = 60;
const ACCESS_SECONDS = 300;

/** A refusal as RFC 6749 section 5.2 has it. */
export class TokenProblem extends Error {
  override readonly name = "TokenProblem";
  readonly error: string;
  readonly status: number;

  constructor(error: string, status = 400) {
    super(error);
    this.error = error;
    this.status = status;
  }
}

interface Grant {
  readonly account: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  revoked: boolean;
}

/** Codes and tokens of one twin, in memory. */
export class TokenEndpoint {
  readonly #clients: ConsentTwinOptions["clients"];
  readonly #clock: Clock;
  readonly #codes = new Map<string, { readonly terms: CodeTerms; readonly until: number; grant?: Grant }>();
  readonly #refresh = new Map<string, { readonly grant: Grant; usedAt: number | undefined }>();
  readonly #rotates: ConsentTwinOptions["rotates"];
  readonly #accessSeconds: number;
  readonly #access = new Map<string, { readonly grant: Grant; readonly until: number }>();

  constructor({ clients, rotates, accessSeconds }: ConsentTwinOptions, clock: Clock) {
    this.#clients = clients;
    this.#rotates = rotates;
    this.#accessSeconds = accessSeconds ?? ACCESS_SECONDS;
    this.#clock = clock;
  }

  /** A code for one redemption. */
  issueCode(terms: CodeTerms): string {
    const code = randomToken(32);
    this.#codes.set(code, { terms, until: this.#clock.now() + CODE_SECONDS * 1_000 });
    return code;
  }

  /** Answers a token request. @throws TokenProblem */
  answer(form: URLSearchParams, authorization: string | undefined): Record<string, unknown> {
    if ([...new Set(form.keys())].some((name) => form.getAll(name).length > 1))
      throw new TokenProblem("invalid_request");
    const clientId = this.#authenticate(form, authorization);
    switch (form.get("grant_type") ?? "") {
      case "authorization_code":
        return this.#redeem(form, clientId);
      case "refresh_token":
        return this.#renew(form, clientId);
      default:
        throw new TokenProblem("unsupported_grant_type");
    }
  }

  /** Whose account an access token works on; `undefined` for one that works on none. */
  accountOf(token: string): { readonly account: string; readonly scope: string } | undefined {
    const access = this.#access.get(token);
    if (access === undefined || access.grant.revoked || this.#clock.now() >= access.until) return undefined;
    return { account: access.grant.account, scope: access.grant.scopes.join(" ") };
  }

  /** Somebody at the system takes their consent back: every token of an account. */
  revoke(account: string): void {
    for (const { grant } of this.#refresh.values()) if (grant.account === account) grant.revoked = true;
  }

  #authenticate(form: URLSearchParams, authorization: string | undefined): string {
    const basic = readBasic(authorization);
    const id = basic?.id ?? form.get("client_id") ?? "";
    const client: ConsentClient | undefined = Object.hasOwn(this.#clients, id)
      ? this.#clients[id]
      : undefined;
    const named = form.get("client_id");
    const secret = basic?.secret ?? form.get("client_secret") ?? undefined;
    if (client === undefined || client.secret !== secret || (named !== null && named !== id))
      throw new TokenProblem("invalid_client", 401);
    return id;
  }

  #redeem(form: URLSearchParams, clientId: string): Record<string, unknown> {
    const code = this.#codes.get(form.get("code") ?? "");
    if (code === undefined) throw new TokenProblem("invalid_grant");
    // RFC 6749 section 4.1.2: a code that comes twice takes back what it gave.
    if (code.grant !== undefined) code.grant.revoked = true;
    const { terms, until, grant: before } = code;
    const good =
      before === undefined &&
      this.#clock.now() < until &&
      terms.clientId === clientId &&
      terms.redirectUri === form.get("redirect_uri") &&
      terms.challenge === sha256(form.get("code_verifier") ?? "");
    const grant: Grant = { account: terms.account, clientId, scopes: terms.scopes, revoked: !good };
    code.grant = grant;
    if (!good) throw new TokenProblem("invalid_grant");
    return { ...this.#accessFor(grant), refresh_token: this.#refreshFor(grant) };
  }

  #refreshFor(grant: Grant): string {
    const refresh = `twin_refresh_${randomToken(32)}`;
    this.#refresh.set(refresh, { grant, usedAt: undefined });
    return refresh;
  }

  #renew(form: URLSearchParams, clientId: string): Record<string, unknown> {
    const kept = this.#refresh.get(form.get("refresh_token") ?? "");
    if (kept === undefined || kept.grant.revoked || kept.grant.clientId !== clientId)
      throw new TokenProblem("invalid_grant");
    if (this.#rotates === undefined) return this.#accessFor(kept.grant);
    // RFC 9700 section 4.14.2: who comes with a token that was used is not to be told from a thief.
    if (kept.usedAt !== undefined && this.#clock.now() >= kept.usedAt + this.#rotates.leewaySeconds * 1_000) {
      kept.grant.revoked = true;
      throw new TokenProblem("invalid_grant");
    }
    kept.usedAt ??= this.#clock.now();
    return { ...this.#accessFor(kept.grant), refresh_token: this.#refreshFor(kept.grant) };
  }

  #accessFor(grant: Grant): Record<string, unknown> {
    const token = `twin_access_${randomToken(32)}`;
    this.#access.set(token, { grant, until: this.#clock.now() + this.#accessSeconds * 1_000 });
    return {
      access_token: token,
      token_type: "Bearer",
      expires_in: this.#accessSeconds,
      scope: grant.scopes.join(" "),
    };
  }
}

/** RFC 6749 section 2.3.1: both parts are form-encoded. */
function readBasic(authorization: string | undefined): { id: string; secret: string } | undefined {
  const [scheme = "", value = ""] = (authorization ?? "").split(" ");
  if (scheme.toLowerCase() !== "basic") return undefined;
  const [id = "", secret = ""] = Buffer.from(value, "base64").toString().split(":");
  const decoded = (text: string): string => new URLSearchParams(`x=${text}`).get("x") ?? "";
  return { id: decoded(id), secret: decoded(secret) };
}
