import {
  type Authority,
  type OutboundRequest,
  Refusal,
  type SealedCredential,
  type Stamp,
} from "@watchword/core";
import { argumentText } from "./argument-text.ts";
import { accountOf, nameOf } from "./google-account.ts";
import type { GoogleSettings } from "./google-options.ts";

const USER_AGENT = "watchword-adapter-google";

/** Builds what goes to Cloud Storage from decided values alone; of the tool's request nothing is kept. */
export function writeRequest(settings: GoogleSettings, authority: Authority, stamp: Stamp): OutboundRequest {
  const account = accountOf(settings, authority.resource["account"] ?? "");
  const { arguments: values, operation } = authority;
  const { storage } = settings.endpoints;
  const text = (name: string): string => argumentText(values, name);
  const headers = { accept: "*/*", "user-agent": USER_AGENT };
  if (operation === "storage.objects.list") {
    const query = new URLSearchParams({
      maxResults: text("limit"),
      ...("page" in values ? { pageToken: text("page") } : {}),
      prefix: nameOf(account, text("prefix")),
    });
    const url = `${storage}/storage/v1/b/${account.bucket}/o?${query.toString()}`;
    return { method: "GET", url, headers, body: undefined };
  }
  const url = `${storage}/${account.bucket}/${nameOf(account, text("name"))}`;
  const put = (generation: string): OutboundRequest => ({
    method: "PUT",
    url,
    headers: {
      ...headers,
      "content-type": text("contentType"),
      // The very write that was decided: what changed meanwhile is left as it is, and a repetition changes nothing.
      "x-goog-if-generation-match": generation,
      // Stands with the object: who wants to know why it is there finds the decision.
      "x-goog-meta-watchword-decision": stamp.decisionId,
    },
    body: new TextEncoder().encode(text("content")),
  });
  switch (operation) {
    case "storage.objects.get":
      return { method: "GET", url, headers, body: undefined };
    case "storage.objects.create":
      return put("0");
    case "storage.objects.replace":
      return put(text("generation"));
    case "storage.objects.delete":
      return {
        method: "DELETE",
        url,
        headers: { ...headers, "x-goog-if-generation-match": text("generation") },
        body: undefined,
      };
    default:
      throw new Refusal("internal", { detail: "google: an operation that nobody can ask for" });
  }
}

/** Puts the token of an action on a request that {@link writeRequest} built. */
export function injectToken(request: OutboundRequest, credential: SealedCredential): OutboundRequest {
  return {
    ...request,
    headers: { ...request.headers, authorization: credential.open((token) => `Bearer ${token}`) },
  };
}
