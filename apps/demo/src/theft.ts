import { generateSigner, signProof } from "@watchword/core";
import type { JobResults, JobWorld } from "./jobs.ts";
import { refund } from "./tools.ts";

/**
 * A thief listens between runtime and gateway and holds everything that crosses: the handle and the proofs. Without the
 * run key, which never leaves the runtime, none of it opens anything.
 */
export async function theft(world: JobWorld, user: string): Promise<JobResults["theft"]> {
  const loot: { url: string; handle: string; proof: string; stolen: Response | undefined } = {
    url: "",
    handle: "",
    proof: "",
    stolen: undefined,
  };
  const tapped: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    loot.url = request.url;
    loot.handle = (request.headers.get("authorization") ?? "").replace(/^DPoP /, "");
    loot.proof = request.headers.get("dpop") ?? "";
    loot.stolen = await withKeyOfTheThief(loot);
    return fetch(request);
  };
  const runtime = await world.runtime("support@3", tapped);
  const replayed = await runtime.run({ user: { token: user } }, async () => {
    await refund.execute({ charge: "ch_acme_4" });
    // Under a policy that refuses this refund there is no handle to steal; what the demo expects then says so.
    return loot.url === "" ? undefined : (await post(loot.url, loot.handle, loot.proof)).status;
  });
  return { stolen: loot.stolen?.status, replayed };
}

async function withKeyOfTheThief(loot: { url: string; handle: string }): Promise<Response> {
  const key = await generateSigner();
  const url = loot.url.split("?")[0] ?? loot.url;
  return post(
    loot.url,
    loot.handle,
    await signProof(key, { method: "POST", url, token: loot.handle }, Math.floor(Date.now() / 1000)),
  );
}

function post(url: string, handle: string, proof: string): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: {
      authorization: `DPoP ${handle}`,
      dpop: proof,
      "content-type": "application/x-www-form-urlencoded",
    },
    body: "charge=ch_acme_4",
    redirect: "error",
  });
}
