import { type AzureOptions, azure } from "@watchword/adapter-azure";
import { azureCatalogue } from "@watchword/adapter-azure/catalogue";
import { system } from "@watchword/core";

const order = { type: "string", pattern: "^ord_[a-z0-9]{1,40}$", description: "Id of the order." } as const;

/** The API as for adapter-http, without a key; in `entra`, which app's token each operation gets. */
export const orders = {
  origin: "https://api.orders.example",
  tenancy: { header: "x-account" },
  refusal: "/error/code",
  operations: {
    ordersRetrieve: {
      name: "orders.retrieve",
      access: "read",
      title: "Read one order",
      method: "GET",
      path: "/v1/orders/{order}",
      arguments: { order },
      example: { order: "ord_1" },
    },
  },
  lookups: { order: { operation: "ordersRetrieve", id: "/id", owner: "/account" } },
  check: { path: "/v1/account", account: "/id" },
  entra: {
    directory: "11111111-1111-4111-8111-111111111111",
    resource: "api://orders",
    apps: { reader: { roles: ["Orders.Read"] } },
    use: { ordersRetrieve: "reader" },
    check: "reader",
  },
} as const satisfies AzureOptions;

/** The broker gets the adapter as a value, under the name that the policy uses. */
export const systems = { shop: azure(orders) };

/** Bindings beside the tools need the catalogue only, not the adapter. */
export const shop = system("shop", azureCatalogue(orders));
