import { type OauthOptions, oauth } from "@watchword/adapter-oauth";
import { oauthCatalogue } from "@watchword/adapter-oauth/catalogue";
import { system } from "@watchword/core";

const order = { type: "string", pattern: "^ord_[a-z0-9]{1,40}$", description: "Id of the order." } as const;

/** The API as for adapter-http, without a key; in `authorization`, how a token for one operation is asked for. */
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
  authorization: {
    issuer: "https://login.orders.example",
    tokenEndpoint: "https://login.orders.example/oauth/token",
    revocationEndpoint: "https://login.orders.example/oauth/revoke",
    client: "private_key_jwt",
    scopes: { ordersRetrieve: ["orders:read"] },
    checkScopes: ["account:read"],
  },
} as const satisfies OauthOptions;

/** The broker gets the adapter as a value, under the name that the policy uses. */
export const systems = { shop: oauth(orders) };

/** Bindings beside the tools need the catalogue only, not the adapter. */
export const shop = system("shop", oauthCatalogue(orders));
