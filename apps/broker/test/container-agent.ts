import { once } from "node:events";
import { stripeTwin } from "@watchword/emulators/stripe";
import { PAYMENTS, type SceneTokens, refund } from "./scene.ts";

/**
 * An agent and its payment system within the broker's network: the test starts this in the broker's own network
 * namespace, which has a loopback interface and nothing else. Writes what it saw as one line of JSON.
 */
const [port = "", broker = "", metrics = "", tokens = "{}"] = process.argv.slice(2);
await using twin = await stripeTwin({ ...PAYMENTS, listen: { host: "127.0.0.1", port: Number(port) } });
// The broker's connection is made once the system is there, and the agent begins after that.
console.log("there");
await once(process.stdin, "data");
const refunded = await refund(broker, JSON.parse(tokens) as SceneTokens);
const ready = await fetch(`${broker}/readyz`);
const measured = await (await fetch(`${metrics}/metrics`)).text();
const outside = await fetch("http://192.0.2.1/").then(
  () => "reached",
  (error: Error) => (error.cause as NodeJS.ErrnoException).code,
);
console.log(
  JSON.stringify({
    refunded,
    ready: ready.status,
    refunds: twin.refunds("acct_acme").length,
    leased: /watchword_exchanges_total\{exchange="act",outcome="leased"\} (\d+)/.exec(measured)?.[1],
    outside,
  }),
);
