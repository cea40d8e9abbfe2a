import type { IncomingMessage } from "node:http";
import { Refusal } from "@watchword/core";

/** What a listener answers to. */
export interface IncomingRules {
  readonly hosts: readonly string[];
  readonly origins: readonly string[];
  readonly maxRequestBytes: number;
}

const ONCE: readonly string[] = [
  "host",
  "authorization",
  "dpop",
  "content-length",
  "transfer-encoding",
  "content-type",
  "origin",
];
const WITHOUT_BODY: ReadonlySet<string> = new Set(["GET", "HEAD", "DELETE", "OPTIONS"]);

/** Methods that the platform has no request for. */
const NO_REQUEST: ReadonlySet<string> = new Set(["CONNECT", "TRACE", "TRACK"]);

/** A request as it came, whole. */
export interface ReadRequest {
  readonly method: string;
  readonly rawTarget: string;
  /** By lower-case names, repetitions and all. */
  readonly pairs: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array<ArrayBuffer>;
}

/**
 * Reads a request of `node:http` from its raw headers: the parsed ones silently drop repetitions, and with them the attempt.
 *
 * @throws Refusal `request_malformed`, `target_refused`
 */
export async function readIncoming(incoming: IncomingMessage, rules: IncomingRules): Promise<ReadRequest> {
  const pairs = pairsOf(incoming.rawHeaders);
  checkHeaders(pairs, rules);
  const rawTarget = incoming.url ?? "";
  // Absolute form (`GET http://other/ HTTP/1.1`), asterisk form and `//other/` name a host; only a path is expected.
  if (!rawTarget.startsWith("/") || rawTarget.startsWith("//"))
    throw refused("target_refused", "the target is not in origin form");
  const body = await readBody(incoming, rules.maxRequestBytes);
  const method = incoming.method ?? "";
  if (body.byteLength > 0 && WITHOUT_BODY.has(method))
    throw refused("request_malformed", "a body where none belongs");
  if (NO_REQUEST.has(method)) throw refused("request_malformed", "the method is none of a request");
  return { method, rawTarget, pairs, body };
}

/**
 * The same in the platform's form, for handlers that take it.
 *
 * @throws Refusal `request_malformed`
 */
export function requestOf({ method, rawTarget, pairs, body }: ReadRequest, base: string): Request {
  try {
    const headers = new Headers();
    for (const [name, value] of pairs) headers.append(name, value);
    return new Request(`${base}${rawTarget}`, {
      method,
      headers,
      ...(body.byteLength === 0 ? {} : { body: readOnce(body), duplex: "half" }),
    });
  } catch {
    throw refused("request_malformed", "the platform does not take it as a request");
  }
}

function pairsOf(raw: readonly string[]): (readonly [name: string, value: string])[] {
  return raw.flatMap((name, index) =>
    index % 2 === 0 ? [[name.toLowerCase(), raw[index + 1] ?? ""] as const] : [],
  );
}

function checkHeaders(pairs: readonly (readonly [string, string])[], rules: IncomingRules): void {
  const values = new Map<string, string[]>();
  for (const [name, value] of pairs) {
    const held = values.get(name);
    if (held === undefined) values.set(name, [value]);
    else held.push(value);
  }
  const valuesOf = (wanted: string): readonly string[] => values.get(wanted) ?? [];
  const has = (name: string): boolean => valuesOf(name).length > 0;
  for (const name of ONCE) {
    if (valuesOf(name).length > 1) throw refused("request_malformed", `${name} is repeated`);
  }
  if (has("content-length") && has("transfer-encoding")) throw refused("request_malformed", "two lengths");
  // Said up front, it can be answered; a longer body that says nothing is cut.
  if (Number(valuesOf("content-length")[0] ?? 0) > rules.maxRequestBytes)
    throw refused("request_malformed", "the body is too large");
  if (has("upgrade")) throw refused("request_malformed", "upgrade is not offered");
  // A page that rebinds its name to this address sends that name, and browsers say who asks.
  if (!rules.hosts.includes(valuesOf("host")[0] ?? ""))
    throw refused("target_refused", "Host is not this listener");
  if (valuesOf("origin").some((origin) => !rules.origins.includes(origin)))
    throw refused("target_refused", "browsers are not served");
}

function readBody(incoming: IncomingMessage, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const read = (chunk: Buffer): void => {
      size += chunk.byteLength;
      if (size <= maxBytes) return void chunks.push(chunk);
      stop();
      reject(refused("request_malformed", "the body is too large"));
      incoming.destroy();
    };
    const end = (): void => {
      stop();
      resolve(new Uint8Array(Buffer.concat(chunks)));
    };
    const fail = (): void => {
      stop();
      reject(refused("request_malformed", "the body did not arrive whole"));
    };
    // The connection outlives the body: a listener from here that stayed would hold what was read for as long.
    const stop = (): void => {
      incoming.off("data", read).off("end", end).off("error", fail).off("close", fail);
      incoming.on("error", ignore);
    };
    incoming.on("data", read).once("end", end).once("error", fail).once("close", fail);
  });
}

function ignore(): void {
  // Whoever answers notices that the other side is gone.
}

/**
 * A body that is gone once it was read: given the bytes, a `Request` keeps them for as long as it is there itself, and a request
 * whose answer waits would pin what it has sent.
 */
function readOnce(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  let rest: Uint8Array<ArrayBuffer> | undefined = bytes;
  return new ReadableStream({
    pull(controller) {
      if (rest !== undefined) controller.enqueue(rest);
      rest = undefined;
      controller.close();
    },
  });
}

function refused(reason: "request_malformed" | "target_refused", detail: string): Refusal {
  return new Refusal(reason, { detail, failedFact: "action" });
}
