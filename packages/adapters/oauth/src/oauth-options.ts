import { HttpDeclaration, type HttpSettings, checkDeclaration } from "@watchword/adapter-http/declared-api";
import { z } from "zod";

const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);

/** An address of the authorization server: https, without user, query and fragment; plain http on a loopback host only. */
const ServerUrl = z.url({ protocol: /^https?$/, error: "must be an https URL" }).refine(
  (text) => {
    const { protocol, hostname, username, password, search, hash } = new URL(text);
    const plain = username === "" && password === "" && search === "" && hash === "";
    return plain && (protocol === "https:" || isLoopback(hostname));
  },
  { error: "must be an https URL without user, query and fragment" },
);

/** RFC 6749 section 3.3: `scope-token`. */
const Scope = z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/, { error: "must be one scope" });
const Scopes = z
  .array(Scope)
  .max(20)
  .refine((scopes) => new Set(scopes).size === scopes.length, { error: "names a scope twice" })
  .readonly();

const Authorization = z.strictObject({
  /** Who the server is, as it calls itself: the audience of client assertions and federation tokens. */
  issuer: ServerUrl,
  tokenEndpoint: ServerUrl,
  /** RFC 7009. Left out: a token ends by its own time. */
  revocationEndpoint: ServerUrl.optional(),
  /** Left out: each connection has its own, in `settings.clientId`. */
  clientId: z.string().min(1).max(256).optional(),
  /**
   * How the broker shows that it is this client. `private_key_jwt` and the secrets: the connection's secret is a private key as JWK, or
   * a client secret. `federation`: a token of the broker's federation issuer (RFC 7523 section 2.2), and no secret at all.
   */
  client: z.enum(["private_key_jwt", "client_secret_basic", "client_secret_post", "federation"]),
  /** `token_exchange`: a token of the broker's federation issuer is exchanged (RFC 8693), instead of asking as the client alone. */
  grant: z.enum(["client_credentials", "token_exchange"]).default("client_credentials"),
  /** RFC 8707: where the token shall be good, and nowhere else. */
  resource: z
    .url()
    .max(512)
    .refine((text) => new URL(text).hash === "", { error: "has no fragment" })
    .optional(),
  /** For servers that know `audience` instead. */
  audience: z.string().min(1).max(512).optional(),
  /** By operation: exactly the scopes that its token is asked for. */
  scopes: z.record(z.string(), Scopes),
  /** The scopes that the declared check is read with. */
  checkScopes: Scopes,
  /** RFC 9396: the action itself is asked for, under this type of the server's. */
  details: z.strictObject({ type: z.string().min(1).max(256) }).optional(),
  /** RFC 9449: each token is bound to a key that only the gateway has. */
  dpop: z.boolean().default(false),
  /** Seconds that a token may live; one that lives longer is refused. */
  lifeSeconds: z.int().min(1).max(86_400).default(3_600),
  /** Client secrets that begin with it open no real account. */
  testPrefix: z.string().min(4).max(64).optional(),
});
type Authorization = z.output<typeof Authorization>;

const SECRET = Object.freeze({ header: "authorization", scheme: "Bearer" } as const);

/**
 * What a team declares of an API behind an OAuth authorization server: the API as for the http adapter, without a place for a
 * key, and in `authorization` how a token for one operation is asked for.
 */
export const OauthOptions = HttpDeclaration.omit({ secret: true })
  .extend({ authorization: Authorization })
  .transform(({ authorization, ...declared }) => ({
    authorization,
    api: { ...declared, secret: SECRET } satisfies HttpSettings,
  }))
  .superRefine(({ authorization, api }, context) => {
    const issue = (path: readonly PropertyKey[], message: string): void =>
      context.addIssue({ code: "custom", path: [...path], message });
    for (const { path, message } of checkDeclaration(api)) issue(path, message);
    for (const [path, message] of authorizationProblems(authorization, Object.keys(api.operations)))
      issue(["authorization", ...path], message);
  });
export type OauthOptions = z.input<typeof OauthOptions>;
export type OauthSettings = z.output<typeof OauthOptions>;

function authorizationProblems(
  { scopes, details, client, testPrefix }: Authorization,
  operations: readonly string[],
): (readonly [readonly string[], string])[] {
  const problems: (readonly [readonly string[], string])[] = [];
  for (const name of operations) {
    // INVARIANT: a request without a scope gets whatever the server gives by default (RFC 6749 section 3.3).
    if ((scopes[name] ?? []).length === 0 && details === undefined)
      problems.push([["scopes", name], "must name a scope: without one, or details, the server chooses"]);
  }
  for (const name of Object.keys(scopes))
    if (!operations.includes(name)) problems.push([["scopes", name], "is no declared operation"]);
  if (testPrefix !== undefined && !client.startsWith("client_secret"))
    problems.push([["testPrefix"], "is for client secrets only"]);
  return problems;
}

/** Whether the authorization server is a twin on this machine. */
export function isLocal({ authorization }: OauthSettings): boolean {
  return isLoopback(new URL(authorization.tokenEndpoint).hostname);
}
