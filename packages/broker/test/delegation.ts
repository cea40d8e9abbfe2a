import {
  CLAIMS,
  type Ceiling,
  type Signer,
  TOKEN_EXCHANGE_GRANT,
  TOKEN_TYPES,
  TOKEN_TYPE_URIS,
  type TokenAnswer,
  type TokenRequest,
  agentUri,
  generateSigner,
  randomToken,
  runUri,
  sha256,
  signProof,
  signToken,
  thumbprint,
  tokenUrl,
} from "@watchword/core";
import { ISSUER, type TestRun, type TestWorld } from "./world.ts";

/** Three levels, so that chains can be too deep and middles can die. */
export const DELEGATION_POLICY = `
watchword: 1
systems: { payments: { adapter: stripe } }
agents: { support: {}, reader: {}, scout: {}, stranger: {} }
workloads:
  support-runtime: { identity: { localKey: support-runtime }, agents: [support, reader, scout], tenant: { claim: org_id } }
  other-runtime: { identity: { localKey: other-runtime }, agents: [stranger], tenant: { fixed: acme } }
grants:
  - id: refund
    agent: support
    operation: payments/refunds.create
    resource: { account: "\${tenant.payments.account}" }
    where: { args.charge: { ownedBy: tenant } }
    budget: { sum: args.amount, max: "1000.00 USD", per: run, window: 24h }
    lease: { action: 60s }
  - id: read
    agent: [support, reader, scout, stranger]
    operation: payments/charges.retrieve
    resource: { account: "\${tenant.payments.account}" }
    where: { args.charge: { ownedBy: tenant } }
    lease: { action: 30s }
  - id: list
    agent: [reader]
    operation: payments/charges.list
    resource: { account: "\${tenant.payments.account}" }
    lease: { action: 30s }
delegation:
  - { parent: support, child: reader, grants: [read, list], depth: 1, ttl: 5m }
  - { parent: support, child: stranger, grants: [read], depth: 1, ttl: 5m }
  - { parent: reader, child: scout, grants: [read], depth: 2, ttl: 1m }
  - { parent: scout, child: scout, grants: [read], depth: 2, ttl: 1m }
`;

/** What a test changes of an honest delegation. */
export interface DelegationChange {
  readonly agent?: string;
  readonly ceiling?: Ceiling;
  readonly lifetime?: number;
  /** Changes the delegation's claims before they are signed. */
  readonly claims?: (claims: Record<string, unknown>) => Record<string, unknown>;
  /** Signs the delegation; default: the parent's run key. */
  readonly signer?: Signer;
  readonly typ?: string;
  /** The child's key; default: a fresh one. */
  readonly key?: Signer;
  /** The key that proves itself; default: the child's. */
  readonly prover?: Signer;
  /** Changes the request after everything is signed. */
  readonly request?: (request: TokenRequest) => TokenRequest;
}

/** The delegate exchange as an honest runtime makes it, unless the test changes something. */
export async function delegation(
  place: TestWorld,
  parent: TestRun,
  change: DelegationChange = {},
): Promise<TokenAnswer & { readonly key: Signer }> {
  const key = change.key ?? (await generateSigner());
  const now = Math.floor(place.clock.now() / 1_000);
  const claims = {
    iss: runUri(parent.id),
    sub: agentUri(parent.agent),
    aud: ISSUER,
    iat: now,
    exp: now + 60,
    jti: randomToken(16),
    txn: randomToken(16),
    ath: sha256(parent.token),
    child: {
      agent: change.agent ?? "reader@1",
      ...(change.lifetime === undefined ? {} : { lifetime_seconds: change.lifetime }),
    },
    cnf: { jkt: await thumbprint(key.publicJwk) },
    ...(change.ceiling === undefined ? {} : { [CLAIMS.ceiling]: change.ceiling }),
  };
  const signed = await signToken(
    change.signer ?? parent.key,
    change.typ ?? TOKEN_TYPES.delegation,
    change.claims?.(claims) ?? claims,
  );
  const request: TokenRequest = {
    grant_type: TOKEN_EXCHANGE_GRANT,
    subject_token: parent.token,
    subject_token_type: TOKEN_TYPE_URIS.run,
    actor_token: signed,
    actor_token_type: TOKEN_TYPE_URIS.delegation,
    requested_token_type: TOKEN_TYPE_URIS.run,
    dpop: await signProof(change.prover ?? key, { method: "POST", url: tokenUrl(ISSUER) }, now),
  };
  return { ...(await place.broker.client.token(change.request?.(request) ?? request)), key };
}

/** A child that must have been started. */
export async function childOf(
  place: TestWorld,
  parent: TestRun,
  change: DelegationChange = {},
): Promise<TestRun> {
  const answer = await delegation(place, parent, change);
  if (!answer.ok || answer.run === undefined)
    throw new Error(`delegation refused: ${answer.ok ? "no run" : answer.reason}`);
  return {
    id: answer.run.run_id,
    agent: change.agent ?? "reader@1",
    key: answer.key,
    token: answer.access_token,
  };
}
