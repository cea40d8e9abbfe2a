export {
  type CellIsolation,
  type IsolationChoice,
  IsolationMissing,
  chooseIsolation,
} from "./choose-isolation.ts";
