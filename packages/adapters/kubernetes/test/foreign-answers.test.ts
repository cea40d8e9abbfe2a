import { type AdapterContext, Refusal, newAction, systemClock } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { type Fixture, kubernetesFixture } from "./kubernetes-fixture.ts";

const contextOf = (fixture: Fixture, through: typeof fetch): AdapterContext => ({
  connection: fixture.own,
  fetch: through,
  clock: systemClock,
  signal: AbortSignal.timeout(5_000),
});

/** A fetch that gives some calls of the adapter another answer. */
const answering =
  (change: (path: string, response: Response) => Promise<Response> | Response): typeof fetch =>
  async (input, init) =>
    change(new URL(new Request(input).url).pathname, await fetch(input, init));

const isToken = (path: string): boolean => path.endsWith("/token");
const isSecret = (path: string): boolean => path.endsWith("/secrets");

const mint = async (fixture: Fixture, through: typeof fetch): Promise<unknown> => {
  const action = newAction({
    system: "cluster",
    operation: "pods.get",
    resource: {},
    arguments: { name: "web-1" },
  });
  const authority = fixture.adapter.plan({
    ...action,
    ...fixture.adapter.complete(action, { owners: {}, values: {} }, "acme"),
  });
  return fixture.adapter.mint(authority, contextOf(fixture, through)).catch((error: unknown) => error);
};

/** The answer to a token request, with some of it, or of the token's claims, changed. */
const changed =
  (change: { spec?: object; status?: object; claims?: object; held?: object }) =>
  async (path: string, response: Response): Promise<Response> => {
    if (!isToken(path)) return response;
    const body = (await response.json()) as { spec: object; status: { token: string } };
    const [header = "", claims = "", signature = ""] = body.status.token.split(".");
    const read = JSON.parse(Buffer.from(claims, "base64url").toString()) as { "kubernetes.io": object };
    const written = {
      ...read,
      ...change.claims,
      "kubernetes.io": { ...read["kubernetes.io"], ...change.held },
    };
    const token = [header, Buffer.from(JSON.stringify(written)).toString("base64url"), signature].join(".");
    return Response.json(
      {
        ...body,
        spec: { ...body.spec, ...change.spec },
        status: { ...body.status, token, ...change.status },
      },
      { status: 201 },
    );
  };

const UID = "00000000-0000-4000-8000-000000000000";
const later = (): number => Math.floor(Date.now() / 1000) + 3_600;

describe("an answer that is not what was asked", () => {
  test.for<[name: string, change: () => Parameters<typeof changed>[0]]>([
    [
      "a token for another audience besides",
      () => ({ claims: { aud: ["https://kubernetes.default.svc.cluster.local", "vault"] } }),
    ],
    ["a token for another audience", () => ({ claims: { aud: ["vault"] } })],
    ["an answer for another audience", () => ({ spec: { audiences: ["vault"] } })],
    ["a token that is bound to nothing", () => ({ held: { secret: undefined } })],
    ["a token that is bound to another Secret", () => ({ held: { secret: { name: "db", uid: UID } } })],
    ["an answer that is bound to nothing", () => ({ spec: { boundObjectRef: null } })],
    [
      "an answer that is bound to a pod",
      () => ({ held: { secret: undefined, pod: { name: "web-1", uid: UID } } }),
    ],
    ["a token of another account", () => ({ claims: { sub: "system:serviceaccount:acme-watchword:admin" } })],
    ["a token of another namespace", () => ({ held: { namespace: "globex-watchword" } })],
    [
      "a token for an hour",
      () => ({
        claims: { exp: later() },
        status: { expirationTimestamp: `${new Date(later() * 1000).toISOString().slice(0, 19)}Z` },
      }),
    ],
    ["an answer that tells another time than the token", () => ({ claims: { exp: later() } })],
    ["no token", () => ({ status: { token: undefined } })],
    ["a token that is none", () => ({ status: { token: "opaque" } })],
  ])("%s is no token to anybody, and its Secret is gone", async ([, change]) => {
    await using fixture = await kubernetesFixture();
    const refusal = await mint(fixture, answering(changed(change())));
    expect(Refusal.is(refusal) && refusal.reason).toBe("downstream_unavailable");
    expect(fixture.twin.list("Secret")).toEqual([]);
    expect(fixture.twin.tokens().filter(({ secret }) => secret !== undefined)).toEqual([]);
  });

  test.for<[name: string, status: number, reason: string]>([
    ["401", 401, "downstream_refused"],
    ["403", 403, "downstream_refused"],
    ["404", 404, "downstream_refused"],
    ["409", 409, "downstream_refused"],
    ["422", 422, "downstream_refused"],
    ["429", 429, "downstream_unavailable"],
    ["503", 503, "downstream_unavailable"],
    ["a redirect", 307, "downstream_refused"],
  ])("%s to a token request gives nothing and leaves no Secret", async ([, status, reason]) => {
    await using fixture = await kubernetesFixture();
    const refusal = await mint(
      fixture,
      answering((path, response) =>
        isToken(path) ? new Response('{"kind":"Status"}', { status, headers: { location: "/x" } }) : response,
      ),
    );
    expect(Refusal.is(refusal) && refusal.reason).toBe(reason);
    expect(fixture.twin.list("Secret")).toEqual([]);
    expect(fixture.twin.tokens().filter(({ secret }) => secret !== undefined)).toEqual([]);
  });

  test("an answer that never ends is cut off, and its Secret is gone", async () => {
    await using fixture = await kubernetesFixture();
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(32)),
    });
    const refusal = await mint(
      fixture,
      answering((path, response) => (isToken(path) ? new Response(endless, { status: 201 }) : response)),
    );
    expect(Refusal.is(refusal) && refusal.message).toMatch(
      /^downstream_unavailable: .*more than 1048576 bytes$/,
    );
    expect(fixture.twin.list("Secret")).toEqual([]);
  });

  test.for<[name: string, change: object]>([
    ["with a finalizer", { finalizers: ["example.com/keep"] }],
    ["in another namespace", { namespace: "acme" }],
    ["of another name", { name: "db" }],
  ])("a Secret %s is deleted, and nothing is bound to it", async ([, change]) => {
    await using fixture = await kubernetesFixture();
    const refusal = await mint(
      fixture,
      answering(async (path, response) => {
        if (!isSecret(path)) return response;
        const body = (await response.json()) as { metadata: object };
        return Response.json({ ...body, metadata: { ...body.metadata, ...change } }, { status: 201 });
      }),
    );
    expect(Refusal.is(refusal) && refusal.reason).toBe("downstream_unavailable");
    expect(fixture.twin.list("Secret")).toEqual([]);
    expect(fixture.twin.requests.filter(({ path }) => isToken(path))).toEqual([]);
  });

  test("a token that names a Secret elsewhere ends nothing there", async () => {
    await using fixture = await kubernetesFixture();
    fixture.twin.apply({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "db", namespace: "globex-watchword" },
    });
    const { adapter, other, own } = fixture;
    const context = contextOf(fixture, fetch);
    const action = newAction({ system: "cluster", operation: "pods.list", resource: {}, arguments: {} });
    const authority = adapter.plan({
      ...action,
      ...adapter.complete(action, { owners: {}, values: {} }, "globex"),
    });
    const { credential } = await adapter.mint(authority, { ...context, connection: other });
    expect(await adapter.revoke(credential, { ...context, connection: own })).toBe("unknown");
    expect(fixture.twin.list("Secret", "globex-watchword")).toHaveLength(2);
    expect(await adapter.revoke(credential, { ...context, connection: other })).toBe("revoked");
  });
});
