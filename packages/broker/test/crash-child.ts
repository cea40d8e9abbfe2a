import { text } from "node:stream/consumers";
import { type Action } from "@watchword/core";
import { sendRefund, world } from "./world.ts";

/**
 * A broker with its agent that dies by SIGKILL at one point of an approved refund: at a durable step of the act, or at
 * the gateway right before or right after the request reaches the payment system.
 */
interface CrashOrder {
  readonly directory: string;
  readonly twinUrl: string;
  readonly point: string;
  readonly action: Action;
  readonly approvalId: string;
}

const order = JSON.parse(await text(process.stdin)) as CrashOrder;
const die = (point: string): void => {
  if (point === order.point) process.kill(process.pid, "SIGKILL");
};
const place = await world({
  directory: order.directory,
  twinUrl: order.twinUrl,
  broker: { onStep: die },
  gatewayFetch: async (input, init) => {
    die("claimed");
    const response = await fetch(input, init);
    die("sent");
    return response;
  },
});
const run = await place.start({ thread: "ticket-1" });
const answer = await place.act(run, order.action, { approvalId: order.approvalId });
if (!answer.ok) throw new Error(`refused: ${answer.reason}`);
await sendRefund(place, run, answer.access_token, "charge=ch_a3&amount=19000");
die("settled");
throw new Error(`the point ${order.point} was not reached`);
