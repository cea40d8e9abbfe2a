import type { QuotaDraw, QuotaGrant } from "@watchword/core";

interface Drawn {
  readonly tenant: string;
  readonly from: number;
  readonly until: number;
  readonly units: number;
}

/**
 * A quota as a system sees it, kept as a list: units that were drawn may be used at any moment until they are worth nothing. A
 * store may count more than this, and never less.
 */
export class SlowQuota {
  readonly #limit: number;
  readonly #window: number;
  readonly #drawn: Drawn[] = [];

  constructor(limit: number, windowMilliseconds: number) {
    this.#limit = limit;
    this.#window = windowMilliseconds;
  }

  take({ tenant, now }: QuotaDraw, { units, until }: QuotaGrant): void {
    this.#drawn.push({ tenant, from: now, until, units });
  }

  /** The most that can have been used in any window that ends at this moment or later, before anything else is drawn. */
  mostUsed(now: number, tenant?: string): number {
    return this.#drawn
      .filter((drawn) => drawn.until > now - this.#window && (tenant ?? drawn.tenant) === drawn.tenant)
      .reduce((sum, { units }) => sum + units, 0);
  }

  /** Whether so many units fit even when a twelfth more of the past counts: then no store has a reason to refuse them. */
  surelyFits(units: number, now: number): boolean {
    return this.mostUsed(now - Math.ceil(this.#window / 12)) + units <= this.#limit;
  }
}
