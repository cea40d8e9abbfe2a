import {
  type Action,
  type PolicyProjections,
  type Reason,
  type ReportedDenial,
  actionDigest,
  localDecisionId,
  numericDate,
  randomToken,
  splitAgentReference,
} from "@watchword/core";
import { denyLocally } from "@watchword/policy";
import type { AssertedCall } from "./assert-action.ts";
import { DenialQueue } from "./denial-queue.ts";
import { type AskingRun, ProjectionKeeper } from "./projection-keeper.ts";
import type { RunErrorListener } from "./run-session.ts";

/** A denial that the broker was not asked for; it will be told. */
export interface MadeDenial {
  readonly reason: Reason;
  readonly decisionId: string;
  readonly policyVersion: string;
}

/** What a run denies by itself: it can only deny, and whatever it cannot say the broker decides. */
export interface LocalPolicy {
  /** `undefined`: ask the broker. Never rejects. */
  deny(action: Action, call: AssertedCall): Promise<MadeDenial | undefined>;
  /** The broker decided by this policy. */
  saw(policyVersion: string): void;
  /** Fetches the first projection, or a newer one when it is getting old, while the run begins. Never rejects. */
  begin(): Promise<void>;
  /** With each heartbeat: a newer projection is looked for, and what was denied is reported. Never rejects. */
  beat(): Promise<void>;
  /** At the run's end: waits for what is on its way, and reports the rest. Never rejects. */
  finish(): Promise<void>;
  /** The same for a subagent's run: its own projection, and its own denials by its own key. */
  ofChild(run: AskingRun): LocalPolicy;
}

/** The local policy of a runtime's runs, by a broker that offers projections. */
export function localPolicies(
  source: PolicyProjections,
  onFailure: RunErrorListener,
): (run: AskingRun) => LocalPolicy {
  const keeper = new ProjectionKeeper(source);
  const of = (run: AskingRun): LocalPolicy => {
    const { frame, clock } = run;
    const failed = (error: unknown): void => onFailure(error, frame);
    const queue = new DenialQueue(run, source, failed);
    return Object.freeze<LocalPolicy>({
      async deny(action, call) {
        try {
          const projection = await keeper.current(run, failed);
          const now = numericDate(clock);
          const denied = projection && denyLocally(projection, { ...heldOf(run), action, now });
          if (denied === undefined) return undefined;
          const denial: ReportedDenial = {
            at: now,
            nonce: randomToken(16),
            call: { tool: call.tool, id: call.id },
            action_digest: actionDigest(action),
            system: action.system,
            operation: action.operation,
            reason: denied.reason,
            failed_fact: denied.failedFact as ReportedDenial["failed_fact"],
            policy_version: denied.policyVersion,
          };
          queue.add(denial);
          return {
            reason: denied.reason,
            decisionId: localDecisionId(frame.runId, denial),
            policyVersion: denied.policyVersion,
          };
        } catch (error) {
          failed(error);
          return undefined;
        }
      },
      saw: (policyVersion) => keeper.saw(frame.agent, policyVersion),
      begin: () => keeper.begin(run, failed),
      async beat() {
        await Promise.all([keeper.refresh(run, failed), queue.flush()]);
      },
      async finish() {
        await keeper.settled(frame.agent);
        await queue.flush();
        // What was on its way may have failed; this is the last chance.
        await queue.flush();
      },
      ofChild: of,
    });
  };
  return of;
}

function heldOf({ frame }: AskingRun): {
  readonly chain: readonly string[];
  readonly tenant: string;
  readonly principalKind: "user" | "agent";
  readonly background: boolean;
} {
  return {
    chain: frame.chain.map((reference) => splitAgentReference(reference).id),
    tenant: frame.tenant,
    principalKind: frame.principalKind,
    background: frame.background,
  };
}
