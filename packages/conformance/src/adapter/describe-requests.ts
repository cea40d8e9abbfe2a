import {
  type GatewayRequest,
  Refusal,
  type SeenAction,
  canonicalRequest,
  requestProblem,
} from "@watchword/core";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { MakeAdapterFixture } from "./adapter-fixture.ts";
import { BLANK, STAMP, asReceived, operationsOf, planLive, runsFor } from "./plan-live.ts";
import { refusalOf } from "./refusal-of.ts";

const REFUSED: readonly string[] = ["request_mismatch", "target_refused"];

/** Requests: the decided action is read back from them, and a tool's bytes change nothing but what may pass. */
export function describeRequests(make: MakeAdapterFixture): void {
  describe("requests", () => {
    test("the action that is read back from an enforced request is the decided one, for every operation", async () => {
      await using fixture = await make();
      const { adapter } = fixture;
      for (const entry of operationsOf(fixture)) {
        const authority = await planLive(fixture, entry);
        const seen = adapter.actionOf(asReceived(fixture, adapter.enforce(authority, BLANK, STAMP)));
        expect(requestProblem(entry, authority, seen), entry.name).toBeUndefined();
        const written = Object.keys(authority.arguments).filter((name) => !fixture.mintBound?.includes(name));
        expect(Object.keys(seen.arguments).toSorted(), entry.name).toEqual(written.toSorted());
      }
    });

    test("whatever headers, query, path and body a tool sends, the same request leaves", async () => {
      await using fixture = await make();
      const { adapter } = fixture;
      for (const entry of operationsOf(fixture)) {
        const authority = await planLive(fixture, entry);
        const expected = withoutPassed(adapter.enforce(authority, BLANK, STAMP), fixture.passedHeaders);
        const unaffected = fc.property(arbitraryRequest(), (request) => {
          expect(withoutPassed(adapter.enforce(authority, request, STAMP), fixture.passedHeaders)).toEqual(
            expected,
          );
        });
        fc.assert(unaffected, { numRuns: runsFor(fixture) });
      }
    });

    test("no other spelling of a path is read as the action", async () => {
      await using fixture = await make();
      const { adapter } = fixture;
      for (const entry of operationsOf(fixture)) {
        const authority = await planLive(fixture, entry);
        const outbound = adapter.enforce(authority, BLANK, STAMP);
        const { pathname, search } = new URL(outbound.url);
        const headers = Object.entries(outbound.headers);
        const body = outbound.body ?? new Uint8Array();
        for (const target of otherSpellings(pathname).filter((spelling) => spelling !== pathname)) {
          const read = () =>
            adapter.actionOf(
              canonicalRequest({ method: outbound.method, target: `${target}${search}`, headers, body }),
            );
          const seen = fixture.openPaths?.includes(entry.name) === true ? readOrRefusal(read) : undefined;
          if (seen === undefined)
            expect(REFUSED, `${entry.name} ${target}`).toContain((await refusalOf(read)).reason);
          else expect(requestProblem(entry, authority, seen), `${entry.name} ${target}`).toBeDefined();
        }
      }
    });

    test("another method, an unknown query parameter and an override header are no way in", async () => {
      await using fixture = await make();
      const { adapter } = fixture;
      for (const entry of operationsOf(fixture)) {
        const authority = await planLive(fixture, entry);
        const received = asReceived(fixture, adapter.enforce(authority, BLANK, STAMP));
        for (const method of ["PUT", "PATCH", "DELETE", "HEAD", "get", "post"]) {
          if (method === received.method) continue;
          // Another method may be another operation of the catalogue, never this one.
          const read = () => requestProblem(entry, authority, adapter.actionOf({ ...received, method }));
          expect([...REFUSED, "operation"], `${entry.name} ${method}`).toContain(problemOrReason(read));
        }
        const query = [...received.query, ["surprise", "x"] as const];
        expect(REFUSED, entry.name).toContain(
          (await refusalOf(() => adapter.actionOf({ ...received, query }))).reason,
        );
      }
    });

    test("an arbitrary request is refused or read as an operation of the catalogue, never anything else", async () => {
      await using fixture = await make();
      const { adapter } = fixture;
      const names = operationsOf(fixture).map((entry) => entry.name);
      const refusedOrKnown = fc.property(arbitraryRequest(), (request) => {
        expect([...names, ...REFUSED]).toContain(problemOrReason(() => adapter.actionOf(request).operation));
      });
      fc.assert(refusedOrKnown, { numRuns: 500 });
    });
  });
}

function readOrRefusal(read: () => SeenAction): SeenAction | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function problemOrReason(read: () => string | undefined): string {
  try {
    return read() ?? "no problem";
  } catch (error) {
    return Refusal.is(error) ? error.reason : "another error";
  }
}

function withoutPassed(request: ReturnType<typeof plain>, passed: readonly string[]) {
  return plain({
    ...request,
    headers: Object.fromEntries(
      Object.entries(request.headers).filter(([name]) => !passed.includes(name.toLowerCase())),
    ),
  });
}

function plain(request: {
  method: string;
  url: string;
  headers: Readonly<Record<string, string>>;
  body: Uint8Array | undefined;
}) {
  return { method: request.method, url: request.url, headers: request.headers, body: request.body };
}

function otherSpellings(path: string): readonly string[] {
  const last = path.lastIndexOf("/");
  const [head, tail] = [path.slice(0, last), path.slice(last + 1)];
  return [
    `${head}//${tail}`,
    `${head}/./${tail}`,
    `${head}/x/../${tail}`,
    `${head}/%2e/${tail}`,
    `${head}/%2e%2e/${tail}`,
    `${head}%2f${tail}`,
    `${head}%252f${tail}`,
    `${head}/;/${tail}`,
    `${path};x=1`,
    `${path}/`,
    `${path}/.`,
    `${path}.`,
    `${path}%00`,
    `${path}%20`,
    `${path}@evil.example`,
    `${path}:80`,
    `${path}#x`,
    `/${path}`,
    path.toUpperCase(),
    `${head}\\${tail}`,
    path.slice(1),
    `http://evil.example${path}`,
    `//evil.example${path}`,
    `/@evil.example${path}`,
    `/..${path}`,
    `${path}?a=1?b=2`,
  ];
}

const HEADER_NAMES = [
  "host",
  "x-forwarded-host",
  "x-forwarded-proto",
  "forwarded",
  "authorization",
  "cookie",
  "content-type",
  "content-encoding",
  "idempotency-key",
  "user-agent",
  "accept",
  "stripe-account",
  "stripe-context",
  "stripe-version",
  "x-http-method-override",
  "location",
  "te",
  "x-api-key",
] as const;

/** Segments of what may stand in a path (RFC 3986 section 3.3), percent signs too. `fc.webPath()` takes a second to make. */
function arbitraryPath(): fc.Arbitrary<string> {
  const segment = fc.stringMatching(/^(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2}){0,12}$/);
  return fc.array(segment, { maxLength: 6 }).map((segments) => `/${segments.join("/")}`);
}

function arbitraryRequest(): fc.Arbitrary<GatewayRequest> {
  const name = fc.oneof(fc.constantFrom(...HEADER_NAMES), fc.stringMatching(/^[a-z][a-z-]{0,20}$/));
  const text = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.constantFrom("acct_other", "evil.example", "\r\nhost: evil.example", "http://evil.example"),
  );
  return fc.record({
    method: fc.constantFrom("GET", "POST", "PUT", "PATCH", "DELETE"),
    path: fc.oneof(arbitraryPath(), fc.constantFrom("/v1/refunds", "/v1/charges", "/", "/v1/accounts")),
    query: fc.array(fc.tuple(text, text), { maxLength: 4 }),
    headers: fc.dictionary(name, text, { maxKeys: 6 }),
    body: fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      text.map((form) => new TextEncoder().encode(form)),
    ),
  });
}
