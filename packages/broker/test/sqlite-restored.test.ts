import { restorableSqlite } from "./restorable-place.ts";
import { describeRestored } from "./restored.ts";

describeRestored("SQLite", restorableSqlite);
