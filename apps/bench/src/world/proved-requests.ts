import { type Agent, request } from "node:http";
import { type Signer, signProof } from "@watchword/core";
import type { Contestant } from "../frame/compare.ts";
import type { MeasuredProcess } from "../frame/measured-process.ts";
import { connections } from "../frame/post-all.ts";
import { NOTE_BODY, NOTE_PATH } from "./noted-orders.ts";

/** What the gateway is known by, whatever port it listens on: proofs are made for it. */
export const GATEWAY = "https://gateway.bench.example";
const PATH = `/orders${NOTE_PATH}`;
const CONNECTIONS = 32;

/** A proxy or gateway that is measured: each operation is one request with a proof of its own, made beforehand. */
export function provedContestant(
  name: string,
  server: MeasuredProcess<{ url: string }>,
  { signer, handle }: { readonly signer: Signer; readonly handle: string },
): Contestant {
  const agent = connections(CONNECTIONS);
  let proofs: string[] = [];
  return {
    name,
    prepare: async (operations) => {
      const now = Math.floor(Date.now() / 1_000);
      const target = { method: "POST", url: `${GATEWAY}${PATH}`, token: handle };
      proofs = await Promise.all(Array.from({ length: operations }, () => signProof(signer, target, now)));
    },
    run: async () => {
      // While others worked the server may have closed some for being idle, which would look like a failure of its own.
      agent.destroy();
      const left = proofs.splice(0);
      let failures = 0;
      const worker = async (): Promise<void> => {
        for (let proof = left.pop(); proof !== undefined; proof = left.pop())
          if ((await send(server.ready.url, agent, { authorization: `DPoP ${handle}`, dpop: proof })) !== 200)
            failures += 1;
      };
      await Promise.all(Array.from({ length: CONNECTIONS }, worker));
      return failures;
    },
    cpuMicroseconds: () => server.cpuMicroseconds(),
  };
}

function send(url: string, agent: Agent, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${url}${PATH}`, {
      method: "POST",
      agent,
      headers: { ...headers, "content-type": "application/json", "content-length": NOTE_BODY.byteLength },
    });
    outgoing.once("error", reject);
    outgoing.once("response", (incoming) => {
      incoming.resume();
      incoming.once("error", reject);
      incoming.once("end", () => resolve(incoming.statusCode ?? 0));
    });
    outgoing.end(NOTE_BODY);
  });
}
