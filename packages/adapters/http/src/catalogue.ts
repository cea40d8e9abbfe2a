import type { Catalogue, Operation } from "@watchword/core";
import { HttpOptions } from "./http-options.ts";
import { catalogueOf, routesOf } from "./route.ts";

/** The catalogue of a declaration, with its operations under the names that the declaration gives them. */
export type HttpCatalogue<Declared extends HttpOptions> = Catalogue<{
  readonly [Key in keyof Declared["operations"]]: Operation;
}>;

/**
 * The operations of a declaration as data: what bindings beside the tools need, without the adapter.
 *
 * @throws ZodError for a declaration that does not fit together.
 *
 * @example
 * ```ts
 * const shop = system("shop", httpCatalogue(orders));
 * bind(shop.ordersRetrieve, (args: { order: string }) => ({ order: args.order }));
 * ```
 */
export function httpCatalogue<const Declared extends HttpOptions>(
  declared: Declared,
): HttpCatalogue<Declared> {
  return catalogueOf(routesOf(HttpOptions.parse(declared)), "http") as HttpCatalogue<Declared>;
}
