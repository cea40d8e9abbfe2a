import {
  type Authority,
  type OutboundRequest,
  Refusal,
  type SealedCredential,
  type Stamp,
} from "@watchword/core";
import { argumentText } from "./argument-text.ts";
import { accountOf } from "./aws-account.ts";
import type { AwsSettings } from "./aws-options.ts";
import { sessionCredentials } from "./aws-session.ts";
import { keyOf } from "./object-key.ts";
import { encode, signRequest } from "./sign-request.ts";
import { writeItemRequest } from "./write-item-request.ts";

const USER_AGENT = "watchword-adapter-aws";

/** Builds what goes to AWS from decided values alone; of the tool's request nothing is kept. */
export function writeRequest(settings: AwsSettings, authority: Authority, stamp: Stamp): OutboundRequest {
  const account = accountOf(settings, authority.resource["account"] ?? "");
  const { arguments: values } = authority;
  if (authority.operation.startsWith("dynamodb.")) {
    const { headers, ...request } = writeItemRequest(settings, account, authority);
    return { ...request, headers: { ...headers, accept: "application/json", "user-agent": USER_AGENT } };
  }
  const bucket = `${settings.endpoints.s3}/${argumentText(values, "bucket")}`;
  const object = (): string => `${bucket}/${keyOf(account, argumentText(values, "key"))}`;
  const headers = { accept: "*/*", "user-agent": USER_AGENT };
  switch (authority.operation) {
    case "s3.objects.get":
      return { method: "GET", url: object(), headers, body: undefined };
    case "s3.objects.delete":
      return { method: "DELETE", url: object(), headers, body: undefined };
    case "s3.objects.put":
      return {
        method: "PUT",
        url: object(),
        headers: {
          ...headers,
          "content-type": argumentText(values, "contentType"),
          // Stands with the object: who wants to know why it is there finds the decision.
          "x-amz-meta-watchword-decision": stamp.decisionId,
        },
        body: new TextEncoder().encode(argumentText(values, "content")),
      };
    case "s3.objects.list": {
      const query = [
        ...("continuation" in values ? [["continuation-token", argumentText(values, "continuation")]] : []),
        ["list-type", "2"],
        ["max-keys", argumentText(values, "limit")],
        ["prefix", keyOf(account, argumentText(values, "prefix"))],
      ].map(([name = "", value = ""]) => `${name}=${encode(value)}`);
      return { method: "GET", url: `${bucket}?${query.join("&")}`, headers, body: undefined };
    }
    default:
      throw new Refusal("internal", { detail: "aws: an operation that nobody can ask for" });
  }
}

/** Signs a request that {@link writeRequest} built with the session of its one action. */
export function signWith(
  { region, clock }: AwsSettings,
  request: OutboundRequest,
  credential: SealedCredential,
): OutboundRequest {
  return credential.open((secret) =>
    signRequest(request, sessionCredentials(secret), {
      region,
      service: request.headers["x-amz-target"] === undefined ? "s3" : "dynamodb",
      at: clock.now(),
    }),
  );
}
