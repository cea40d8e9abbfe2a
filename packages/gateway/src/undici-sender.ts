import { isIP } from "node:net";
import { PassThrough, Readable, pipeline } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import type { Adapter } from "@watchword/core";
import { Agent, type Dispatcher } from "undici";
import { type CollectedAnswer, collectAnswer } from "./collect-answer.ts";
import type { AddressKind } from "./address-kind.ts";
import { type Lookup, checkLiteral, checkedLookup } from "./checked-lookup.ts";
import { isLoopback } from "./is-loopback.ts";
import type { SentAnswer, Sender } from "./sender.ts";

/** Options of {@link undiciSender}. */
export interface UndiciSenderOptions {
  readonly systems: Iterable<Adapter>;
  /** Origins that may be at private addresses, and at loopback ones. */
  readonly privateOrigins: readonly string[];
  readonly lookup: Lookup;
}

const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);
const DEFAULTS = { accept: "*/*", "user-agent": "watchword-gateway" } as const;
const INSIDE: readonly AddressKind[] = ["public", "private", "loopback"];
const HOUR_MILLISECONDS = 3_600_000;

/**
 * Sends by undici, each connection to an address that was looked at when it was made: a public one, unless the host says by itself that
 * it is this machine, or an operator declared the origin, by name or by its own certificate authority. What has one is trusted by that
 * alone.
 */
export function undiciSender({ systems, privateOrigins, lookup }: UndiciSenderOptions): Sender {
  const agent = (allowed: readonly AddressKind[], authority?: string): Way => ({
    allowed,
    dispatcher: new Agent({
      connect: {
        lookup: checkedLookup(lookup, allowed),
        ...(authority === undefined ? {} : { ca: authority }),
      },
      allowH2: false,
      // The gateway's own limits end an exchange, whole or in pieces.
      headersTimeout: HOUR_MILLISECONDS,
      bodyTimeout: 0,
    }),
  });
  const ways = { outside: agent(["public"]), inside: agent(INSIDE), here: agent(["loopback"]) };
  const own = new Map(
    [...systems].flatMap(({ certificateAuthorities = {} }) =>
      Object.entries(certificateAuthorities).map(([origin, pem]) => [origin, agent(INSIDE, pem)] as const),
    ),
  );
  const inside = new Set(privateOrigins);
  const wayOf = ({ origin, hostname }: URL): Way =>
    own.get(origin) ?? (inside.has(origin) ? ways.inside : isLoopback(hostname) ? ways.here : ways.outside);

  return async ({ url, method, headers, body }, signal, whole) => {
    const target = new URL(url);
    const { dispatcher, allowed } = wayOf(target);
    const host = target.hostname.replace(/^\[|\]$/g, "");
    if (isIP(host) !== 0) checkLiteral(host, allowed);
    const options = {
      origin: target.origin,
      path: `${target.pathname}${target.search}`,
      method,
      headers: { ...DEFAULTS, ...headers, "accept-encoding": "identity" },
      body: body === undefined ? null : body,
    };
    const answer =
      whole === undefined
        ? await dispatcher.request({ ...options, signal })
        : await collectAnswer(dispatcher, options, signal, whole);
    return sent(answer, method);
  };
}

interface Way {
  readonly dispatcher: Dispatcher;
  readonly allowed: readonly AddressKind[];
}

function sent(
  { statusCode, headers, body }: Dispatcher.ResponseData | CollectedAnswer,
  method: string,
): SentAnswer {
  const texts = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === "string" ? value : (value ?? []).join(", "),
    ]),
  );
  const empty = method === "HEAD" || WITHOUT_BODY.has(statusCode);
  if (empty && !(body instanceof Uint8Array)) body.resume();
  return {
    status: statusCode,
    headers: texts,
    body: empty ? null : decoded(body, texts["content-encoding"]),
  };
}

const CODINGS: Readonly<Record<string, () => PassThrough | ReturnType<typeof createGunzip>>> = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** The body without its codings, which were not asked for; whole as it is where one of them is unknown, which whoever reads it minds. */
function decoded(body: Readable | Buffer, coding: string | undefined): Readable | Buffer {
  const codings = (coding ?? "").split(",").flatMap((text) => {
    const name = text.trim().toLowerCase();
    return name === "" || name === "identity" ? [] : [name];
  });
  const steps = codings.map((name) => CODINGS[name]);
  if (steps.length === 0 || steps.some((step) => step === undefined)) return body;
  return steps.reduceRight<Readable>(
    (coded, step) => pipeline(coded, step?.() ?? new PassThrough(), () => undefined),
    body instanceof Uint8Array ? Readable.from([body]) : body,
  );
}
