import { restorablePostgres } from "./restorable-place.ts";
import { describeRestored } from "./restored.ts";

describeRestored("PostgreSQL", restorablePostgres);
