import { declaredApi } from "@watchword/adapter-http/declared-api";
import type { Catalogue, Operation } from "@watchword/core";
import { AzureOptions } from "./azure-options.ts";

/** The catalogue of a declaration, with its operations under the names that the declaration gives them. */
export type AzureCatalogue<Declared extends AzureOptions> = Catalogue<{
  readonly [Key in keyof Declared["operations"]]: Operation;
}>;

/**
 * The operations of a declaration as data: what bindings beside the tools need, without the adapter.
 *
 * @throws ZodError for a declaration that does not fit together.
 *
 * @example
 * ```ts
 * const shop = system("shop", azureCatalogue(orders));
 * bind(shop.ordersRetrieve, (args: { order: string }) => ({ order: args.order }));
 * ```
 */
export function azureCatalogue<const Declared extends AzureOptions>(
  declared: Declared,
): AzureCatalogue<Declared> {
  return declaredApi(AzureOptions.parse(declared).api, "azure").catalogue as AzureCatalogue<Declared>;
}
