import {
  type Action,
  type ApprovalState,
  type BrokerClient,
  CLAIMS,
  type Ceiling,
  type Clock,
  DelegationClaims,
  REASONS,
  type Reason,
  Refusal,
  TOKEN_TYPE_URIS,
  type TokenAnswer,
  type TokenFailure,
  type TokenRequest,
  askWithProof,
  endRunUrl,
  isRetryable,
  newId,
  numericDate,
  parseAction,
  parseClaims,
  parseStrictJson,
  randomToken,
  readCompactJws,
  sha256,
  systemClock,
  tokenUrl,
  verifyProof,
} from "@watchword/core";
import { fakeApprovals } from "./fake-approvals.ts";
import { type FakeHandle, fakeGateway } from "./fake-gateway.ts";

/** What the fake answers to an action. A reason is a refusal; an approval keeps the id that the tool's caller will see. */
export type FakeDecision =
  | "allow"
  | Reason
  | { readonly reason: "approval_required"; readonly approvalId: string };

/** Options of {@link fakeBroker}. */
export interface FakeBrokerOptions {
  /** Seconds to which every lease can be prolonged, a minute at a time. Left out: none can. */
  readonly jobSeconds?: number;
  /** Default: everything is allowed. */
  readonly decide?: (action: Action, approvalId: string | undefined) => FakeDecision;
  /** What became of an approval that a tool waits for; default: it is granted. */
  readonly approval?: (approvalId: string) => ApprovalState | Promise<ApprovalState>;
  /** What the system answers to the tool's request; default: `{}`. */
  readonly respond?: (request: Request) => Response | Promise<Response>;
  /** Makes the gateway refuse instead of asking the system. */
  readonly gatewayRefuses?: Reason;
  /** Makes starts fail. */
  readonly startRefuses?: Reason;
  /** Makes delegations fail. */
  readonly delegationRefuses?: Reason;
  /** Asked at every renewal; a reason is a refusal. Default: everything is renewed. */
  readonly renew?: () => Reason | undefined;
  /** The credential itself, for tools that may hold it; default: it stays in the gateway. */
  readonly released?: string;
  /** Origins of the system that leases are for; default `https://api.example`. */
  readonly origins?: readonly string[];
  readonly tenant?: string;
  readonly clock?: Clock;
}

/** A started run, as the fake saw it. */
export interface FakeRun {
  readonly runId: string;
  readonly root: string;
  readonly parent: string | undefined;
  readonly chain: readonly string[];
  readonly agent: string;
  readonly thread: string;
  readonly background: boolean;
  readonly ceiling: Ceiling | undefined;
  readonly userToken: string | undefined;
  renewals: number;
  ended: boolean;
}

/** One action that a guard proposed. */
export interface FakeProposal {
  readonly action: Action;
  readonly tool: string;
  readonly callId: string;
  readonly approvalId: string | undefined;
  /** Everything that was asserted. */
  readonly claims: { readonly [name: string]: unknown };
}

/** Broker, gateway and system in one, for unit tests of tools: no decision of it means anything. */
export interface FakeBroker {
  /** For `createRuntime({ broker })`. */
  readonly client: BrokerClient;
  /** For `createRuntime({ fetch })`: the gateway, with the system behind it. */
  readonly fetch: typeof globalThis.fetch;
  readonly runs: readonly FakeRun[];
  readonly proposals: readonly FakeProposal[];
  /** What reached the system, addressed as the tool addressed it. */
  readonly requests: readonly Request[];
}

const ISSUER = "https://broker.example";
const GATEWAY = "https://gateway.example";

/**
 * A broker for unit tests of tools. It records what is proposed and sent and answers by script, and insists on what the
 * middleware promises: proofs by the run key, one use per handle.
 *
 * @example
 * ```ts
 * const fake = fakeBroker({ decide: (action) => (action.operation === "refunds.create" ? "allow" : "not_granted") });
 * const runtime = createRuntime({ broker: fake.client, fetch: fake.fetch, workload: async () => "workload", agent: "support@3" });
 * ```
 */
export function fakeBroker(options: FakeBrokerOptions = {}): FakeBroker {
  const clock = options.clock ?? systemClock;
  const [runs, proposals, requests]: [FakeRun[], FakeProposal[], Request[]] = [[], [], []];
  const byToken = new Map<string, FakeRun & { key: string }>();
  const leaseEnds = new Map<string, number>();
  const handles = new Map<string, FakeHandle>();
  const origins = options.origins ?? ["https://api.example"];
  const isOver = (run: FakeRun): boolean =>
    run.ended || runs.some((other) => other.runId === run.parent && isOver(other));

  async function start(request: TokenRequest): Promise<TokenAnswer> {
    const proof = await verifyProof(
      request.dpop,
      { method: "POST", url: tokenUrl(ISSUER) },
      numericDate(clock),
    );
    if (options.startRefuses !== undefined) return failure(options.startRefuses);
    const [details] = parseStrictJson(request.authorization_details ?? "") as unknown as [
      { agent: string; thread?: string; background: boolean; ceiling?: Ceiling },
    ];
    const runId = newId("run", clock.now());
    const run = {
      runId,
      root: runId,
      parent: undefined,
      chain: [details.agent],
      agent: details.agent,
      thread: details.thread ?? "thread",
      background: details.background,
      ceiling: details.ceiling,
      userToken: request.subject_token_type === TOKEN_TYPE_URIS.workload ? undefined : request.subject_token,
      renewals: 0,
      ended: false,
      key: proof.thumbprint,
    };
    runs.push(run);
    return started(run);
  }

  async function renew(request: TokenRequest): Promise<TokenAnswer> {
    const run = byToken.get(request.subject_token);
    if (run === undefined || isOver(run)) return failure("run_ended", { decision_id: decided() });
    const target = { method: "POST", url: tokenUrl(ISSUER) };
    const proof = await verifyProof(request.dpop, target, numericDate(clock));
    const reason = proof.thumbprint === run.key ? options.renew?.() : "proof_invalid";
    if (reason !== undefined) return failure(reason, { decision_id: decided() });
    run.renewals += 1;
    return started(run);
  }

  async function delegate(request: TokenRequest): Promise<TokenAnswer> {
    const parent = byToken.get(request.subject_token);
    if (parent === undefined || isOver(parent)) return failure("run_ended", { decision_id: decided() });
    if (options.delegationRefuses !== undefined)
      return failure(options.delegationRefuses, { decision_id: decided() });
    const proof = await verifyProof(
      request.dpop,
      { method: "POST", url: tokenUrl(ISSUER) },
      numericDate(clock),
    );
    const claims = parseClaims(DelegationClaims, readCompactJws(request.actor_token).claims);
    if (claims.cnf.jkt !== proof.thumbprint || proof.thumbprint === parent.key)
      return failure("proof_invalid");
    const run = {
      ...parent,
      runId: newId("run", clock.now()),
      agent: claims.child.agent,
      chain: [...parent.chain, claims.child.agent],
      root: parent.root,
      parent: parent.runId,
      ceiling: claims[CLAIMS.ceiling],
      renewals: 0,
      key: proof.thumbprint,
    };
    runs.push(run);
    return started(run);
  }

  const decided = (): string => newId("dec", clock.now());

  function started(run: FakeRun & { readonly key: string }): TokenAnswer {
    const token = `run-token.${randomToken(32)}`;
    byToken.set(token, run);
    return {
      ok: true,
      access_token: token,
      issued_token_type: TOKEN_TYPE_URIS.run,
      token_type: "DPoP",
      expires_in: 600,
      run: {
        run_id: run.runId,
        tenant: options.tenant ?? "acme",
        thread: run.thread,
        root: run.root,
        ...(run.parent === undefined ? {} : { parent: run.parent }),
        chain: run.chain,
        principal_kind: run.userToken === undefined ? "agent" : "user",
        principal_hash: sha256(run.userToken ?? run.agent),
        background: run.background,
      },
    };
  }

  function act(request: TokenRequest): TokenAnswer {
    const run = byToken.get(request.subject_token);
    if (run === undefined || isOver(run)) return failure("run_ended", { decision_id: decided() });
    const claims: { readonly [name: string]: unknown } = readCompactJws(request.actor_token).claims;
    if (claims["ath"] !== sha256(request.subject_token)) return failure("token_untrusted");
    const action = parseAction(claims["action"]);
    const { tool, id } = claims["call"] as { tool: string; id: string };
    const approvalId = claims["approval_id"] as string | undefined;
    proposals.push({ action, tool, callId: id, approvalId, claims });
    const decision = options.decide?.(action, approvalId) ?? "allow";
    const decisionId = decided();
    if (typeof decision === "object")
      return failure(decision.reason, {
        decision_id: decisionId,
        approval_id: decision.approvalId,
        approval_uri: `${ISSUER}/approvals/${decision.approvalId}`,
      });
    if (decision !== "allow") return failure(decision, { decision_id: decisionId });
    const { released, jobSeconds } = options;
    const jobEnds = jobSeconds === undefined ? {} : { job_until: numericDate(clock) + jobSeconds };
    const prolongs = claims["prolong"] as string | undefined;
    const leaseId = prolongs ?? newId("lease", clock.now());
    const leaseEndsAt = Math.min(
      (leaseEnds.get(leaseId) ?? numericDate(clock)) + 60,
      jobEnds.job_until ?? Infinity,
    );
    leaseEnds.set(leaseId, leaseEndsAt);
    const custody = released === undefined ? "gateway" : "released";
    const token = released ?? randomToken(32);
    if (released === undefined && prolongs === undefined) handles.set(token, { key: run.key, used: false });
    return {
      ok: true,
      access_token: token,
      issued_token_type: released === undefined ? TOKEN_TYPE_URIS.handle : TOKEN_TYPE_URIS.accessToken,
      token_type: released === undefined ? "DPoP" : "N_A",
      expires_in: 60,
      lease: {
        lease_id: leaseId,
        decision_id: decisionId,
        gateway: GATEWAY,
        origins,
        max_uses: 1,
        residual: { summary: "none", axes: [], heldBy: custody === "released" ? "tool" : "gateway" },
        custody,
        ...jobEnds,
        credential: {
          kind: "fake",
          fingerprint: sha256(token),
          lease_expires_at: leaseEndsAt,
        },
        decision: {
          policy_version: "fake",
          approval: approvalId === undefined ? "none" : "granted",
          evidence: "none",
        },
      },
    };
  }

  const client: BrokerClient = {
    issuer: ISSUER,
    token: (asked) =>
      askWithProof(asked, async (request) => {
        if (request.subject_token_type !== TOKEN_TYPE_URIS.run) return start(request);
        if (request.actor_token_type === TOKEN_TYPE_URIS.workload) return renew(request);
        return request.actor_token_type === TOKEN_TYPE_URIS.delegation ? delegate(request) : act(request);
      }),
    endRun: async (runToken, proof) => {
      const run = byToken.get(runToken);
      const verified = await verifyProof(
        proof,
        { method: "POST", url: endRunUrl(ISSUER), token: runToken },
        numericDate(clock),
      );
      if (run === undefined || run.key !== verified.thumbprint) throw new Refusal("proof_invalid");
      run.ended = true;
    },
    approvals: fakeApprovals({
      issuer: ISSUER,
      clock,
      becomes: options.approval,
      keyOf: (runToken) => {
        const run = byToken.get(runToken);
        return run === undefined || isOver(run) ? undefined : run.key;
      },
    }),
  };
  const gateway = fakeGateway({
    handles,
    clock,
    requests,
    origin: origins[0] ?? "",
    released: options.released,
    refuses: options.gatewayRefuses,
    respond: options.respond,
  });
  return Object.freeze({ client, fetch: gateway, runs, proposals, requests });
}

function failure(reason: Reason, more: Partial<TokenFailure> = {}): TokenFailure {
  return {
    ok: false,
    error: REASONS[reason].oauth,
    error_description: REASONS[reason].text,
    reason,
    retryable: isRetryable(reason),
    ...more,
  };
}
