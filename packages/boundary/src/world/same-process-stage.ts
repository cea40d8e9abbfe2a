import { type Clock, Refusal, type Store, numericDate } from "@watchword/core";
import { type Policy, ceilingFor } from "@watchword/policy";
import type { RunningSystem } from "../system-under-test.ts";
import { arrangeEvidence } from "./arrange-evidence.ts";
import { decideAs } from "./decide-as.ts";
import { deedOf } from "./deed-of.ts";
import { identifyRun } from "./identify-run.ts";
import type { IntentWitness } from "./intent-witness.ts";
import { LedgerWitness } from "./ledger-witness.ts";
import type { WorldParts } from "./load-parts.ts";
import type { SecretWitness } from "./secret-witness.ts";
import type { SentWitness } from "./sent-witness.ts";
import type { Stage } from "./stage.ts";
import { toolCallFor } from "./tool-call-for.ts";
import { TwinWitness } from "./twin-witness.ts";
import type { StarterKey } from "./starter-key.ts";
import type { WorldIssuers } from "./world-issuers.ts";
import { type WorldSpans, checkSpans } from "./world-spans.ts";
import type { WorldTenants } from "./world-tenants.ts";

/** A clock that stands still until it is moved. */
export interface WorldClock extends Clock {
  move(to: number): void;
}

/** Everything that a stage arranges with. */
export interface StageSet {
  readonly policy: Policy;
  readonly broker: Awaited<ReturnType<WorldParts["createBroker"]>>;
  readonly store: Store;
  readonly issuer: string;
  readonly issuers: WorldIssuers;
  readonly tenants: WorldTenants;
  readonly systems: Readonly<Record<string, RunningSystem>>;
  readonly clock: WorldClock;
  readonly secrets: SecretWitness;
  readonly spans: WorldSpans;
  readonly intents: IntentWitness;
  readonly sent: SentWitness;
  /** Where the store's files are. */
  readonly directory: string;
  readonly starters: Readonly<Record<string, StarterKey>>;
  /** Signs a statement for a `dsse` source; left out: nobody holds its key. */
  readonly sign?: (source: string, payload: string) => string | undefined;
}

/** Seconds. */
const LONGER_THAN_LEASES = 172_800;

/** A stage over values in the same process. */
export function sameProcessStage(set: StageSet): Stage {
  const ledger = new LedgerWitness(set.store);
  const arranging = new Map<string, Promise<void>>();
  const arranged = new Set<string>();
  const twins = new TwinWitness(Object.values(set.systems).map(({ twin }) => twin));
  return Object.freeze<Stage>({
    time: async (to) => {
      const ahead = to === undefined ? 0 : to - numericDate(set.clock);
      if (to !== undefined) set.clock.move(to);
      // Nobody sweeps in a world but its clock: by then every lease has ended, and gives back what it was never used for.
      if (ahead >= LONGER_THAN_LEASES) await set.broker.sweep();
      return numericDate(set.clock);
    },
    identify: (wanted) => identifyRun(set, wanted),
    evidence: (wanted) => {
      const key = JSON.stringify(wanted);
      const known = arranging.get(key);
      if (known !== undefined) return known;
      const done = arrangeEvidence(set, wanted, arranged);
      arranging.set(key, done);
      return done;
    },
    approve: async ({ approvalId, condition }) => {
      try {
        await decideAs(set, approvalId, condition);
        return { refused: null };
      } catch (error) {
        if (Refusal.is(error)) return { refused: error.reason };
        throw error;
      }
    },
    stop: async (wanted) => {
      if ("run" in wanted) await set.broker.runs.kill(wanted.run, "boundary");
      else if (wanted.thaw === true) await set.broker.runs.thaw(`tenant:${wanted.tenant}`, "boundary");
      else await set.broker.runs.freeze(`tenant:${wanted.tenant}`, "boundary");
    },
    toolCall: (wanted) => toolCallFor(set, wanted),
    ceiling: async ({ agent, tenant }) =>
      ceilingFor(set.policy, agent, { id: tenant, systems: systemsOf(set, tenant) }),
    seen: async () => twins.seen(set.secrets.mints),
    recorded: async (decisionId) => ({
      ...(await ledger.recorded(decisionId)),
      traced: set.spans.traced(decisionId),
    }),
    deed: (wanted) => deedOf(set, wanted),
    prove: async () => {
      await set.broker.checkpoint();
      const report = await set.broker.verifyLedger();
      await set.secrets.lookInto(set.directory);
      const { leaks, trace } = checkSpans(set.spans.finished(), set.secrets.secrets);
      return {
        ledgerIntact: report.ok,
        records: report.records,
        leaks: [...set.secrets.leaks, ...leaks],
        openRoutes: undefined,
        trace,
        unrecordedMints: set.intents.unrecordedMints,
      };
    },
  });
}

function systemsOf({ systems, tenants }: StageSet, tenant: string) {
  const side = tenant === tenants.own ? "own" : "other";
  return Object.fromEntries(
    Object.entries(systems).map(([name, running]) => [name, { account: running[side].account }]),
  );
}
