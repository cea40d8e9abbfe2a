import { Refusal } from "@watchword/core";
import { readUtf8 } from "./read-utf8.ts";

/** Bytes of a signed statement: a test result that names its tests. */
export const MAX_JSON_BYTES = 524_288;

const JSON_TYPE =
  /^application\/(?:json|vnd\.dsse\.envelope(?:\.v1)?\+json)(?:[ \t]*;[ \t]*charset=(?:utf-8|"utf-8"))?$/i;

/**
 * Reads the text of a JSON body; what it holds is for the caller to parse strictly.
 *
 * @throws Refusal `request_malformed`
 */
export async function readJsonText(request: Request): Promise<string> {
  if (new URL(request.url).search !== "") throw malformed("nothing belongs into the query");
  if (!JSON_TYPE.test(request.headers.get("content-type")?.trim() ?? ""))
    throw malformed("the body is not JSON");
  if (request.headers.has("content-encoding")) throw malformed("the body is coded");
  return readUtf8(request, MAX_JSON_BYTES);
}

function malformed(detail: string): Refusal {
  return new Refusal("request_malformed", { detail, failedFact: "token" });
}
