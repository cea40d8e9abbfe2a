import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { AwsProblem } from "./aws-problem.ts";
import type { ApiRequest } from "./http-exchange.ts";
import type { HeldSession, Sessions } from "./sessions.ts";

/** For what a signature must be, and how each service says no. */
export interface SignatureRules {
  readonly region: string;
  readonly service: "sts" | "s3" | "dynamodb";
  /** Milliseconds since 1970. */
  readonly now: number;
}

const FORM =
  /^AWS4-HMAC-SHA256 Credential=([A-Z0-9]+)\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;
const SKEW_MILLISECONDS = 300_000;

/**
 * The session that signed a request, by AWS Signature Version 4: host, time and every `x-amz-…` header signed, for this region and
 * service, within five minutes, with a body of the signed hash.
 *
 * @throws AwsProblem as each service says it
 */
export function verifySignature(
  sessions: Sessions,
  request: ApiRequest,
  { region, service, now }: SignatureRules,
): HeldSession {
  const { headers } = request;
  const [, keyId = "", day = "", signedRegion, signedService, names = "", signature = ""] =
    FORM.exec(headers["authorization"] ?? "") ?? [];
  if (keyId === "")
    throw new AwsProblem(
      403,
      service === "s3" ? "AccessDenied" : "MissingAuthenticationToken",
      "Request is missing Authentication Token",
    );
  const session = sessions.find(keyId);
  if (session === undefined || headers["x-amz-security-token"] !== session.sessionToken)
    throw unknownKey(service);
  const time = headers["x-amz-date"] ?? "";
  const signedNames = names.split(";");
  const unsigned = Object.keys(headers).some(
    (name) => (name === "host" || name.startsWith("x-amz-")) && !signedNames.includes(name),
  );
  const scope = [day, region, service, "aws4_request"];
  const payload = payloadHash(request, service);
  const canonical = [
    request.method,
    request.path,
    canonicalQuery(request.query),
    ...signedNames.map((name) => `${name}:${(headers[name] ?? "").trim().replaceAll(/ +/g, " ")}`),
    "",
    names,
    payload,
  ].join("\n");
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${session.secretAccessKey}`);
  const expected = hmac(key, ["AWS4-HMAC-SHA256", time, scope.join("/"), hash(canonical)].join("\n"));
  const fits =
    !unsigned &&
    time.startsWith(day) &&
    signedRegion === region &&
    signedService === service &&
    timingSafeEqual(expected, Buffer.from(signature, "hex"));
  if (!fits)
    throw new AwsProblem(
      403,
      service === "dynamodb" ? "InvalidSignatureException" : "SignatureDoesNotMatch",
      "The request signature we calculated does not match the signature you provided.",
    );
  if (Math.abs(Date.parse(isoOf(time)) - now) > SKEW_MILLISECONDS)
    throw new AwsProblem(
      403,
      service === "s3" ? "RequestTimeTooSkewed" : "RequestExpired",
      "Signature expired",
    );
  if (session.expiresAt <= now) throw expired(service);
  return session;
}

function payloadHash({ headers, body }: ApiRequest, service: SignatureRules["service"]): string {
  const actual = hash(body);
  if (service !== "s3") return actual;
  const claimed = headers["x-amz-content-sha256"] ?? "";
  if (claimed === "UNSIGNED-PAYLOAD") return claimed;
  if (claimed !== actual)
    throw new AwsProblem(
      400,
      "XAmzContentSHA256Mismatch",
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  return actual;
}

function unknownKey(service: SignatureRules["service"]): AwsProblem {
  if (service === "s3")
    return new AwsProblem(
      403,
      "InvalidAccessKeyId",
      "The AWS Access Key Id you provided does not exist in our records.",
    );
  return new AwsProblem(
    service === "sts" ? 403 : 400,
    service === "sts" ? "InvalidClientTokenId" : "UnrecognizedClientException",
    "The security token included in the request is invalid.",
  );
}

const expired = (service: SignatureRules["service"]): AwsProblem =>
  new AwsProblem(
    service === "sts" ? 403 : 400,
    service === "dynamodb" ? "ExpiredTokenException" : "ExpiredToken",
    "The provided token has expired.",
  );

function canonicalQuery(query: string): string {
  return (
    [...new URLSearchParams(query)]
      .map(([name, value]) => [encode(name), encode(value)] as const)
      // A name that another begins with comes first, whatever its value.
      .toSorted(([one, first], [other, second]) => (`${one}\0${first}` < `${other}\0${second}` ? -1 : 1))
      .map((pair) => pair.join("="))
      .join("&")
  );
}

const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`,
  );
const isoOf = (time: string): string =>
  time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z");
const hash = (content: string | Uint8Array): string => createHash("sha256").update(content).digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
