export { snowflakeSystem } from "./snowflake-system.ts";
export { snowflakeTwin } from "./snowflake-twin.ts";
export type { SnowflakeFailure } from "./snowflake-failure.ts";
export type {
  SnowflakeConnection,
  SnowflakeSystem,
  SnowflakeSystemOptions,
  SnowflakeWorld,
} from "./snowflake-system.ts";
export type { SnowflakeTwin, StartedStatement } from "./snowflake-twin.ts";
export type {
  AccountSeed,
  IntegrationSeed,
  RoleSeed,
  SnowflakeTwinOptions,
  StatementResult,
  StatementSeed,
  TablePrivilege,
  TwinRow,
  TwinTables,
  UserSeed,
} from "./twin-options.ts";
export type { TwinRequest } from "./twin-request.ts";
