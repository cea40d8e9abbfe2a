import { type PostgresOptions, postgres, setupSql } from "@watchword/adapter-postgres";
import { postgresCatalogue } from "@watchword/adapter-postgres/catalogue";
import { system } from "@watchword/core";

/** What may be asked for at all: tables, and of each the columns. What is not declared does not exist. */
export const options = {
  host: "db.internal",
  database: "shop",
  tables: {
    "shop.orders": {
      key: "id",
      tenant: "tenant_id",
      readable: ["id", "status", "cents"],
      writable: ["status"],
    },
  },
} satisfies PostgresOptions;

/** The broker gets the adapter as a value, under the name that the policy uses. */
export const systems = { db: postgres(options) };

/** For whoever administers the database: to be read, and run once. */
export const setup = setupSql(options);

/** Bindings beside the tools need the catalogue only, not the adapter. */
export const db = system("db", postgresCatalogue);
