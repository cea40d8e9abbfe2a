import type { TwinSession } from "./verify-access-token.ts";

/** Functions that say what a session is. They need no warehouse. */
const FUNCTIONS: Readonly<Record<string, (session: TwinSession, role: string) => string | null>> = {
  CURRENT_ORGANIZATION_NAME: ({ account }) => account.split("-")[0]?.toUpperCase() ?? null,
  CURRENT_ACCOUNT_NAME: ({ account }) => account.split("-").slice(1).join("_").toUpperCase(),
  CURRENT_ACCOUNT: () => "XY12345",
  CURRENT_USER: ({ user }) => user.name,
  CURRENT_ROLE: (_session, role) => role,
  CURRENT_SECONDARY_ROLES: ({ user }, role) =>
    user.secondaryRoles === undefined
      ? '{"roles":"","value":""}'
      : JSON.stringify({
          roles: user.roles.filter((each) => each !== role).join(","),
          value: user.secondaryRoles,
        }),
  CURRENT_AVAILABLE_ROLES: ({ user }) => JSON.stringify([...user.roles, "PUBLIC"]),
};

/** Whether a statement asks for such functions alone. */
export function asksForSession(text: string): boolean {
  return namesIn(text) !== undefined;
}

/** The answer to a select of such functions alone; `undefined` for any other statement. */
export function contextRow(text: string, session: TwinSession, role: string): object | undefined {
  const names = namesIn(text);
  if (names === undefined) return undefined;
  const row = names.map((name) => FUNCTIONS[name]?.(session, role) ?? null);
  return {
    resultSetMetaData: {
      numRows: 1,
      format: "jsonv2",
      partitionInfo: [{ rowCount: 1, uncompressedSize: JSON.stringify(row).length }],
      rowType: names.map((name) => ({ name: `${name}()`, type: "text", nullable: true })),
    },
    data: [row],
    code: "090001",
    sqlState: "00000",
    message: "Statement executed successfully.",
    statementHandle: "01000000-0000-4000-8000-000000000001",
  };
}

function namesIn(text: string): readonly string[] | undefined {
  const [, list] = /^SELECT\s+(.+)$/is.exec(text) ?? [];
  const names = (list ?? "").split(",").map((each) => /^\s*([A-Z_]+)\(\)\s*$/.exec(each)?.[1] ?? "");
  return names.every((name) => Object.hasOwn(FUNCTIONS, name)) ? names : undefined;
}
