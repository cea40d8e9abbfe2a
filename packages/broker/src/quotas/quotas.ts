import {
  type Action,
  type Adapter,
  type Clock,
  type Connection,
  type Quota,
  Refusal,
  type Store,
  digestOf,
  numericDate,
  sha256,
} from "@watchword/core";
import { type DrawKind, type QuotaCounter, QuotaSlices } from "./quota-slices.ts";

/** Whose requests are counted, and under what. Only {@link Quotas.account} makes one. */
export interface QuotaAccount {
  readonly system: string;
  readonly tenant: string;
  /** Digest of the system and its account: what everybody who is connected with it has in common. */
  readonly scope: string;
  readonly door: `door:${string}`;
}

/** What quotas are made of. */
export interface QuotaSettings {
  readonly systems: ReadonlyMap<string, Adapter>;
  /** On top of what the adapters declare; none of those goes away by it. */
  readonly configured: Readonly<Record<string, readonly Quota[]>>;
  readonly store: Pick<Store, "drawQuota" | "closeDoor" | "epochs">;
  readonly clock: Clock;
}

/** Seconds by which a door may be shorter than what the system says, so that many answers at once close it once. */
const SAME_SECONDS = 1;
const MAX_KEPT = 10_000;

/**
 * What systems may be asked, over all replicas: the one place where a request is counted before it leaves. A system whose adapter
 * and configuration declare nothing costs nothing.
 */
export class Quotas {
  readonly #settings: QuotaSettings;
  readonly #quotas: ReadonlyMap<string, readonly Quota[]>;
  readonly #slices: QuotaSlices;
  /** NumericDate until which a door is closed, as far as this replica knows. */
  readonly #closed = new Map<string, number>();

  constructor(settings: QuotaSettings) {
    this.#settings = settings;
    this.#slices = new QuotaSlices(settings.store, settings.clock);
    this.#quotas = quotasBySystem(settings);
  }

  /** Under what a request for this resource is counted; `undefined` for a system that is not limited. */
  account(
    connection: Pick<Connection, "tenant" | "system" | "account" | "settings">,
    resource: Action["resource"] = {},
  ): QuotaAccount | undefined {
    const { tenant, system, account } = connection;
    const adapter = this.#settings.systems.get(system);
    if (adapter === undefined || !this.#quotas.has(system)) return undefined;
    const pool = adapter.quotaPool?.(resource, connection) ?? "";
    return this.accountOf(system, tenant, digestOf(["quota", system, account, pool]));
  }

  /** The same, of a lease that names its scope; one of before is counted by itself. */
  accountOf(system: string, tenant: string, scope: string | undefined): QuotaAccount | undefined {
    if (!this.#quotas.has(system)) return undefined;
    const known = scope ?? digestOf(["quota", system, "tenant", tenant]);
    return { system, tenant, scope: known, door: `door:${known}` };
  }

  /** Takes note of how a door was found in the store. @throws Refusal `rate_limited` while it is closed */
  seen({ scope }: QuotaAccount, until: number): void {
    if (until > (this.#closed.get(scope) ?? 0)) this.#remember(scope, until);
    this.#requireOpen(scope);
  }

  /** Looks at the door in the store. @throws Refusal `rate_limited` while it is closed */
  async look(account: QuotaAccount): Promise<void> {
    const { [account.door]: until = 0 } = await this.#settings.store.epochs([account.door]);
    this.seen(account, until);
  }

  /**
   * Counts one request that is about to leave. What was counted for one that then does not leave is lost: given back later, it would
   * belong to a window that may be over.
   *
   * @throws Refusal `rate_limited`: it must not
   */
  async draw(account: QuotaAccount, access: "read" | "write", kind: DrawKind | "tool"): Promise<void> {
    this.#requireOpen(account.scope);
    for (const quota of this.#quotas.get(account.system) ?? []) {
      if (kind === "tool" && quota.toolRequests === false) continue;
      const units = quota.cost?.[access] ?? 1;
      const until = await this.#slices.take(
        this.#counterOf(account, quota),
        units,
        kind === "begun" ? "begun" : "new",
      );
      if (until === undefined) continue;
      throw limited(
        `${quota.limit} in ${quota.windowSeconds} s are used up at ${account.system}`,
        Math.ceil((until - this.#settings.clock.now()) / 1_000),
      );
    }
    // While the store was asked, another answer may have closed it.
    this.#requireOpen(account.scope);
  }

  /**
   * Closes the door for so many seconds, for all replicas. Where the store cannot be told, this one keeps it closed, and the others
   * are told by the system itself.
   */
  async close({ system, tenant, scope, door }: QuotaAccount, seconds: number): Promise<Refusal> {
    const { clock, store } = this.#settings;
    const until = numericDate(clock) + seconds;
    const refusal = limited(`${system} wants to be left alone for ${seconds} s`, seconds);
    if ((this.#closed.get(scope) ?? 0) + SAME_SECONDS >= until) return refusal;
    this.#remember(scope, until);
    const entry = {
      kind: "door",
      at: clock.now(),
      tenant,
      body: { outcome: "closed", system, until },
    } as const;
    await store.closeDoor(door, until, entry).catch(() => undefined);
    return refusal;
  }

  #requireOpen(scope: string): void {
    const until = this.#closed.get(scope);
    if (until === undefined) return;
    const seconds = until - numericDate(this.#settings.clock);
    if (seconds > 0) throw limited("the system wants to be left alone", seconds);
    this.#closed.delete(scope);
  }

  #remember(scope: string, until: number): void {
    // Who is forgotten here is found closed in the store.
    if (this.#closed.size >= MAX_KEPT) this.#closed.clear();
    this.#closed.set(scope, until);
  }

  #counterOf({ system, tenant, scope }: QuotaAccount, quota: Quota): QuotaCounter {
    const { per, limit, windowSeconds, cost, toolRequests } = quota;
    const shared = this.#settings.systems.get(system)?.capabilities.accounts === "shared";
    const of = toolRequests === false ? "own" : "all";
    const counted = [scope, of, windowSeconds, cost?.read ?? 1, cost?.write ?? 1].join(" ");
    return {
      key: sha256(per === "account" ? counted : `${counted} ${tenant}`),
      // INVARIANT: whoever shares an account leaves the others a part of it.
      tenant: shared && per === "account" ? tenant : "",
      limit,
      windowMilliseconds: windowSeconds * 1_000,
    };
  }
}

function limited(detail: string, seconds: number): Refusal {
  return new Refusal("rate_limited", {
    detail,
    failedFact: "budget",
    retryAfterSeconds: Math.max(1, seconds),
  });
}

/** @throws Refusal `configuration_invalid` */
function quotasBySystem({ systems, configured }: QuotaSettings): Map<string, readonly Quota[]> {
  const stranger = Object.keys(configured).find((system) => !systems.has(system));
  if (stranger !== undefined)
    throw new Refusal("configuration_invalid", {
      detail: `quotas name ${stranger}, which is not a configured system`,
    });
  const found = new Map<string, readonly Quota[]>();
  for (const [system, { capabilities }] of systems) {
    const more = Object.hasOwn(configured, system) ? configured[system] : undefined;
    if (capabilities.quotas === undefined && more === undefined) continue;
    found.set(system, lowest([...(capabilities.quotas ?? []), ...(more ?? [])]));
  }
  return found;
}

/** INVARIANT: all of them hold. Those that count the same are one, with the lowest limit. */
function lowest(quotas: readonly Quota[]): readonly Quota[] {
  const kept = new Map<string, Quota>();
  for (const quota of quotas) {
    const { per, limit, windowSeconds, cost } = quota;
    const numbers = [windowSeconds, cost?.read ?? 1, cost?.write ?? 1];
    const counted = quota.toolRequests === false ? "own" : "all";
    if (![limit, ...numbers].every((number) => Number.isSafeInteger(number) && number > 0))
      throw new Refusal("configuration_invalid", {
        detail: "a quota's limit, window and costs are whole numbers of at least 1",
      });
    const name = [per, counted, ...numbers].join(" ");
    if (limit < (kept.get(name)?.limit ?? Infinity)) kept.set(name, quota);
  }
  return [...kept.values()];
}
