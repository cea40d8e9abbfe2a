import { createHash, createHmac } from "node:crypto";
import type { OutboundRequest } from "@watchword/core";
import type { SessionCredentials } from "./aws-session.ts";

/** For what a signature counts. */
export interface SigningScope {
  readonly region: string;
  /** `s3`, `sts`, `dynamodb`: a signature for one is none for another. */
  readonly service: string;
  /** Milliseconds since 1970; AWS takes a signature within minutes of it. */
  readonly at: number;
}

const ALGORITHM = "AWS4-HMAC-SHA256";
/** What a proxy or the sending side may change on the way. */
const UNSIGNED: ReadonlySet<string> = new Set(["accept", "user-agent", "authorization"]);

/**
 * Signs a request by AWS Signature Version 4: method, path, query, each header but accept and user agent, and the body. Paths must be
 * written as they are to be signed, which a path of unreserved characters always is.
 */
export function signRequest(
  request: OutboundRequest,
  session: Pick<SessionCredentials, "accessKeyId" | "secretAccessKey"> &
    Partial<Pick<SessionCredentials, "sessionToken">>,
  { region, service, at }: SigningScope,
): OutboundRequest {
  const url = new URL(request.url);
  const time = new Date(at).toISOString().replaceAll(/[-:]|\.\d{3}/g, "");
  const payload = hash(request.body ?? "");
  const headers: Record<string, string> = {
    ...request.headers,
    "x-amz-date": time,
    ...(session.sessionToken === undefined ? {} : { "x-amz-security-token": session.sessionToken }),
    ...(service === "s3" ? { "x-amz-content-sha256": payload } : {}),
  };
  const signed = Object.entries({ ...headers, host: url.host })
    .map(([name, value]) => [name.toLowerCase(), value.trim().replaceAll(/ +/g, " ")] as const)
    .filter(([name]) => !UNSIGNED.has(name))
    .toSorted(([one], [other]) => compare(one, other));
  const names = signed.map(([name]) => name).join(";");
  const canonical = [
    request.method,
    url.pathname,
    canonicalQuery(url),
    ...signed.map(([name, value]) => `${name}:${value}`),
    "",
    names,
    payload,
  ].join("\n");
  const scope = `${time.slice(0, 8)}/${region}/${service}/aws4_request`;
  const key = scope
    .split("/")
    .reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${session.secretAccessKey}`);
  const signature = hmac(key, [ALGORITHM, time, scope, hash(canonical)].join("\n")).toString("hex");
  headers["authorization"] =
    `${ALGORITHM} Credential=${session.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...request, headers };
}

function canonicalQuery({ searchParams }: URL): string {
  return [...searchParams]
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .toSorted(([one, first], [other, second]) => compare(one, other) || compare(first, second))
    .map((pair) => pair.join("="))
    .join("&");
}

/** Everything but unreserved characters, which `encodeURIComponent` leaves five others of. */
export const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
const hash = (content: string | Uint8Array): string => createHash("sha256").update(content).digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
