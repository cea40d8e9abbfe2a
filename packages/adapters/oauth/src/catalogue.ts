import { declaredApi } from "@watchword/adapter-http/declared-api";
import type { Catalogue, Operation } from "@watchword/core";
import { OauthOptions } from "./oauth-options.ts";

/** The catalogue of a declaration, with its operations under the names that the declaration gives them. */
export type OauthCatalogue<Declared extends OauthOptions> = Catalogue<{
  readonly [Key in keyof Declared["operations"]]: Operation;
}>;

/**
 * The operations of a declaration as data: what bindings beside the tools need, without the adapter.
 *
 * @throws ZodError for a declaration that does not fit together.
 *
 * @example
 * ```ts
 * const shop = system("shop", oauthCatalogue(orders));
 * bind(shop.ordersRetrieve, (args: { order: string }) => ({ order: args.order }));
 * ```
 */
export function oauthCatalogue<const Declared extends OauthOptions>(
  declared: Declared,
): OauthCatalogue<Declared> {
  return declaredApi(OauthOptions.parse(declared).api, "oauth").catalogue as OauthCatalogue<Declared>;
}
