import { inspect } from "node:util";
import { Refusal, TOKEN_TYPE_URIS, type TokenSuccess, readCompactJws, verifyProof } from "@watchword/core";
import { describe, expect, test } from "vitest";
import type { GuardedCredential } from "../src/index.ts";
import { NOW, fakeRuntime, refundTool, sendRefund } from "./payments-tools.ts";

const SECRET = "released_canary_5d1f0a";

/** Runs `work` as a guarded tool that holds its credential; gives what came of it and what was sent anywhere. */
async function whenReleased<Result>(work: (credential: GuardedCredential) => Promise<Result> | Result) {
  const { fake } = fakeRuntime({ released: SECRET });
  const sent: Request[] = [];
  const tapped: typeof fetch = (input, init) => {
    const request = new Request(input, init);
    sent.push(request.clone());
    return fake.fetch(request);
  };
  const { runtime } = fakeRuntime({}, { broker: fake.client, fetch: tapped });
  const { tool } = refundTool(work);
  return { result: await runtime.run({}, () => tool.execute({ charge: "ch.1" })), sent, fake };
}

describe("the fetch of a released credential", () => {
  test("goes to the system itself with the credential as Bearer, and follows no redirect", async () => {
    const { sent, fake } = await whenReleased((credential) => sendRefund(credential).then(() => undefined));
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({
      method: "POST",
      url: "https://api.example/v1/refunds",
      redirect: "error",
    });
    expect(sent[0]?.headers.get("authorization")).toBe(`Bearer ${SECRET}`);
    expect(await sent[0]?.text()).toBe("charge=ch.1");
    expect(fake.requests).toHaveLength(1);
  });

  test("takes what fetch takes, and drops what else would name somebody", async () => {
    const url = "https://api.example/v1/refunds";
    const headers = {
      authorization: "Bearer sk_of_the_tool",
      cookie: "a=b",
      "proxy-authorization": "Basic x",
      dpop: "forged",
      "x-kept": "1",
    };
    const { sent } = await whenReleased(async (credential) => {
      await credential.fetch(new URL(url), { method: "POST", body: "a=b", headers });
      await credential.fetch(new Request(url, { method: "POST", body: "a=b", headers, redirect: "follow" }));
    });
    for (const request of sent) {
      expect(Object.fromEntries(request.headers)).toMatchObject({
        authorization: `Bearer ${SECRET}`,
        "x-kept": "1",
      });
      for (const name of ["cookie", "proxy-authorization", "dpop"])
        expect(request.headers.has(name)).toBe(false);
      expect([await request.text(), request.redirect]).toEqual(["a=b", "error"]);
    }
    expect(sent).toHaveLength(2);
  });

  test.for([
    "https://evil.example/v1/refunds",
    "http://api.example/v1/refunds",
    "https://api.example:8443/",
    "https://api.example.evil.example/",
    "https://user:pass@api.example/",
    "https://api.example@evil.example/",
    "blob:https://api.example/0",
    "data:text/plain,x",
    "/v1/refunds",
    "//evil.example",
    "",
  ])("goes to the lease's origins only, and not to %j: target_refused", async (url) => {
    const { result, sent } = await whenReleased((credential) => credential.fetch(url));
    expect(result).toMatchObject({ reason: "target_refused", decision_id: expect.stringMatching(/^dec_/) });
    expect(sent).toEqual([]);
  });

  test("goes to the address that was checked, not to what the same value says later", async () => {
    let reads = 0;
    const url = {
      toString: () => (reads++ === 0 ? "https://api.example/v1/a" : "https://evil.example/"),
    };
    const { sent } = await whenReleased(async (credential) => {
      await credential.fetch(url as unknown as URL).catch(() => undefined);
    });
    expect(sent.map((request) => request.url)).toEqual(["https://api.example/v1/a"]);
  });

  test("ends with the call's signal", async () => {
    const { fake } = fakeRuntime({ released: SECRET });
    const stop = new AbortController();
    const signals: AbortSignal[] = [];
    const { runtime } = fakeRuntime(
      {},
      {
        broker: fake.client,
        fetch: (input, init) => {
          signals.push(new Request(input, init).signal);
          return fake.fetch(input, init);
        },
      },
    );
    const { tool } = refundTool((credential) => sendRefund(credential).then(() => undefined));
    await runtime.run({}, () => tool.execute({ charge: "ch.1" }, { signal: stop.signal }));
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    stop.abort();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });
});

test("that is a text for no origin goes nowhere by fetch, and the tool takes the text itself", async () => {
  const { fake } = fakeRuntime({ released: SECRET });
  const broker: typeof fake.client = {
    ...fake.client,
    token: async (request) => {
      const answer = await fake.client.token(request);
      return answer.ok && answer.lease !== undefined
        ? { ...answer, lease: { ...answer.lease, origins: [] } }
        : answer;
    },
  };
  const { runtime } = fakeRuntime({}, { broker });
  const seen: unknown[] = [];
  const { tool } = refundTool(async (credential) => {
    seen.push(credential.release(), await sendRefund(credential).catch((error: unknown) => error));
  });
  await runtime.run({}, () => tool.execute({ charge: "ch.1" }));
  expect(seen).toEqual([SECRET, expect.objectContaining({ reason: "target_refused" })]);
  expect(fake.requests).toEqual([]);
});

test("of one that is bound to the run's key goes with a fresh proof for each request, made for its address", async () => {
  const { fake } = fakeRuntime({ released: SECRET });
  const broker: typeof fake.client = {
    ...fake.client,
    token: async (request) => {
      const answer = await fake.client.token(request);
      return answer.ok && answer.lease !== undefined ? { ...answer, token_type: "DPoP" } : answer;
    },
  };
  const sent: Request[] = [];
  const { runtime } = fakeRuntime(
    {},
    { broker, fetch: async (input, init) => (sent.push(new Request(input, init)), new Response()) },
  );
  const { tool } = refundTool(async (credential) => {
    await credential.fetch("https://api.example/v1/refunds?page=2", { headers: { dpop: "forged" } });
    await credential.fetch("https://api.example/v1/refunds", { method: "POST" });
  });
  await runtime.run({}, () => tool.execute({ charge: "ch.1" }));
  const url = "https://api.example/v1/refunds";
  const proofs = await Promise.all(
    sent.map(({ method, headers }) => verifyProof(headers.get("dpop"), { method, url, token: SECRET }, NOW)),
  );
  expect(sent.map(({ headers }) => headers.get("authorization"))).toEqual([
    `DPoP ${SECRET}`,
    `DPoP ${SECRET}`,
  ]);
  expect(new Set(proofs.map(({ jti }) => jti)).size).toBe(2);
});

test.for<[string, Record<string, string>, number]>([
  [
    "a nonce that a service wants is answered, once, with the same body",
    { "www-authenticate": 'DPoP error="use_dpop_nonce"', "dpop-nonce": "n_1" },
    2,
  ],
  ["a refusal without a nonce is the answer", { "www-authenticate": 'DPoP error="use_dpop_nonce"' }, 1],
  [
    "a nonce beside another refusal is not",
    { "www-authenticate": 'DPoP error="invalid_token"', "dpop-nonce": "n_1" },
    1,
  ],
])("of one that is bound: %s", async ([, headers, times]) => {
  const { fake } = fakeRuntime({ released: SECRET });
  const broker: typeof fake.client = {
    ...fake.client,
    token: async (request) => {
      const answer = await fake.client.token(request);
      return answer.ok && answer.lease !== undefined ? { ...answer, token_type: "DPoP" } : answer;
    },
  };
  const sent: { nonce: unknown; body: string }[] = [];
  const { runtime } = fakeRuntime(
    {},
    {
      broker,
      fetch: async (input, init) => {
        const request = new Request(input, init);
        const proof = readCompactJws(request.headers.get("dpop"), { allowJwk: true });
        sent.push({ nonce: proof.claims["nonce"], body: await request.text() });
        return new Response("", { status: 401, headers });
      },
    },
  );
  const { tool } = refundTool(async (credential) => {
    const init = { method: "POST", body: "charge=ch.1" };
    return (await credential.fetch("https://api.example/v1/refunds", init)).status;
  });
  expect(await runtime.run({}, () => tool.execute({ charge: "ch.1" }))).toBe(401);
  expect(sent).toEqual([undefined, "n_1"].slice(0, times).map((nonce) => ({ nonce, body: "charge=ch.1" })));
});

describe("after the tool has returned", () => {
  test.for(["returns", "throws"])(
    "its credential is dead, kept or not, when it %s: lease_expired",
    async (how) => {
      let kept: GuardedCredential | undefined;
      const { sent } = await whenReleased((credential) => {
        kept = credential;
        if (how === "throws") throw new Error("bug");
      });
      if (kept === undefined) throw new Error("the tool was not called");
      const { fetch: late, release } = kept;
      await expect(late("https://api.example/v1/refunds")).rejects.toMatchObject({ reason: "lease_expired" });
      expect(() => release()).toThrow(expect.objectContaining({ reason: "lease_expired" }));
      expect(sent).toEqual([]);
    },
  );
});

describe("release()", () => {
  test("gives the credential itself to a tool that may hold it", async () => {
    const { result } = await whenReleased(({ release, custody }) => [custody, release()]);
    expect(result).toEqual(["released", SECRET]);
  });

  test("gives nothing of one that stays in the gateway: target_refused", async () => {
    const { fake, runtime } = fakeRuntime();
    const caught: unknown[] = [];
    const { tool } = refundTool((credential) => {
      expect(credential.custody).toBe("gateway");
      try {
        return credential.release();
      } catch (error) {
        caught.push(error);
        throw error;
      }
    });
    expect(await runtime.run({}, () => tool.execute({ charge: "ch.1" }))).toMatchObject({
      reason: "target_refused",
    });
    expect(caught).toMatchObject([{ name: "Refusal", reason: "target_refused", failedFact: "credential" }]);
    expect(fake.requests).toEqual([]);
  });
});

test("the credential object shows no secret, whatever prints it", async () => {
  const texts: string[] = [];
  const shown: unknown[] = [];
  await whenReleased((credential) => {
    texts.push(
      JSON.stringify(credential),
      inspect(credential, { depth: 12, showHidden: true, getters: true }),
      ...Object.values(credential).map(String),
      JSON.stringify(
        structuredClone({ ...credential, fetch: undefined, loopback: undefined, release: undefined }),
      ),
    );
    shown.push(Object.isFrozen(credential), ...Object.keys(credential).toSorted());
  });
  expect(shown).toEqual([true, "custody", "decisionId", "fetch", "leaseId", "loopback", "release"]);
  expect(texts).toHaveLength(9);
  for (const text of texts) expect(text).not.toContain(SECRET);
});

test("no error of it shows the secret, not even when the system's own client does", async () => {
  const told: unknown[] = [];
  const { fake } = fakeRuntime({ released: SECRET });
  const { runtime } = fakeRuntime(
    {},
    { broker: fake.client, fetch: fake.fetch, onToolError: (...error) => void told.push(error) },
  );
  const { tool } = refundTool(async (credential) => {
    told.push(await credential.fetch("https://evil.example").catch((error: unknown) => error));
    throw new Error(`client said ${credential.release()}`);
  });
  const result = await runtime.run({}, () => tool.execute({ charge: "ch.1" }));
  expect(JSON.stringify(result)).not.toContain(SECRET);
  expect(Refusal.is(told[0])).toBe(true);
  expect(inspect(told[0], { depth: 12, showHidden: true })).not.toContain(SECRET);
});

const HANDLE = { issued_token_type: TOKEN_TYPE_URIS.handle, token_type: "DPoP" } as const;

test.for<[string, Pick<TokenSuccess, "token_type">, "gateway" | "released"]>([
  ["a handle that is said to be released", HANDLE, "released"],
  ["a handle that is bound to no key", { ...HANDLE, token_type: "N_A" }, "gateway"],
  ["a credential that is said to stay in the gateway", { token_type: "N_A" }, "gateway"],
  ["an access token that is said to stay in the gateway", { token_type: "DPoP" }, "gateway"],
])("%s is no answer: internal, and the tool is not called", async ([, type, custody]) => {
  const { fake } = fakeRuntime({ released: SECRET });
  const broker: typeof fake.client = {
    ...fake.client,
    token: async (request) => {
      const answer = await fake.client.token(request);
      return answer.ok && answer.lease !== undefined
        ? { ...answer, ...type, lease: { ...answer.lease, custody } }
        : answer;
    },
  };
  const { runtime } = fakeRuntime({}, { broker, fetch: fake.fetch });
  const { tool, calls } = refundTool(sendRefund);
  expect(await runtime.run({}, () => tool.execute({ charge: "ch.1" }))).toEqual({
    error: "server_error",
    reason: "internal",
    retryable: false,
  });
  expect([calls, fake.requests]).toEqual([[], []]);
});
