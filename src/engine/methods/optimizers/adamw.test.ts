import { testGoldens } from "../../testing/goldenOptimizers.ts";
import goldens from "./goldens/adamw.json";

testGoldens("adamw", goldens.cases, () => ({}));
