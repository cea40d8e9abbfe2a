import { Refusal, SealedCredential, sha256 } from "@watchword/core";
import { serialize } from "node:v8";
import { format, formatWithOptions, inspect } from "node:util";
import { describe, expect, test } from "vitest";

const canary = "sk_live_canary_51H8xyz";
const sealed = new SealedCredential(canary);
/** The same, as code that forgot what it holds sees it. */
const careless = sealed as unknown as string;
const nested = { list: [sealed], map: new Map([["key", sealed]]), set: new Set([sealed]) };

/** What `act` gives or throws, as text. */
function textOf(act: () => unknown): string {
  try {
    return String(act());
  } catch (error) {
    return inspect(error, { depth: null, showHidden: true });
  }
}

describe("a sealed credential", () => {
  test("opens for its user, and for nobody else", () => {
    expect(sealed.open((secret) => secret)).toBe(canary);
    expect(sealed.open((secret) => secret.length)).toBe(canary.length);
  });

  test("gives what its user gives, later too", async () => {
    await expect(sealed.open((secret) => Promise.resolve(`${secret.length}`))).resolves.toBe(
      String(canary.length),
    );
  });

  test.for<[name: string, text: () => unknown]>([
    ["toString", () => sealed.toString()],
    ["a template", () => `key=${careless}`],
    ["adding", () => "key=" + careless],
    ["join", () => [careless, careless].join()],
    ["valueOf", () => careless.valueOf()],
    ["toLocaleString", () => careless.toLocaleString()],
    ["Object.prototype.toString", () => Object.prototype.toString.call(careless)],
    ["JSON", () => JSON.stringify(sealed)],
    ["JSON, nested", () => JSON.stringify({ ...nested, again: { sealed } })],
    ["JSON with a replacer", () => JSON.stringify({ sealed }, (_, value: unknown) => value)],
    ["inspect", () => inspect(sealed)],
    ["inspect, nested and deep", () => inspect(nested, { depth: null })],
    ["inspect of hidden members", () => inspect(sealed, { showHidden: true, depth: null, getters: true })],
    ["inspect that skips custom texts", () => inspect(sealed, { customInspect: false, showHidden: true })],
    ["inspect with a proxy", () => inspect(new Proxy(sealed, {}), { showProxy: true })],
    ["format %s", () => format("%s", sealed)],
    ["format %o", () => format("%o", sealed)],
    ["format %O", () => format("%O", nested)],
    ["format %j", () => format("%j", nested)],
    ["format %d", () => format("%d %i %f", sealed, sealed, sealed)],
    [
      "format with options",
      () => formatWithOptions({ showHidden: true, customInspect: false }, "%O", nested),
    ],
    ["keys", () => Object.keys(sealed)],
    ["own names", () => JSON.stringify(Object.getOwnPropertyNames(sealed))],
    ["own symbols", () => String(Object.getOwnPropertySymbols(sealed).map(String))],
    ["all members", () => JSON.stringify(Object.getOwnPropertyDescriptors(sealed))],
    ["entries", () => JSON.stringify(Object.entries(sealed))],
    ["spreading", () => JSON.stringify({ ...(careless as unknown as object) })],
    ["Object.assign", () => inspect(Object.assign({}, sealed), { showHidden: true })],
    ["structuredClone", () => inspect(structuredClone({ sealed }), { depth: null, showHidden: true })],
    ["structuredClone as JSON", () => JSON.stringify(structuredClone(nested))],
    ["serialize", () => serialize(nested).toString("latin1")],
    ["its source", () => `${sealed.open.toString()} ${SealedCredential.toString()}`],
    ["an index", () => (sealed as unknown as Record<string, unknown>)["#secret"]],
    ["a form", () => new URLSearchParams([["key", careless]]).toString()],
    ["a header", () => inspect([...new Headers({ authorization: `Bearer ${careless}` })])],
    ["an error's message", () => new Error(`failed with ${careless}`)],
    [
      "an error's cause",
      () => inspect(new Error("failed", { cause: sealed }), { depth: null, showHidden: true }),
    ],
    [
      "a refusal",
      () =>
        inspect(new Refusal("downstream_refused", { detail: `with ${careless}`, cause: sealed }), {
          depth: null,
        }),
    ],
    ["a refusal as JSON", () => JSON.stringify(Refusal.from(sealed, "internal", { cause: nested }))],
    [
      "a private member taken from another object",
      () => Reflect.apply(Reflect.get(sealed, "open"), {}, [String]),
    ],
    ["a getter taken from another object", () => Reflect.get(SealedCredential.prototype, "fingerprint", {})],
    ["a call that was forgotten", () => sealed.open(undefined as never)],
  ])("does not show its secret through %s", ([, text]) => {
    const shown = textOf(text);
    expect(shown).not.toContain(canary);
    expect(shown).not.toContain(canary.slice(8));
    expect(shown).not.toContain(Buffer.from(canary).toString("base64").slice(0, 16));
  });

  test("loses its secret when it is cloned: a copy in another thread opens nothing", () => {
    const copy: unknown = structuredClone(sealed);
    expect(copy).toEqual({});
    expect(copy).not.toBeInstanceOf(SealedCredential);
  });

  test("looks sealed, so that a log reader sees why it is empty", () => {
    expect([sealed.toString(), JSON.stringify(sealed), inspect(sealed)]).toEqual([
      "[sealed]",
      '"[sealed]"',
      "[sealed]",
    ]);
  });
});

describe("a fingerprint", () => {
  test("names the credential by 16 characters of its digest, and is no part of it", () => {
    expect(sealed.fingerprint).toBe(sha256(canary).slice(0, 16));
    expect(sealed.fingerprint).toHaveLength(16);
  });

  test("is the same for the same secret and another for another", () => {
    expect(new SealedCredential(canary).fingerprint).toBe(sealed.fingerprint);
    expect(new SealedCredential(`${canary}a`).fingerprint).not.toBe(sealed.fingerprint);
  });
});
