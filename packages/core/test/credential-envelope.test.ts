import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import {
  SealedCredential,
  discloseCredential,
  encloseCredential,
  generateEnvelopeKey,
} from "../src/index.ts";

const SECRET = "ghs_canary_envelope_2f61";
const open = (credential: SealedCredential): string => credential.open((secret) => secret);

describe("a credential in an envelope", () => {
  test("opens with the key that it was made for, and shows nothing on the way", async () => {
    const key = await generateEnvelopeKey();
    const envelope = await encloseCredential(new SealedCredential(SECRET), key.publicJwk, "lease_1");
    expect(envelope).not.toContain(SECRET);
    expect(Buffer.from(envelope.split(".")[3] ?? "", "base64url").toString("latin1")).not.toContain(SECRET);
    const opened = await discloseCredential(envelope, key, "lease_1");
    expect(open(opened)).toBe(SECRET);
    expect(inspect(opened)).not.toContain(SECRET);
  });

  test("is a new one each time", async () => {
    const { publicJwk } = await generateEnvelopeKey();
    const make = (): Promise<string> => encloseCredential(new SealedCredential(SECRET), publicJwk, "lease_1");
    expect(await make()).not.toBe(await make());
  });

  test.for([
    ["another key", async (envelope: string) => [envelope, await generateEnvelopeKey(), "lease_1"] as const],
    ["another lease", async (envelope: string) => [envelope, undefined, "lease_2"] as const],
    [
      "a changed text",
      async (envelope: string) =>
        [envelope.replace(/.(?=[^.]*$)/, (c) => (c === "A" ? "B" : "A")), undefined, "lease_1"] as const,
    ],
    [
      "another algorithm in its header",
      async (envelope: string) =>
        [
          envelope.replace(
            /^[^.]+/,
            Buffer.from(JSON.stringify({ alg: "dir", enc: "A256GCM" })).toString("base64url"),
          ),
          undefined,
          "lease_1",
        ] as const,
    ],
    ["nothing in it", async () => ["", undefined, "lease_1"] as const],
  ] as const)("does not open with %s, and the refusal says nothing of it", async ([, change]) => {
    const key = await generateEnvelopeKey();
    const envelope = await encloseCredential(new SealedCredential(SECRET), key.publicJwk, "lease_1");
    const [text, other, context] = await change(envelope);
    const opening = discloseCredential(text, other ?? key, context);
    await expect(opening).rejects.toMatchObject({ reason: "internal" });
    await opening.catch((error: unknown) => expect(inspect(error)).not.toContain(SECRET));
  });
});
