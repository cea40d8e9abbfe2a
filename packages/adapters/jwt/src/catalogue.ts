import type { Catalogue, Operation } from "@watchword/core";
import type { z } from "zod";
import type { ServiceOperations } from "./service-operation.ts";
import type { ServiceRoute } from "./service-route.ts";
import { CheckedOperations } from "./service-routes.ts";

/** The catalogue of a service, with its operations under the names that the declaration gives them. */
export type ServiceCatalogue<Declared extends ServiceOperations> = Catalogue<{
  readonly [Key in keyof Declared]: Operation<
    Declared[Key]["arguments"] extends z.ZodObject ? Declared[Key]["arguments"] : z.ZodObject
  >;
}>;

/**
 * The operations of a service as data: what the broker's adapter, bindings beside the tools and the service itself share.
 *
 * @throws ZodError for a declaration that does not fit together
 *
 * @example
 * ```ts
 * const orders = system("orders", serviceCatalogue(ordersOperations));
 * bind(orders.ordersRead, (args: { order: string }) => ({ order: args.order }));
 * ```
 */
export function serviceCatalogue<const Declared extends ServiceOperations>(
  operations: Declared,
): ServiceCatalogue<Declared> {
  return catalogueOf(CheckedOperations.parse(operations)) as ServiceCatalogue<Declared>;
}

/** The catalogue of checked routes. */
export function catalogueOf(routes: readonly ServiceRoute[]): Catalogue {
  return Object.freeze({
    adapter: "jwt",
    operations: Object.freeze(Object.fromEntries(routes.map(({ key, entry }) => [key, entry]))),
  });
}
