import { Database } from "../src/sqlite/database.ts";
import { SCHEMA_VERSION } from "../src/sqlite/schema.ts";
import { upgrade } from "../src/sqlite/upgrade.ts";

/** Dies by SIGKILL within the upgrade's transaction: after so many statements, or after the last of them. */
const [path = "", after = ""] = process.argv.slice(2);
let left = Number(after);

class DyingDatabase extends Database {
  override exec(sql: string): void {
    super.exec(sql);
    countDown();
  }

  override run(...parameters: Parameters<Database["run"]>): number {
    const changes = super.run(...parameters);
    countDown();
    return changes;
  }
}

const database = new DyingDatabase(path, { readOnly: false, busyMilliseconds: 1_500 });
database.exec("BEGIN IMMEDIATE");
upgrade(database, Number(database.get("PRAGMA user_version")?.["user_version"]));
database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
process.kill(process.pid, "SIGKILL");

function countDown(): void {
  if (left-- === 0) process.kill(process.pid, "SIGKILL");
}
