import { flushCompileCache } from "node:module";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { stripe } from "@watchword/adapter-stripe";
import { createGateway, listen } from "@watchword/gateway";
import { createBroker, fileKeys } from "../src/index.ts";
import { postgres } from "../src/postgres/index.ts";
import { served } from "./crash-served.ts";
import type { ReplicaOrder } from "./replica-process.ts";

/** A broker and its gateway as one replica: the store and the directory of keys are others', too. */
const order = JSON.parse(await text(process.stdin)) as ReplicaOrder;
const { issuer } = order;
const store = await postgres({ url: order.storeUrl });
const listener = await listen({ host: "127.0.0.1", port: 0 });
const systems = { payments: stripe({ baseUrl: order.twinUrl }) };
const broker = await createBroker({
  issuer,
  gateway: listener.url,
  policy: "stored",
  store,
  keys: await fileKeys(join(order.directory, "keys")),
  verifiers: [],
  systems,
  environment: "development",
  isolation: "own-process",
});
listener.serve(createGateway({ url: listener.url, issuer, leases: broker.leases, systems }).fetch);
const { url } = await served(broker);
// With whoever started it.
process.once("disconnect", () => process.exit());
// Who is killed cannot do it at its end.
flushCompileCache();
process.stdout.write(`${JSON.stringify({ url, gatewayUrl: listener.url })}\n`);
