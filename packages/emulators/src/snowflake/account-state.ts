import { randomUUID } from "node:crypto";
import type { Clock } from "@watchword/core";
import { sqlError } from "./snowflake-problem.ts";
import type { AccountSeed, StatementResult, StatementSeed, TwinRow, TwinTables } from "./twin-options.ts";

/** What a request wants computed, checked for who may. */
export interface WantedStatement {
  readonly text: string;
  readonly seed: StatementSeed;
  readonly bindings: readonly string[];
  readonly user: string;
  readonly role: string;
  readonly database: string | undefined;
  readonly schema: string | undefined;
  readonly timeout: number;
}

/** A statement that was sent, and how it stands. */
export interface SentStatement extends WantedStatement {
  readonly handle: string;
  readonly startedAt: number;
  state: "running" | "done" | "cancelled" | "timed_out";
  result: StatementResult | undefined;
}

/** Tables and statements of one account. What computes for a while changes its rows at its end, if it comes to one. */
export class AccountState {
  readonly #clock: Clock;
  readonly #tables: Map<string, readonly TwinRow[]>;
  readonly #sent = new Map<string, SentStatement>();

  constructor(seed: AccountSeed, clock: Clock) {
    this.#clock = clock;
    this.#tables = new Map(Object.entries(seed.tables));
  }

  rows(table: string): readonly TwinRow[] {
    this.#settleAll();
    return this.#tables.get(table) ?? [];
  }

  /** Starts a statement; what takes no time, or a caller waits for, is over at once. */
  start(wanted: WantedStatement, waits: boolean): SentStatement {
    const sent: SentStatement = {
      ...wanted,
      handle: `01${randomUUID().slice(2)}`,
      startedAt: this.#clock.now(),
      state: "running",
      result: undefined,
    };
    this.#sent.set(sent.handle, sent);
    const seconds = wanted.seed.seconds ?? 0;
    if (waits && seconds <= 45) this.#settle(sent, sent.startedAt + seconds * 1_000);
    else this.#settle(sent, sent.startedAt);
    return sent;
  }

  /** @throws SnowflakeProblem 422 for a handle that is not this user's */
  sent(handle: string, user: string): SentStatement {
    const sent = this.#sent.get(handle);
    if (sent === undefined || sent.user !== user)
      throw sqlError("000709", "02000", `Statement ${handle} not found`);
    this.#settle(sent, this.#clock.now());
    return sent;
  }

  /** Every statement, the first first. */
  statements(): readonly SentStatement[] {
    this.#settleAll();
    return [...this.#sent.values()];
  }

  #settleAll(): void {
    for (const sent of this.#sent.values()) this.#settle(sent, this.#clock.now());
  }

  #settle(sent: SentStatement, now: number): void {
    if (sent.state !== "running") return;
    const seconds = sent.seed.seconds ?? 0;
    const ends = sent.startedAt + seconds * 1_000;
    const cut = sent.timeout === 0 ? Infinity : sent.startedAt + sent.timeout * 1_000;
    if (cut < ends && now >= cut) sent.state = "timed_out";
    else if (now >= ends) {
      sent.result = sent.seed.run(sent.bindings, this.#tablesFor(sent));
      sent.state = "done";
    }
  }

  #tablesFor({ database, schema }: SentStatement): TwinTables {
    const whole = (table: string): string => completeName(table, database, schema);
    return {
      rows: (table) => this.#tables.get(whole(table)) ?? [],
      replace: (table, rows) => void this.#tables.set(whole(table), rows),
    };
  }
}

/** `TABLE` in the request's database and schema, or as it is. */
export function completeName(
  table: string,
  database: string | undefined,
  schema: string | undefined,
): string {
  return table.includes(".") ? table : `${database ?? ""}.${schema ?? ""}.${table}`;
}
