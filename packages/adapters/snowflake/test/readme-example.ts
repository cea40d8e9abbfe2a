import { type SnowflakeOptions, snowflake } from "@watchword/adapter-snowflake";
import { snowflakeCatalogue, statementBody } from "@watchword/adapter-snowflake/catalogue";
import { system } from "@watchword/core";

/** Data, no code. What is not declared does not exist. */
export const orders = {
  role: "AGENT_RO",
  warehouse: "AGENT_WH",
  database: "SHOP",
  schema: "PUBLIC",
  statements: {
    ordersOfCustomer: {
      name: "orders.of_customer",
      access: "read",
      title: "Orders of one customer",
      statement: "SELECT id, total FROM orders WHERE customer = {customer} LIMIT 100",
      arguments: {
        customer: { type: "string", pattern: "^c_[0-9]{1,9}$", description: "Id of the customer." },
      },
      example: { customer: "c_1" },
    },
  },
} as const satisfies SnowflakeOptions;

/** The broker gets the adapter as a value, under the name that the policy uses. */
export const systems = { warehouse: snowflake(orders) };

/** Bindings beside the tools need the catalogue only, not the adapter. */
export const warehouse = system("warehouse", snowflakeCatalogue(orders));

/** A tool sends what the gateway will take, by `credential.fetch`. */
export const askForOrders = (send: typeof fetch, customer: string): Promise<Response> =>
  send("https://acme-prod.snowflakecomputing.com/api/v2/statements", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(statementBody(orders, "ordersOfCustomer", { customer })),
  });
