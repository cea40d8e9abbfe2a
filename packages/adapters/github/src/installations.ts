import { type Connection, Refusal } from "@watchword/core";

/** What an installation is found by. */
export type InstallationHolder = Pick<Connection, "account" | "settings">;

const ID = /^[1-9]\d{0,15}$/;
const OWNER = /^installation\.([A-Za-z0-9](?:[A-Za-z0-9_-]{0,99}))$/;

/**
 * Whose repositories a connection opens: the account's, by `settings.installation`, and those of owners that the settings name,
 * each by an installation of its own: `installation.acme-labs`.
 */
export function ownersOf({ account, settings }: InstallationHolder): readonly string[] {
  return [account, ...moreOwners(settings)];
}

/** Owners besides the account. */
export function moreOwners(settings: Connection["settings"]): readonly string[] {
  return Object.keys(settings).flatMap((name) => {
    const [, owner] = OWNER.exec(name) ?? [];
    return owner === undefined ? [] : [owner];
  });
}

/** The installation for an owner's repositories; `undefined`: the connection has none that can be meant. */
export function installationFor(
  { account, settings }: InstallationHolder,
  owner: string,
): string | undefined {
  const name = owner === account ? "installation" : `installation.${owner}`;
  const installation = Object.hasOwn(settings, name) ? settings[name] : undefined;
  return typeof installation === "string" && ID.test(installation) ? installation : undefined;
}

/** The same. @throws Refusal `configuration_invalid` */
export function requireInstallation(connection: InstallationHolder, owner: string): string {
  const installation = installationFor(connection, owner);
  if (installation !== undefined) return installation;
  const name = owner === connection.account ? "installation" : `installation.${owner}`;
  throw new Refusal("configuration_invalid", {
    detail: `github: settings.${name} must be the installation's numeric id as a string; next: correct the connection`,
    failedFact: "credential",
  });
}
