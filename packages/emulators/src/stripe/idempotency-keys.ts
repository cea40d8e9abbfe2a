import { createHash } from "node:crypto";
import { StripeProblem } from "./stripe-problem.ts";

/** An answer, kept for the key that it was given under. */
export interface KeptAnswer {
  readonly status: number;
  readonly body: object;
}

/** What makes two requests under one key the same request. */
export interface KeyedRequest {
  readonly account: string;
  readonly key: string;
  readonly method: string;
  readonly path: string;
  readonly form: string;
}

const MAX_KEY = 255;
const DAY_MILLISECONDS = 86_400_000;

/** Answers by idempotency key: the same request gets the same answer again, another one under the key is an error. */
export class IdempotencyKeys {
  readonly #kept = new Map<
    string,
    { readonly request: string; readonly at: number; readonly answer: KeptAnswer }
  >();

  /** The answer of an earlier equal request. @throws StripeProblem 400 `idempotency_error` for a different one. */
  find(request: KeyedRequest, now: number): KeptAnswer | undefined {
    if (request.key.length > MAX_KEY)
      throw new StripeProblem(400, {
        type: "idempotency_error",
        message: `Idempotency keys can have at most ${MAX_KEY} characters.`,
      });
    const kept = this.#kept.get(nameOf(request));
    if (kept === undefined || now - kept.at > DAY_MILLISECONDS) return undefined;
    if (kept.request === fingerprint(request)) return kept.answer;
    throw new StripeProblem(400, {
      type: "idempotency_error",
      message: `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${request.key}' if you meant to execute a different request.`,
    });
  }

  /** Keeps an answer, also a failed one: Stripe repeats those as well. */
  keep(request: KeyedRequest, answer: KeptAnswer, now: number): void {
    this.#kept.set(nameOf(request), { request: fingerprint(request), at: now, answer });
  }
}

const nameOf = (request: KeyedRequest): string => JSON.stringify([request.account, request.key]);

const fingerprint = (request: KeyedRequest): string =>
  createHash("sha256")
    .update(JSON.stringify([request.method, request.path, request.form]))
    .digest("hex");
