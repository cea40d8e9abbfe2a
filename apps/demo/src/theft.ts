import { generateSigner, signProof } from "@watchword/core";
import { type Scene, effects, show } from "./scene.ts";
import { refund } from "./tools.ts";

/**
 * A thief listens between runtime and gateway and holds everything that crosses: the handle and the proofs. Without the
 * run key, which never leaves the runtime, none of it opens anything.
 */
export async function theft(scene: Scene): Promise<void> {
  const { world, report, twin, dana } = scene;
  report.heading(6, "A thief reads a gateway handle off the wire.");
  const before = effects(twin);
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
  await world.runtime("support@3", tapped).run({ user: { token: dana } }, async () => {
    await refund.execute({ charge: "ch_acme_4" });
    // Under a policy that refuses this refund there is no handle to steal; what is expected below then says so.
    if (loot.url === "") return;
    const replayed = await post(loot.url, loot.handle, loot.proof);
    report.expect(replayed.status === 401, "the used handle with its own proof is dead");
  });
  const lines = await show(scene, 6);
  report.expect(loot.stolen?.status === 401, "the fresh handle with the thief's own key is dead");
  report.expect(
    lines.some((line) => line.reason === "proof_invalid") &&
      lines.some((line) => line.reason === "lease_used"),
    "both are recorded: proof_invalid, lease_used",
  );
  report.expect(effects(twin) - before === 1, "only the owner's request reached the payment system");
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
