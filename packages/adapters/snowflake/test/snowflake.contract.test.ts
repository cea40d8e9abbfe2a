import { describeAdapter } from "@watchword/conformance";
import { snowflakeFixture } from "./snowflake-fixture.ts";

describeAdapter("snowflake", () => snowflakeFixture());
