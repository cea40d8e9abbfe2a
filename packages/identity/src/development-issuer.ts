import {
  type Clock,
  generateSigner,
  numericDate,
  randomToken,
  signToken,
  systemClock,
} from "@watchword/core";

/** A login service in memory, for demos and tests. */
export interface DevelopmentIssuer {
  readonly issuer: string;
  readonly jwks: { readonly keys: readonly object[] };
  /** An ID token, ten minutes long. `authTime`: NumericDate of the login. */
  idToken(parts: {
    readonly subject: string;
    readonly audience: string;
    readonly claims?: Readonly<Record<string, unknown>>;
    readonly authTime?: number;
  }): Promise<string>;
}

/** Signs ID tokens with a fresh ES256 key that is gone with the process. */
export async function developmentIssuer(options: {
  readonly issuer: string;
  readonly clock?: Clock;
}): Promise<DevelopmentIssuer> {
  const signer = await generateSigner();
  const clock = options.clock ?? systemClock;
  return Object.freeze({
    issuer: options.issuer,
    jwks: { keys: [{ ...signer.publicJwk, kid: signer.keyId, alg: "ES256", use: "sig" }] },
    idToken: ({ subject, audience, claims, authTime }: Parameters<DevelopmentIssuer["idToken"]>[0]) => {
      const now = numericDate(clock);
      const times = { iat: now, exp: now + 600, ...(authTime === undefined ? {} : { auth_time: authTime }) };
      return signToken(signer, "JWT", {
        ...claims,
        iss: options.issuer,
        sub: subject,
        aud: audience,
        ...times,
        jti: randomToken(16),
      });
    },
  });
}
