import type { BrokerKeys } from "../broker-keys.ts";

/** Takes notice of keys that came or went, of every kind; bounded, and never rejects. */
export async function followKeys({ runs, access, federation, ledger }: BrokerKeys): Promise<void> {
  await Promise.all([runs.refresh(), access.refresh(), federation.refresh(), ledger.refresh()]);
}
