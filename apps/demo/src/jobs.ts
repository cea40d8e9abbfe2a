import { type PendingAction, type Runtime, currentRun, delegate } from "@watchword/middleware";
import type { Refusal } from "@watchword/core";
import { capability } from "@watchword/middleware";
import { type Escalation, type Question, comment, customerOrders, escalate } from "./desk-tools.ts";
import { theft } from "./theft.ts";
import {
  type RefundArguments,
  lookup,
  lookupWhen,
  mergePull,
  mismatchedRefund,
  payments,
  refund,
} from "./tools.ts";

/** What a job works with. */
export interface JobWorld {
  runtime(agent: string, fetch?: typeof globalThis.fetch): Promise<Runtime>;
  /** Waits until the demo says to go on. */
  pause(): Promise<void>;
}

type Denied = { readonly reason: string };
type Refunded = { readonly refund: string; readonly amount: number; readonly currency: string };
type LookedUp = { readonly charge: string; readonly amount: number };

/** What the demo orders. Tokens of users come along; nothing else in here is secret. */
export interface JobOrders {
  refund: { readonly user: string; readonly call: RefundArguments; readonly paused?: boolean };
  wait: { readonly user: string; readonly thread: string; readonly call: RefundArguments };
  resume: {
    readonly user: string;
    readonly thread: string;
    readonly call: RefundArguments;
    readonly pending: PendingAction;
  };
  mismatch: { readonly user: string; readonly call: Required<RefundArguments> };
  theft: { readonly user: string };
  reader: { readonly user: string };
  merge: { readonly number: number };
  subagent: { readonly user: string };
  orphan: { readonly user: string };
  escalate: { readonly user: string; readonly call: Escalation };
  comment: { readonly user: string; readonly call: { readonly issue: string; readonly text: string } };
  orders: { readonly user: string; readonly call: Question };
}
export type JobName = keyof JobOrders;

/** What came of it: what the model would have seen. */
export interface JobResults {
  refund: Refunded | Denied;
  wait: { readonly result: Refunded | Denied; readonly pending: PendingAction | undefined };
  resume: Refunded | Denied;
  mismatch: Refunded | Denied;
  theft: { readonly stolen: number | undefined; readonly replayed: number | undefined };
  reader: { readonly read: LookedUp | Denied; readonly wrote: Refunded | Denied };
  merge: { readonly merged: boolean; readonly sha: string } | Denied;
  subagent: {
    readonly chain: readonly string[];
    readonly read: LookedUp | Denied;
    readonly refunded: Refunded | Denied;
    readonly wider: string;
  };
  orphan: { readonly read: LookedUp | Denied };
  escalate: { readonly status: number } | Denied;
  comment: { readonly status: number } | Denied;
  orders: { readonly rows: number } | Denied;
}

/** Each job is an agent at work: a scripted model calls guarded tools inside a run. */
export const JOBS: {
  readonly [Name in JobName]: (world: JobWorld, order: JobOrders[Name]) => Promise<JobResults[Name]>;
} = {
  refund: async (world, { user, call, paused }) =>
    (await world.runtime("support@3")).run({ user: { token: user } }, async () => {
      if (paused === true) await world.pause();
      return refund.execute(call);
    }),

  wait: async (world, { user, thread, call }) => {
    let pending: PendingAction | undefined;
    const runtime = await world.runtime("support@3");
    const result = await runtime.run({ thread, user: { token: user } }, () =>
      refund.execute(call, { onApprovalRequired: (waiting) => void (pending = waiting) }),
    );
    return { result, pending };
  },

  resume: async (world, { user, thread, call, pending }) =>
    (await world.runtime("support@3")).resume(thread, { user: { token: user } }, () =>
      refund.execute(call, { pending }),
    ),

  mismatch: async (world, { user, call }) =>
    (await world.runtime("support@3")).run({ user: { token: user } }, () => mismatchedRefund.execute(call)),

  theft: (world, { user }) => theft(world, user),

  reader: async (world, { user }) =>
    (await world.runtime("refund-lookup@1")).run({ user: { token: user } }, async () => ({
      read: await lookup.execute({ charge: "ch_acme_4" }),
      wrote: await refund.execute({ charge: "ch_acme_4" }),
    })),

  merge: async (world, call) => (await world.runtime("coder@2")).run({}, () => mergePull.execute(call)),

  /** The parent hands work to a subagent, which asks for what only its parent may; then a greedier parent tries to give it. */
  subagent: async (world, { user }) =>
    (await world.runtime("support@3")).run({ user: { token: user } }, async () => {
      const child = { agent: "refund-lookup@1" };
      const seen = await delegate(child, async () => ({
        chain: currentRun()?.chain ?? [],
        read: await lookup.execute({ charge: "ch_acme_4" }),
        refunded: await refund.execute({ charge: "ch_acme_4" }),
      }));
      const wider = await delegate(
        { ...child, ceiling: [capability(payments.refundsCreate)] },
        () => "started",
      ).catch((error: unknown) => (error as Refusal).reason);
      return { ...seen, wider };
    }),

  /** The parent ends while its subagent holds a handle that it has not used yet. */
  orphan: async (world, { user }) => {
    const runtime = await world.runtime("support@3");
    let leased: () => void = () => undefined;
    const hasLease = new Promise<void>((resolve) => (leased = resolve));
    let ended: () => void = () => undefined;
    const parentEnded = new Promise<void>((resolve) => (ended = resolve));
    let child: Promise<LookedUp | Denied> | undefined;
    await runtime.run({ user: { token: user } }, async () => {
      const slow = lookupWhen(async () => {
        leased();
        await parentEnded;
      });
      child = delegate({ agent: "refund-lookup@1" }, () => slow.execute({ charge: "ch_acme_4" }));
      await Promise.race([hasLease, child.catch(() => undefined)]);
    });
    ended();
    return { read: child === undefined ? { reason: "never started" } : await child };
  },

  escalate: async (world, { user, call }) =>
    (await world.runtime("support@3")).run({ user: { token: user } }, () => escalate.execute(call)),

  comment: async (world, { user, call }) =>
    (await world.runtime("support@3")).run({ user: { token: user } }, () => comment.execute(call)),

  orders: async (world, { user, call }) =>
    (await world.runtime("support@3")).run({ user: { token: user } }, () => customerOrders.execute(call)),
};
