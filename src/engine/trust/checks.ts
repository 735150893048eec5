import type { Check } from "./check.ts";
import { gradientCheck } from "./gradientCheck.ts";
import { attentionCases } from "./gradients/attention.ts";
import { matmulCases } from "./gradients/matmul.ts";
import { rowCases } from "./gradients/rows.ts";
import type { KernelCheck } from "./kernelCheck.ts";
import { attentionKernelChecks } from "./kernels/attention.ts";
import { elementwiseChecks } from "./kernels/elementwise.ts";
import { factorisationChecks } from "./kernels/factorisations.ts";
import { matmulKernelChecks } from "./kernels/matmul.ts";
import { optimizerChecks } from "./kernels/optimizers.ts";
import { rowChecks } from "./kernels/rows.ts";
import { trainingChecks } from "./kernels/training.ts";
import { knownAnswers } from "./knownAnswers.ts";

/** Every kernel over several sizes: its shader against its reference loop. */
export const kernelCheckList: readonly KernelCheck[] = [
  ...elementwiseChecks,
  ...rowChecks,
  ...attentionKernelChecks,
  ...matmulKernelChecks,
  ...trainingChecks,
  ...optimizerChecks,
  ...factorisationChecks,
];

/** Every operation that has a gradient: the device's against central differences. */
export const gradientCheckList: readonly Check[] = [...rowCases, ...attentionCases, ...matmulCases].map(gradientCheck);

/** Everything that must hold on every device before its numbers mean anything. */
export const checks: readonly Check[] = [...kernelCheckList, ...gradientCheckList, ...knownAnswers];
