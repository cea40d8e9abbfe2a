import type { AccountSeed, IntegrationSeed, StatementSeed, UserSeed } from "@watchword/emulators/snowflake";

const TABLE = "SHOP.PUBLIC.ORDERS";

/** Seconds that the slow statement computes. */
const SLOW_SECONDS = 50;

/** What the account computes for the declared texts. */
const STATEMENTS: Readonly<Record<string, StatementSeed>> = {
  "SELECT id, total FROM orders WHERE customer = ? AND placed >= TO_DATE(?) AND gift = ? ORDER BY placed DESC LIMIT 100":
    {
      needs: { ORDERS: "SELECT" },
      run: ([customer = "", since = "", gift = ""], tables) => ({
        columns: ["ID", "TOTAL"],
        rows: tables
          .rows("ORDERS")
          .filter(
            (row) => row["customer"] === customer && (row["placed"] ?? "") >= since && row["gift"] === gift,
          )
          .map((row) => [row["id"] ?? "", row["total"] ?? ""]),
      }),
      partitionRows: 1,
    },
  "SELECT id, customer FROM orders WHERE total > ?": {
    needs: { ORDERS: "SELECT" },
    seconds: SLOW_SECONDS,
    partitionRows: 2,
    run: ([total = "0"], tables) => ({
      columns: ["ID", "CUSTOMER"],
      rows: tables
        .rows("ORDERS")
        .filter((row) => Number(row["total"]) > Number(total))
        .map((row) => [row["id"] ?? "", row["customer"] ?? ""]),
    }),
  },
  "UPDATE orders SET state = 'closed', note = ? WHERE id = ? AND state <> 'closed'": {
    needs: { ORDERS: "UPDATE" },
    run: ([note = "", order = ""], tables) => {
      const hit = (row: Readonly<Record<string, string>>) => row["id"] === order && row["state"] !== "closed";
      const rows = tables.rows("ORDERS");
      tables.replace(
        "ORDERS",
        rows.map((row) => (hit(row) ? { ...row, state: "closed", note } : row)),
      );
      return { changed: rows.filter(hit).length };
    },
  },
  "SELECT ID FROM ORDERS LIMIT 1": {
    needs: { ORDERS: "SELECT" },
    run: (_bindings, tables) => ({
      columns: ["ID"],
      rows: tables
        .rows("ORDERS")
        .slice(0, 1)
        .map((row) => [row["id"] ?? ""]),
    }),
  },
  "DELETE FROM orders": {
    needs: { ORDERS: "DELETE" },
    run: (_bindings, tables) => {
      const changed = tables.rows("ORDERS").length;
      tables.replace("ORDERS", []);
      return { changed };
    },
  },
};

/** An account that trusts one issuer, with a user whose roles read and write, and one that may nothing. */
export function ordersAccount(
  integration: IntegrationSeed,
  users: Readonly<Record<string, Pick<UserSeed, "secondaryRoles" | "disabled">>>,
): AccountSeed {
  const order = (id: string, customer: string, total: string, placed: string) => ({
    id,
    customer,
    total,
    placed,
    gift: "false",
    state: "open",
    note: "",
  });
  return {
    integration,
    users: Object.fromEntries(
      Object.entries(users).map(([login, more], index) => [
        login,
        { name: `AGENT_${index}`, roles: ["AGENT_RO", "AGENT_RW", "NOBODY"], ...more },
      ]),
    ),
    roles: {
      AGENT_RO: { warehouses: ["AGENT_WH"], tables: { [TABLE]: ["SELECT"] } },
      // Wider than any declared statement needs, as roles are.
      AGENT_RW: { warehouses: ["AGENT_WH", "BIG_WH"], tables: { [TABLE]: ["SELECT", "UPDATE", "DELETE"] } },
      NOBODY: { warehouses: [], tables: {} },
    },
    tables: {
      [TABLE]: [
        order("o_1", "c_1", "4200", "2026-03-01"),
        order("o_2", "c_1", "900", "2026-02-01"),
        order("o_3", "c_2", "70000", "2026-02-03"),
      ],
    },
    statements: STATEMENTS,
  };
}
