import { Refusal } from "@watchword/core";
import { MAX_REPORT_BYTES } from "../evidence/formats/read-report-json.ts";
import { readUtf8 } from "./read-utf8.ts";

/** A posted report, with the format that it was said to have. */
export interface PostedReport {
  readonly format: string;
  readonly source: string | undefined;
  readonly body: string;
}

const CONTENT_TYPE = /^([a-z]+\/[a-z0-9.+-]+)(?:[ \t]*;[ \t]*charset=(?:utf-8|"utf-8"))?$/i;

/** Media types that name one format by themselves. */
const FORMAT_OF: ReadonlyMap<string, string> = new Map([
  ["application/vnd.in-toto+json", "in-toto"],
  ["application/vnd.watchword.result+json", "record"],
]);
const XML: ReadonlySet<string> = new Set(["application/xml", "text/xml"]);

/**
 * Reads a report that CI posts. Its format is said, by `?format=` or by a media type that is one; a text is never looked at
 * to guess it, and one that is said twice must be said alike.
 *
 * @throws Refusal `request_malformed`
 */
export async function readReport(request: Request): Promise<PostedReport> {
  const query = readQuery(new URL(request.url).searchParams);
  const type = CONTENT_TYPE.exec(request.headers.get("content-type")?.trim() ?? "")?.[1]?.toLowerCase() ?? "";
  if (request.headers.has("content-encoding")) throw malformed("the body is coded");
  const own = FORMAT_OF.get(type);
  const format = query.get("format") ?? own;
  if (format === undefined) throw malformed("the format is not said");
  // Said twice, it is said alike.
  if (!(format === "junit" ? XML.has(type) : own === format || type === "application/json"))
    throw malformed("the content type is not that of the format");
  return { format, source: query.get("source"), body: await readUtf8(request, MAX_REPORT_BYTES) };
}

function readQuery(parameters: URLSearchParams): ReadonlyMap<string, string> {
  const query = new Map<string, string>();
  for (const [name, value] of parameters) {
    if (name !== "format" && name !== "source") throw malformed("the query knows format and source");
    if (query.has(name) || value === "") throw malformed("a parameter is repeated or empty");
    query.set(name, value);
  }
  return query;
}

function malformed(detail: string): Refusal {
  return new Refusal("request_malformed", { detail, failedFact: "evidence" });
}
