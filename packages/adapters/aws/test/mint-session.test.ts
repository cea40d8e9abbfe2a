import { inspect } from "node:util";
import {
  type AdapterContext,
  type Minted,
  Refusal,
  SealedCredential,
  numericDate,
  systemClock,
} from "@watchword/core";
import { type AwsFailure, type AwsTwin, type StsMistake, awsTwin } from "@watchword/emulators/aws";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { aws, sessionCredentials } from "../src/index.ts";
import {
  ACME,
  type TestIssuer,
  accountsOf,
  authorityOf,
  connection,
  contextOf,
  optionsFor,
  roleOf,
  testIssuer,
} from "./aws-fixture.ts";

const STAMP = { decisionId: "dec_1", idempotencyKey: "k" };
const BLANK = { method: "GET", path: "/", query: [], headers: {}, body: new Uint8Array() };
const own = connection("acme", ACME);
const q3 = { bucket: "reports", key: "2026/q3.txt" };

let issuer: TestIssuer;
let twin: AwsTwin;
/** What the twin's clock is ahead of this machine's. */
let ahead = 0;
beforeEach(async () => {
  ahead = 0;
  issuer = await testIssuer();
  twin = await awsTwin({
    accounts: accountsOf("account"),
    issuers: [issuer.keys],
    clock: { now: () => systemClock.now() + ahead },
  });
});
afterEach(() => twin.close());

const adapter = (changes = {}) => aws(optionsFor(twin, changes));
const mint = (operation = "s3.objects.get", values: object = q3, changes: Partial<AdapterContext> = {}) => {
  const made = adapter();
  return made.mint(authorityOf(made, operation, values as typeof q3), contextOf(issuer, own, changes));
};

/** Asks the twin for an action with a credential, as a tool that holds it could. */
async function ask({ credential }: Pick<Minted, "credential">, operation: string, values: object) {
  const made = adapter({ buckets: ["reports", "globex-reports"] });
  const authority = authorityOf(made, operation, values as typeof q3);
  const { url, ...request } = made.inject(made.enforce(authority, BLANK, STAMP), credential);
  const response = await fetch(url, {
    ...request,
    body: request.body === undefined ? null : new Uint8Array(request.body),
  });
  const text = await response.text();
  return `${response.status} ${/<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? text}`;
}

describe("a session for reading one object", () => {
  test("reads that object", async () => {
    expect(await ask(await mint(), "s3.objects.get", q3)).toBe("200 acme's q3");
  });

  test.for<[string, string, object]>([
    ["another object", "s3.objects.get", { bucket: "reports", key: "2026/q2.txt" }],
    ["an object that is not there", "s3.objects.get", { bucket: "reports", key: "2026/q3" }],
    ["what its key begins with", "s3.objects.get", { bucket: "reports", key: "2026/q3.txt.bak" }],
    ["its key in another case", "s3.objects.get", { bucket: "reports", key: "2026/Q3.txt" }],
    [
      "the same key in another tenant's bucket",
      "s3.objects.get",
      { bucket: "globex-reports", key: "2026/q3.txt" },
    ],
    ["a list", "s3.objects.list", { bucket: "reports", prefix: "", limit: 1 }],
    ["a write of the same object", "s3.objects.put", { ...q3, content: "x", contentType: "text/plain" }],
    ["its deletion", "s3.objects.delete", q3],
  ])("does not give %s: AWS itself says AccessDenied", async ([, operation, values]) => {
    const minted = await mint();
    expect(await ask(minted, operation, values)).toBe("403 AccessDenied");
    expect(twin.requests.filter(({ kind }) => kind === "effect")).toEqual([]);
    expect(twin.object("reports", "2026/q3.txt")?.content.toString()).toBe("acme's q3");
  });

  test("is dead at AWS when its lease is over, whoever holds it", async () => {
    const leaseEndsAt = numericDate(systemClock) + 30;
    const minted = await mint("s3.objects.get", q3, { minting: { decisionId: "watchword", leaseEndsAt } });
    expect(minted.nativeExpiresAt).toBeLessThanOrEqual(leaseEndsAt);
    expect(await ask(minted, "s3.objects.get", q3)).toBe("200 acme's q3");
    ahead = 31_000;
    expect(await ask(minted, "s3.objects.get", q3)).toBe("400 ExpiredToken");
  });
});

test("a session for a list gives that prefix and no more of it than was decided", async () => {
  const values = { bucket: "reports", prefix: "2026/", limit: 1 };
  const minted = await mint("s3.objects.list", values);
  expect(await ask(minted, "s3.objects.list", values)).toMatch(/^200 .*<Key>2026\/q2\.txt<\/Key>/);
  for (const other of [
    { ...values, prefix: "" },
    { ...values, prefix: "2026" },
    { ...values, limit: 2 },
  ])
    expect(await ask(minted, "s3.objects.list", other), JSON.stringify(other)).toBe("403 AccessDenied");
  expect(await ask(minted, "s3.objects.get", q3)).toBe("403 AccessDenied");
});

test("a stranger's bucket under a declared name gives nothing, though its own policy lets everybody in", async () => {
  const [acme, globex] = accountsOf("account");
  if (acme === undefined || globex === undefined) throw new Error("no accounts");
  await twin.close();
  twin = await awsTwin({
    accounts: [
      { ...acme, buckets: {} },
      { ...globex, buckets: { reports: { open: true, objects: { "2026/q3.txt": "poison" } } } },
    ],
    issuers: [issuer.keys],
  });
  expect(await ask(await mint(), "s3.objects.get", q3)).toBe("403 AccessDenied");
});

describe("on the way to a session", () => {
  test("the first one is under the action's policy already, lives for AWS's shortest time, and does not leave", async () => {
    const answers: string[] = [];
    const minted = await mint("s3.objects.get", q3, {
      fetch: async (input, init) => {
        const answer = await fetch(input, init);
        answers.push(await answer.clone().text());
        return answer;
      },
    });
    const part = (name: string): string => new RegExp(`<${name}>([^<]+)<`).exec(answers[0] ?? "")?.[1] ?? "";
    const [AccessKeyId, SecretAccessKey, SessionToken, Expiration] = [
      "AccessKeyId",
      "SecretAccessKey",
      "SessionToken",
      "Expiration",
    ].map(part);
    const outer = { Version: 1, AccessKeyId, SecretAccessKey, SessionToken, Expiration };
    const credential = new SealedCredential(JSON.stringify(outer));
    expect(await ask({ credential }, "s3.objects.get", q3)).toBe("200 acme's q3");
    const others = { bucket: "reports", key: "2026/q2.txt" };
    expect(await ask({ credential }, "s3.objects.get", others)).toBe("403 AccessDenied");
    const [first, last, ...more] = twin.sessions();
    expect(more).toEqual([]);
    expect([first?.scoped, last?.scoped]).toEqual([0, 1]);
    const life = ((first?.expiresAt ?? 0) - systemClock.now()) / 1_000;
    expect(life).toBeGreaterThan(880);
    expect(life).toBeLessThanOrEqual(900);
    expect((last?.expiresAt ?? 0) / 1_000).toBe(minted.nativeExpiresAt);
    expect(minted.nativeExpiresAt).toBeLessThanOrEqual(numericDate(systemClock) + 300);
  });

  test("session, source identity and description are the decision's, and its tags say whose it is", async () => {
    const decision = "dec_0199aabbccddeeff00112233445566aa";
    issuer = await testIssuer(decision);
    await twin.close();
    twin = await awsTwin({ accounts: accountsOf("account"), issuers: [issuer.keys] });
    await mint("s3.objects.get", q3, {
      minting: { decisionId: decision, leaseEndsAt: numericDate(systemClock) + 60 },
    });
    expect(twin.sessions()).toMatchObject([
      { name: decision, sourceIdentity: decision, tags: { "watchword-tenant": "acme" } },
      {
        name: decision,
        sourceIdentity: decision,
        description: `watchword ${decision}`,
        arn: `arn:aws:sts::${ACME}:assumed-role/watchword/${decision}`,
      },
    ]);
    expect(twin.requests.map(({ kind, action }) => [kind, action])).toEqual([
      ["mint", "sts:AssumeRoleWithWebIdentity"],
      ["mint", "sts:GetScopedCredentials"],
    ]);
  });

  test("nothing is asked for another tenant's account, after the lease, or without a federation issuer", async () => {
    const made = adapter();
    const authority = authorityOf(made, "s3.objects.get", q3);
    const minting = { decisionId: "dec_1", leaseEndsAt: numericDate(systemClock) };
    const { federationToken: _, ...without } = contextOf(issuer, own);
    const tried = await Promise.all(
      [
        contextOf(issuer, connection("globex", "444455556666")),
        contextOf(issuer, own, { minting }),
        without,
      ].map((context) =>
        made.mint(authority, context).catch((error: unknown) => Refusal.from(error, "internal").reason),
      ),
    );
    expect(tried).toEqual(["tenant_mismatch", "lease_expired", "configuration_invalid"]);
    expect(twin.requests).toEqual([]);
  });

  test.for<[StsMistake, string]>([
    ["unscoped", "wider"],
    ["longer", "wider"],
    ["same", "downstream_unavailable"],
    ["other-account", "downstream_unavailable"],
    ["nameless", "downstream_unavailable"],
  ])("an answer that is not what was asked for (%s) is %s, and no credential", async ([mistake, outcome]) => {
    const made = adapter();
    const authority = authorityOf(made, "s3.objects.get", q3);
    twin.mistake(mistake);
    const answer = await made.mint(authority, contextOf(issuer, own)).then(
      ({ granted }) => (made.covers(authority, granted) ? "within" : "wider"),
      (error: unknown) => Refusal.from(error, "internal").reason,
    );
    expect(answer).toBe(outcome);
  });

  test.for<[string, Readonly<Record<string, unknown>>, string]>([
    ["of another tenant", { sub: "tenant:globex:system:cloud" }, "AccessDenied"],
    ["of another system", { sub: "tenant:acme:system:payments" }, "AccessDenied"],
    ["for another audience", { aud: "https://snowflake.example" }, "InvalidIdentityToken"],
    ["of another issuer", { iss: "https://evil.example" }, "InvalidIdentityToken"],
    ["from before", { exp: 1_700_000_000 }, "ExpiredTokenException"],
    [
      "with more tags than fit",
      {
        "https://aws.amazon.com/tags": {
          principal_tags: Object.fromEntries("abcdefghij".split("").map((name) => [name, ["x".repeat(256)]])),
        },
      },
      "PackedPolicyTooLarge",
    ],
  ])("a token %s is refused by AWS with %s, which is a definite no", async ([, claims, code]) => {
    const refused = mint("s3.objects.get", q3, { federationToken: issuer.federationToken("acme", claims) });
    await expect(refused).rejects.toMatchObject({
      reason: "downstream_refused",
      message: expect.stringMatching(new RegExp(`${code} to Assume.*required: .*held: .*next: `)) as unknown,
    });
    expect(twin.sessions()).toEqual([]);
  });

  test.for<[string, object, string]>([
    [
      "may not set a source identity",
      { trust: ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"] },
      "AccessDenied to Assume",
    ],
    [
      "may not be narrowed",
      { policy: { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "s3:*", Resource: "*" } } },
      "AccessDenied to GetScoped",
    ],
  ])(
    "a role that %s gives nothing",
    async ([, { trust, policy }, code]: [string, { trust?: string[]; policy?: object }, string]) => {
      const role = roleOf("acme");
      await twin.close();
      twin = await awsTwin({
        accounts: [
          {
            id: ACME,
            roles: [
              {
                ...role,
                policy: policy ?? role.policy,
                trust: { ...role.trust, ...(trust === undefined ? {} : { actions: trust }) },
              },
            ],
          },
        ],
        issuers: [issuer.keys],
      });
      await expect(mint()).rejects.toThrow(code);
      expect(twin.sessions().filter(({ scoped }) => scoped > 0)).toEqual([]);
    },
  );

  test.for<[AwsFailure, string]>([
    ["down", "downstream_unavailable"],
    ["slow", "downstream_unavailable"],
    ["drip", "downstream_unavailable"],
    ["garbage", "downstream_unavailable"],
    ["429", "rate_limited"],
    ["500", "downstream_unavailable"],
    ["redirect", "downstream_refused"],
  ])("AWS is %s: %s, asked once, and no redirect is followed", async ([mode, reason]) => {
    twin.fail(mode);
    const stop = new AbortController();
    const fetcher: typeof fetch = async (input, init) => {
      const answer = fetch(input, init);
      if (mode !== "slow" && mode !== "drip") return answer;
      // Not before it has arrived.
      while (twin.requests.length === 0) await new Promise(setImmediate);
      stop.abort();
      return answer;
    };
    await expect(mint("s3.objects.get", q3, { fetch: fetcher, signal: stop.signal })).rejects.toMatchObject({
      reason,
    });
    expect(twin.requests.map(({ path }) => path)).toEqual(["/"]);
  });
});

describe("no part of a session, nor a token", () => {
  /** Everything secret that a mint handles: what went out and what came back. */
  async function secretsOf(work: (context: Partial<AdapterContext>) => Promise<unknown>) {
    const seen: string[] = [];
    const token = issuer.federationToken("acme");
    const outcome = await work({
      federationToken: async (audience, form) => {
        const sealed = await token(audience, form);
        seen.push(sealed.open((text) => text));
        return sealed;
      },
      fetch: async (input, init) => {
        const response = await fetch(input, init);
        const text = await response.clone().text();
        for (const [, secret = ""] of text.matchAll(/<(?:SecretAccessKey|SessionToken)>([^<]+)</g))
          seen.push(secret);
        return response;
      },
    }).catch((error: unknown) => error);
    return {
      seen,
      shown: `${inspect(outcome, { depth: 12, showHidden: true })} ${String(outcome)} ${JSON.stringify(outcome)}`,
    };
  }

  test.for([null, "same", "other-account", "longer"] as const)(
    "shows in what a mint gives or throws (%s)",
    async (mistake) => {
      twin.mistake(mistake);
      const { seen, shown } = await secretsOf((changes) => mint("s3.objects.get", q3, changes));
      expect(seen).toHaveLength(5);
      for (const secret of seen) expect(shown).not.toContain(secret);
    },
  );

  test("of the first session is in what is given", async () => {
    let given = "";
    const { seen } = await secretsOf(async (changes) => {
      const { credential } = await mint("s3.objects.get", q3, changes);
      given = credential.open((text) => text);
    });
    const [, firstKey = "", firstToken = "", key = "", token = ""] = seen;
    for (const part of [firstKey, firstToken]) expect(given).not.toContain(part);
    expect(sessionCredentials(given)).toMatchObject({ secretAccessKey: key, sessionToken: token });
    expect(Object.keys(JSON.parse(given) as object)).toEqual([
      "Version",
      "AccessKeyId",
      "SecretAccessKey",
      "SessionToken",
      "Expiration",
    ]);
  });

  test.for(["", "{}", '{"Version":1,"SecretAccessKey":"canary-canary-canary"}', "canary-canary-canary"])(
    "is quoted by the error for a text that is none: %j",
    (text) => {
      const error = ((): unknown => {
        try {
          return sessionCredentials(text);
        } catch (thrown) {
          return thrown;
        }
      })();
      expect(error).toMatchObject({ reason: "request_malformed" });
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("canary");
    },
  );
});

describe("ending a session", () => {
  test("is told as it is: AWS cannot, and time does", async () => {
    const minted = await mint();
    const made = adapter();
    const at = (seconds: number) =>
      contextOf(issuer, own, { clock: { now: () => systemClock.now() + seconds * 1_000 } });
    expect(await made.revoke(minted.credential, at(0))).toBe("unsupported");
    expect(await made.revoke(minted.credential, at(301))).toBe("already_dead");
    expect(twin.requests).toHaveLength(2);
  });
});

test("a credential of another kind signs nothing", () => {
  const made = adapter();
  const request = made.enforce(authorityOf(made, "s3.objects.get", q3), BLANK, STAMP);
  expect(() => made.inject(request, new SealedCredential("sk_live"))).toThrow(Refusal);
});
