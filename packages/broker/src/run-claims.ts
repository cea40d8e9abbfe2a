import {
  type ActorClaim,
  CLAIMS,
  type Ceiling,
  MAX_ACTORS,
  Refusal,
  type RunClaims,
  type RunRecord,
  TOKEN_TYPE_URIS,
  type TokenSuccess,
  agentUri,
  numericDate,
  randomToken,
  thumbprint,
} from "@watchword/core";
import type { BrokerContext } from "./broker-context.ts";
import { principalHash } from "./exchange-span.ts";
import { signRunToken } from "./run-token.ts";

/**
 * `act` of a chain of agent references, the root's first: the current actor outermost, its ancestors nested (RFC 8693
 * section 4.1).
 *
 * @throws Refusal `capability_exceeded` for a chain that a token may not name; it is never cut
 */
export function actorClaim(chain: readonly string[]): ActorClaim {
  if (chain.length > MAX_ACTORS)
    throw new Refusal("capability_exceeded", {
      detail: `${chain.length} actors in a chain`,
      failedFact: "delegation",
    });
  const [first = "", ...rest] = chain.map(agentUri);
  return rest.reduce<ActorClaim>((act, sub) => ({ sub, act }), { sub: first });
}

/** What a run token says of a run besides what is stored with it. */
export interface RunTokenParts {
  readonly ceiling: Ceiling;
  readonly background: boolean;
}

/** Signs the token of a run as it is to be stored. */
export async function runToken(
  context: BrokerContext,
  record: RunRecord,
  { ceiling, background }: RunTokenParts,
): Promise<string> {
  const { id, root, agent, workload, thread, principal, chain } = record;
  const claims: RunClaims = {
    iss: context.issuer,
    aud: context.issuer,
    sub: principal.subject,
    act: actorClaim(chain),
    iat: numericDate(context.clock),
    exp: record.expiresAt,
    jti: randomToken(16),
    tenant: record.tenant,
    cnf: { jkt: await thumbprint(record.publicJwk) },
    [CLAIMS.run]: {
      id,
      root,
      agent,
      workload,
      thread,
      principal,
      background,
      assurance: record.assurance,
      depth: record.ancestors.length,
      generation: context.store.generation,
    },
    [CLAIMS.ceiling]: [...ceiling],
  };
  return signRunToken(context, claims);
}

/** The answer to a start, a renewal or a delegation. */
export function runAnswer(
  context: BrokerContext,
  record: RunRecord,
  token: string,
  background: boolean,
): TokenSuccess {
  const parent = record.ancestors.at(-1);
  return {
    ok: true,
    access_token: token,
    issued_token_type: TOKEN_TYPE_URIS.run,
    token_type: "DPoP",
    expires_in: record.expiresAt - numericDate(context.clock),
    run: {
      run_id: record.id,
      tenant: record.tenant,
      thread: record.thread,
      root: record.root,
      ...(parent === undefined ? {} : { parent }),
      chain: record.chain,
      principal_kind: record.principal.kind,
      principal_hash: principalHash(context, record),
      background,
    },
  };
}
