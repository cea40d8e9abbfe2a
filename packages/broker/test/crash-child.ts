import { flushCompileCache } from "node:module";
import { text } from "node:stream/consumers";
import type { Store } from "@watchword/core";
import { sqlite } from "../src/sqlite/index.ts";
import { CRASH_POLICY } from "./crash-policy.ts";
import type { CrashOrder } from "./crash-server.ts";
import { served } from "./crash-served.ts";
import { world } from "./world.ts";

/**
 * A broker and its gateway as a server that dies by SIGKILL at one point: at a durable step of an act, at the gateway
 * around the request that leaves, or on either side of a transaction of the store. Its agents live in another process.
 */
const order = JSON.parse(await text(process.stdin)) as CrashOrder;
const die = (point: string): void => {
  if (point === order.point) process.kill(process.pid, "SIGKILL");
};

const place = await world({
  directory: order.directory,
  twinUrl: order.twinUrl,
  policy: CRASH_POLICY,
  broker: { onStep: die },
  store: async (path) => dying(await sqlite(path)),
  gatewayFetch: async (input, init) => {
    die("claimed");
    const response = await fetch(input, init);
    die("sent");
    return response;
  },
});
const { url } = await served(place.broker);
const user = await place.userToken("dana", { org_id: "acme" });
// Who is killed cannot do it at its end.
flushCompileCache();
process.stdout.write(`${JSON.stringify({ url, user })}\n`);

/** The store, but the process dies before or after one kind of its transactions. */
function dying(store: Store): Store {
  const startRun = store.startRun.bind(store);
  const renewRun = store.renewRun.bind(store);
  const endRun = store.endRun.bind(store);
  const settle = store.settle.bind(store);
  const around = async <Answer>(name: string, write: () => Promise<Answer>): Promise<Answer> => {
    die(`before ${name}`);
    const answer = await write();
    die(`after ${name}`);
    return answer;
  };
  const watched: Pick<Store, "startRun" | "renewRun" | "endRun" | "settle"> = {
    // A root's start is no point: without it there is nobody who could delegate, renew or end.
    startRun: (run, ...rest) =>
      run.ancestors.length === 0
        ? startRun(run, ...rest)
        : around("the start of a child", () => startRun(run, ...rest)),
    renewRun: (...given) => around("a renewal", () => renewRun(...given)),
    endRun: (...given) => around("the end of a run", () => endRun(...given)),
    settle: (...given) => around("a settlement", () => settle(...given)),
  };
  return Object.assign(store, watched);
}
