import type { Agent } from "node:http";
import type { Contestant } from "../frame/compare.ts";
import type { MeasuredProcess } from "../frame/measured-process.ts";
import { connections, postAll } from "../frame/post-all.ts";

/** A server that is measured: each operation is one form, made beforehand, posted to its token endpoint. */
export function servedContestant(
  name: string,
  server: MeasuredProcess<{ url: string }>,
  forms: (count: number) => Promise<Buffer[]>,
  agent: Agent = connections(),
): Contestant {
  let ready: Buffer[] = [];
  return {
    name,
    prepare: async (operations) => void (ready = await forms(operations)),
    run: async (operations) => {
      const batch = ready.splice(0, operations);
      if (batch.length < operations) throw new Error(`${name} has no ${operations} forms`);
      // While others worked the server may have closed some for being idle, which would look like a failure of its own.
      agent.destroy();
      return postAll(`${server.ready.url}/token`, batch, agent);
    },
    cpuMicroseconds: () => server.cpuMicroseconds(),
  };
}
