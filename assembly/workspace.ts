// Memory of one instance alone: instances of several threads share all other memory, and have globals of their own.

/** Where it is: so many bytes, at first zero. The host sets it before it calls any function. */
// biome-ignore lint/style/useConst: set from outside
export let workspace: usize = 0;

export const WORKSPACE_BYTES: usize = 16384;

/** Where the memory begins that the module has no use for. */
export const FREE_FROM: usize = __heap_base;
