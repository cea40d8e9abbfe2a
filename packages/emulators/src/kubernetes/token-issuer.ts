import { type KeyObject, createPublicKey, generateKeyPairSync, randomUUID, sign, verify } from "node:crypto";
import type { ClusterObject } from "./cluster-object.ts";
import type { ClusterState } from "./cluster-state.ts";
import { type Principal, accountName, accountPrincipal } from "./principal.ts";
import type { TrustedIssuer } from "./twin-options.ts";

/** What a token is made for. */
export interface TokenContents {
  readonly account: ClusterObject;
  readonly audiences: readonly string[];
  readonly lifeSeconds: number;
  /** The Secret that it lives with. */
  readonly secret?: ClusterObject;
}

interface Reference {
  readonly name: string;
  readonly uid: string;
}
interface Claims {
  readonly iss: string;
  readonly aud: string | readonly string[];
  readonly exp: number;
  readonly nbf?: number;
  readonly sub: string;
  readonly "kubernetes.io"?: {
    readonly namespace: string;
    readonly serviceaccount: Reference;
    readonly secret?: Reference;
  };
}

/** A token as a test may see it: never its text. */
export interface LivingToken {
  readonly serviceAccount: string;
  readonly secret: string | undefined;
  readonly expiresAt: number;
}

/** Which tokens count. */
export interface TokenRules {
  readonly audience: string;
  readonly trusted: TrustedIssuer | undefined;
  readonly cacheSeconds: number;
  readonly now: () => number;
}

/** Makes the cluster's tokens and looks through those that are shown. */
export class TokenIssuer {
  readonly #keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  readonly #state: ClusterState;
  readonly #audience: string;
  readonly #trusted: TrustedIssuer | undefined;
  readonly #now: () => number;
  readonly #issued: Claims[] = [];
  readonly #cacheSeconds: number;
  /** Until when a token is accepted unseen, in milliseconds. */
  readonly #cache = new Map<string, { readonly principal: Principal; readonly until: number }>();

  constructor(state: ClusterState, { audience, trusted, cacheSeconds, now }: TokenRules) {
    this.#state = state;
    this.#audience = audience;
    this.#trusted = trusted;
    this.#cacheSeconds = cacheSeconds;
    this.#now = now;
  }

  issue({ account, audiences, lifeSeconds, secret }: TokenContents): { token: string; expiresAt: number } {
    const now = Math.floor(this.#now() / 1000);
    const { name, namespace = "", uid } = account.metadata;
    const claims = {
      iss: this.#audience,
      aud: audiences,
      exp: now + lifeSeconds,
      iat: now,
      nbf: now,
      jti: randomUUID(),
      sub: accountName(namespace, name),
      "kubernetes.io": {
        namespace,
        serviceaccount: { name, uid },
        ...(secret === undefined ? {} : { secret: { name: secret.metadata.name, uid: secret.metadata.uid } }),
      },
    };
    this.#issued.push(claims);
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const signed = `${part({ alg: "ES256", kid: "twin" })}.${part(claims)}`;
    const signature = sign("sha256", Buffer.from(signed), {
      key: this.#keys.privateKey,
      dsaEncoding: "ieee-p1363",
    });
    return { token: `${signed}.${signature.toString("base64url")}`, expiresAt: claims.exp };
  }

  /** Whose token it is; `undefined` for one that is not accepted, whatever is wrong with it. */
  authenticate(token: string): Principal | undefined {
    const cached = this.#cache.get(token);
    if (cached !== undefined && this.#now() < cached.until) return cached.principal;
    const principal = this.#look(token);
    if (principal !== undefined && this.#cacheSeconds > 0)
      this.#cache.set(token, { principal, until: this.#now() + this.#cacheSeconds * 1_000 });
    return principal;
  }

  #look(token: string): Principal | undefined {
    const own = this.#read(token, this.#keys.publicKey);
    if (own !== undefined) return this.#alive(own) ? this.#accountOf(own) : undefined;
    const trusted = this.#trusted;
    if (trusted === undefined) return undefined;
    const foreign = this.#read(token, createPublicKey({ key: { ...trusted.publicJwk }, format: "jwk" }));
    if (foreign === undefined || foreign.iss !== trusted.issuer) return undefined;
    if (!this.#inTime(foreign) || !listed(foreign.aud).includes(trusted.audience)) return undefined;
    return { username: `${trusted.usernamePrefix ?? ""}${foreign.sub}`, groups: ["system:authenticated"] };
  }

  /** Tokens that would be accepted now. */
  living(): readonly LivingToken[] {
    return this.#issued
      .filter((claims) => this.#alive(claims))
      .map((claims) => ({
        serviceAccount: claims.sub,
        secret: claims["kubernetes.io"]?.secret?.name,
        expiresAt: claims.exp,
      }));
  }

  #accountOf(claims: Claims): Principal | undefined {
    const held = claims["kubernetes.io"];
    return held === undefined ? undefined : accountPrincipal(held.namespace, held.serviceaccount.name);
  }

  /** In time, for this server, and everything that it is bound to is still the same object. */
  #alive(claims: Claims): boolean {
    const held = claims["kubernetes.io"];
    if (held === undefined || !this.#inTime(claims) || !listed(claims.aud).includes(this.#audience))
      return false;
    const there = (kind: string, reference: Reference): boolean => {
      const metadata = this.#state.find(kind, held.namespace, reference.name)?.metadata;
      const deleted = metadata?.["deletionTimestamp"];
      // What only waits for its finalizers still counts for a minute.
      const counts = typeof deleted !== "string" || this.#now() <= Date.parse(deleted) + 60_000;
      return metadata?.uid === reference.uid && counts;
    };
    return (
      there("ServiceAccount", held.serviceaccount) &&
      (held.secret === undefined || there("Secret", held.secret))
    );
  }

  #inTime({ exp, nbf = 0 }: Claims): boolean {
    const now = Math.floor(this.#now() / 1000);
    return now < exp && now >= nbf;
  }

  #read(token: string, key: KeyObject): Claims | undefined {
    const [header = "", claims = "", signature = "", ...more] = token.split(".");
    if (signature === "" || more.length > 0) return undefined;
    try {
      const { alg } = JSON.parse(Buffer.from(header, "base64url").toString()) as { alg?: unknown };
      const bytes = Buffer.from(`${header}.${claims}`);
      const proof = Buffer.from(signature, "base64url");
      const genuine = alg === "ES256" && verify("sha256", bytes, { key, dsaEncoding: "ieee-p1363" }, proof);
      return genuine ? (JSON.parse(Buffer.from(claims, "base64url").toString()) as Claims) : undefined;
    } catch {
      return undefined;
    }
  }
}

const listed = (audience: Claims["aud"]): readonly string[] =>
  typeof audience === "string" ? [audience] : audience;
