import type { Clock } from "@watchword/core";
import { AccountState, type TwinRefund } from "./account-state.ts";
import { accountOf, authenticateKey, requirePermission } from "./authenticate-key.ts";
import { type RefundTerms, cancelRefund, createRefund, readRefundTerms } from "./create-refund.ts";
import { IdempotencyKeys, type KeptAnswer } from "./idempotency-keys.ts";
import { PAGE_PARAMETERS, listPage } from "./list-page.ts";
import { readParameters } from "./parameters.ts";
import { StripeProblem, missingObject } from "./stripe-problem.ts";
import type { KeySeed, StripeTwinOptions } from "./twin-options.ts";

/** A request as the twin's server read it. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly form: string;
  readonly headers: {
    readonly authorization?: string | undefined;
    readonly account?: string | undefined;
    readonly idempotencyKey?: string | undefined;
  };
}

/** An answer; `changed` when state is different from before. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: object;
  readonly changed: boolean;
  readonly replayed: boolean;
}

/** The part of Stripe's API that the adapter uses, over state in memory. */
export class StripeApi {
  readonly accounts: ReadonlyMap<string, AccountState>;
  readonly #keys: readonly KeySeed[];
  readonly #clock: Clock;
  readonly #idempotency = new IdempotencyKeys();
  #refunds = 0;

  constructor(options: StripeTwinOptions, clock: Clock) {
    const created = Math.floor(clock.now() / 1000);
    this.accounts = new Map(
      Object.entries(options.accounts).map(([id, seed]) => [id, new AccountState(id, seed, created)]),
    );
    this.#keys = options.keys;
    this.#clock = clock;
  }

  /** Answers as Stripe would. `failAfter`: the effect happens, and Stripe answers 500 for it from then on. */
  answer(request: ApiRequest, failAfter: boolean): ApiAnswer {
    try {
      const key = authenticateKey(this.#keys, request.headers.authorization);
      const account = this.#account(accountOf(key, [...this.accounts.keys()], request.headers.account));
      if (request.method === "GET")
        return { status: 200, body: this.#read(request, key, account), changed: false, replayed: false };
      return this.#write(request, key, account, failAfter);
    } catch (error) {
      if (!(error instanceof StripeProblem)) throw error;
      return { status: error.status, body: error.body, changed: false, replayed: false };
    }
  }

  #read(request: ApiRequest, key: KeySeed, account: AccountState): object {
    const { path, query } = request;
    if (path === "/v1/account") return { id: account.id, object: "account" };
    const [, resource, id] = /^\/v1\/(charges|refunds)(?:\/([A-Za-z0-9_]+))?$/.exec(path) ?? [];
    if (resource !== "charges" && resource !== "refunds") throw unrecognized(request);
    requirePermission(key, resource, "read", account.id);
    const kind = resource === "charges" ? "charge" : "refund";
    if (id !== undefined) {
      readParameters(query, { plain: [] });
      const found = account[resource].get(id);
      if (found === undefined) throw missingObject(kind, id, "id");
      return found;
    }
    if (kind === "charge")
      return listPage(kind, [...account.charges.values()], readParameters(query, { plain: PAGE_PARAMETERS }));
    const parameters = readParameters(query, { plain: ["charge", ...PAGE_PARAMETERS] });
    const charge = parameters.plain.get("charge");
    return listPage(
      kind,
      [...account.refunds.values()].filter((refund) => charge === undefined || refund.charge === charge),
      parameters,
    );
  }

  #write(request: ApiRequest, key: KeySeed, account: AccountState, failAfter: boolean): ApiAnswer {
    const [, cancelled] = /^\/v1\/refunds\/([A-Za-z0-9_]+)\/cancel$/.exec(request.path) ?? [];
    if (request.method !== "POST" || (request.path !== "/v1/refunds" && cancelled === undefined))
      throw unrecognized(request);
    requirePermission(key, "refunds", "write", account.id);
    // Query and form are one set of parameters, so that what slips into the query of a write has its effect here too.
    const form = [request.query, request.form].filter((text) => text !== "").join("&");
    const parameters = readParameters(
      form,
      cancelled === undefined ? { plain: ["charge", "amount", "reason"], maps: ["metadata"] } : { plain: [] },
    );
    const now = this.#clock.now();
    const seconds = Math.floor(now / 1000);
    const refunding = (terms: RefundTerms) => () => createRefund(account, terms, this.#nextId(), seconds);
    const work =
      cancelled === undefined
        ? refunding(readRefundTerms(parameters))
        : () => cancelRefund(account, cancelled);
    const { method, path } = request;
    const keyed =
      request.headers.idempotencyKey === undefined
        ? undefined
        : { account: account.id, key: request.headers.idempotencyKey, method, path, form };
    const kept = keyed === undefined ? undefined : this.#idempotency.find(keyed, now);
    if (kept !== undefined) return { ...kept, changed: false, replayed: true };

    const answer = attempt(work);
    const changed = answer.status === 200;
    const given = changed && failAfter ? SERVER_ERROR : answer;
    if (keyed !== undefined) this.#idempotency.keep(keyed, given, now);
    return { ...given, changed, replayed: false };
  }

  #account(id: string): AccountState {
    const account = this.accounts.get(id);
    if (account === undefined) throw new TypeError(`twin: account ${id} was checked and is not there`);
    return account;
  }

  #nextId(): string {
    this.#refunds++;
    return `re_twin${String(this.#refunds).padStart(16, "0")}`;
  }
}

/** What Stripe answers when it fails itself. */
export const SERVER_ERROR = Object.freeze({
  status: 500,
  body: { error: { type: "api_error", message: "An unknown error occurred" } },
});

/** The answer of a call that has begun: its failure is an answer too, and is kept like one. */
function attempt(work: () => TwinRefund): KeptAnswer {
  try {
    return { status: 200, body: work() };
  } catch (error) {
    if (!(error instanceof StripeProblem)) throw error;
    return { status: error.status, body: error.body };
  }
}

function unrecognized(request: ApiRequest): StripeProblem {
  return new StripeProblem(404, {
    message: `Unrecognized request URL (${request.method}: ${request.path}).`,
  });
}
