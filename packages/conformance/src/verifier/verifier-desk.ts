import { inspect } from "node:util";
import { type Reason, Refusal, type VerifiedIdentity } from "@watchword/core";
import { afterAll, beforeAll, expect } from "vitest";
import type { IssuerKey } from "./issuer-key.ts";
import { type CompactParts, signCompact } from "./sign-compact.ts";
import type { MakeVerifierFixture, VerifierFixture } from "./verifier-fixture.ts";

/** Planted in every token; no refusal may say it. */
export const TOKEN_CANARY = "canary_5b1e90c7_of_a_token_must_never_be_said";

/** What to change about an honest token. `undefined` leaves a member out. */
export interface TokenChange {
  readonly header?: object;
  readonly claims?: object;
  readonly headerText?: string;
  readonly claimsText?: string | Uint8Array;
  readonly signature?: CompactParts["signature"];
  readonly key?: IssuerKey;
}

/** Where a suite's tokens are made and shown to the verifier. */
export interface VerifierDesk {
  /** Only within a test. */
  fixture(): VerifierFixture;
  headerText(): string;
  claimsText(): string;
  token(change?: TokenChange): string;
  accepted(change?: TokenChange): Promise<VerifiedIdentity>;
  refused(token: string, reason: Reason): Promise<void>;
}

/** One fixture for the tests of the surrounding `describe`. */
export function verifierDesk(make: MakeVerifierFixture): VerifierDesk {
  let opened: VerifierFixture | undefined;
  beforeAll(async () => void (opened = await make()));
  afterAll(() => opened?.[Symbol.asyncDispose]?.());
  const fixture = (): VerifierFixture => {
    if (opened === undefined) throw new Error("a fixture is there within tests only");
    return opened;
  };
  const header = (key: IssuerKey): object => ({ alg: key.alg, typ: fixture().type, kid: key.kid });
  const claims = (): object => ({ ...fixture().claims, watchword_canary: TOKEN_CANARY });

  const token = (change: TokenChange = {}): string => {
    const key = change.key ?? fixture().key;
    return signCompact(key, {
      header: change.headerText ?? { ...header(key), ...change.header },
      claims: change.claimsText ?? { ...claims(), ...change.claims },
      signature: change.signature,
    });
  };
  return {
    fixture,
    token,
    headerText: () => JSON.stringify(header(fixture().key)),
    claimsText: () => JSON.stringify(claims()),
    accepted: (change) => fixture().verifier.verify(token(change)),
    refused: (text, reason) => expectRefused(fixture(), text, reason),
  };
}

/** Refused for exactly this reason, with nothing of the token in anything that the error says. */
async function expectRefused({ verifier }: VerifierFixture, token: string, reason: Reason): Promise<void> {
  const outcome: unknown = await verifier.verify(token).catch((error: unknown) => error);
  expect(Refusal.is(outcome) ? outcome.reason : outcome).toBe(reason);
  const said = inspect(outcome, { depth: 10, showHidden: true }) + JSON.stringify(outcome);
  expect(said).not.toContain(TOKEN_CANARY);
  for (const part of token.split(/[^A-Za-z0-9_-]/).slice(0, 10))
    if (part.length > 16) expect(said).not.toContain(part);
}
