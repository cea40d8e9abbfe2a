import { inspect } from "node:util";
import { type IssuerKey, signCompact } from "@watchword/conformance";
import { type Clock, type IdentityVerifier, type Reason, Refusal } from "@watchword/core";
import { expect } from "vitest";

export const LOGIN = "https://login.test.example";
export const BROKER = "https://broker.test.example";

/** Planted in every token; no refusal may say it. */
export const CANARY = "dana_canary_5b1e90c7_must_never_be_said";

/** NumericDate at which the clock of these tests stands. */
export const NOW = 1_800_000_000;
export const clock: Clock = { now: () => NOW * 1_000 };

/** What to change about an honest token. `undefined` leaves a member out. */
export interface TokenParts {
  readonly header?: object;
  readonly claims?: object;
  readonly signature?: (input: string) => Uint8Array;
}

/** Ten honest minutes of Dana. */
export const honestClaims = {
  iss: LOGIN,
  sub: CANARY,
  aud: BROKER,
  iat: NOW,
  exp: NOW + 600,
  org_id: "acme",
};

/** A token signed by `key`. */
export function tokenOf(key: IssuerKey, parts: TokenParts = {}): string {
  return signCompact(key, {
    header: { alg: key.alg, typ: "JWT", kid: key.kid, ...parts.header },
    claims: { ...honestClaims, ...parts.claims },
    signature: parts.signature,
  });
}

/** Refused for this reason, with nothing of the token in anything that the error says. */
export async function expectRefusal(
  verifier: IdentityVerifier,
  token: string,
  reason: Reason,
): Promise<void> {
  const outcome: unknown = await verifier.verify(token).catch((error: unknown) => error);
  expect(Refusal.is(outcome) ? outcome.reason : outcome).toBe(reason);
  const said = inspect(outcome, { depth: 10, showHidden: true }) + JSON.stringify(outcome);
  expect(said).not.toContain(CANARY);
  for (const part of token.split(/[^A-Za-z0-9_-]/).slice(0, 10))
    if (part.length > 16) expect(said).not.toContain(part);
}
