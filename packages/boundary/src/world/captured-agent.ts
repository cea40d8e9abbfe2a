import {
  AUTHORIZATION_DETAILS_TYPES,
  type BrokerClient,
  CLAIMS,
  type Signer,
  TOKEN_EXCHANGE_GRANT,
  TOKEN_TYPES,
  TOKEN_TYPE_URIS,
  type TokenAnswer,
  agentUri,
  endRunUrl,
  generateSigner,
  randomToken,
  runUri,
  sha256,
  signProof,
  signToken,
  thumbprint,
  tokenUrl,
} from "@watchword/core";
import type { ActStep, Actor, RunStep } from "./actor.ts";
import { sendToGateway } from "./send-to-gateway.ts";
import { sendToService } from "./send-to-service.ts";
import { tamperedAssertion } from "./tampered-assertion.ts";

/** A run as its runtime holds it. */
export interface HeldRun {
  readonly id: string;
  /** `support@1` */
  readonly agent: string;
  readonly key: Signer;
  readonly token: string;
}

/** What a captured agent can reach. */
export interface CapturedAgentOptions {
  readonly client: BrokerClient;
  /** How its requests to the gateway leave. */
  readonly fetch: typeof fetch;
  /** NumericDate of the agent's own clock. */
  readonly now: () => number;
}

/** A captured agent over a broker's client: keys, run tokens and handles stay in here. */
export function capturedAgent(options: CapturedAgentOptions): Actor {
  const { client, now } = options;
  const runs = new Map<string, HeldRun>();
  const handles = new Map<
    string,
    { readonly handle: string; readonly gateway: string; readonly released: boolean }
  >();
  /** The last assertion about each effect. */
  const assertions = new Map<string, string>();
  const held = (name: string): HeldRun => {
    const run = runs.get(name);
    if (run === undefined) throw new TypeError(`the agent holds no run ${name}`);
    return run;
  };
  const keep = (answer: TokenAnswer, key: Signer, agent: string): RunStep => {
    if (!answer.ok || answer.run === undefined) return { ...stepOf(answer), run: null, runId: null };
    const name = `run-${runs.size + 1}`;
    runs.set(name, { id: answer.run.run_id, agent, key, token: answer.access_token });
    return { ...stepOf(answer), run: name, runId: answer.run.run_id };
  };

  return Object.freeze<Actor>({
    start: async (call) => {
      const key = await generateSigner();
      const agent = versioned(call.agent);
      const details = {
        type: AUTHORIZATION_DETAILS_TYPES.run,
        agent,
        thread: call.thread,
        background: call.background,
        ...(call.tenant === undefined ? {} : { tenant: call.tenant }),
        ...(call.ceiling === undefined ? {} : { ceiling: call.ceiling }),
      };
      const { workload, idToken, ticket } = TOKEN_TYPE_URIS;
      const alone = call.subjectToken === null;
      const answer = await client.token({
        grant_type: TOKEN_EXCHANGE_GRANT,
        subject_token: call.subjectToken ?? call.workloadToken,
        subject_token_type: alone ? workload : call.subjectKind === "ticket" ? ticket : idToken,
        actor_token: call.workloadToken,
        actor_token_type: workload,
        requested_token_type: TOKEN_TYPE_URIS.run,
        authorization_details: JSON.stringify([details]),
        dpop: (nonce) =>
          signProof(
            key,
            { method: "POST", url: tokenUrl(client.issuer), ...(nonce === undefined ? {} : { nonce }) },
            now(),
          ),
      });
      return keep(answer, key, agent);
    },
    delegate: async (call) => {
      const parent = held(call.parent);
      const key = await generateSigner();
      const agent = versioned(call.agent);
      const statement = await signToken(parent.key, TOKEN_TYPES.delegation, {
        ...statementClaims(client.issuer, parent, now()),
        txn: randomToken(16),
        child: {
          agent,
          ...(call.lifetimeSeconds === undefined ? {} : { lifetime_seconds: call.lifetimeSeconds }),
        },
        cnf: { jkt: await thumbprint(key.publicJwk) },
        ...(call.ceiling === undefined ? {} : { [CLAIMS.ceiling]: call.ceiling }),
      });
      const answer = await client.token({
        grant_type: TOKEN_EXCHANGE_GRANT,
        subject_token: parent.token,
        subject_token_type: TOKEN_TYPE_URIS.run,
        actor_token: statement,
        actor_token_type: TOKEN_TYPE_URIS.delegation,
        requested_token_type: TOKEN_TYPE_URIS.run,
        dpop: (nonce) =>
          signProof(
            key,
            { method: "POST", url: tokenUrl(client.issuer), ...(nonce === undefined ? {} : { nonce }) },
            now(),
          ),
      });
      return keep(answer, key, agent);
    },
    act: async (call) => {
      const run = held(call.run);
      const other = call.other === undefined ? undefined : held(call.other);
      const claims = {
        ...statementClaims(client.issuer, run, now()),
        txn: call.action.txn,
        call: { tool: call.tool, id: `call-${call.action.txn}` },
        action: { v: 1, ...call.action },
        ...(call.approvalId === undefined ? {} : { approval_id: call.approvalId }),
      };
      const earlier = call.tampering === "replayed" ? assertions.get(call.action.txn) : undefined;
      const assertion = earlier ?? (await tamperedAssertion(run, claims, call.tampering));
      assertions.set(call.action.txn, assertion);
      const answer = await client.token({
        grant_type: TOKEN_EXCHANGE_GRANT,
        subject_token: call.tampering === "another-runs-token" ? (other ?? run).token : run.token,
        subject_token_type: TOKEN_TYPE_URIS.run,
        actor_token: assertion,
        actor_token_type: TOKEN_TYPE_URIS.assertion,
      });
      return { ...stepOf(answer), ...actPart(answer) };
    },
    send: async ({ handle: name, run, request }) => {
      const handle = handles.get(name);
      if (handle === undefined) throw new TypeError(`the agent holds no handle ${name}`);
      const key = run === null ? undefined : held(run).key;
      return handle.released
        ? sendToService(options, handle.handle, key, request)
        : sendToGateway(options, handle, key, request);
    },
    end: async ({ run: name }) => {
      const run = held(name);
      const target = { method: "POST", url: endRunUrl(client.issuer), token: run.token };
      await client.endRun(run.token, await signProof(run.key, target, now()));
    },
  });

  function actPart(answer: TokenAnswer): Pick<ActStep, "handle" | "approvalId"> {
    if (!answer.ok) return { handle: null, approvalId: answer.approval_id ?? null };
    const name = `handle-${handles.size + 1}`;
    const { gateway = "", custody } = answer.lease ?? {};
    handles.set(name, { handle: answer.access_token, gateway, released: custody === "released" });
    return { handle: name, approvalId: null };
  }
}

/** An answer of the broker as one step of an attempt. */
export function stepOf(answer: TokenAnswer): {
  ok: boolean;
  reason: RunStep["reason"];
  decisionId: string | null;
} {
  if (!answer.ok) return { ok: false, reason: answer.reason, decisionId: answer.decision_id ?? null };
  return { ok: true, reason: null, decisionId: answer.lease?.decision_id ?? null };
}

function statementClaims(
  issuer: string,
  run: HeldRun,
  now: number,
): { iss: string; sub: string; aud: string; iat: number; exp: number; jti: string; ath: string } {
  return {
    iss: runUri(run.id),
    sub: agentUri(run.agent),
    aud: issuer,
    iat: now,
    exp: now + 60,
    jti: randomToken(16),
    ath: sha256(run.token),
  };
}

/** An agent is asserted with a version; which one makes no difference to any grant. */
export function versioned(agent: string): string {
  return agent.includes("@") ? agent : `${agent}@1`;
}
