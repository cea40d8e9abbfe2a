import { generateKeyPairSync } from "node:crypto";
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { type IdentityVerifier, Refusal, type Signer } from "@watchword/core";
import {
  LOCAL_KEY_ISSUER,
  type LocalKeySource,
  developmentIssuer,
  localKeySource,
  localKeyVerifier,
} from "@watchword/identity/local-key";
import { oidc } from "@watchword/identity/oidc";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadLocalKey } from "../src/local-key-source.ts";
import { BROKER, LOGIN, NOW, clock } from "./login-service.ts";

let root: string;
let directory: string;
let source: LocalKeySource;
let workloads: IdentityVerifier;
let key: Signer;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "watchword-identity-"));
  directory = join(root, "made", "on", "the", "way");
  source = await localKeySource({ directory, subject: "support-runtime", audience: BROKER, clock });
  workloads = await localKeyVerifier({ directory, audience: BROKER, clock });
  key = await loadLocalKey(directory);
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** A directory of its own with `text` as its key file. */
async function directoryWith(text: string): Promise<string> {
  const place = await mkdtemp(join(root, "broken-"));
  await writeFile(join(place, "workload.jwk"), text, { mode: 0o600 });
  return place;
}

describe("a token of the local key", () => {
  test("names the workload, lives five minutes, and is never the same twice", async () => {
    const [one, two] = [
      await workloads.verify(await source.token()),
      await workloads.verify(await source.token()),
    ];
    expect(one).toMatchObject({
      issuer: LOCAL_KEY_ISSUER,
      subject: "support-runtime",
      expiresAt: NOW + 300,
      authenticatedAt: undefined,
    });
    expect(one.claims["jti"]).not.toBe(two.claims["jti"]);
  });

  test("is no user's token, and a user's token is none of these", async () => {
    const login = await developmentIssuer({ issuer: LOGIN, clock });
    const users = await oidc({ issuer: LOGIN, audience: BROKER, jwks: login.jwks, clock });
    await expect(users.verify(await source.token())).rejects.toMatchObject({ reason: "token_wrong_type" });
    const user = await login.idToken({ subject: "support-runtime", audience: BROKER });
    await expect(workloads.verify(user)).rejects.toMatchObject({ reason: "token_wrong_type" });
  });

  test("of another directory is not believed here", async () => {
    const elsewhere = await localKeySource({
      directory: join(root, "elsewhere"),
      subject: "support-runtime",
      audience: BROKER,
      clock,
    });
    await expect(workloads.verify(await elsewhere.token())).rejects.toMatchObject({
      reason: "token_untrusted",
    });
  });
});

describe("a verifier of the local key", () => {
  test("is for workloads alone, and marked as for development, so that production refuses it", () => {
    expect(workloads).toMatchObject({ issuer: LOCAL_KEY_ISSUER, uses: ["workload"], developmentOnly: true });
  });
});

describe("the key on the disk", () => {
  test("is for its owner alone, and so is its directory", async () => {
    expect((await stat(join(directory, "workload.jwk"))).mode & 0o777).toBe(0o600);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
  });

  test("that others may read is refused by name", async () => {
    const place = join(root, "open");
    await loadLocalKey(place);
    await chmod(join(place, "workload.jwk"), 0o644);
    await expect(loadLocalKey(place)).rejects.toMatchObject({
      reason: "configuration_invalid",
      message: expect.stringMatching(/workload\.jwk can be read by others/) as string,
    });
  });

  test("leaves nothing else beside it", async () => {
    expect(await readdir(directory)).toEqual(["workload.jwk"]);
  });

  test("is the same for all that start at once, or while it is being made, or later", async () => {
    const place = join(root, "race");
    const starts: Promise<Signer>[] = [];
    for (let index = 0; index < 40; index++) {
      starts.push(loadLocalKey(place));
      if (index > 10) await stat(root);
    }
    const keys = await Promise.all(starts);
    expect(new Set(keys.map(({ keyId, publicJwk }) => `${keyId} ${publicJwk.x}`)).size).toBe(1);
    expect((await loadLocalKey(place)).keyId).toBe(keys[0]?.keyId);
    expect(await readdir(place)).toEqual(["workload.jwk"]);
  });

  test("is not in anything that the source or the verifier shows", async () => {
    const { d } = JSON.parse(await readFile(join(directory, "workload.jwk"), "utf8")) as {
      readonly d: string;
    };
    expect(d.length).toBeGreaterThan(40);
    const shown = [source, workloads, key].map((value) => inspect(value, { depth: 10, showHidden: true }));
    expect(shown.join() + JSON.stringify([source, workloads, key])).not.toContain(d);
    expect(Object.keys(source.publicJwk).toSorted()).toEqual(["crv", "kty", "x", "y"]);
  });

  const privateJwk = (namedCurve: string): Readonly<Record<string, unknown>> => ({
    ...generateKeyPairSync("ec", { namedCurve }).privateKey.export({ format: "jwk" }),
  });
  const good = privateJwk("P-256");
  test.for<{ broken: string; text: string }>([
    { broken: "is empty", text: "" },
    { broken: "is not JSON", text: `PRIVATE ${String(good["d"])}` },
    { broken: "was cut off", text: JSON.stringify(good).slice(0, -9) },
    { broken: "is null", text: "null" },
    { broken: "is a list", text: JSON.stringify([good]) },
    {
      broken: "has its private part twice",
      text: JSON.stringify(good).replace("}", `,"d":"${String(good["d"])}"}`),
    },
    { broken: "has no private part", text: JSON.stringify({ ...good, d: undefined }) },
    {
      broken: "has a private part of another key",
      text: JSON.stringify({ ...good, d: privateJwk("P-256")["d"] }),
    },
    { broken: "is on another curve", text: JSON.stringify(privateJwk("P-384")) },
    { broken: "is for encryption", text: JSON.stringify({ ...good, use: "enc" }) },
    { broken: "has an id that is a number", text: JSON.stringify({ ...good, kid: 7 }) },
    { broken: "is far too large", text: JSON.stringify({ ...good, note: "n".repeat(100_000) }) },
    {
      broken: "is RSA",
      text: JSON.stringify(
        generateKeyPairSync("rsa", { modulusLength: 2_048 }).privateKey.export({ format: "jwk" }),
      ),
    },
  ])("that $broken is refused: configuration_invalid, named and not quoted", async ({ text }) => {
    const place = await directoryWith(text);
    const options = { directory: place, subject: "support-runtime", audience: BROKER };
    for (const open of [() => localKeySource(options), () => localKeyVerifier(options)]) {
      const error: unknown = await open().catch((thrown: unknown) => thrown);
      expect(Refusal.is(error) && error.reason).toBe("configuration_invalid");
      const said = inspect(error, { depth: 10, showHidden: true });
      expect(said).toContain(join(place, "workload.jwk"));
      for (const part of text.split(/[^A-Za-z0-9_-]+/))
        if (part.length > 16) expect(said).not.toContain(part);
    }
    // It may be the only copy of something: it is left as it was.
    expect(await readFile(join(place, "workload.jwk"), "utf8")).toBe(text);
  });

  test("that cannot be read is refused: configuration_invalid, named", async () => {
    const place = await mkdtemp(join(root, "folder-"));
    await mkdir(join(place, "workload.jwk"), { mode: 0o700 });
    await expect(localKeyVerifier({ directory: place, audience: BROKER })).rejects.toMatchObject({
      reason: "configuration_invalid",
      message: `configuration_invalid: ${join(place, "workload.jwk")} cannot be read (EISDIR)`,
    });
  });

  test("that a person wrote, without an id, is used as it is", async () => {
    const place = await directoryWith(JSON.stringify(good));
    const options = { directory: place, audience: BROKER, clock };
    const token = await (await localKeySource({ ...options, subject: "by-hand" })).token();
    expect(await (await localKeyVerifier(options)).verify(token)).toMatchObject({ subject: "by-hand" });
  });
});
