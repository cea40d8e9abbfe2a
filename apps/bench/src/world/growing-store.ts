import type { Policy } from "@watchword/policy";
import type { BrokerSettings } from "../servers/broker-process.ts";

/** What an exchange has a store do, by kind. */
export type StoreWork = Readonly<Record<string, number>>;

/** Begins the kinds of which a planner decides by the sizes of tables: equal from a size where that is settled. */
export const PLANNED = "as planned, ";

/** The broker that runs on a growing store, as far as counting needs it. */
export interface CountedBroker {
  /** Asks its process. */
  readonly ask: <Answer>(question: string) => Promise<Answer>;
  /** Has it do so many exchanges, one after the other, so that each is a transaction of its own. */
  readonly act: (count: number) => Promise<void>;
}

/** How far a store grows. */
export interface Growth {
  /** Tenants that there are, and that there will be. */
  readonly from: number;
  readonly to: number;
  /** What is the active policy then, as if another replica had activated it. */
  readonly policy: Policy | undefined;
}

/** A store that grows behind its broker's back. */
export interface GrowingStore {
  readonly name: string;
  readonly place: BrokerSettings["store"];
  /** What Node is told besides, so that the broker's process counts. */
  readonly countingFlags: readonly string[];
  /** Each further tenant has connection, run, intent, lease, spent token and a record in the ledger. */
  grow(growth: Growth): Promise<void>;
  /** What one of so many exchanges has it do. */
  work(broker: CountedBroker, exchanges: number): Promise<StoreWork>;
}
