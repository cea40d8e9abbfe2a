import { once } from "node:events";
import { stripeTwin } from "@watchword/emulators/stripe";
import { PAYMENTS, type SceneTokens, refund } from "./scene.ts";

/**
 * An agent and its payment system within the broker's network: one refund within the policy, one beyond it. Writes what its
 * tools got as one line of JSON.
 */
const [port = "", tokens = "{}"] = process.argv.slice(2);
await using twin = await stripeTwin({ ...PAYMENTS, listen: { host: "127.0.0.1", port: Number(port) } });
// The broker's connection is made once the system is there, and the agent begins after that.
console.log("there");
await once(process.stdin, "data");
const shown = JSON.parse(tokens) as readonly SceneTokens[];
const answers = [];
for (const [index, cents] of [1_000, 30_000].entries()) {
  const run = shown[index];
  if (run !== undefined) answers.push(await refund("http://127.0.0.1:8080", run, cents));
}
const ready = await fetch("http://127.0.0.1:9090/readyz");
console.log(JSON.stringify({ answers, ready: ready.status, refunds: twin.refunds("acct_acme").length }));
