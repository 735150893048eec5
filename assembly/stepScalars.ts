// Where each number stands that programs read anew each step, as src/engine/kernels/stepScalars.ts has it.

export const STEP: u32 = 0;
export const LEARNING_RATE: u32 = 1;
export const FIRST_CORRECTION: u32 = 2;
export const SECOND_CORRECTION: u32 = 3;
export const SEED_LOW: u32 = 4;
export const SEED_HIGH: u32 = 5;
export const MICRO_BATCH: u32 = 6;
export const SHARE: u32 = 7;
