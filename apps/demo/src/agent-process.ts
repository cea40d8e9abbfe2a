import { text } from "node:stream/consumers";
import type { PendingAction } from "@watchword/middleware";
import { refund } from "./tools.ts";
import { type WorldSettings, openWorld } from "./world.ts";

/**
 * The support agent in a process of its own, for the step in which that process dies while a person decides. What it
 * needs arrives on standard input, never on the command line; what it has to say leaves as one JSON line.
 */
interface AgentOrder {
  readonly settings: WorldSettings;
  readonly userToken: string;
  readonly thread: string;
  readonly charge: string;
  readonly cents: number;
  /** The pending action that an earlier process left behind. */
  readonly pending?: PendingAction;
}

const order = JSON.parse(await text(process.stdin)) as AgentOrder;
const world = await openWorld(order.settings);
const runtime = world.runtime("support@3");
const call = { charge: order.charge, cents: order.cents };
const options = { thread: order.thread, user: { token: order.userToken } };

if (order.pending === undefined) {
  let pending: PendingAction | undefined;
  await runtime.run(options, async () => {
    const result = await refund.execute(call, { onApprovalRequired: (waiting) => void (pending = waiting) });
    process.stdout.write(`${JSON.stringify({ result, pending })}\n`);
    // An agent that waits for a person: this process is killed meanwhile.
    await new Promise(() => setInterval(() => undefined, 1_000));
  });
} else {
  const { pending } = order;
  const result = await runtime.resume(order.thread, { user: options.user }, () =>
    refund.execute(call, { pending }),
  );
  process.stdout.write(`${JSON.stringify({ result })}\n`);
  await world[Symbol.asyncDispose]();
}
