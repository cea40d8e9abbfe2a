import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { signToken } from "@watchword/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { federationKeySet } from "../src/federation-key-set.ts";
import { type BrokerKeys, type FederationAlgorithm, fileKeys, rotateKey } from "../src/index.ts";
import { federationHttp } from "../src/http/index.ts";
import { refusalOf } from "./refusal-of.ts";
import { world } from "./world.ts";

let now: number;
const clock = { now: (): number => now };
let directory: string;
beforeEach(async () => {
  now = 1_800_000_000_000;
  directory = await mkdtemp(join(tmpdir(), "watchword-algorithm-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const open = (federationAlgorithm?: FederationAlgorithm): Promise<BrokerKeys> =>
  fileKeys(directory, { clock, ...(federationAlgorithm === undefined ? {} : { federationAlgorithm }) });
const algorithms = ({ federation }: BrokerKeys): string[] =>
  federationKeySet(federation).keys.map(({ alg }) => alg);
/** The header of a token that is signed now. */
async function signsBy({ federation }: BrokerKeys): Promise<unknown> {
  const token = await signToken(federation.signer, "JWT", { sub: "tenant:acme:system:shop" });
  return JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString());
}

test.for(["ES256", "RS256"] as const)(
  "a broker whose issuer is to sign %s does, publishes no other, and every other kind signs ES256",
  async (algorithm) => {
    const keys = await open(algorithm);
    expect(await signsBy(keys)).toEqual({ alg: algorithm, typ: "JWT", kid: keys.federation.signer.keyId });
    expect(algorithms(keys)).toEqual([algorithm]);
    expect([keys.runs.signer.publicJwk.kty, keys.access.signer.publicJwk.kty]).toEqual(["EC", "EC"]);
    await using place = await world({
      broker: { keys, federationIssuer: "https://federation.test.example" },
    });
    expect(place.broker.federation?.metadata.id_token_signing_alg_values_supported).toEqual([algorithm]);
    if (place.broker.federation === undefined) throw new Error("no issuer");
    const text = await (await federationHttp(place.broker.federation).request("/jwks")).text();
    for (const member of ["d", "p", "q", "dp", "dq", "qi"]) expect(text).not.toContain(`"${member}":`);
  },
);

test("a rotation keeps how a key signs, unless it is told another: both are published while both count", async () => {
  const keys = await open("RS256");
  await rotateKey(directory, "federation", { clock, leadSeconds: 0 });
  now += 361_000;
  await keys.federation.refresh();
  expect(algorithms(keys)).toEqual(["RS256"]);
  await rotateKey(directory, "federation", { clock, federationAlgorithm: "ES256" });
  now += 2_000;
  await keys.federation.refresh();
  expect([await signsBy(keys), algorithms(keys)]).toMatchObject([{ alg: "RS256" }, ["RS256", "ES256"]]);
  await using place = await world({ broker: { keys, federationIssuer: "https://federation.test.example" } });
  const issuer = place.broker.federation;
  expect(issuer?.metadata.id_token_signing_alg_values_supported).toEqual(["RS256", "ES256"]);
  now += 298_000;
  expect([await signsBy(keys), algorithms(keys)]).toMatchObject([{ alg: "ES256" }, ["RS256", "ES256"]]);
  now += 360_000;
  expect(algorithms(keys)).toEqual(["ES256"]);
  expect(issuer?.metadata.id_token_signing_alg_values_supported).toEqual(["ES256"]);
});

test("a directory whose youngest key signs otherwise is refused with what to do, and taken once it was done", async () => {
  await open();
  const before = await readFile(join(directory, "federation.jwk"), "utf8");
  const refusal = await refusalOf(open("RS256"));
  expect(refusal.reason).toBe("configuration_invalid");
  expect(refusal.message).toContain("watchword keys rotate --kind federation");
  expect(await readFile(join(directory, "federation.jwk"), "utf8")).toBe(before);
  await rotateKey(directory, "federation", { clock, federationAlgorithm: "RS256" });
  expect(algorithms(await open("RS256"))).toEqual(["ES256", "RS256"]);
  expect((await refusalOf(open("ES256"))).reason).toBe("configuration_invalid");
});

test.for(["runs", "access"] as const)("an RSA key signs no token of kind %s", async (kind) => {
  await open("RS256");
  await copyFile(join(directory, "federation.jwk"), join(directory, `${kind}.jwk`));
  expect((await refusalOf(open("RS256"))).reason).toBe("configuration_invalid");
  await rm(join(directory, `${kind}.jwk`));
  await open("RS256");
  await rotateKey(directory, kind, { clock, federationAlgorithm: "RS256", leadSeconds: 0 });
  expect((await open("RS256"))[kind].signer.publicJwk.kty).toBe("EC");
});
