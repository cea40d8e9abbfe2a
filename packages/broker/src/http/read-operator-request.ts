import { Refusal, parseStrictJson } from "@watchword/core";
import type { OperatorInput, OperatorOperation } from "../operators/operator-operation.ts";
import { readUtf8 } from "./read-utf8.ts";

/** Bytes of a body at the operators' API: a policy of several files. */
export const MAX_OPERATOR_BYTES = 1_048_576;

const MAX_DEPTH = 24;
const JSON_TYPE = /^application\/json(?:[ \t]*;[ \t]*charset=(?:utf-8|"utf-8"))?$/i;

/**
 * INVARIANT: no page of a browser gets anything done here. It cannot set the header that authenticates, no cookie counts, and
 * whatever says where it comes from is refused.
 *
 * @throws Refusal `target_refused`
 */
export function refusePages(request: Request): void {
  if (request.headers.has("origin"))
    throw new Refusal("target_refused", { detail: "browsers are not served", failedFact: "action" });
}

/** The operator's token, or an empty one, which no verifier takes. */
export function readOperatorToken({ headers }: Request): string {
  if (headers.has("dpop")) return "";
  return /^Bearer ([A-Za-z0-9_.-]+)$/i.exec(headers.get("authorization") ?? "")?.[1] ?? "";
}

/**
 * Reads what one operation is asked with: each parameter once, a body in strict JSON where there is one, and none elsewhere.
 *
 * @throws Refusal `request_malformed`
 */
export async function readOperatorInput(
  request: Request,
  params: Readonly<Record<string, string>>,
  operation: Pick<OperatorOperation, "body">,
): Promise<OperatorInput> {
  const query: Record<string, string> = {};
  for (const [name, value] of new URL(request.url).searchParams) {
    if (Object.hasOwn(query, name)) throw malformed("a parameter is repeated");
    query[name] = value;
  }
  return { params, query, body: await readBody(request, operation) };
}

async function readBody(request: Request, operation: Pick<OperatorOperation, "body">): Promise<unknown> {
  const text = await readUtf8(request, MAX_OPERATOR_BYTES);
  if (operation.body === undefined) {
    if (text !== "") throw malformed("a body where none belongs");
    return undefined;
  }
  if (!JSON_TYPE.test(request.headers.get("content-type")?.trim() ?? ""))
    throw malformed("the body is not JSON");
  if (request.headers.has("content-encoding")) throw malformed("the body is coded");
  try {
    return parseStrictJson(text, { maxBytes: MAX_OPERATOR_BYTES, maxDepth: MAX_DEPTH });
  } catch {
    throw malformed("the body is not strict JSON");
  }
}

function malformed(detail: string): Refusal {
  return new Refusal("request_malformed", { detail, failedFact: "action" });
}
