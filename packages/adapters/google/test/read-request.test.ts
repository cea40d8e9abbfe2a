import { google } from "@watchword/adapter-google";
import { canonicalRequest } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { PROVIDER } from "./google-fixture.ts";

const own = google({ provider: PROVIDER });
const shared = google({ provider: PROVIDER, tenancy: "prefix" });
const request = (method: string, target: string, headers: Record<string, string> = {}, body = "") =>
  canonicalRequest({
    method,
    target,
    headers: Object.entries(headers),
    body: new TextEncoder().encode(body),
  });
const seen = (...given: Parameters<typeof request>) => own.actionOf(request(...given));
const TEXT = { "content-type": "text/plain" };

describe("a request is one operation on the account that it names", () => {
  test("objects and lists, in a bucket of the tenant's own", () => {
    expect(seen("GET", "/acme-reports/2026/q3.txt")).toEqual({
      operation: "storage.objects.get",
      resource: { account: "acme-reports" },
      arguments: { name: "2026/q3.txt" },
    });
    expect(seen("GET", "/storage/v1/b/acme-reports/o?prefix=2026/&maxResults=50")).toMatchObject({
      operation: "storage.objects.list",
      resource: { account: "acme-reports" },
      arguments: { prefix: "2026/", limit: 50 },
    });
  });

  test("below the tenant's own segment of a shared bucket", () => {
    expect(shared.actionOf(request("GET", "/reports/acme/2026/q3.txt"))).toMatchObject({
      resource: { account: "reports/acme" },
      arguments: { name: "2026/q3.txt" },
    });
    expect(
      shared.actionOf(request("GET", "/storage/v1/b/reports/o?prefix=acme/2026/&maxResults=5")),
    ).toMatchObject({ resource: { account: "reports/acme" }, arguments: { prefix: "2026/" } });
  });

  test("what is written says whether something may be there already", () => {
    const put = (generation: string) =>
      seen("PUT", "/acme-reports/a", { ...TEXT, "x-goog-if-generation-match": generation }, "x").operation;
    expect([put("0"), put("1001")]).toEqual(["storage.objects.create", "storage.objects.replace"]);
  });
});

describe("everything else is refused", () => {
  test.for<[string, Parameters<typeof request>]>([
    ["a write that does not say what may be there", ["PUT", "/acme-reports/a", TEXT, "x"]],
    ["a deletion of whatever is there", ["DELETE", "/acme-reports/a"]],
    ["a bucket itself", ["GET", "/acme-reports"]],
    ["a bucket with a final slash", ["GET", "/acme-reports/"]],
    ["all buckets", ["GET", "/"]],
    ["a bucket's policy", ["GET", "/storage/v1/b/acme-reports/iam"]],
    ["an object by the JSON API", ["GET", "/storage/v1/b/acme-reports/o/a"]],
    ["an upload by the JSON API", ["POST", "/upload/storage/v1/b/acme-reports/o?name=a"]],
    ["a batch", ["POST", "/batch/storage/v1"]],
    [
      "a copy of another object",
      [
        "PUT",
        "/acme-reports/a",
        { ...TEXT, "x-goog-copy-source": "/globex-reports/b", "x-goog-if-generation-match": "0" },
      ],
    ],
    [
      "an ACL",
      [
        "PUT",
        "/acme-reports/a",
        { ...TEXT, "x-goog-acl": "public-read", "x-goog-if-generation-match": "0" },
        "x",
      ],
    ],
    ["another project to pay", ["GET", "/acme-reports/a", { "x-goog-user-project": "other" }]],
    ["a key to decrypt by", ["GET", "/acme-reports/a", { "x-goog-encryption-key": "x" }]],
    ["a part of an object", ["GET", "/acme-reports/a", { range: "bytes=0-1" }]],
    [
      "a coded body",
      [
        "PUT",
        "/acme-reports/a",
        { ...TEXT, "content-encoding": "gzip", "x-goog-if-generation-match": "0" },
        "x",
      ],
    ],
    ["a query on an object", ["GET", "/acme-reports/a?acl"]],
    ["a post", ["POST", "/acme-reports/a", TEXT, "x"]],
    ["a list of all versions", ["GET", "/storage/v1/b/acme-reports/o?versions=true&maxResults=5"]],
    ["a list without a bound", ["GET", "/storage/v1/b/acme-reports/o?prefix=a"]],
    ["a list twice bounded", ["GET", "/storage/v1/b/acme-reports/o?maxResults=5&maxResults=50"]],
    ["a name with a dot segment inside", ["GET", "/acme-reports/a/.hidden"]],
    ["a quote in a name", ["GET", "/acme-reports/a'b"]],
  ])("%s", ([, given]) => {
    expect(() => seen(...given)).toThrow(/request_mismatch|target_refused/);
  });

  test("a list that does not begin with the tenant's own segment", () => {
    for (const prefix of ["", "acme", "/acme/"])
      expect(() =>
        shared.actionOf(request("GET", `/storage/v1/b/reports/o?prefix=${prefix}&maxResults=5`)),
      ).toThrow(/request_mismatch/);
  });
});
