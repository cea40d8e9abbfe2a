import { canonicalRequest } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { expectRefusal } from "./expect-refusal.ts";

type Headers = readonly (readonly [string, string])[];

const read = (headers: Headers) =>
  canonicalRequest({ method: "POST", target: "/v1/refunds", headers, body: new Uint8Array() });

describe("a header", () => {
  test("reaches the adapter under its name in small letters", () => {
    expect(read([["Content-Type", "text/plain"]]).headers).toEqual({
      "content-type": "text/plain",
    });
  });

  test.for([
    "Authorization",
    "AUTHORIZATION",
    "Proxy-Authorization",
    "Cookie",
    "Cookie2",
    "DPoP",
    "Host",
    "Connection",
    "Keep-Alive",
    "TE",
    "Trailer",
    "Upgrade",
    "Transfer-Encoding",
    "Content-Length",
    "Proxy-Connection",
    "Expect",
    "Forwarded",
    "Via",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Uri",
    "x-forwarded-proto",
    "X-HTTP-Method-Override",
    "X-Http-Method",
    "X-Method-Override",
    "X-Original-URL",
    "X-Rewrite-URL",
    "X_HTTP_Method_Override",
    "content_type",
    "X_Forwarded_Host",
    "__proto__",
  ])("that speaks for somebody else goes no further: %s", (name) => {
    const { method, headers } = read([[name, "DELETE"]]);
    expect(method).toBe("POST");
    expect(headers).toEqual({});
    expect(Object.getPrototypeOf(headers)).toBe(Object.prototype);
  });

  test.for<[name: string, headers: Headers]>([
    [
      "plainly",
      [
        ["a", "1"],
        ["a", "2"],
      ],
    ],
    [
      "in another case",
      [
        ["Content-Type", "text/plain"],
        ["content-type", "application/json"],
      ],
    ],
    [
      "with the same value",
      [
        ["a", "1"],
        ["a", "1"],
      ],
    ],
    [
      "as a name that objects inherit",
      [
        ["constructor", "1"],
        ["constructor", "2"],
      ],
    ],
  ])("that is there twice, %s, is refused", ([, headers]) => {
    expectRefusal("target_refused", () => read(headers));
  });

  test("by a name that every object inherits is an ordinary one", () => {
    const { headers } = read([["constructor", "1"]]);
    expect(Object.entries(headers)).toEqual([["constructor", "1"]]);
  });
});
