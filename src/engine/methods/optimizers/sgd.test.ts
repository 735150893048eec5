import { testGoldens } from "../../testing/goldenOptimizers.ts";
import goldens from "./goldens/sgd-momentum.json";

testGoldens("sgd", goldens.cases, ({ mu }) => ({ momentum: Number(mu), nesterov: "off" }));
