import type { DatabaseSync } from "node:sqlite";
import { recordHash } from "../src/ledger/record-hash.ts";

/** Makes every hash and link anew, and the head's, as somebody with our code can. */
export function rehash(database: DatabaseSync): void {
  database.exec("PRAGMA synchronous = OFF");
  let previous = "A".repeat(43);
  for (const row of database.prepare("SELECT * FROM ledger ORDER BY sequence").all()) {
    const text = (name: string): string | null => (row[name] === null ? null : String(row[name]));
    const hash = recordHash(String(row["replica"]), Number(row["sequence"]), previous, {
      kind: String(row["kind"]),
      at: Number(row["at"]),
      tenant: text("tenant"),
      decision: text("decision_id"),
      body: String(row["body"]),
      commitment: text("commitment"),
    });
    database
      .prepare("UPDATE ledger SET previous = ?, hash = ? WHERE sequence = ?")
      .run(previous, hash, Number(row["sequence"]));
    previous = hash;
  }
  database.prepare("UPDATE ledger_head SET hash = ?").run(previous);
}
