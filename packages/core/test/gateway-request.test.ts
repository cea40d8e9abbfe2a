import { canonicalRequest, readForm } from "@watchword/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expectRefusal } from "./expect-refusal.ts";

const read = (target: string, method = "POST") =>
  canonicalRequest({ method, target, headers: [], body: new Uint8Array() });

function expectRefused(act: () => unknown): void {
  expect(expectRefusal("target_refused", act).failedFact).toBe("action");
}

describe("a path", () => {
  test.for([
    "/v1/refunds",
    "/v1/charges/ch_1/refund",
    "/repos/acme/app.js/pulls/1/merge",
    "/v1/~user/a-b_c.d/x:y@z,(1)!$&'*+=",
    "/v1/refunds.",
    "/...",
    "/.well-known/x",
    "/",
    "/v1/a;b=c",
  ])("in canonical form is what is matched and sent: %s", (path) => {
    expect(read(path).path).toBe(path);
  });

  test.for([
    ["dots as percents", "/v1/charges/%2e%2e/refunds"],
    ["dots as percents in capitals", "/v1/charges/%2E%2E/refunds"],
    ["half of the dots as percents", "/v1/charges/.%2e/refunds"],
    ["one dot as percents", "/v1/%2e/refunds"],
    ["a climb in one piece", "/v1/charges/%2e%2e%2frefunds"],
    ["plain dots", "/v1/charges/../refunds"],
    ["one plain dot", "/v1/./refunds"],
    ["dots at the end", "/v1/refunds/.."],
    ["a dot at the end", "/v1/refunds/."],
    ["dots before a path parameter", "/v1/charges/..;/refunds"],
    ["dots before a path parameter with a value", "/v1/charges/..;x=1/refunds"],
    ["a dot before a path parameter", "/v1/.;/refunds"],
    ["dots before a path parameter at the end", "/v1/charges/..;"],
    ["two slashes", "/v1//refunds"],
    ["two slashes at the start", "//v1/refunds"],
    ["two slashes at the end", "/v1/refunds//"],
    ["a slash at the end", "/v1/refunds/"],
    ["a slash as percents", "/v1%2frefunds"],
    ["a slash as percents in capitals", "/v1%2Frefunds"],
    ["a slash as percents twice", "/v1%252frefunds"],
    ["a backslash", "/v1\\refunds"],
    ["a backslash as percents", "/v1%5crefunds"],
    ["a climb by backslash", "/v1/charges/..\\refunds"],
    ["a letter as percents", "/v1/%72efunds"],
    ["a letter as percents in capitals", "/v1/%52efunds"],
    ["all letters as percents", "/%76%31/%72%65%66%75%6e%64%73"],
    ["percents that are broken", "/v1/%zz"],
    ["percents that are cut", "/v1/refunds%"],
    ["percents in the style of Windows", "/v1/%u002e%u002e/refunds"],
    ["dots in an overlong form", "/v1/%c0%ae%c0%ae/refunds"],
    ["a slash in an overlong form", "/v1%c0%afrefunds"],
    ["NUL as percents", "/v1/refunds%00"],
    ["NUL", "/v1/refunds\u0000"],
    ["a line as percents", "/v1/refunds%0d%0aX: y"],
    ["a line", "/v1/refunds\r\nX: y"],
    ["a line at the end", "/v1/refunds\n"],
    ["a tab", "/v1/ref\tunds"],
    ["a space", "/v1/refunds "],
    ["a space as percents", "/v1/refunds%20"],
    ["a letter outside of ASCII", "/v1/r\u00e9funds"],
    ["wide letters", "/v1/\uff52efunds"],
    ["a wide dot", "/v1/\uff0e\uff0e/refunds"],
    ["a slash that is none", "/v1\u2215refunds"],
    ["a letter that nobody sees", "/v1/re\u200bfunds"],
    ["half a letter", "/v1/\ud800"],
    ["a pipe", "/v1|refunds"],
    ["a brace", "/v1/{refunds}"],
    ["quotes", '/v1/"refunds"'],
    ["a caret", "/v1/^refunds"],
    ["brackets", "/v1/[refunds]"],
    ["no slash at the start", "v1/refunds"],
    ["nothing", ""],
    ["a query alone", "?a=1"],
    ["two slashes alone", "//"],
    ["a star", "*"],
    ["another origin", "https://attacker.example/v1/refunds"],
    ["another origin in capitals", "HTTPS://attacker.example/v1/refunds"],
    ["another origin without a scheme", "//attacker.example/v1/refunds"],
    ["another origin by backslashes", "\\\\attacker.example/v1/refunds"],
    ["an authority", "api.stripe.com:443"],
    ["user information", "//user:secret@api.stripe.com/v1/refunds"],
    ["user information before the path", "user@api.stripe.com/v1/refunds"],
    ["a fragment", "/v1/refunds#x"],
    ["a fragment behind the query", "/v1/refunds?a=1#x"],
    ["a fragment in the query", "/v1/refunds?a=#x&b=1"],
    ["a second question mark", "/v1/refunds?a=1?b=2"],
    ["a question mark in the query", "/v1/refunds??a=1"],
  ])("with %s is refused", ([, target = ""]) => {
    expectRefused(() => read(target));
  });

  test("in any spelling is either the canonical one or refused: the reading of a URL parser agrees", () => {
    const piece = fc.constantFrom(
      ..."/ / . .. ; %2e %2E %2f %5c \\ v1 refunds A %41 : @ ~ \t \u00e9 %00 ? & = # , + !".split(" "),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const target = `/${pieces.join("")}`;
        const path = acceptedPath(target);
        if (path === undefined) return;
        expect(path).toBe(target.split("?")[0]);
        expect(new URL(target, "https://api.example").pathname).toBe(path);
        expect(new URL(target, "https://api.example").host).toBe("api.example");
        expect(decodeURIComponent(path)).toBe(path);
      }),
      { numRuns: 20_000 },
    );
  });
});

describe("a method", () => {
  test.for(["GET", "POST", "PUT", "PATCH", "DELETE"])("%s is read as it is", (method) => {
    expect(read("/v1/refunds", method).method).toBe(method);
  });

  test.for([
    "",
    "get",
    "Post",
    "POST ",
    " POST",
    "HEAD",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "PROPFIND",
    "toString",
  ])("%j is refused", (method) => {
    expectRefused(() => read("/v1/refunds", method));
  });
});

describe("a query", () => {
  test.for<[name: string, query: string, pairs: [string, string][]]>([
    ["nothing", "", []],
    ["a plus", "?a=1+2", [["a", "1 2"]]],
    ["a space as percents", "?a=1%202", [["a", "1 2"]]],
    ["a plus as percents", "?a=1%2B2", [["a", "1+2"]]],
    ["percents in small letters", "?a=1%2b2", [["a", "1+2"]]],
    ["a name as percents", "?%61=1", [["a", "1"]]],
    ["brackets plain", "?a[b]=1", [["a[b]", "1"]]],
    ["brackets as percents", "?a%5Bb%5D=1", [["a[b]", "1"]]],
    ["percents twice: decoded once", "?a=%252e", [["a", "%2e"]]],
    ["an ampersand within a value", "?a=1%26b=2", [["a", "1&b=2"]]],
    ["an equals sign within a value", "?a=b=c", [["a", "b=c"]]],
    ["an equals sign within a name", "?a%3Db=c", [["a=b", "c"]]],
    ["a semicolon, which separates nothing", "?a=1;b=2", [["a", "1;b=2"]]],
    ["no value", "?a", [["a", ""]]],
    ["an empty value", "?a=", [["a", ""]]],
    ["a slash within a value", "?a=/v1/../x", [["a", "/v1/../x"]]],
    ["letters outside of ASCII", "?a=%C3%A9", [["a", "\u00e9"]]],
    ["a hidden name", "?__proto__=x", [["__proto__", "x"]]],
  ])("with %s has one reading", ([, query, pairs]) => {
    const request = read(`/v1/charges${query}`, "GET");
    expect(request.query).toEqual(pairs);
    expect(request.path).toBe("/v1/charges");
  });

  test("with one name twice keeps both in order, for the adapter to refuse: none is dropped", () => {
    expect(read("/v1/charges?a=1&b=2&a=3", "GET").query).toEqual([
      ["a", "1"],
      ["b", "2"],
      ["a", "3"],
    ]);
    expect(read("/v1/charges?a=1&%61=3", "GET").query).toEqual([
      ["a", "1"],
      ["a", "3"],
    ]);
  });

  test.for([
    ["percents that are broken", "a=%zz"],
    ["percents that are cut", "a=%2"],
    ["percents alone", "%"],
    ["a name whose percents are broken", "%zz=1"],
    ["NUL", "a=%00"],
    ["NUL in a name", "%00a=1"],
    ["NUL that is not encoded", "a=\u0000"],
    ["an overlong form", "a=%c0%af"],
    ["bytes that are not UTF-8", "a=%ff"],
    ["half a letter in UTF-8", "a=%ed%a0%80"],
    ["half a letter", "a=\ud800"],
  ])("with %s is refused instead of repaired", ([, query = ""]) => {
    expectRefused(() => read(`/v1/charges?${query}`, "GET"));
    expectRefused(() => readForm(query));
  });

  test("reads back exactly the pairs that URLSearchParams writes", () => {
    const part = fc.string({ unit: "grapheme", maxLength: 8 }).filter((text) => !text.includes("\u0000"));
    fc.assert(
      fc.property(fc.array(fc.tuple(part, part), { minLength: 1, maxLength: 5 }), (pairs) => {
        const text = new URLSearchParams(pairs).toString();
        expect(readForm(text)).toEqual(pairs);
        expect(read(`/v1/charges?${text}`).query).toEqual(pairs);
      }),
      { numRuns: 1_000 },
    );
  });
});

test("the body is passed on byte by byte", () => {
  const body = Uint8Array.of(0, 255, 13, 10);
  expect(canonicalRequest({ method: "POST", target: "/v1/x", headers: [], body }).body).toBe(body);
});

test("a refusal quotes nothing of the target", () => {
  const refusal = expectRefusal("target_refused", () => read("/v1/%63anary?canary=%zz"));
  expect(`${refusal.message} ${refusal.stack} ${String(refusal.cause)}`).not.toContain("anary");
});

function acceptedPath(target: string): string | undefined {
  try {
    return read(target).path;
  } catch {
    return undefined;
  }
}
