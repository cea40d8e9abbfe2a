import { describe } from "vitest";
import { describeForgeries } from "./describe-forgeries.ts";
import { describeForms } from "./describe-forms.ts";
import { describeIdentity } from "./describe-identity.ts";
import { describeStatements } from "./describe-statements.ts";
import type { MakeVerifierFixture } from "./verifier-fixture.ts";

/**
 * The contract of an identity verifier, as tests with honest and forged tokens: it believes one issuer, for one audience,
 * at one time, and refuses everything else for exactly the reason that the table has for it. It fetches nothing that a token
 * names, and says nothing of a token. A verifier that passes can be given to a broker.
 *
 * @example
 * ```ts
 * describeVerifier("our login service", async () => ({ verifier: await oidc(options), key, claims, ...rest }));
 * ```
 */
export function describeVerifier(name: string, make: MakeVerifierFixture): void {
  describe(`verifier contract: ${name}`, () => {
    describeIdentity(make);
    describeStatements(make);
    describeForgeries(make);
    describeForms(make);
  });
}
