import { createHash } from "node:crypto";
import type { AccountState, BucketState } from "./account-state.ts";
import { AwsProblem, accessDenied } from "./aws-problem.ts";
import { allows } from "./evaluate-policy.ts";
import type { ApiAnswer, ApiRequest } from "./http-exchange.ts";
import type { HeldSession, Sessions } from "./sessions.ts";
import { tagContext } from "./tag-context.ts";
import { verifySignature } from "./verify-signature.ts";
import { around, element } from "./xml-text.ts";

/** What S3 works with. */
export interface S3Context {
  readonly region: string;
  readonly state: AccountState;
  readonly sessions: Sessions;
  readonly now: number;
}

/** A request of a known session for a bucket that is there. */
interface Asked {
  readonly context: S3Context;
  readonly request: ApiRequest;
  readonly session: HeldSession;
  readonly bucket: BucketState;
  readonly key: string;
  readonly query: URLSearchParams;
}

const NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";
const ACTIONS: Readonly<Record<string, string>> = {
  GET: "s3:GetObject",
  HEAD: "s3:GetObject",
  PUT: "s3:PutObject",
  DELETE: "s3:DeleteObject",
};

/** What IAM calls a request to S3. */
export function s3Action({ method, path }: ApiRequest): string | undefined {
  const isObject = path.split("/").slice(2).join("/") !== "";
  return isObject ? ACTIONS[method] : method === "GET" ? "s3:ListBucket" : undefined;
}

/** Answers a request to S3, by path (`/bucket/key`). @throws AwsProblem */
export function answerS3(context: S3Context, request: ApiRequest): ApiAnswer {
  const { state, sessions, region, now } = context;
  const session = verifySignature(sessions, request, { region, service: "s3", now });
  const [, name = "", ...rest] = request.path.split("/").map((segment) => decodeURIComponent(segment));
  const bucket = state.buckets.get(name);
  if (bucket === undefined) throw new AwsProblem(404, "NoSuchBucket", "The specified bucket does not exist");
  const asked = {
    context,
    request,
    session,
    bucket,
    key: rest.join("/"),
    query: new URLSearchParams(request.query),
  };
  const action = s3Action(request);
  if (action === undefined)
    throw new AwsProblem(405, "MethodNotAllowed", "The specified method is not allowed");
  if (!isAllowed(asked, action)) throw accessDenied(action);
  return { ...answerAllowed(asked), action, session: session.name };
}

function answerAllowed(asked: Asked): ApiAnswer {
  const { request, bucket, key, context } = asked;
  if (key === "") return listObjects(asked);
  if (request.method === "DELETE") {
    const changed = bucket.objects.delete(key);
    return { status: 204, headers: {}, body: "", ...(changed ? { changed: "effect" } : {}) };
  }
  if (request.method === "PUT") {
    if (request.headers["x-amz-copy-source"] !== undefined)
      throw new AwsProblem(
        501,
        "NotImplemented",
        "A header you provided implies functionality that is not implemented",
      );
    const named = Object.entries(request.headers).filter(([header]) => header.startsWith("x-amz-meta-"));
    bucket.objects.set(key, {
      content: request.body,
      contentType: request.headers["content-type"] ?? "application/octet-stream",
      metadata: Object.fromEntries(named.map(([header, value]) => [header.slice(11), value])),
      at: context.now,
    });
    return { status: 200, headers: { etag: etagOf(request.body) }, body: "", changed: "effect" };
  }
  const object = bucket.objects.get(key);
  // Who may not list learns nothing of what is not there.
  if (object === undefined && !isAllowed({ ...asked, key: "" }, "s3:ListBucket"))
    throw accessDenied("s3:ListBucket");
  if (object === undefined) throw new AwsProblem(404, "NoSuchKey", "The specified key does not exist.");
  return {
    status: 200,
    headers: {
      "content-type": object.contentType,
      etag: etagOf(object.content),
      "last-modified": new Date(object.at).toUTCString(),
    },
    body: object.content.toString(),
  };
}

function listObjects({ bucket, query }: Asked): ApiAnswer {
  const prefix = query.get("prefix") ?? "";
  const limit = Number(query.get("max-keys") ?? "1000");
  const after = Buffer.from(query.get("continuation-token") ?? "", "base64url").toString();
  const found = [...bucket.objects]
    .filter(([key]) => key.startsWith(prefix) && key > after)
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
  const page = found.slice(0, limit);
  const truncated = found.length > page.length;
  const contents = page.map(([key, { content, at }]) =>
    around(
      "Contents",
      element("Key", key),
      element("LastModified", new Date(at).toISOString()),
      element("ETag", etagOf(content)),
      element("Size", content.byteLength),
      element("StorageClass", "STANDARD"),
    ),
  );
  const next = truncated ? Buffer.from(page.at(-1)?.[0] ?? "").toString("base64url") : undefined;
  const head = [
    element("Name", bucket.name),
    element("Prefix", prefix),
    element("KeyCount", page.length),
    element("MaxKeys", limit),
    element("IsTruncated", String(truncated)),
    element("NextContinuationToken", next),
  ];
  return {
    status: 200,
    headers: { "content-type": "application/xml" },
    body: `<ListBucketResult xmlns="${NAMESPACE}">${head.join("")}${contents.join("")}</ListBucketResult>`,
  };
}

/** INVARIANT: a bucket of another account opens only if its own policy says so as well. */
function isAllowed({ session, bucket, key, query }: Asked, action: string): boolean {
  if (bucket.account !== session.account && !bucket.open) return false;
  const asked = [
    ["s3:prefix", query.get("prefix")],
    ["s3:max-keys", query.get("max-keys")],
  ].flatMap(([name, value]) =>
    typeof value === "string" && typeof name === "string" ? [[name, [value]] as const] : [],
  );
  return allows(session.policies, {
    action,
    resource: `arn:aws:s3:::${bucket.name}${key === "" ? "" : `/${key}`}`,
    context: {
      ...tagContext(session),
      ...Object.fromEntries(asked),
      "aws:ResourceAccount": [bucket.account],
    },
  });
}

/** An error as S3 writes it. */
export function s3Error({ status, code, message }: AwsProblem): ApiAnswer {
  const body = around(
    "Error",
    element("Code", code),
    element("Message", message),
    element("RequestId", "twin"),
  );
  return {
    status,
    headers: { "content-type": "application/xml" },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
    code,
  };
}

const etagOf = (content: Buffer): string => `"${createHash("md5").update(content).digest("hex")}"`;
