import { Refusal, parseStrictJson } from "@watchword/core";
import { z } from "zod";
import { readUtf8 } from "./read-utf8.ts";
import { readProofHeader } from "./read-proof-header.ts";

const MAX_BYTES = 4_096;
const JSON_TYPE = /^application\/json(?:[ \t]*;[ \t]*charset=(?:utf-8|"utf-8"))?$/i;

const Decision = z.strictObject({
  verdict: z.enum(["approve", "deny"]),
  reason: z.string().min(1).max(512).optional(),
});

/**
 * INVARIANT: a browser's page elsewhere gets nothing done here. It cannot set the headers that authenticate, no cookie
 * counts, and whatever says where it comes from is refused. Nothing belongs into the query: it stands in logs.
 *
 * @throws Refusal `target_refused`, `request_malformed`
 */
export function refuseBrowsers(request: Request): void {
  if (request.headers.has("origin"))
    throw new Refusal("target_refused", { detail: "browsers are not served", failedFact: "action" });
  if (new URL(request.url).search !== "") throw malformed("nothing belongs into the query");
}

/** The approver's token, or an empty one, which no verifier takes. */
export function readBearer({ headers }: Request): string {
  if (headers.has("dpop")) return "";
  return /^Bearer ([A-Za-z0-9_.-]+)$/i.exec(headers.get("authorization") ?? "")?.[1] ?? "";
}

/** The run token and its proof. */
export function readRunProof({ headers }: Request): {
  readonly token: string;
  readonly proof: string | undefined;
} {
  const token = /^DPoP ([A-Za-z0-9_.-]+)$/i.exec(headers.get("authorization") ?? "")?.[1] ?? "";
  return { token, proof: readProofHeader(headers) };
}

/** @throws Refusal `request_malformed` for anything but one verdict in JSON */
export async function readDecision(request: Request): Promise<z.infer<typeof Decision>> {
  if (!JSON_TYPE.test(request.headers.get("content-type")?.trim() ?? ""))
    throw malformed("the body is not JSON");
  if (request.headers.has("content-encoding")) throw malformed("the body is coded");
  const text = await readUtf8(request, MAX_BYTES);
  let json: unknown;
  try {
    json = parseStrictJson(text);
  } catch {
    throw malformed("the body is not strict JSON");
  }
  const parsed = Decision.safeParse(json);
  if (!parsed.success) throw malformed("the body is not { verdict, reason? }");
  return parsed.data;
}

function malformed(detail: string): Refusal {
  return new Refusal("request_malformed", { detail, failedFact: "approval" });
}
