import { OauthProblem } from "./oauth-problem.ts";
import type { ClientSeed } from "./twin-options.ts";
import { verifyJwt } from "./verify-jwt.ts";

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** What a call brings to show which client it is. */
export interface PresentedClient {
  readonly form: URLSearchParams;
  readonly authorization: string | undefined;
}

/** The server as clients must name it, and what it remembers of assertions. */
export interface ServerIdentity {
  readonly issuer: string;
  readonly nowSeconds: number;
  readonly spent: Set<string>;
}

/** The client of a call. @throws OauthProblem 401 `invalid_client`, alike whatever is wrong */
export function authenticateClient(
  clients: readonly ClientSeed[],
  presented: PresentedClient,
  server: ServerIdentity,
): ClientSeed {
  const basic = basicOf(presented.authorization);
  const id = basic?.id ?? presented.form.get("client_id") ?? subjectOf(presented.form);
  const client = clients.find((candidate) => candidate.id === id);
  if (client !== undefined && isProved(client, presented.form, basic?.secret, server)) return client;
  throw new OauthProblem(
    401,
    "invalid_client",
    "Client authentication failed",
    basic === undefined ? {} : { "www-authenticate": 'Basic realm="twin"' },
  );
}

function isProved(
  { id, proof }: ClientSeed,
  form: URLSearchParams,
  basic: string | undefined,
  server: ServerIdentity,
): boolean {
  if ("secret" in proof) return (basic ?? form.get("client_secret")) === proof.secret;
  const assertion = form.get("client_assertion");
  if (form.get("client_assertion_type") !== ASSERTION_TYPE || assertion === null) return false;
  const jws = verifyJwt(assertion, proof.keys);
  if (jws === undefined) return false;
  const { iss, sub, aud, exp, jti } = jws.claims;
  if ("issuer" in proof ? iss !== proof.issuer : iss !== id || sub !== id) return false;
  if (![aud].flat().includes(server.issuer) || typeof exp !== "number" || exp <= server.nowSeconds)
    return false;
  // RFC 7523 section 3: an assertion counts once. One of another issuer may be shown again within its time.
  if ("issuer" in proof) return true;
  if (typeof jti !== "string" || server.spent.has(jti)) return false;
  server.spent.add(jti);
  return true;
}

function basicOf(authorization: string | undefined): { id: string; secret: string } | undefined {
  const [, value] = /^Basic (\S+)$/i.exec(authorization ?? "") ?? [];
  if (value === undefined) return undefined;
  const [, id = "", secret = ""] = /^([^:]*):(.*)$/s.exec(Buffer.from(value, "base64").toString()) ?? [];
  // RFC 6749 section 2.3.1: both are form-encoded first.
  const decode = (text: string): string => new URLSearchParams(`x=${text}`).get("x") ?? "";
  return { id: decode(id), secret: decode(secret) };
}

function subjectOf(form: URLSearchParams): string | undefined {
  try {
    const [, claims = ""] = (form.get("client_assertion") ?? "").split(".");
    const { sub } = JSON.parse(Buffer.from(claims, "base64url").toString()) as { readonly sub?: unknown };
    return typeof sub === "string" ? sub : undefined;
  } catch {
    return undefined;
  }
}
