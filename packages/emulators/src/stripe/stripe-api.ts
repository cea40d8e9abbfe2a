import type { Clock } from "@watchword/core";
import { AccountState } from "./account-state.ts";
import { accountOf, authenticateKey, requirePermission } from "./authenticate-key.ts";
import { CUSTOMER_WRITES } from "./customer-writes.ts";
import { CREDIT_NOTE_WRITES } from "./credit-note-writes.ts";
import { DISPUTE_WRITES } from "./dispute-writes.ts";
import { IdempotencyKeys, type KeptAnswer } from "./idempotency-keys.ts";
import { INVOICE_ITEM_WRITES } from "./invoice-item-writes.ts";
import { INVOICE_WRITES } from "./invoice-writes.ts";
import { PAGE_PARAMETERS, listPage } from "./list-page.ts";
import { readParameters } from "./parameters.ts";
import { PAYMENT_INTENT_WRITES } from "./payment-intent-writes.ts";
import { REFUND_WRITES } from "./refund-writes.ts";
import { RESOURCES, resourceAt } from "./resources.ts";
import { SUBSCRIPTION_WRITES } from "./subscription-writes.ts";
import { StripeProblem, missingObject } from "./stripe-problem.ts";
import type { KeySeed, StripeTwinOptions } from "./twin-options.ts";
import type { WriteEndpoint } from "./write-endpoint.ts";

const WRITES: readonly WriteEndpoint[] = [
  ...REFUND_WRITES,
  ...CUSTOMER_WRITES,
  ...PAYMENT_INTENT_WRITES,
  ...SUBSCRIPTION_WRITES,
  ...INVOICE_WRITES,
  ...DISPUTE_WRITES,
  ...CREDIT_NOTE_WRITES,
  ...INVOICE_ITEM_WRITES,
];

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
  #made = 0;

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
    if (path === "/v1/balance") {
      requirePermission(key, "balance", "read", account.id);
      readParameters(query, { plain: [] });
      const available = Object.entries(account.balance).map(([currency, amount]) => ({ amount, currency }));
      return { object: "balance", available, livemode: false, pending: [] };
    }
    const [, place, id] = /^\/v1\/([a-z_]+)(?:\/([A-Za-z0-9_]+))?$/.exec(path) ?? [];
    const resource = resourceAt(place);
    if (resource === undefined) throw unrecognized(request);
    requirePermission(key, resource, "read", account.id);
    const { kind, filters } = RESOURCES[resource];
    const objects: ReadonlyMap<string, object & { readonly id: string }> = account[resource];
    if (id !== undefined) {
      readParameters(query, { plain: [] });
      const found = objects.get(id);
      if (found === undefined) throw missingObject(kind, id, "id");
      return found;
    }
    const parameters = readParameters(query, { plain: [...filters, ...PAGE_PARAMETERS] });
    const fits = (entry: object): boolean =>
      filters.every((name: string) => {
        const wanted = parameters.plain.get(name);
        return wanted === undefined || Reflect.get(entry, name) === wanted;
      });
    return listPage(resource, [...objects.values()].filter(fits), parameters);
  }

  #write(request: ApiRequest, key: KeySeed, account: AccountState, failAfter: boolean): ApiAnswer {
    const endpoint = WRITES.find(({ method, path }) => method === request.method && path.test(request.path));
    if (endpoint === undefined) throw unrecognized(request);
    requirePermission(key, endpoint.resource, "write", account.id);
    // Query and form are one set of parameters, so that what slips into the query of a write has its effect here too.
    const form = [request.query, request.form].filter((text) => text !== "").join("&");
    const parameters = readParameters(form, endpoint.parameters);
    const now = this.#clock.now();
    const work = endpoint.begin(parameters, {
      id: endpoint.path.exec(request.path)?.[1] ?? "",
      seconds: Math.floor(now / 1000),
      nextId: (prefix) => this.#nextId(prefix),
    });
    const { method, path } = request;
    const keyed =
      // DELETE has no keys: Stripe ignores them there.
      request.headers.idempotencyKey === undefined || method !== "POST"
        ? undefined
        : { account: account.id, key: request.headers.idempotencyKey, method, path, form };
    const kept = keyed === undefined ? undefined : this.#idempotency.find(keyed, now);
    if (kept !== undefined) return { ...kept, changed: false, replayed: true };

    const answer = attempt(() => work(account));
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

  #nextId(prefix: string): string {
    this.#made++;
    return `${prefix}_twin${String(this.#made).padStart(16, "0")}`;
  }
}

/** What Stripe answers when it fails itself. */
export const SERVER_ERROR = Object.freeze({
  status: 500,
  body: { error: { type: "api_error", message: "An unknown error occurred" } },
});

/** The answer of a call that has begun: its failure is an answer too, and is kept like one. */
function attempt(work: () => object): KeptAnswer {
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
