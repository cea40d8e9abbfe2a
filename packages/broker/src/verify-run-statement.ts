import {
  ASSERTION_SECONDS,
  Refusal,
  type UsedToken,
  type VerificationKey,
  agentUri,
  checkTimes,
  numericDate,
  parseClaims,
  runUri,
  verifySignedToken,
} from "@watchword/core";
import type { z } from "zod";
import type { BrokerContext } from "./broker-context.ts";
import type { VerifiedRun } from "./run-token.ts";

/** What every statement of a run says about itself. */
interface StatementClaims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: string;
  readonly iat: number;
  readonly exp: number;
  readonly jti: string;
  readonly ath: string;
}

/** A kind of statement that runs make. */
export interface StatementKind<Claims extends StatementClaims> {
  readonly typ: string;
  readonly claims: z.ZodType<Claims>;
  readonly maxBytes: number;
  /** For operators: `the assertion`. */
  readonly name: string;
}

/**
 * Verifies what a run signed: by the key that the broker stored when the run started, made by this run for this broker beside
 * this run token, and for a minute at most. Spending its id is the caller's next step.
 *
 * @throws Refusal `token_…`
 */
export async function verifyRunStatement<Claims extends StatementClaims>(
  context: BrokerContext,
  run: VerifiedRun,
  key: VerificationKey,
  token: string,
  { typ, claims: schema, maxBytes, name }: StatementKind<Claims>,
): Promise<{ readonly claims: Claims; readonly token: UsedToken }> {
  const claims = parseClaims(schema, await verifySignedToken(token, { typ, maxBytes, key: () => key }));
  if (claims.iss !== runUri(run.record.id)) throw untrusted(`${name} is of another run`);
  if (claims.sub !== agentUri(run.record.agent)) throw untrusted(`${name} is of another agent`);
  if (claims.aud !== context.issuer)
    throw new Refusal("token_wrong_audience", {
      detail: `${name} is for another broker`,
      failedFact: "token",
    });
  checkTimes(claims, numericDate(context.clock), ASSERTION_SECONDS);
  if (claims.ath !== run.tokenDigest) throw untrusted(`${name} was made beside another run token`);
  return { claims, token: { issuer: claims.iss, jti: claims.jti, expiresAt: claims.exp } };
}

function untrusted(detail: string): Refusal {
  return new Refusal("token_untrusted", { detail, failedFact: "token" });
}
