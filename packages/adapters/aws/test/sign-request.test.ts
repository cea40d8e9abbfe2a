import { expect, test } from "vitest";
import { signRequest } from "../src/sign-request.ts";

/** Examples of AWS Signature Version 4 test suite. */
const SUITE = {
  session: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" },
  scope: { region: "us-east-1", service: "service", at: Date.UTC(2015, 7, 30, 12, 36) },
  url: "https://example.amazonaws.com/",
};
/** Examples of "Authenticating Requests: Using the Authorization Header" in the API reference of Amazon S3. */
const S3 = {
  session: {
    accessKeyId: "AKIAIOSFODNN7EXAMPLE",
    secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  },
  scope: { region: "us-east-1", service: "s3", at: Date.UTC(2013, 4, 24) },
  url: "https://examplebucket.s3.amazonaws.com",
};

test.for([
  {
    name: "get-vanilla",
    published: SUITE,
    signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
  },
  {
    name: "get-vanilla-query-order-key-case",
    published: SUITE,
    path: "?Param2=value2&Param1=value1",
    signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
  },
  {
    name: "get-vanilla-empty-query-key",
    published: SUITE,
    path: "?Param1=value1",
    signature: "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb",
  },
  {
    name: "post-vanilla",
    published: SUITE,
    method: "POST",
    signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
  },
  {
    name: "post-x-www-form-urlencoded",
    published: SUITE,
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: "Param1=value1",
    signature: "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
  },
  {
    name: "GET object, with a range",
    published: S3,
    path: "/test.txt",
    headers: { range: "bytes=0-9" },
    signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
  },
  {
    name: "GET bucket lifecycle, a parameter without value",
    published: S3,
    path: "/?lifecycle",
    signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
  },
  {
    name: "GET bucket, a list",
    published: S3,
    path: "/?prefix=J&max-keys=2",
    signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
  },
])("a signature is the published one: $name", ({ published, signature, ...parts }) => {
  const { session, scope, url } = published;
  const { path = "", method = "GET", headers = {}, body } = parts;
  const signed = signRequest(
    {
      method,
      url: `${url}${path}`,
      headers,
      body: body === undefined ? undefined : new TextEncoder().encode(body),
    },
    session,
    scope,
  );
  expect(signed.headers["authorization"]?.split("Signature=")[1]).toBe(signature);
});

test("a session's token is signed, and what a proxy may change is not", () => {
  const sign = (headers: Record<string, string>, sessionToken: string) =>
    signRequest(
      { method: "GET", url: SUITE.url, headers, body: undefined },
      { ...SUITE.session, sessionToken },
      SUITE.scope,
    ).headers["authorization"];
  const signature = sign({ accept: "a", "user-agent": "b" }, "token");
  expect(signature).toContain("SignedHeaders=host;x-amz-date;x-amz-security-token,");
  expect(sign({ accept: "c", "user-agent": "d" }, "token")).toBe(signature);
  expect(sign({}, "another")).not.toBe(signature);
});
