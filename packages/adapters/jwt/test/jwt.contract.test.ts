import { describeAdapter } from "@watchword/conformance";
import { jwtFixture } from "./jwt-fixture.ts";

describeAdapter("jwt, a team's own service", jwtFixture);
