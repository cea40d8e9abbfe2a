import {
  type AccessClaims,
  CLAIMS,
  type Clock,
  type PublicJwk,
  type Signer,
  type ValueMap,
  digestOf,
  generateSigner,
  newId,
  signProof,
  thumbprint,
} from "@watchword/core";
import type { PresentedRequest, VerifyOptions } from "../src/index.ts";

export const ISSUER = "https://broker.example/access";
export const AUDIENCE = "https://orders.example";

/** A clock that tests move. */
export interface MovedClock extends Clock {
  advance(seconds: number): void;
}

/** An issuer as a service sees it: its keys and metadata by a fetch that counts, and tokens that it signs. */
export interface IssuerDesk {
  readonly clock: MovedClock;
  /** The run's key. */
  readonly holder: Signer;
  readonly asked: string[];
  /** What the issuer publishes now; a text is answered as it is, with this status. */
  readonly published: {
    metadata: object;
    keys: object | string;
    status: number;
    introspection: object;
  };
  readonly options: VerifyOptions;
  readonly key: Signer;
  rotate(): Promise<Signer>;
  claims(changes?: Changes): Promise<AccessClaims>;
  token(changes?: Changes, parts?: { signer?: Signer; header?: object }): Promise<string>;
  /** A request with this token and a fresh proof for it. */
  request(
    token: string,
    changes?: Partial<PresentedRequest> & { signer?: Signer },
  ): Promise<PresentedRequest>;
}

/** What a token says otherwise than an honest one for reading order `o_1` of acme. */
export interface Changes {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly detail?: Readonly<Record<string, unknown>>;
  readonly arguments?: ValueMap;
}

/** A compact JWS with any header. */
export async function signCompact(signer: Signer, header: object, claims: object): Promise<string> {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${Buffer.from(await signer.sign(Buffer.from(input))).toString("base64url")}`;
}

export const jwkOf = ({ keyId, publicJwk }: { keyId: string; publicJwk: PublicJwk }): object => ({
  ...publicJwk,
  kid: keyId,
  alg: "ES256",
  use: "sig",
});

export async function issuerDesk(): Promise<IssuerDesk> {
  let key = await generateSigner();
  const holder = await generateSigner();
  let offset = 0;
  const clock: MovedClock = {
    now: () => 1_800_000_000_000 + offset,
    advance: (seconds) => void (offset += seconds * 1_000),
  };
  const now = (): number => Math.floor(clock.now() / 1_000);
  const asked: string[] = [];
  const published: IssuerDesk["published"] = {
    metadata: {
      issuer: ISSUER,
      jwks_uri: `${ISSUER}/jwks`,
      introspection_endpoint: "https://broker.example/introspect",
    },
    keys: { keys: [jwkOf(key)] },
    status: 200,
    introspection: { active: true },
  };
  const answers = (url: string): object | string => {
    if (url === "https://broker.example/.well-known/oauth-authorization-server/access")
      return published.metadata;
    return url.endsWith("/introspect") ? published.introspection : published.keys;
  };
  const desk: IssuerDesk = {
    clock,
    holder,
    asked,
    published,
    get key() {
      return key;
    },
    rotate: async () => (key = await generateSigner()),
    options: {
      issuer: ISSUER,
      audience: AUDIENCE,
      clock,
      fetch: async (input) => {
        const url = input instanceof Request ? input.url : String(input);
        asked.push(url);
        const answer = answers(url);
        return new Response(typeof answer === "string" ? answer : JSON.stringify(answer), {
          status: published.status,
        });
      },
    },
    claims: async (changes = {}) => ({
      iss: ISSUER,
      aud: AUDIENCE,
      sub: "dana",
      act: { sub: "urn:watchword:agent:reader@1", act: { sub: "urn:watchword:agent:support@3" } },
      client_id: "support-runtime",
      iat: now(),
      exp: now() + 60,
      jti: newId("lease", clock.now()),
      tenant: "acme",
      cnf: { jkt: await thumbprint(holder.publicJwk) },
      authorization_details: [
        {
          type: "urn:watchword:authorization-details:action",
          locations: [AUDIENCE],
          actions: ["orders.read"],
          access: "read",
          resource: { tenant: "acme" },
          arguments_digest: digestOf(changes.arguments ?? { order: "o_1" }),
          ...changes.detail,
        },
      ],
      [CLAIMS.decision]: {
        id: newId("dec", clock.now()),
        run: newId("run", clock.now()),
        principal: { kind: "user", issuer: "https://login.example" },
        action_digest: "a".repeat(43),
        idempotency_key: "i".repeat(43),
        policy_version: "p".repeat(43),
      },
      ...changes.claims,
    }),
    token: async (changes, { signer = key, header = {} } = {}) =>
      signCompact(
        signer,
        { alg: "ES256", typ: "at+jwt", kid: signer.keyId, ...header },
        await desk.claims(changes),
      ),
    request: async (token, { signer = holder, ...changes } = {}) => ({
      method: "GET",
      target: "/orders/o_1",
      authorization: [`DPoP ${token}`],
      dpop: [await signProof(signer, { method: "GET", url: `${AUDIENCE}/orders/o_1`, token }, now())],
      ...changes,
    }),
  };
  return desk;
}
