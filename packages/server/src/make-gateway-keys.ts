import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Refusal, publicJwkOf } from "@watchword/core";

/**
 * Makes the key pair that credentials are encrypted to on their way to gateways: `gateway.key`, readable by its owner alone,
 * and `gateway.public.jwk` for the broker. Neither is replaced when it is there: the other side would still have the old one.
 *
 * @returns the two paths
 * @throws Refusal `configuration_invalid` when they cannot be made, or one is there
 */
export async function makeGatewayKeys(
  directory: string,
): Promise<{ readonly privateKey: string; readonly publicKey: string }> {
  const pair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
  const { kty, crv, x, y, d } = await crypto.subtle.exportKey("jwk", pair.privateKey);
  const privateKey = join(directory, "gateway.key");
  const publicKey = join(directory, "gateway.public.jwk");
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    // The private one first: a public key without it would be one that nobody can use.
    await writeFile(privateKey, `${JSON.stringify({ kty, crv, x, y, d })}\n`, { mode: 0o600, flag: "wx" });
    await writeFile(publicKey, `${JSON.stringify(publicJwkOf({ kty, crv, x, y }))}\n`, { flag: "wx" });
  } catch (error) {
    const there = (error as NodeJS.ErrnoException).code === "EEXIST";
    throw new Refusal("configuration_invalid", {
      detail: there
        ? `${directory} holds a gateway's key already; name another directory, then change gateways and broker together`
        : `${directory} cannot be made for a gateway's keys`,
    });
  }
  return { privateKey, publicKey };
}
