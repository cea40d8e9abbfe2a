import { request } from "node:https";
import { type LeaseDirectory, Refusal, generateEnvelopeKey } from "@watchword/core";
import { httpLeaseDirectory } from "@watchword/gateway";
import { expect, onTestFinished, test } from "vitest";
import { CELL_NAMES } from "../src/cells/gateway-methods.ts";
import { selfSigned } from "../src/cells/self-signed.ts";
import { serveLeases } from "../src/cells/serve-leases.ts";
import { Closing } from "../src/world/closing.ts";
import { loadParts } from "../src/world/load-parts.ts";

const refusing = async (): Promise<never> => {
  throw new Refusal("lease_unknown");
};
const none: LeaseDirectory = { open: refusing, claimUse: refusing, refuse: refusing, settle: refusing };

test("leases are served to the gateway's own certificate and key, and to nobody else on the network", async () => {
  const [broker, gateway, stranger] = [
    selfSigned(CELL_NAMES),
    selfSigned(CELL_NAMES),
    selfSigned(CELL_NAMES),
  ];
  const [key, otherKey] = [await generateEnvelopeKey(), await generateEnvelopeKey()];
  const stack = new Closing();
  onTestFinished(() => stack.close());
  const url = await serveLeases(
    await loadParts(),
    none,
    {
      own: broker,
      gateway: { certificate: gateway.certificate, key: key.publicJwk },
      host: "127.0.0.1",
    },
    stack,
  );
  const reach = (own: typeof gateway, authority: typeof broker, with_ = key): Promise<void> =>
    httpLeaseDirectory({ url, key: with_, mutualTls: { ...own, authority: authority.certificate } }).reach();

  await reach(gateway, broker);
  await expect(reach(stranger, broker)).rejects.toMatchObject({ reason: "broker_unavailable" });
  await expect(reach(gateway, broker, otherKey)).rejects.toMatchObject({ reason: "configuration_invalid" });
  // The gateway asks no broker but the one that it has met.
  await expect(reach(gateway, stranger)).rejects.toMatchObject({ reason: "broker_unavailable" });
  await expect(
    new Promise((resolve, reject) => {
      const asking = request(url, { method: "POST", ca: broker.certificate, path: "/leases/reach" }, resolve);
      asking.once("error", reject).end("{}");
    }),
  ).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_SSL|ECONNRESET/) as string });
});
