import type { JsonWebKey } from "node:crypto";
import { readFile } from "node:fs/promises";
import {
  type AdapterContext,
  type Connection,
  SealedCredential,
  numericDate,
  publicJwkOf,
  signToken,
  signerOf,
  systemClock,
} from "@watchword/core";
import { describe, expect, test } from "vitest";
import { aws } from "../src/index.ts";

const { env } = process;
const VARIABLES = [
  "LIVE_AWS_REGION",
  "LIVE_AWS_ACCOUNT",
  "LIVE_AWS_BUCKET",
  "LIVE_AWS_OBJECT",
  "LIVE_AWS_ISSUER",
  "LIVE_AWS_ISSUER_KEY",
] as const;
const lacking = VARIABLES.filter((name) => (env[name] ?? "") === "");

/** What the contract asks of a twin can be asked of a real account only as far as it does no harm there. */
if (env["LIVE_AWS"] === "1" && lacking.length === 0) describe("a real account", live);
else {
  console.error(
    env["LIVE_AWS"] === "1"
      ? `nothing is tried against AWS: ${lacking.join(", ")} not set`
      : `nothing is tried against AWS: LIVE_AWS=1 does, with ${VARIABLES.join(", ")}`,
  );
  test("without a twin requests go to AWS's own hosts in the one region", () => {
    expect(aws({ region: "eu-central-1" }).origins).toEqual([
      "https://s3.eu-central-1.amazonaws.com",
      "https://dynamodb.eu-central-1.amazonaws.com",
    ]);
  });
}

/** Tokens of the issuer that the role trusts, for the tenant `live` of the system `cloud`. */
async function federation(): Promise<NonNullable<AdapterContext["federationToken"]>> {
  const jwk = JSON.parse(await readFile(env["LIVE_AWS_ISSUER_KEY"] ?? "", "utf8")) as JsonWebKey & {
    kid: string;
  };
  const key = await crypto.subtle.importKey("jwk", jwk, { name: "ECDSA", namedCurve: "P-256" }, false, [
    "sign",
  ]);
  const { d: _, ...publicHalf } = jwk;
  const signer = signerOf(
    jwk.kid,
    key,
    publicJwkOf({ kty: "EC", crv: "P-256", x: publicHalf.x, y: publicHalf.y }),
  );
  return async (audience) => {
    const now = numericDate(systemClock);
    const token = await signToken(signer, "JWT", {
      iss: env["LIVE_AWS_ISSUER"],
      sub: "tenant:live:system:cloud",
      aud: audience,
      iat: now,
      nbf: now,
      exp: now + 60,
      "https://aws.amazon.com/source_identity": "watchword",
      "https://aws.amazon.com/tags": {
        principal_tags: { "watchword-tenant": ["live"] },
        transitive_tag_keys: ["watchword-tenant"],
      },
    });
    return new SealedCredential(token);
  };
}

function live(): void {
  const bucket = env["LIVE_AWS_BUCKET"] ?? "";
  const key = env["LIVE_AWS_OBJECT"] ?? "";
  const account = env["LIVE_AWS_ACCOUNT"] ?? "";
  const adapter = aws({ region: env["LIVE_AWS_REGION"] ?? "", buckets: [bucket], lifeSeconds: 20 });
  const own: Connection = {
    tenant: "live",
    system: "cloud",
    account,
    settings: {},
    secret: new SealedCredential("none"),
  };
  const context = async (): Promise<AdapterContext> => ({
    connection: own,
    fetch: (input, init) => fetch(input, init),
    clock: systemClock,
    signal: AbortSignal.timeout(30_000),
    federationToken: await federation(),
  });
  const planned = (operation: string, values: Record<string, string | number>) =>
    adapter.plan({ system: "cloud", operation, resource: { account }, arguments: values });

  async function send(authority: ReturnType<typeof planned>, credential: SealedCredential) {
    const blank = { method: "GET", path: "/", query: [], headers: {}, body: new Uint8Array() };
    const stamp = { decisionId: "dec_live", idempotencyKey: "live" };
    const { url, body, ...request } = adapter.inject(adapter.enforce(authority, blank, stamp), credential);
    const response = await fetch(url, {
      ...request,
      body: body === undefined ? null : new Uint8Array(body),
      redirect: "manual",
    });
    return adapter.outcomeOf(authority, {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: new Uint8Array(await response.arrayBuffer()),
    });
  }

  test("the connection is accepted, and no other audience", async () => {
    const findings = await adapter.selfCheck(await context());
    expect(findings.filter(({ severity }) => severity !== "ok")).toEqual([]);
  });

  test("an object is read by a session that is no wider than planned; AWS refuses a write, a list and another object by it", async () => {
    const authority = planned("s3.objects.get", { bucket, key });
    const minted = await adapter.mint(authority, await context());
    expect(adapter.covers(authority, minted.granted)).toBe(true);
    expect((await send(authority, minted.credential)).effect).toBe("done");
    for (const [operation, values] of [
      ["s3.objects.put", { bucket, key, content: "must not be seen", contentType: "text/plain" }],
      ["s3.objects.list", { bucket, prefix: "", limit: 1 }],
      ["s3.objects.get", { bucket, key: `${key}.other` }],
    ] as const)
      expect(await send(planned(operation, values), minted.credential), operation).toMatchObject({
        effect: "none",
        status: 403,
      });
  });
}
