import type { webcrypto } from "node:crypto";
import { type AdapterContext, numericDate } from "@watchword/core";
import * as oauth from "oauth4webapi";
import type { OauthSettings } from "./oauth-options.ts";
import { connectionInvalid } from "./token-problem.ts";

/** RFC 7523 section 2.2. */
const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
type KeyAlgorithm = Parameters<webcrypto.SubtleCrypto["importKey"]>[2];
const ALGORITHMS: Readonly<Record<string, KeyAlgorithm>> = {
  ES256: { name: "ECDSA", namedCurve: "P-256" },
  RS256: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
  PS256: { name: "RSA-PSS", hash: "SHA-256" },
  EdDSA: { name: "Ed25519" },
};

/** One server, one client of it, and the proof that the broker is that client. */
export interface OauthClient {
  readonly server: oauth.AuthorizationServer;
  readonly client: oauth.Client;
  readonly authentication: oauth.ClientAuth;
}

/**
 * The client of a connection. Every address is the configuration's; none comes from an answer.
 *
 * @throws Refusal `configuration_invalid`
 */
export async function clientOf(
  { authorization }: OauthSettings,
  context: AdapterContext,
): Promise<OauthClient> {
  const { issuer, tokenEndpoint, revocationEndpoint } = authorization;
  const clientId = authorization.clientId ?? context.connection.settings["clientId"];
  if (typeof clientId !== "string" || clientId === "" || clientId.length > 256)
    throw connectionInvalid("settings.clientId must name the client");
  return {
    server: {
      issuer,
      token_endpoint: tokenEndpoint,
      ...(revocationEndpoint === undefined ? {} : { revocation_endpoint: revocationEndpoint }),
    },
    client: {
      client_id: clientId,
      // Times are those of the broker's clock.
      [oauth.clockSkew]: numericDate(context.clock) - Math.floor(Date.now() / 1_000),
    },
    authentication: await authenticationOf(authorization, context),
  };
}

async function authenticationOf(
  { client, issuer }: OauthSettings["authorization"],
  context: AdapterContext,
): Promise<oauth.ClientAuth> {
  const { secret } = context.connection;
  switch (client) {
    case "private_key_jwt":
      return oauth.PrivateKeyJwt(await secret.open(importKey));
    case "client_secret_basic":
      return secret.open((text) => oauth.ClientSecretBasic(checkedSecret(text)));
    case "client_secret_post":
      return secret.open((text) => oauth.ClientSecretPost(checkedSecret(text)));
    case "federation": {
      const assertion = await federationToken(issuer, context);
      return (_server, { client_id: clientId }, body) => {
        body.set("client_id", clientId);
        body.set("client_assertion_type", ASSERTION_TYPE);
        body.set("client_assertion", assertion);
      };
    }
    default:
      return client satisfies never;
  }
}

/** A token of the broker's federation issuer for this server. @throws Refusal `configuration_invalid` */
export async function federationToken(
  issuer: string,
  { federationToken: make }: AdapterContext,
): Promise<string> {
  if (make === undefined) throw connectionInvalid("this broker has no federation issuer");
  return (await make(issuer)).open((token) => token);
}

/** Whether a secret looks like a private key as JWK. */
export function isPrivateJwk(text: string): boolean {
  try {
    const jwk = JSON.parse(text) as { readonly d?: unknown; readonly alg?: unknown } | null;
    return typeof jwk?.d === "string" && typeof jwk.alg === "string" && Object.hasOwn(ALGORITHMS, jwk.alg);
  } catch {
    return false;
  }
}

async function importKey(text: string): Promise<oauth.PrivateKey> {
  try {
    if (!isPrivateJwk(text)) throw new TypeError("no private JWK");
    const { alg = "", kid, ...jwk } = JSON.parse(text) as webcrypto.JsonWebKey & { readonly kid?: string };
    const algorithm = ALGORITHMS[alg] ?? "";
    const { key_ops: _operations, use: _use, ...bare } = jwk;
    const key = await crypto.subtle.importKey("jwk", bare, algorithm, false, ["sign"]);
    return kid === undefined ? { key } : { key, kid };
  } catch {
    // What the import says of a key that it cannot read stays here.
    throw connectionInvalid(
      `the secret must be a private key as JWK with alg (${Object.keys(ALGORITHMS).join(", ")})`,
    );
  }
}

function checkedSecret(text: string): string {
  // RFC 6749 appendix A.2: VSCHAR.
  if (/^[\x20-\x7e]{1,1024}$/.test(text)) return text;
  throw connectionInvalid("the client secret holds characters that no client secret has");
}
