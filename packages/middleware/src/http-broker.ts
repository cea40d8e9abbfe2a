import {
  type BrokerClient,
  type Json,
  type ProvenRequest,
  REASONS,
  Refusal,
  type TokenAnswer,
  type TokenRequest,
  askWithProof,
  isRetryable,
} from "@watchword/core";
import { injectTrace } from "@watchword/telemetry";
import { type HttpWay, approvalsOverHttp } from "./approvals-over-http.ts";
import { noAnswer, readJsonAnswer } from "./read-json-answer.ts";
import { projectionsOverHttp } from "./projections-over-http.ts";
import { readTokenAnswer } from "./read-token-answer.ts";
import { socketFetch } from "./socket-fetch.ts";

/** Options of {@link httpBroker}. */
export interface HttpBrokerOptions {
  /** The broker's issuer identifier: what assertions and proofs are made for. */
  readonly issuer: string;
  /** Where it is reached; default: `issuer`, with `socket` `http://localhost`. Plain http on loopback only. */
  readonly url?: string;
  /** Path of its Unix socket. */
  readonly socket?: string;
  /** Replaces the way there. */
  readonly fetch?: typeof globalThis.fetch;
  /** For one exchange, answer and all; default 15,000. */
  readonly timeoutMilliseconds?: number;
  /** Is told why an answer became `broker_unavailable`. For the operator's log. */
  readonly onUnavailable?: (refusal: Refusal) => void;
}

/**
 * The broker over HTTP, or over a Unix socket. A broker that does not answer, or not in this protocol, is
 * `broker_unavailable`: never an error that quotes what was sent.
 *
 * @throws TypeError for an issuer or address that cannot be meant
 *
 * @example
 * ```ts
 * const broker = httpBroker({ issuer: "https://broker.internal", socket: "/run/watchword/broker.sock" });
 * ```
 */
export function httpBroker(options: HttpBrokerOptions): BrokerClient {
  const { issuer, socket, timeoutMilliseconds = 15_000 } = options;
  if (!URL.canParse(issuer)) throw new TypeError("httpBroker: issuer must be a URL");
  const base = baseOf(options.url ?? (socket === undefined ? issuer : "http://localhost"));
  const send = options.fetch ?? (socket === undefined ? globalThis.fetch : socketFetch(socket));

  async function post(path: string, form: Form, proof: string | undefined): Promise<Answered> {
    const signal = AbortSignal.timeout(timeoutMilliseconds);
    const exchange = async (): Promise<Answered> => {
      const response = await send(`${base}${path}`, {
        method: "POST",
        headers: injectTrace({
          accept: "application/json",
          ...(proof === undefined ? {} : { dpop: proof }),
        }),
        body: new URLSearchParams(form),
        // INVARIANT: tokens go to the configured address and to no other.
        redirect: "error",
        signal,
      });
      return {
        status: response.status,
        body: await readJsonAnswer(response),
        nonce: readNonce(response.headers),
      };
    };
    // A way out that does not heed the signal must not hold the tool up either.
    return Promise.race([exchange(), aborted(signal)]);
  }

  /** What went wrong on the way may quote the way's own words only: the class of an error, no text of it. */
  function unavailable(error: unknown): Refusal {
    const refusal = Refusal.is(error)
      ? error
      : new Refusal("broker_unavailable", {
          detail: `${base} did not answer: ${error instanceof Error ? error.name : typeof error}`,
        });
    tell(options.onUnavailable, refusal);
    return refusal;
  }

  /** The broker's last nonce: a proof that has it already saves a round trip, and one that is too old costs none more. */
  let remembered: string | undefined;

  async function ask({ dpop, traceparent: _header, ...form }: ProvenRequest): Promise<TokenAnswer> {
    try {
      const { status, body, nonce } = await post("/token", form, dpop);
      remembered = nonce ?? remembered;
      const answer = readTokenAnswer(status, body);
      if (answer === undefined) throw noAnswer(status, "not an answer of a token endpoint");
      if (answer.ok && !fits(answer.issued_token_type, form.requested_token_type))
        throw noAnswer(status, "another kind of token than was asked for");
      if (answer.ok || answer.reason !== "proof_nonce_required" || nonce === undefined) return answer;
      return { ...answer, dpop_nonce: nonce };
    } catch (error) {
      return failure(unavailable(error));
    }
  }

  const way: HttpWay = { base, send, timeoutMilliseconds, unavailable };
  return Object.freeze<BrokerClient>({
    issuer,
    approvals: approvalsOverHttp(way),
    projections: projectionsOverHttp(way, issuer),
    token: (request: TokenRequest): Promise<TokenAnswer> => askWithProof(request, ask, remembered),
    async endRun(runToken: string, proof: string): Promise<void> {
      const answered = await post("/runs/end", { token: runToken }, proof).catch((error: unknown) => {
        throw unavailable(error);
      });
      if (answered.status === 200 && isEnded(answered.body)) return;
      const answer = readTokenAnswer(answered.status, answered.body);
      if (answer === undefined || answer.ok)
        throw unavailable(noAnswer(answered.status, "not an answer of a broker"));
      throw new Refusal(answer.reason, {
        detail: "the broker did not end the run",
        ...(answer.decision_id === undefined ? {} : { decisionId: answer.decision_id }),
      });
    },
  });
}

/** `undefined` is left out. */
type Form = Readonly<Record<string, string>>;

interface Answered {
  readonly status: number;
  readonly body: Json;
  /** For the next proof (RFC 9449 section 8). */
  readonly nonce: string | undefined;
}

/** The syntax of RFC 9449 section 8.1, and no more than any honest broker would say. */
function readNonce(headers: Headers): string | undefined {
  const nonce = headers.get("dpop-nonce") ?? "";
  return /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/.test(nonce) ? nonce : undefined;
}

function baseOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url?.protocol === "http:" && /^(?:localhost|\[::1\]|127(?:\.\d{1,3}){3})$/.test(url.hostname);
  if (url === undefined || !(url.protocol === "https:" || plain) || url.search !== "" || url.hash !== "")
    throw new TypeError("httpBroker: the address must be https, or http on loopback, without query");
  if (url.username !== "" || url.password !== "")
    throw new TypeError("httpBroker: the address must not name a user");
  return url.href.replace(/\/$/, "");
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}

function isEnded(body: Json): boolean {
  return typeof body === "object" && body !== null && "ended" in body && body["ended"] === true;
}

function fits(issued: string, requested: string | undefined): boolean {
  return requested === undefined || issued === requested;
}

function failure({ reason }: Refusal): TokenAnswer {
  const { oauth, text } = REASONS[reason];
  return { ok: false, error: oauth, error_description: text, reason, retryable: isRetryable(reason) };
}

function tell(listener: HttpBrokerOptions["onUnavailable"], refusal: Refusal): void {
  try {
    const told: unknown = listener?.(refusal);
    // An asynchronous listener fails later; unhandled, that would end the process.
    if (told instanceof Promise) told.catch(() => undefined);
  } catch {
    // A broken log must not turn a denial into something else.
  }
}
